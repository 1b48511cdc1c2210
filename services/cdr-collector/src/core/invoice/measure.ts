/**
 * What a company had in a month, by what was known at a moment: the counts that fees are charged on.
 * Owns the counting rules (R20-R24, A7, A11-A13); does not know prices.
 *
 * M1  Known at `t` is what was recorded before `t`. What comes later can only show on a later invoice.
 * M2  The count of a month is its peak: a removal takes effect next month (A13).
 * M3  The result does not depend on the order of versions, nor on a version that is said twice.
 * M4  Of two counts the later revision is the later one, also when a clock that runs behind says another
 *     moment: it holds from the moment of the one before it.
 * M5  A term that was superseded before `t` still counts for the time in which it was both held for true
 *     and in force: what was dropped within its first day was there. One that never began counts nothing.
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
  /** Price plan of the first day on which something was bought; of several that day the last believed. */
  readonly plan: string | null;
  readonly peak: Quantities;
  /** Sum of the days' peaks. */
  readonly unitDays: Quantities;
}

/** A term, and the span outside of which it counts for nothing (M5): endless while it is held for true. */
interface KnownTerm {
  readonly term: ContractTerm;
  readonly since: Instant;
  readonly until: Instant;
}

/** What is known of a company: terms in any order, and counts, oldest first. */
export interface Known {
  readonly terms: readonly KnownTerm[];
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

/** The part of a history that was known at `t` (M1, M5). */
export function knownAt(history: BillingHistory, t: Instant): Known {
  const terms = history.terms
    .filter(({ recordedAt }) => recordedAt < t)
    .map(({ term, recordedAt, supersededAt }) =>
      supersededAt === null || supersededAt >= t
        ? { term, since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }
        : { term, since: recordedAt, until: supersededAt },
    );
  const counts: CountVersion[] = [];
  for (const version of history.counts.toSorted((a, b) => a.revision - b.revision)) {
    const last = counts.at(-1);
    if (last === undefined || version.at > last.at) counts.push(version);
    else counts[counts.length - 1] = { ...version, at: last.at };
  }
  return { terms, counts: counts.filter(({ at }) => at < t) };
}

/** A day before which nothing was in force. */
export const firstDay = ({ terms }: Known): CivilDate | null =>
  terms.reduce<CivilDate | null>(
    (first, { term: { from } }) => (first === null || from < first ? from : first),
    null,
  );

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

/** Place of the first count after a moment; counts are in order of time, and there may be many. */
function placeAfter(counts: readonly CountVersion[], moment: Instant): number {
  let low = 0;
  let high = counts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((counts[middle]?.at ?? 0) <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The peaks of a span under a term: of the counts in force at its start, and of those within it. */
function spanPeak(
  term: ContractTerm,
  counts: readonly CountVersion[],
  from: Instant,
  until: Instant,
): Quantities {
  let peak = NOTHING;
  for (let place = Math.max(0, placeAfter(counts, from) - 1); place < counts.length; place += 1) {
    const version = counts[place];
    if (version === undefined || (place > 0 && version.at >= until)) break;
    peak = combine(peak, quantities(term, version), Math.max);
  }
  return peak;
}

/** Days from `first` to `last`, and their moments. */
interface Span {
  readonly first: CivilDate;
  readonly last: CivilDate;
  readonly from: Instant;
  readonly until: Instant;
}

/** Terms that counted at some moment of a span. */
const countedWithin = (terms: readonly KnownTerm[], span: Span): readonly KnownTerm[] =>
  terms.filter(
    ({ term, since, until }) =>
      since < until &&
      since < span.until &&
      until > span.from &&
      term.from <= span.last &&
      (term.until === null || term.until > span.first),
  );

/** The peaks of a day under the terms that counted at some moment of it. */
const dayPeak = (terms: readonly KnownTerm[], counts: readonly CountVersion[], day: Span) =>
  terms
    .map(({ term, since, until }) =>
      spanPeak(term, counts, Math.max(day.from, since), Math.min(day.until, until)),
    )
    .reduce((a, b) => combine(a, b, Math.max), NOTHING);

/** The plan of the term that was believed last. */
const planOf = (terms: readonly KnownTerm[]): string | null =>
  terms.reduce<KnownTerm | null>((a, b) => (a !== null && a.until >= b.until ? a : b), null)?.term
    .pricePlan ?? null;

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
  const terms = countedWithin(known.terms, {
    first: dayOfMonth(month, 1),
    last: dayOfMonth(month, days),
    from: start,
    until: start + days * DAY_MS,
  });
  for (let number = 1; number <= days; number += 1) {
    const date = dayOfMonth(month, number);
    const from = start + (number - 1) * DAY_MS;
    const day: Span = { first: date, last: date, from, until: from + DAY_MS };
    const ofDay = countedWithin(terms, day);
    plan ??= planOf(ofDay);
    const peaks = dayPeak(ofDay, known.counts, day);
    peak = combine(peak, peaks, Math.max);
    unitDays = combine(unitDays, peaks, (a, b) => a + b);
  }
  return { plan, peak, unitDays };
}
