/** `kakehashi calls`: live calls of all controllers, once or as they change. */
import type { Command } from "commander";
import type { CallServiceClient, ListCallsResponse } from "../../../services/lib/wire/call.ts";
import { CONTROLLER } from "../addresses.ts";
import {
  controllerOf,
  type Flags,
  type Runner,
  withExamples,
  withJson,
  withService,
} from "../command-line.ts";
import { jsonText } from "../machine-text.ts";
import { type Failure, isFailure, type Outcome, told, written } from "../outcome.ts";
import { ask, type Remote } from "../remote.ts";
import { callsLines, silenceWarning } from "../views/calls-view.ts";
import type { World } from "../world.ts";

const WATCH_EVERY_MS = 1000;
/** Cursor home, and clear to the end: the picture is redrawn in place. */
const REDRAW = "\u001b[H\u001b[J";

/** Adds the command. */
export function addCalls(program: Command, run: Runner): void {
  const command = program
    .command("calls")
    .description("Show live calls with their state and legs.")
    .option("--company <id>", "only this company's calls")
    .option("--watch", "look again every second until Ctrl-C; with --json one line a look");
  withExamples(
    withService(withJson(command), CONTROLLER),
    "kakehashi calls --company demo",
    "kakehashi calls --watch",
  ).action((flags: Flags) =>
    run(async (world) => {
      const controller = controllerOf(flags, world);
      if (isFailure(controller)) return controller;
      return flags["watch"] === true
        ? watch(controller, flags, world)
        : once(controller, flags, world);
    }),
  );
}

type Controller = Remote<CallServiceClient>;

function gather(controller: Controller, flags: Flags): Promise<ListCallsResponse | Failure> {
  const { company } = flags;
  const companyId = typeof company === "string" ? company : "";
  return ask(controller, (to) => to.listCalls.bind(to), { companyId });
}

async function once(controller: Controller, flags: Flags, world: World): Promise<Outcome> {
  const answer = await gather(controller, flags);
  if (isFailure(answer)) return answer;
  const silence = silenceWarning(answer);
  const warnings = silence === null ? [] : [silence];
  return flags["json"] === true
    ? written(jsonText(answer), warnings)
    : told(callsLines(answer, world.now()), warnings);
}

/** Ends only when the first look fails: a cluster that restarts is what a watcher wants to see. */
async function watch(controller: Controller, flags: Flags, world: World): Promise<Outcome> {
  const first = await gather(controller, flags);
  if (isFailure(first)) return first;
  const draw = flags["json"] === true ? lineDrawer(world) : pictureDrawer(world);
  for (
    let answer: ListCallsResponse | Failure = first;
    ;
    answer = await gather(controller, flags)
  ) {
    draw(answer);
    await world.pause(WATCH_EVERY_MS);
  }
}

type Draw = (answer: ListCallsResponse | Failure) => void;

const lineDrawer =
  (world: World): Draw =>
  (answer) =>
    isFailure(answer)
      ? world.complain(`${answer.message}\n`)
      : world.write(`${jsonText(answer, 0)}\n`);

/** On a terminal the picture is redrawn; elsewhere it is appended when the calls have changed. */
function pictureDrawer(world: World): Draw {
  let before = "";
  return (answer) => {
    const isTerminal = world.columns() !== null;
    const key = JSON.stringify(answer);
    if (!isTerminal && key === before) return;
    before = key;
    const text = pictureOf(answer, world.now());
    world.write(isTerminal ? `${REDRAW}${text}` : `${text}\n`);
  };
}

function pictureOf(answer: ListCallsResponse | Failure, now: number): string {
  if (isFailure(answer)) return `${answer.message}\n`;
  const silence = silenceWarning(answer);
  const lines = [...callsLines(answer, now), ...(silence === null ? [] : ["", silence])];
  return lines.map((line) => `${line}\n`).join("");
}
