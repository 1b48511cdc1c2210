/**
 * What a company had in a month, by what was known at a moment: the counts that fees are charged on.
 * Owns the counting rules (R20-R24, A7, A11-A13); does not know prices.
 *
 * M1  Known at `t` is what was recorded before `t` and not superseded before `t`. What comes later can
 *     only show on a later invoice.
 * M2  The count of a month is its peak: a removal takes effect next month (A13).
 * M3  The result does not depend on the order of versions, nor on a version that is said twice.
 * M4  Of two counts the later revision is the later one, also when a clock that runs behind says another
 *     moment: it holds from the moment of the one before it.
 */
import type { BillingHistory, CountVersion } from "../../../../lib/telephony/billing-history.ts";
import type { ContractTerm } from "../../../../lib/telephony/contract.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import {
  type CivilDate,
  type CivilMonth,
  dayOfMonth,
  daysInMonth,
  startOfMonth,
} from "../../../../lib/telephony/tokyo-time.ts";
import type { MonthlyPrices } from "../prices/price-file.ts";

/** What a fee is charged on: terminals' users, shared numbers, and add-on units of either (R24). */
export type Component = keyof MonthlyPrices;
/** In the order of an invoice. */
export const COMPONENTS: readonly Component[] = [
  "terminal",
  "representative",
  "terminalAddOn",
  "representativeAddOn",
];

/** How many of each. */
export type Quantities = Readonly<Record<Component, number>>;

/** A month. `plan` is null when nothing was bought in it. */
export interface Measured {
  /** Price plan of the first day on which something was bought. */
  readonly plan: string | null;
  readonly peak: Quantities;
  /** Sum of the days' peaks. */
  readonly unitDays: Quantities;
}

/** What is known of a company: terms that do not overlap, and counts, oldest first. */
export interface Known {
  readonly terms: readonly ContractTerm[];
  readonly counts: readonly CountVersion[];
}

/** Tokyo's clocks are never changed (DOMAIN 5.2). */
const DAY_MS = 86_400_000;

const NOTHING: Quantities = {
  terminal: 0,
  representative: 0,
  terminalAddOn: 0,
  representativeAddOn: 0,
};

const combine = (
  a: Quantities,
  b: Quantities,
  by: (x: number, y: number) => number,
): Quantities => ({
  terminal: by(a.terminal, b.terminal),
  representative: by(a.representative, b.representative),
  terminalAddOn: by(a.terminalAddOn, b.terminalAddOn),
  representativeAddOn: by(a.representativeAddOn, b.representativeAddOn),
});

/** The part of a history that was known at `t` (M1). */
export function knownAt(history: BillingHistory, t: Instant): Known {
  const terms = history.terms
    .filter(({ recordedAt, supersededAt }) => recordedAt < t && (supersededAt ?? t) >= t)
    .map(({ term }) => term);
  const counts: CountVersion[] = [];
  for (const version of history.counts.toSorted((a, b) => a.revision - b.revision)) {
    const last = counts.at(-1);
    if (last === undefined || version.at > last.at) counts.push(version);
    else counts[counts.length - 1] = { ...version, at: last.at };
  }
  return { terms, counts: counts.filter(({ at }) => at < t) };
}

/** First day of the contract. */
export const firstDay = ({ terms }: Known): CivilDate | null =>
  terms.reduce<CivilDate | null>(
    (first, { from }) => (first === null || from < first ? from : first),
    null,
  );

const termOn = ({ terms }: Known, day: CivilDate): ContractTerm | null =>
  terms.find(({ from, until }) => from <= day && (until === null || day < until)) ?? null;

/** R22, R23: the terminal part counts users, the representative part REP and IVR numbers. */
function quantities(term: ContractTerm, counts: CountVersion): Quantities {
  const shared = new Set<string>(counts.shared);
  let terminalAddOn = 0;
  let representativeAddOn = 0;
  for (const { number, units } of term.addOns) {
    if (shared.has(number)) representativeAddOn += units;
    else terminalAddOn += units;
  }
  return {
    terminal: term.terminalForwarding ? counts.users : 0,
    representative: term.representativeForwarding ? shared.size : 0,
    terminalAddOn,
    representativeAddOn,
  };
}

/** Counts in force at the start of a span, and those that came within it. */
function countsWithin(
  counts: readonly CountVersion[],
  from: Instant,
  until: Instant,
): readonly CountVersion[] {
  const before = counts.findLast(({ at }) => at <= from) ?? counts[0];
  const within = counts.filter(({ at }) => at > from && at < until);
  return before === undefined ? within : [before, ...within];
}

/** The peaks of one day under a term. */
const dayPeak = (term: ContractTerm, counts: readonly CountVersion[]): Quantities =>
  counts
    .map((version) => quantities(term, version))
    .reduce((a, b) => combine(a, b, Math.max), NOTHING);

/**
 * Counts a month. A contract may be older than the company's first count (it may be back-dated); then
 * the first count holds for the time before it.
 */
export function measure(known: Known, month: CivilMonth): Measured {
  let plan: string | null = null;
  let peak = NOTHING;
  let unitDays = NOTHING;
  const start = startOfMonth(month);
  const days = daysInMonth(month);
  const counts = countsWithin(known.counts, start, start + days * DAY_MS);
  for (let day = 1; day <= days; day += 1) {
    const term = termOn(known, dayOfMonth(month, day));
    if (term === null) continue;
    plan ??= term.pricePlan;
    const from = start + (day - 1) * DAY_MS;
    const ofDay = dayPeak(term, countsWithin(counts, from, from + DAY_MS));
    peak = combine(peak, ofDay, Math.max);
    unitDays = combine(unitDays, ofDay, (a, b) => a + b);
  }
  return { plan, peak, unitDays };
}
