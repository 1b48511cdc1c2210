/** `kakehashi trace`: where the time of one call went. */
import type { Command } from "commander";
import { COLLECTOR } from "../addresses.ts";
import {
  collectorOf,
  type Flags,
  type Runner,
  withExamples,
  withJson,
  withService,
} from "../command-line.ts";
import { jsonText } from "../machine-text.ts";
import { isFailure, type Outcome, refusal, told, written } from "../outcome.ts";
import { ask } from "../remote.ts";
import { waterfall } from "../views/waterfall.ts";
import type { World } from "../world.ts";

/** Width when the output is no terminal. */
const COLUMNS = 120;

/** Adds the command. */
export function addTrace(program: Command, run: Runner): void {
  const command = program
    .command("trace")
    .description("Show the spans of a recent call as a waterfall: who worked on it, and when.")
    .argument("<call>", "call id or trace id")
    .option("-v, --verbose", "attributes and events of each span too");
  withExamples(
    withService(withJson(command), COLLECTOR),
    "kakehashi trace CALL",
    "kakehashi trace 4bf92f3577b34da6a3ce929d0e0e4736 --json",
  ).action((id: string, flags: Flags) => run((world) => trace(id, flags, world)));
}

async function trace(id: string, flags: Flags, world: World): Promise<Outcome> {
  const collector = collectorOf(flags, world);
  if (isFailure(collector)) return collector;
  const answer = await ask(collector, (to) => to.getTrace.bind(to), { id });
  if (isFailure(answer)) return answer;
  if (answer.spans.length === 0) {
    return refusal(
      `no trace of ${id} is kept: only recent calls are, and none when traces go to ` +
        "OTEL_EXPORTER_OTLP_ENDPOINT (kakehashi cdr show names the trace id to look for there)",
    );
  }
  if (flags["json"] === true) return written(jsonText(answer));
  const options = { columns: world.columns() ?? COLUMNS, isDetailed: flags["verbose"] === true };
  return told(waterfall(answer.traceId, answer.spans, options));
}
