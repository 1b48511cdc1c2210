/**
 * 100 000 generated companies through the cores of registry, controller and allocator: what the checks
 * accept can make no call that exceeds its contract, shows a foreign number or goes round in circles,
 * and a plan is what the call then does. The oracles are written here once more, from the rules.
 */
import { expect, it } from "vitest";
import { planRing, planView } from "../../../services/call-controller/src/core/ring-plan.ts";
import type { ContractTerm } from "../../../services/lib/telephony/contract.ts";
import type { E164 } from "../../../services/lib/telephony/e164.ts";
import type { Extension } from "../../../services/lib/telephony/ids.ts";
import type { Instant } from "../../../services/lib/telephony/instant.ts";
import type { Offer } from "../../../services/lib/telephony/leg.ts";
import type { RouteSnapshot } from "../../../services/lib/telephony/route-snapshot.ts";
import { type CivilDate, dateOf } from "../../../services/lib/telephony/tokyo-time.ts";
import type { Company } from "../../../services/tenant-registry/src/core/company.ts";
import { readOutsideNumber } from "../../../services/tenant-registry/src/core/numbering.ts";
import { type Called, resolve } from "../../../services/tenant-registry/src/core/resolve.ts";
import { emptyRates } from "../../../services/trunk-allocator/src/core/call-rates.ts";
import { emptyPool } from "../../../services/trunk-allocator/src/core/channel-pool.ts";
import { acceptedCompany, BOOK, TRUNK } from "../accepted.ts";
import { CALLERS, type Chance, chanceOf, OTHER_COMPANYS, oneOf } from "../generate.ts";
import { type Lived, live } from "../life.ts";

const COMPANIES = 100_000;
/** Companies whose every call is lived; the others have one call each. */
const LIVED_WHOLE = 5_000;
const TODAY = "2026-11-24" as CivilDate;
const REVISION = 7;
const TRUNK_CHANNELS = 4;
/** Moments of calls, in Tokyo: a working day, a night, a holiday, the day a second term begins, after all terms. */
const MOMENTS: readonly Instant[] = [
  "2026-11-24T10:30",
  "2026-11-25T03:00",
  "2027-01-01T12:00",
  "2026-12-01T00:00",
  "2027-04-01T09:00",
].map((tokyo) => Temporal.Instant.from(`${tokyo}+09:00`).epochMilliseconds);
const HOLIDAYS = ["2027-01-01" as CivilDate];

function classOf(number: E164): "landline" | "mobile" | "ip-phone" | "international" {
  const read = readOutsideNumber(number, BOOK);
  if (read.kind !== "number") throw new Error(`${number} was accepted and is no destination`);
  return read.class;
}

function outsideNumbers({ terminals, groups, numbers }: Company): readonly E164[] {
  const lists = [
    ...terminals.map(({ relay }) => relay?.targets ?? []),
    ...groups.map(({ targets }) => targets),
    ...numbers.map(({ outOfHours }) =>
      outOfHours?.kind === "relay" ? outOfHours.relay.targets : [],
    ),
  ];
  return [...new Set(lists.flat().flatMap((one) => (one.kind === "outside" ? [one.number] : [])))];
}

interface GeneratedCall {
  readonly snapshot: RouteSnapshot;
  readonly offer: Offer;
  readonly at: Instant;
}

function offerOf(company: Company, called: Called, chance: Chance): Offer {
  const inside = called.kind === "extension" || chance() < 0.2;
  const extension = oneOf(chance, company.terminals).extension;
  const own = oneOf(chance, company.numbers).number;
  const outside = chance() < 0.1 ? own : oneOf(chance, CALLERS).replace(/^0/, "+81");
  const withheld = chance() < 0.1;
  return {
    origin: inside
      ? { kind: "extension", companyId: company.id, extension }
      : { kind: "trunk", trunkId: TRUNK },
    called: called.kind === "number" ? called.number : called.extension,
    caller: { number: inside ? extension : outside, display: "", withheld },
    diversions: chance() < 0.1 ? 5 : 0,
    maxForwards: 70,
    traceparent: "",
    priority: null,
  };
}

/** Everything of a company that can be called, at one of the moments. */
function callsOf(company: Company, chance: Chance): readonly GeneratedCall[] {
  const destinations = outsideNumbers(company).map((number) => ({
    number,
    class: classOf(number),
    onNet: number === OTHER_COMPANYS.replaceAll("-", "").replace(/^0/, "+81"),
  }));
  const stored = {
    company,
    revision: REVISION,
    routeRevision: REVISION,
    trunks: [{ id: TRUNK, channels: TRUNK_CHANNELS, revision: 1 }],
    destinations,
  };
  const groups = company.groups.flatMap(({ extension }) => (extension === null ? [] : [extension]));
  const everything: readonly Called[] = [
    ...company.numbers.map(({ number }) => ({ kind: "number", number }) as const),
    ...[...company.terminals.map((one) => one.extension), ...groups].map(
      (extension) => ({ kind: "extension", extension }) as const,
    ),
  ];
  return everything.map((called) => {
    const at = oneOf(chance, MOMENTS);
    const snapshot = resolve(stored, called, { at, holidays: HOLIDAYS });
    if (snapshot === null) throw new Error("what the company has cannot be called");
    return { snapshot, offer: offerOf(company, called, chance), at };
  });
}

