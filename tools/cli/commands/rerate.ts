/** `kakehashi rerate`: recorded calls rated anew; shows what would change before it books anything. */
import type { Command } from "commander";
import { COLLECTOR } from "../addresses.ts";
import {
  billingOf,
  type Flags,
  MOMENT_HELP,
  momentOf,
  type Runner,
  withExamples,
  withJson,
  withService,
} from "../command-line.ts";
import { jsonText } from "../machine-text.ts";
import { isFailure, type Outcome, refusal, told, written } from "../outcome.ts";
import { askAll, RERATE_WITHIN_MS } from "../remote.ts";
import { rerateLines } from "../views/rates-view.ts";
import type { World } from "../world.ts";

interface RerateFlags extends Flags {
  readonly company?: string;
  readonly from?: string;
  readonly until?: string;
  readonly write?: boolean;
  readonly json?: boolean;
}

/** Adds the command. */
export function addRerate(program: Command, run: Runner): void {
  const command = program
    .command("rerate")
    .description(
      "Rate recorded calls by today's decks and show the differences; with --write book them.",
    )
    .option("--company <id>", "only this company's calls")
    .option("--from <moment>", `answered at or after: ${MOMENT_HELP}`)
    .option("--until <moment>", "answered before; a date means its first moment")
    .option("--write", "book the differences: they stand on the next invoice as adjustments");
  withExamples(
    withService(withJson(command), COLLECTOR),
    "kakehashi rerate --company demo --from 2026-10-01 --until 2026-11-01",
    "kakehashi rerate --company demo --from 2026-10-01 --until 2026-11-01 --write",
  ).action((flags: RerateFlags) => run((world) => rerate(flags, world)));
}

async function rerate(flags: RerateFlags, world: World): Promise<Outcome> {
  const collector = billingOf(flags, world);
  if (isFailure(collector)) return collector;
  const fromMs = momentOf("--from", flags.from, world.now());
  if (typeof fromMs !== "number") return fromMs;
  const untilMs = momentOf("--until", flags.until, world.now());
  if (typeof untilMs !== "number") return untilMs;
  const request = {
    companyId: flags.company ?? "",
    fromMs,
    untilMs,
    write: flags.write === true,
  };
  const answers = await askAll(collector, (to) => to.rerate.bind(to), request, RERATE_WITHIN_MS);
  if (isFailure(answers)) return answers;
  const differences = answers.flatMap((answer) => answer.differences);
  const summary = answers.at(-1)?.summary;
  if (summary === undefined) {
    return refusal("cdr-collector sent no sums: repeat the command, a booking is never made twice");
  }
  return flags.json === true
    ? written(jsonText({ differences, summary }))
    : told(rerateLines(differences, summary));
}
