/** A company as read, with its parts by key, as the checks look at it. Owns no rule. */
import type { E164 } from "../../../lib/telephony/e164.ts";
import type { Extension, GroupId } from "../../../lib/telephony/ids.ts";
import type { CivilDate } from "../../../lib/telephony/tokyo-time.ts";
import type { CompanyDraft, GroupDraft, NumberDraft, TermDraft, TerminalDraft } from "./draft.ts";
import type { FaultText } from "./fault-text.ts";
import { FAULTS_MAX, type Fault, type Path, type Placed } from "./reading.ts";

/** A term that is in force today or later, and its first day. */
export interface ActiveTerm {
  readonly term: Placed<TermDraft>;
  readonly from: CivilDate;
}

/** See the file header. */
export interface Book {
  readonly company: CompanyDraft;
  /** In order of time: the first is in force today, or is the next to come. */
  readonly active: readonly ActiveTerm[];
  readonly schedules: ReadonlySet<string>;
  readonly numbers: ReadonlyMap<E164, NumberDraft>;
  readonly terminals: ReadonlyMap<Extension, TerminalDraft>;
  readonly groups: ReadonlyMap<GroupId, GroupDraft>;
  readonly note: (path: Path, text: FaultText) => void;
}

function activeTerms(terms: readonly Placed<TermDraft>[], today: CivilDate): readonly ActiveTerm[] {
  return terms
    .filter(({ value: { until } }) => until === null || until > today)
    .map((term) => ({ term, from: term.value.from ?? today }))
    .toSorted((x, y) => (x.from < y.from ? -1 : 1));
}

/** The book of a company; faults that are noted go to `faults`. */
export const bookOf = (company: CompanyDraft, today: CivilDate, faults: Fault[]): Book => ({
  company,
  active: activeTerms(company.contract, today),
  schedules: new Set(company.schedules.map(({ value }) => value.id)),
  numbers: new Map(company.numbers.map(({ value }) => [value.number, value])),
  terminals: new Map(company.terminals.map(({ value }) => [value.extension, value])),
  groups: new Map(company.groups.map(({ value }) => [value.id, value])),
  note: (path, text) => {
    if (faults.length <= FAULTS_MAX) faults.push({ path, ...text });
  },
});

/** Tells each item whose key stood before, with the first. */
export function findDoubles<T>(
  placed: readonly Placed<T>[],
  key: (value: T) => string | null,
  found: (double: Placed<T>, first: Placed<T>) => void,
): void {
  const first = new Map<string, Placed<T>>();
  for (const item of placed) {
    const name = key(item.value);
    if (name === null) continue;
    const before = first.get(name);
    if (before === undefined) first.set(name, item);
    else found(item, before);
  }
}
