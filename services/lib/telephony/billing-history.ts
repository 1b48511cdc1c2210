/**
 * What the tenant registry remembers of a company for its invoices: contract terms as they were believed
 * to be, and what there was to count. Owns the shapes; what is owed is the collector's.
 *
 * H1  A version is never changed, only superseded: what was known at a past moment can be told for ever.
 */
import type { ContractTerm } from "./contract.ts";
import type { E164 } from "./e164.ts";
import type { CompanyId } from "./ids.ts";
import type { Instant } from "./instant.ts";

/** A term as it was believed to be from `recordedAt` until `supersededAt`; null = still. */
export interface TermVersion {
  readonly term: ContractTerm;
  readonly recordedAt: Instant;
  readonly supersededAt: Instant | null;
  readonly revision: number;
}

/** What there was to count from `at` until the next version. */
export interface CountVersion {
  readonly at: Instant;
  readonly revision: number;
  /** Users of the company (A11). */
  readonly users: number;
  /** Representative and IVR numbers (A12). */
  readonly shared: readonly E164[];
}

/** Also of a company that is deleted. */
export interface BillingHistory {
  readonly companyId: CompanyId;
  /** Latest name. */
  readonly name: string;
  readonly terms: readonly TermVersion[];
  readonly counts: readonly CountVersion[];
}
