/** `kakehashi plan`: what would ring and what it would cost, worked out by the code that does it. */
import type { Command } from "commander";
import type { PlanResponse } from "../../../services/lib/wire/call.ts";
import { COLLECTOR, CONTROLLER } from "../addresses.ts";
import {
  billingOf,
  controllerOf,
  type Flags,
  MOMENT_HELP,
  momentOf,
  type Runner,
  withExamples,
  withJson,
  withService,
} from "../command-line.ts";
import { jsonText } from "../machine-text.ts";
import { isExtension, readNumber } from "../numbers.ts";
import { isFailure, misuse, type Outcome, told, written } from "../outcome.ts";
import { ask } from "../remote.ts";
import { utc } from "../time.ts";
import { planLines } from "../views/plan-view.ts";
import { type Prices, pricedTargets, priceText } from "../views/price-text.ts";
import type { World } from "../world.ts";

interface PlanFlags extends Flags {
  readonly from: string;
  readonly company?: string;
  readonly at?: string;
  readonly json?: boolean;
}

const WITHHELD = ["withheld", "anonymous"];

/** Adds the command. */
export function addPlan(program: Command, run: Runner): void {
  const command = program
    .command("plan")
    .description(
      "Show what a call would do and cost: who rings, when, under which number. Dials nothing.",
    )
    .argument("<number>", "called number; an extension with --company")
    .requiredOption(
      "--from <number>",
      "who calls: a number, an extension with --company, or withheld",
    )
    .option("--company <id>", "company of the extensions")
    .option("--at <moment>", `when the call comes, now if left out: ${MOMENT_HELP}`);
  withExamples(
    withService(withService(withJson(command), CONTROLLER), COLLECTOR),
    "kakehashi plan 050-1234-5678 --from 090-1234-5678",
    "kakehashi plan 050-1234-5678 --from withheld --at '2026-12-31 20:00'",
    "kakehashi plan 1002 --from 1001 --company demo",
  ).action((number: string, flags: PlanFlags) => run((world) => plan(number, flags, world)));
}

async function plan(typed: string, flags: PlanFlags, world: World): Promise<Outcome> {
  const controller = controllerOf(flags, world);
  if (isFailure(controller)) return controller;
  const called = readNumber(typed);
  const from = WITHHELD.includes(flags.from) ? "" : readNumber(flags.from);
  const companyId = flags.company ?? "";
  const extension = [called, from].find(isExtension);
  if (companyId === "" && extension !== undefined) {
    return misuse(`${extension} is an extension: say whose with --company ID`);
  }
  const atMs = momentOf("--at", flags.at, world.now());
  if (typeof atMs !== "number") return atMs;
  const request = { called, from, companyId, atMs };
  const answer = await ask(controller, (to) => to.plan.bind(to), request);
  if (isFailure(answer)) return answer;
  const prices = await pricesOf(answer, flags, world);
  const warnings = prices.kind === "unpriced" ? [`no prices: ${prices.reason}`] : [];
  const outcome =
    flags.json === true
      ? written(jsonText(pricedPlan(answer, prices)), warnings)
      : told(planLines(answer, from, prices), warnings);
  return { ...outcome, exitCode: answer.refusal === "" ? 0 : 1 };
}

/** The rates of the targets that would ring; a plan is worth showing without them. */
async function pricesOf(answer: PlanResponse, flags: PlanFlags, world: World): Promise<Prices> {
  const targets = pricedTargets(answer.targets);
  if (targets.length === 0) return { kind: "priced", quotes: new Map() };
  const collector = billingOf(flags, world);
  if (isFailure(collector)) return { kind: "unpriced", reason: collector.message };
  const quoted = await ask(collector, (to) => to.quoteRates.bind(to), {
    plan: answer.pricePlan,
    atMs: answer.atMs === 0 ? world.now() : answer.atMs,
    destinations: targets.map(({ target, destinationClass, onNet }) => ({
      number: target,
      class: destinationClass,
      onNet,
    })),
  });
  if (isFailure(quoted)) return { kind: "unpriced", reason: quoted.message };
  const quotes = targets.flatMap(({ seq }, place) => {
    const quote = quoted.quotes[place];
    return quote === undefined ? [] : [[seq, quote] as const];
  });
  return { kind: "priced", quotes: new Map(quotes) };
}

/** The plan for programs: each target with its rate, null when there is none. */
const pricedPlan = ({ atMs, ...answer }: PlanResponse, prices: Prices): object => ({
  ...answer,
  at: utc(atMs),
  isPriced: prices.kind === "priced",
  targets: answer.targets.map((target) => ({
    ...target,
    costs: priceText(target, prices),
    rate: (prices.kind === "priced" ? prices.quotes.get(target.seq)?.rate : undefined) ?? null,
  })),
});
