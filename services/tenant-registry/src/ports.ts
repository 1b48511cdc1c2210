/**
 * What the gRPC face needs of the store, named by need. Nothing here throws: a store that cannot be
 * reached answers with a StoreFault.
 */
import type { StoreFault } from "../../lib/runtime/database.ts";
import type { BillingHistory } from "../../lib/telephony/billing-history.ts";
import type { CarrierTrunk } from "../../lib/telephony/carrier-trunk.ts";
import type { E164 } from "../../lib/telephony/e164.ts";
import type { CompanyId, Extension, TrunkId } from "../../lib/telephony/ids.ts";
import type { RouteKey, RouteSnapshot } from "../../lib/telephony/route-snapshot.ts";
import type { Company } from "./core/company.ts";
import type { ReadDocument } from "./core/document.ts";
import type { Fault } from "./core/reading.ts";

/** What became of a change. */
export type ChangeOutcome =
  | {
      readonly kind: "stored";
      readonly revision: number;
      readonly changes: readonly string[];
      /** What calls will skip from a coming date on. */
      readonly warnings: readonly Fault[];
    }
  | { readonly kind: "faulty"; readonly revision: number; readonly faults: readonly Fault[] }
  /** The stored thing has another revision than the change expects. */
  | { readonly kind: "outdated"; readonly revision: number }
  | StoreFault;

/** What became of a removal; `blocked` says what must go first. */
export type RemovalOutcome =
  | { readonly kind: "removed"; readonly revision: number }
  | { readonly kind: "absent" }
  | { readonly kind: "blocked"; readonly reason: string }
  | StoreFault;

/** How a change is made. */
export interface ChangeOptions {
  /** Check and tell only. */
  readonly dryRun: boolean;
  /** 0: create or replace; else the revision that the stored company (or trunk) must have. */
  readonly expectedRevision: number;
}

/** An answer and the registry revision that it was read at. */
export interface At<T> {
  readonly kind: "at";
  readonly revision: number;
  readonly value: T;
}

/** A company with the revision of its own last change. */
export interface RevisedCompany {
  readonly company: Company;
  readonly revision: number;
}

/** Digest secrets of an extension. */
export interface Credential {
  readonly companyId: CompanyId;
  readonly ha1Md5: string;
  readonly ha1Sha256: string;
}

/** A change in the log. */
export interface Change {
  readonly revision: number;
  readonly changed:
    | { readonly kind: "company"; readonly companyId: string }
    | { readonly kind: "trunk"; readonly trunkId: string };
}

/** Everything that changes what is stored. */
export interface Changes {
  readonly change: (read: ReadDocument, options: ChangeOptions) => Promise<ChangeOutcome>;
  readonly removeCompany: (id: CompanyId) => Promise<RemovalOutcome>;
  readonly removeTrunk: (id: TrunkId) => Promise<RemovalOutcome>;
}

/** Everything that reads. */
export interface Readings {
  readonly company: (id: CompanyId) => Promise<At<RevisedCompany | null> | StoreFault>;
  readonly companies: (
    afterId: string,
    limit: number,
  ) => Promise<At<readonly RevisedCompany[]> | StoreFault>;
  readonly trunks: (id: TrunkId | null) => Promise<At<readonly CarrierTrunk[]> | StoreFault>;
  readonly route: (key: RouteKey) => Promise<At<RouteSnapshot | null> | StoreFault>;
  /** What invoices count, whole; null for a company that was never stored. */
  readonly billingHistory: (id: CompanyId) => Promise<At<BillingHistory | null> | StoreFault>;
  readonly owner: (
    number: E164,
  ) => Promise<At<{ readonly companyId: string; readonly trunkId: string } | null> | StoreFault>;
  readonly credential: (
    domain: string,
    extension: Extension,
  ) => Promise<At<Credential | null> | StoreFault>;
}

/** The log of revisions, for Watch. */
export interface ChangeLog {
  readonly revision: () => Promise<At<null> | StoreFault>;
  /** At most `limit` changes after a revision, oldest first. */
  readonly changesAfter: (
    revision: number,
    limit: number,
  ) => Promise<At<readonly Change[]> | StoreFault>;
}
