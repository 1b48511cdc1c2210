/**
 * `kakehashi plan` against real calls, on generated companies: what the plan says rings is what the
 * carrier was called for, in that order, under that number; what it skips, the record skips.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { type CivilDate, dateOf } from "../../services/lib/telephony/tokyo-time.ts";
import { acceptedCompany } from "../companies/accepted.ts";
import { CALLERS, chanceOf, generateCompany, oneOf } from "../companies/generate.ts";
import { headerValues, type LoggedMessage } from "../phone/log.ts";
import { memberOf, type ShownRecord, startWorld, type World } from "./world.ts";

/** Companies that are accepted and called. */
const COMPANIES = 5;
const BOUND_MS = 20_000;
/** A caller on no list: withheld or not, only its being withheld counts. */
const UNLISTED = "0699990001";

let world: World;

beforeAll(async () => {
  world = await startWorld({ net: 31 });
  world.carrier.setBehaviour({ kind: "reject", status: 486 });
});

afterAll(() => world?.end());

interface PlannedTarget {
  readonly target: string;
  readonly kind: string;
  readonly skipped: string;
  readonly sourceNumber: string;
}

interface Plan {
  readonly mode: string;
  readonly refusal: string;
  readonly refusalStatus: number;
  readonly targets: readonly PlannedTarget[];
}

async function apply(seed: number, today: CivilDate): Promise<void> {
  const file = join(world.cluster.options.dir, "generated.yaml");
  writeFileSync(file, stringify(generateCompany(seed, today)));
  const { status, output } = await world.cli("apply", "-f", file);
  if (status !== 0) throw new Error(output);
}

interface Placed {
  readonly status: number;
  readonly record: ShownRecord & { readonly startedAt: string };
  /** INVITEs that the carrier got: number called, number shown. */
  readonly invites: readonly (readonly [called: string, shown: string])[];
}

const inZeroForm = (number: string): string => number.replace("+81", "0");
const userOf = (header: string | undefined): string =>
  /sip:([^@;]+)@/.exec(header ?? "")?.[1] ?? "";

const shownIn = ({ raw }: LoggedMessage): readonly [string, string] => [
  userOf(headerValues(raw, "to")[0]),
  userOf(headerValues(raw, "from")[0]),
];

const placedTo = new Map<string, number>();

/** Calls a number that everybody behind it is too busy to answer. */
async function place(called: string, from: string, isWithheld: boolean): Promise<Placed> {
  const since = Date.now();
  const headers = isWithheld ? { privacy: "id" } : {};
  const call = world.caller.call(inZeroForm(called), {
    from: `sip:${from}@trunk.invalid`,
    headers,
  });
  const status = await call.failed(BOUND_MS);
  const count = (placedTo.get(called) ?? 0) + 1;
  placedTo.set(called, count);
  const record = (await world.records(called, count))[count - 1];
  if (record === undefined) throw new Error(`no record of a call to ${called}`);
  const invites = world.carrier.log
    .requests("INVITE", "in")
    .filter(({ at, retransmission }) => at >= since && !retransmission)
    .map(shownIn);
  return { status, record: record as Placed["record"], invites };
}

/** The plan for the very moment at which the call came. */
async function planOf(called: string, from: string, at: string): Promise<Plan> {
  const asked = ["plan", called, "--from", from, "--at", at, "--json"];
  const { text, output } = await world.cli(...asked);
  if (text === "") throw new Error(output);
  return JSON.parse(text);
}

function expectAsPlanned(plan: Plan, { status, record, invites }: Placed): void {
  if (plan.refusal !== "") {
    expect(status).toBe(plan.refusalStatus);
    expect(invites).toEqual([]);
    return;
  }
  expect(record.legs.map(memberOf)).toEqual(plan.targets.map(({ target }) => target));
  // Which channels are free is no matter of a plan.
  const hadNone = record.legs.map(({ skipped }) => /^(no-channel|4\.5)/.test(skipped));
  const skips = plan.targets.map(({ skipped }, index) => (hadNone[index] === true ? "" : skipped));
  expect(record.legs.map(({ skipped }, index) => (hadNone[index] === true ? "" : skipped))).toEqual(
    skips,
  );
  const rung = plan.targets
    .filter(
      ({ kind, skipped }, index) =>
        kind === "outside" && skipped === "" && hadNone[index] === false,
    )
    .map(({ target, sourceNumber }) => [inZeroForm(target), inZeroForm(sourceNumber)]);
  if (plan.mode === "ring-all") expect(invites.toSorted()).toEqual(rung.toSorted());
  else expect(invites).toEqual(rung);
}

it("a plan is what the call does, on generated companies over real SIP", async () => {
  const today = dateOf(Date.now());
  const seen = { companies: 0, invites: 0, skips: 0 };
  for (let seed = 1; seen.companies < COMPANIES; seed += 1) {
    const company = acceptedCompany(seed, today);
    if (company === null) continue;
    await apply(seed, today);
    seen.companies += 1;
    const chance = chanceOf(seed);
    for (const { number } of company.numbers) {
      const isWithheld = chance() < 0.2;
      const from = isWithheld ? UNLISTED : oneOf(chance, CALLERS);
      const placed = await place(number, from, isWithheld);
      const { startedAt } = placed.record;
      const plan = await planOf(number, isWithheld ? "withheld" : from, startedAt);
      expectAsPlanned(plan, placed);
      seen.invites += placed.invites.length;
      seen.skips += plan.targets.filter(({ skipped }) => skipped !== "").length;
    }
    await world.cli("delete", "company", company.id, "--yes");
  }
  expect(seen.invites).toBeGreaterThan(COMPANIES / 2);
  expect(seen.skips).toBeGreaterThan(0);
});
