/** A company's billing history to and from kakehashi.tenant.v1. */
import type { BillingHistory } from "../telephony/billing-history.ts";
import { contractFromWire, contractToWire } from "./contract-codec.ts";
import { decoding, refuse, type WireFault } from "./fault.ts";
import { companyId, count, e164, instant, instantOrNull, list, present } from "./fields.ts";
import type * as pb from "./gen/kakehashi/tenant/v1/tenant_service.ts";

/** Versions of one company; a change an hour for ten years is 90 000. */
const VERSIONS_MAX = 100_000;
const NUMBERS_MAX = 10_000;

/** A history as its message. */
export const billingHistoryToWire = (
  history: BillingHistory,
  revision: number,
): pb.GetBillingHistoryResponse => ({
  companyId: history.companyId,
  name: history.name,
  contracts: history.terms.map((version) => ({
    term: contractToWire(version.term),
    recordedAtMs: version.recordedAt,
    supersededAtMs: version.supersededAt ?? 0,
    revision: version.revision,
  })),
  counts: history.counts.map((version) => ({
    atMs: version.at,
    revision: version.revision,
    users: version.users,
    sharedNumbers: version.shared.length,
    shared: [...version.shared],
  })),
  revision,
});

function countFromWire(wire: pb.CountVersion, path: string): BillingHistory["counts"][number] {
  const shared = list(wire.shared, `${path}.shared`, NUMBERS_MAX, e164);
  if (shared.length !== wire.sharedNumbers) {
    refuse(`${path}.shared_numbers`, `${wire.sharedNumbers}, but ${shared.length} are listed`);
  }
  return {
    at: instant(wire.atMs, `${path}.at_ms`),
    revision: count(wire.revision, `${path}.revision`),
    users: count(wire.users, `${path}.users`),
    shared,
  };
}

/** A history from its message. */
export const billingHistoryFromWire = (
  wire: pb.GetBillingHistoryResponse,
): BillingHistory | WireFault =>
  decoding("GetBillingHistoryResponse", () => ({
    companyId: companyId(wire.companyId, "company_id"),
    name: wire.name,
    terms: list(wire.contracts, "contracts", VERSIONS_MAX, (version, path) => ({
      term: contractFromWire(present(version.term, `${path}.term`), `${path}.term`),
      recordedAt: instant(version.recordedAtMs, `${path}.recorded_at_ms`),
      supersededAt: instantOrNull(version.supersededAtMs, `${path}.superseded_at_ms`),
      revision: count(version.revision, `${path}.revision`),
    })),
    counts: list(wire.counts, "counts", VERSIONS_MAX, countFromWire),
  }));
