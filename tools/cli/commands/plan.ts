/** `kakehashi plan`: what would ring, worked out by the code that places calls. */
import type { Command } from "commander";
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
import { isExtension, readNumber } from "../numbers.ts";
import { isFailure, misuse, type Outcome, told, written } from "../outcome.ts";
import { ask } from "../remote.ts";
import { planLines } from "../views/plan-view.ts";
import type { World } from "../world.ts";

interface PlanFlags extends Flags {
  readonly from: string;
  readonly company?: string;
}

/** Adds the command. */
export function addPlan(program: Command, run: Runner): void {
  const command = program
    .command("plan")
    .description("Show what a call would do: who rings, when, under which number. Dials nothing.")
    .argument("<number>", "called number; an extension with --company")
    .requiredOption(
      "--from <number>",
      "who calls: a number, an extension with --company, anonymous",
    )
    .option("--company <id>", "company of the extensions");
  withExamples(
    withService(withJson(command), CONTROLLER),
    "kakehashi plan 050-1234-5678 --from 090-1234-5678",
    "kakehashi plan 1002 --from 1001 --company demo",
  ).action((number: string, flags: PlanFlags) => run((world) => plan(number, flags, world)));
}

async function plan(typed: string, flags: PlanFlags, world: World): Promise<Outcome> {
  const controller = controllerOf(flags, world);
  if (isFailure(controller)) return controller;
  const called = readNumber(typed);
  const from = flags.from === "anonymous" ? "" : readNumber(flags.from);
  const companyId = flags.company ?? "";
  const extension = [called, from].find(isExtension);
  if (companyId === "" && extension !== undefined) {
    return misuse(`${extension} is an extension: say whose with --company ID`);
  }
  const request = { called, from, companyId };
  const answer = await ask(controller, (to) => to.plan.bind(to), request);
  if (isFailure(answer)) return answer;
  const outcome =
    flags["json"] === true ? written(jsonText(answer)) : told(planLines(answer, from));
  return { ...outcome, exitCode: answer.refusal === "" ? 0 : 1 };
}