/** The term in force, by dates as text (not the code that is judged). */
function termAt(company: Company, at: Instant): ContractTerm | null {
  const day = dateOf(at);
  const holds = ({ from, until }: ContractTerm): boolean =>
    from <= day && (until === null || day < until);
  return company.contracts.find(holds) ?? null;
}

interface OutsideLeg {
  readonly number: E164;
  readonly source: E164;
  /** The terminal whose relay it stands on; null for a list of the number or group that was called. */
  readonly relayOf: Extension | null;
}

/** Who owns the list of each outside leg: the member behind which it stands, or what was called. */
function outsideLegs(
  { snapshot }: GeneratedCall,
  { dialled, record }: Lived,
): readonly OutsideLeg[] {
  const legs = new Map(record.legs.map((leg) => [leg.leg, leg]));
  const isNight = snapshot.entry?.outOfHours?.kind === "group" && record.mode !== "terminal-relay";
  const self = snapshot.called.kind === "terminal" && !isNight ? snapshot.called.extension : null;
  return dialled.flatMap(({ order: { leg, destination } }) => {
    if (destination.kind !== "outside") return [];
    const parent = legs.get(legs.get(leg)?.parentLeg ?? leg)?.member;
    const relayOf = parent?.kind === "extension" ? parent.extension : self;
    return [{ number: destination.number, source: destination.source, relayOf }];
  });
}

/** R2, R23, A10, 3.1: nothing outside without the part of the option where it stands. */
function expectBought(company: Company, call: GeneratedCall, legs: readonly OutsideLeg[]): void {
  const term = termAt(company, call.at);
  for (const { number, relayOf } of legs) {
    expect(term).not.toBeNull();
    const part = relayOf === null ? "representativeForwarding" : "terminalForwarding";
    expect(term?.[part]).toBe(true);
    if (!number.startsWith("+81")) expect(term?.internationalForwarding).toBe(true);
  }
}

/**
 * R8, R9, R12, D1 to D9: the number shown is the company's: of a terminal's numbers the one that was
 * called, else the forwarder's own when it has one.
 */
function expectOwnSource(
  company: Company,
  { offer, snapshot: { entry } }: GeneratedCall,
  legs: readonly OutsideLeg[],
): void {
  const fromOutside = offer.origin.kind === "trunk";
  const rung = entry?.rings.kind === "terminal" && fromOutside ? entry.rings.extension : null;
  const own = new Map(company.numbers.map((one) => [one.number, one]));
  for (const { source, number, relayOf } of legs) {
    expect(own.has(source)).toBe(true);
    expect(own.has(number)).toBe(false);
    const terminal = company.terminals.find(({ extension }) => extension === relayOf);
    if (relayOf !== null && relayOf === rung) expect(source).toBe(offer.called);
    else if (terminal !== undefined && terminal.number !== null) {
      expect(source).toBe(terminal.number);
    }
    if (relayOf === null && offer.origin.kind === "trunk") expect(source).toBe(offer.called);
  }
}

/** Distinct destinations of each number and terminal, by the term that they were called under. */
type Reached = Map<string, Set<E164>>;

function note(
  reached: Reached,
  company: Company,
  call: GeneratedCall,
  legs: readonly OutsideLeg[],
): void {
  const { entry, groups, called } = call.snapshot;
  const group = groups.find((one) => called.kind === "group" && one.id === called.groupId);
  for (const { number, relayOf } of legs) {
    const shared = entry?.number ?? group?.representative ?? "nobody";
    const key = `${relayOf ?? shared}@${termAt(company, call.at)?.from ?? ""}`;
    reached.set(key, (reached.get(key) ?? new Set()).add(number));
  }
}

/** R18 to R20, A4 to A8: all calls of a number or terminal together stay within what it may reach. */
function expectWithinLimits(reached: Reached, company: Company): void {
  for (const [key, numbers] of reached) {
    const [who = "", from = ""] = key.split("@");
    const terminal = company.terminals.find(({ extension }) => extension === who);
    const addOnNumber = terminal === undefined ? who : terminal.number;
    const term = company.contracts.find((one) => one.from === from);
    const units = (term?.addOns ?? [])
      .filter(({ number }) => number === addOnNumber)
      .reduce((sum, addOn) => sum + addOn.units, 0);
    const included = terminal === undefined ? 2 : 1;
    expect(numbers.size).toBeLessThanOrEqual(included + units);
  }
}

