/**
 * Which versions of a contract's terms a change leaves behind and which it adds. Owns no rule about what
 * may change (timeline.ts); every version is kept.
 */
import type { ContractTerm } from "../../../lib/telephony/contract.ts";
import { addDays, type CivilDate } from "../../../lib/telephony/tokyo-time.ts";

/** A term as text that is the same for the same term, whatever order its keys have. */
const termText = (term: ContractTerm): string =>
  JSON.stringify([
    term.from,
    term.until,
    term.terminalForwarding,
    term.representativeForwarding,
    term.extraChannels,
    term.channelsPerNumber,
    term.internationalForwarding,
    term.pricePlan,
    term.addOns.map(({ number, units }) => [number, units]),
  ]);

const without = (
  terms: readonly ContractTerm[],
  others: readonly ContractTerm[],
): readonly ContractTerm[] => {
  const texts = new Set(others.map(termText));
  return terms.filter((term) => !texts.has(termText(term)));
};

/** Versions that end and versions that begin when `after` takes the place of `before`. */
export const termVersions = (
  before: readonly ContractTerm[],
  after: readonly ContractTerm[],
): {
  readonly superseded: readonly ContractTerm[];
  readonly recorded: readonly ContractTerm[];
} => ({
  superseded: without(before, after),
  recorded: without(after, before),
});

/** The terms of a contract whose last day is given: later terms fall away, a running one is cut. */
export function endedAfter(
  terms: readonly ContractTerm[],
  lastDay: CivilDate,
): readonly ContractTerm[] {
  const end = addDays(lastDay, 1);
  return terms
    .filter(({ from }) => from < end)
    .map((term) => (term.until === null || term.until > end ? { ...term, until: end } : term));
}
