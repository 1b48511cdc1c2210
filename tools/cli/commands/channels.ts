/** `kakehashi channels`: limits, how much of them is held, and by whom. */
import type { Command } from "commander";
import { ALLOCATOR } from "../addresses.ts";
import {
  allocatorOf,
  type Flags,
  type Runner,
  withExamples,
  withJson,
  withService,
} from "../command-line.ts";
import { jsonText } from "../machine-text.ts";
import { isFailure, type Outcome, told, written } from "../outcome.ts";
import { ask } from "../remote.ts";
import { channelsLines } from "../views/channels-view.ts";
import type { World } from "../world.ts";

/** Adds the command. */
export function addChannels(program: Command, run: Runner): void {
  const command = program
    .command("channels")
    .description("Show channels: each limit with its use, and the leases held.")
    .argument("[scope]", "one limit: company:ID (extra channels) or trunk:ID (capacity)");
  withExamples(
    withService(withJson(command), ALLOCATOR),
    "kakehashi channels",
    "kakehashi channels company:demo",
  ).action((scope: string | undefined, flags: Flags) =>
    run((world) => channels(scope ?? "", flags, world)),
  );
}

async function channels(scopeId: string, flags: Flags, world: World): Promise<Outcome> {
  const allocator = allocatorOf(flags, world);
  if (isFailure(allocator)) return allocator;
  const answer = await ask(allocator, (to) => to.listLeases.bind(to), { scopeId });
  if (isFailure(answer)) return answer;
  return flags["json"] === true
    ? written(jsonText(answer))
    : told(channelsLines(answer, world.now()));
}