/** A15, 4.5 c: channels while it rang, and none when it is over. */
function expectChannels(company: Company, { at }: GeneratedCall, { heldMax }: Lived): void {
  const term = termAt(company, at);
  for (const [scope, held] of heldMax) {
    const limit = scope.startsWith("company:")
      ? term?.extraChannels
      : scope.startsWith("trunk:")
        ? TRUNK_CHANNELS
        : term?.channelsPerNumber;
    expect(held).toBeLessThanOrEqual(limit ?? 0);
  }
}

/** What `plan` says rings is what the call dials, in that order; what it skips stands on the record so. */
function expectAsPlanned(call: GeneratedCall, { dialled, record }: Lived): void {
  const plan = planRing(call.snapshot, { offer: call.offer, startedAt: call.at });
  if (plan.kind === "turned-away") {
    expect(dialled).toEqual([]);
    expect(record.sipStatus).toBe(plan.refusal.status);
    return;
  }
  const rows = planView(plan);
  const skipped = new Map(record.legs.map((leg) => [leg.leg, leg.skipped]));
  // A channel that was not free is no matter of the plan.
  const hadChannel = ({ target }: (typeof rows)[number]): boolean =>
    target.skip === null && skipped.get(target.leg) === "";
  expect(rows.map(({ target }) => target.skip)).toEqual(
    rows.map(({ target }) => (target.skip === null ? null : (skipped.get(target.leg) ?? ""))),
  );
  const wanted = rows.filter(hadChannel).map(({ target }) => target.leg);
  const seen = dialled.map(({ order }) => order.leg);
  if (plan.route.mode === "ring-all") expect(seen.toSorted()).toEqual(wanted.toSorted());
  else expect(seen).toEqual(wanted);
  const members = new Map(plan.targets.map(({ leg, member }) => [leg, member]));
  for (const { order } of dialled) {
    const member = members.get(order.leg);
    if (order.destination.kind === "extension") {
      expect(member).toMatchObject({ extension: order.destination.extension });
      continue;
    }
    const { number, source } = order.destination;
    expect(member).toMatchObject({ number, source: { number: source } });
  }
}

/** Longest that a caller hears ringing: 170 s, and what confirming a CANCEL takes. */
const RINGS_MAX_MS = 180_000;

function expectBounded({ at }: GeneratedCall, { dialled, record }: Lived): void {
  expect(dialled.length).toBeLessThanOrEqual(20);
  expect(record.endedAt - at).toBeLessThanOrEqual(RINGS_MAX_MS);
  expect(record.legs.some(({ billable }) => billable)).toBe(false);
}

it("R8, R18, R19, R20, A8, A15, A19: no company that is accepted can make a call beyond its contract, " +
  "show a foreign number or go round", { timeout: 300_000 }, () => {
  let accepted = 0;
  const seen = { calls: 0, outside: 0, skipped: 0, turnedAway: 0 };
  for (let seed = 1; seed <= COMPANIES; seed += 1) {
    const company = acceptedCompany(seed, TODAY);
    if (company === null) continue;
    accepted += 1;
    const chance = chanceOf(seed + COMPANIES);
    const calls = callsOf(company, chance);
    const chosen = accepted <= LIVED_WHOLE ? calls : [oneOf(chance, calls)];
    const reached: Reached = new Map();
    for (const [index, call] of chosen.entries()) {
      const allocator = { pool: emptyPool(), rates: emptyRates() };
      const everyoneBusy = chance() < 0.5;
      const callId = `${seed}-${index}`;
      const lived = live({ ...call, callId, loopCallsMax: 5, everyoneBusy }, allocator);
      const legs = outsideLegs(call, lived);
      try {
        expectBought(company, call, legs);
        expectOwnSource(company, call, legs);
        expectChannels(company, call, lived);
        expectAsPlanned(call, lived);
        expectBounded(call, lived);
        expect(allocator.pool.leases.size).toBe(0);
        note(reached, company, call, legs);
        expectWithinLimits(reached, company);
      } catch (error) {
        throw new Error(`seed ${seed}, call ${index} to ${call.offer.called}`, { cause: error });
      }
      seen.calls += 1;
      seen.outside += legs.length;
      seen.skipped += lived.record.legs.filter(({ skipped }) => skipped !== "").length;
      seen.turnedAway += lived.record.refusedBy === "" ? 0 : 1;
    }
  }
  // Chance that never makes a company, an outside leg or a skip proves nothing.
  expect(accepted).toBeGreaterThan(COMPANIES / 20);
  expect(seen.outside).toBeGreaterThan(accepted / 4);
  expect(seen.skipped).toBeGreaterThan(accepted / 20);
  expect(seen.turnedAway).toBeGreaterThan(accepted / 100);
  console.log(`${accepted} of ${COMPANIES} accepted`, seen);
});
