/**
 * A company's contract over time: what a document says about it, joined with what is stored. Owns which
 * changes are allowed. What was believed before a change is the store's to keep.
 *
 * T1  Days before today never change; the one exception is a company under which nothing was ever in
 *     force: its first contract may begin in the past.
 * T2  From today on the contract is what the document says, and nothing else.
 * T3  Terms stand in order of time, do not overlap, and neighbours differ (equal ones are one term).
 * T4  The document that was stored is no change, on any later day.
 */
import type { AddOn, ContractContent, ContractTerm } from "../../../lib/telephony/contract.ts";
import type { CivilDate } from "../../../lib/telephony/tokyo-time.ts";
import { CONTRACT } from "./check-faults.ts";
import type { TermDraft } from "./draft.ts";
import type { Fault, Placed } from "./reading.ts";

/** The joined contract; of use only when there are no faults. */
export interface Timeline {
  readonly terms: readonly ContractTerm[];
  readonly faults: readonly Fault[];
}

/** A written term whose beginning is settled. */
interface Begun {
  readonly path: Fault["path"];
  readonly term: ContractTerm;
}

const byNumber = (x: AddOn, y: AddOn): number => (x.number < y.number ? -1 : 1);

/** What a written term buys; add-ons in the order of their numbers, as that is how they are compared. */
export function contentOf({ from: _, until: __, ...content }: TermDraft): ContractContent {
  return { ...content, addOns: content.addOns.map(({ value }) => value).toSorted(byNumber) };
}

const isSameContent = (x: ContractContent, y: ContractContent): boolean =>
  x.terminalForwarding === y.terminalForwarding &&
  x.representativeForwarding === y.representativeForwarding &&
  x.extraChannels === y.extraChannels &&
  x.channelsPerNumber === y.channelsPerNumber &&
  x.internationalForwarding === y.internationalForwarding &&
  x.pricePlan === y.pricePlan &&
  x.addOns.length === y.addOns.length &&
  x.addOns.every(({ number, units }, place) => {
    const other = y.addOns[place];
    return other?.number === number && other.units === units;
  });

const endsBy = (until: CivilDate | null, day: CivilDate): boolean => until !== null && until <= day;

/** Neighbours that touch and buy the same become one (T3). */
function joined(terms: readonly ContractTerm[]): readonly ContractTerm[] {
  const result: ContractTerm[] = [];
  for (const term of terms) {
    const before = result.at(-1);
    if (before !== undefined && before.until === term.from && isSameContent(before, term)) {
      result[result.length - 1] = { ...before, until: term.until };
    } else {
      result.push(term);
    }
  }
  return result;
}

/** The part of a term before a day; null when there is none. */
function before(term: ContractTerm, day: CivilDate): ContractTerm | null {
  if (term.from >= day) return null;
  return endsBy(term.until, day) ? term : { ...term, until: day };
}

/** The part of a term from a day on; null when there is none. */
function fromDay(term: ContractTerm, day: CivilDate): ContractTerm | null {
  if (endsBy(term.until, day)) return null;
  return term.from >= day ? term : { ...term, from: day };
}

const present = <T>(value: T | null): readonly T[] => (value === null ? [] : [value]);

/** Order of time: terms that do not overlap end in the order in which they begin. */
const byEnd = (x: TermDraft, y: TermDraft): number =>
  x.until === y.until ? 0 : x.until !== null && (y.until === null || x.until < y.until) ? -1 : 1;

/**
 * Gives a term without `from` its beginning: today, or, when it is over, that of the stored term that
 * ended with it. Null and a fault when it has no day.
 */
function begun(
  { path, value }: Placed<TermDraft>,
  past: readonly ContractTerm[],
  today: CivilDate,
): Begun | Fault {
  const { until } = value;
  const content = contentOf(value);
  const over = value.from === null && endsBy(until, today);
  const ended = over ? past.find((term) => term.until === until) : undefined;
  if (over && ended === undefined) {
    return { path: [...path, "until"], ...CONTRACT.termOver(today) };
  }
  return { path, term: { ...content, from: value.from ?? ended?.from ?? today, until } };
}

/** A written term must say of the days that have passed what is stored of them (T1). */
function pastFault(
  { path, term }: Begun,
  past: readonly ContractTerm[],
  today: CivilDate,
): readonly Fault[] {
  const { from, until } = term;
  if (from >= today) return [];
  const stored = past.find((other) => other.from <= from && !endsBy(other.until, from));
  const end = endsBy(until, today) ? until : today;
  if (stored !== undefined && stored.until === end && isSameContent(stored, term)) return [];
  return [{ path: [...path, "from"], ...CONTRACT.pastTerm(from, today) }];
}

function overlapFaults(terms: readonly Begun[]): readonly Fault[] {
  const inOrder = terms.toSorted((x, y) => (x.term.from < y.term.from ? -1 : 1));
  return inOrder.flatMap(({ path, term }, place) => {
    const previous = inOrder[place - 1]?.term;
    if (previous === undefined || endsBy(previous.until, term.from)) return [];
    return [{ path: [...path, "from"], ...CONTRACT.overlap(term.from, previous) }];
  });
}

/** Written neighbours that touch and buy the same, as one written term; T4 needs this before T1. */
function joinedDrafts(written: readonly Placed<TermDraft>[]): readonly Placed<TermDraft>[] {
  const result: Placed<TermDraft>[] = [];
  for (const { path, value } of written.toSorted((x, y) => byEnd(x.value, y.value))) {
    const last = result.at(-1);
    const touches = last !== undefined && value.from !== null && last.value.until === value.from;
    if (touches && isSameContent(contentOf(last.value), contentOf(value))) {
      result[result.length - 1] = { ...last, value: { ...last.value, until: value.until } };
    } else {
      result.push({ path, value });
    }
  }
  return result;
}

/** Joins what is written with what is stored; `stored` is in order, `today` is Tokyo's. */
export function mergeContract(
  stored: readonly ContractTerm[],
  written: readonly Placed<TermDraft>[],
  today: CivilDate,
): Timeline {
  const past = stored.flatMap((term) => present(before(term, today)));
  const settled = joinedDrafts(written).map((draft) => begun(draft, past, today));
  const faults = settled.flatMap((result) => ("term" in result ? [] : [result]));
  const terms = settled.flatMap((result) => ("term" in result ? [result] : []));
  const all = [
    ...faults,
    ...overlapFaults(terms),
    ...(past.length === 0 ? [] : terms.flatMap((term) => pastFault(term, past, today))),
  ];
  const future = terms
    .map(({ term }) => term)
    .toSorted((x, y) => (x.from < y.from ? -1 : 1))
    .flatMap((term) => (past.length === 0 ? [term] : present(fromDay(term, today))));
  return { terms: joined([...past, ...future]), faults: all };
}
