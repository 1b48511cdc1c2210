/**
 * A company's contract as terms in time, and the term that a moment falls into. Owns the shapes; the
 * history and its changes are the tenant registry's.
 *
 * T1  Terms of one contract do not overlap; before, between and after them nothing is bought (R2).
 */
import type { E164 } from "./e164.ts";
import type { Instant } from "./instant.ts";
import type { CivilDate } from "./tokyo-time.ts";
import { startOfDate } from "./tokyo-time.ts";

/** More destinations for one named number, bought by the company (DOMAIN R20, A7). */
export interface AddOn {
  readonly number: E164;
  /** One more destination each. */
  readonly units: number;
}

/** What was bought, without its time. */
export interface ContractContent {
  /** Outside targets on terminals' own relays (R2, R23). */
  readonly terminalForwarding: boolean;
  /** Outside targets on lists of representative and IVR numbers (A10). */
  readonly representativeForwarding: boolean;
  /** Outside legs of the company at the same time (A15). */
  readonly extraChannels: number;
  /** Outside legs at the same time under one source number (DOMAIN 4.5 c). */
  readonly channelsPerNumber: number;
  /** Destinations may be outside Japan (DOMAIN 3.1). */
  readonly internationalForwarding: boolean;
  /** Price plan and rate deck that it is billed by. */
  readonly pricePlan: string;
  readonly addOns: readonly AddOn[];
}

/** A term: `from` is its first day, `until` the first day after it; null = without end. */
export interface ContractTerm extends ContractContent {
  readonly from: CivilDate;
  readonly until: CivilDate | null;
}

/** The term that a moment falls into; null when nothing is bought then. */
export const contractAt = (terms: readonly ContractTerm[], at: Instant): ContractTerm | null =>
  terms.find(
    ({ from, until }) => startOfDate(from) <= at && (until === null || at < startOfDate(until)),
  ) ?? null;

/** Add-on units of a number in a term. */
export const addOnUnits = (content: ContractContent, number: E164 | null): number =>
  content.addOns.reduce((sum, addOn) => sum + (addOn.number === number ? addOn.units : 0), 0);
