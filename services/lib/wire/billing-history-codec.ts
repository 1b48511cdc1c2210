/**
 * A company's billing history to and from kakehashi.tenant.v1.
 *
 * B1  Shared numbers are said once and not again until they change: the history of a large company, kept for
 *     ever, fits into a message.
 */
import type { BillingHistory } from "../telephony/billing-history.ts";
import { contractFromWire, contractToWire } from "./contract-codec.ts";
import { decoding, refuse, type WireFault } from "./fault.ts";
import { companyId, count, e164, instant, instantOrNull, list, present } from "./fields.ts";
import type * as pb from "./gen/kakehashi/tenant/v1/tenant_service.ts";

/** Versions of one company; a change an hour for ten years is 90 000. */
const VERSIONS_MAX = 100_000;
const NUMBERS_MAX = 10_000;

type Shared = BillingHistory["counts"][number]["shared"];

const isSame = (a: Shared, b: Shared): boolean =>
  a.length === b.length && a.every((number, place) => number === b[place]);

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
  counts: history.counts.map((version, place, all) => ({
    atMs: version.at,
    revision: version.revision,
    users: version.users,
    sharedNumbers: version.shared.length,
    shared: isSame(version.shared, all[place - 1]?.shared ?? []) ? [] : [...version.shared],
  })),
  revision,
});

function countFromWire(
  wire: pb.CountVersion,
  path: string,
  before: Shared,
): BillingHistory["counts"][number] {
  const listed = list(wire.shared, `${path}.shared`, NUMBERS_MAX, e164);
  const shared = listed.length === 0 && wire.sharedNumbers > 0 ? before : listed;
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

function countsFromWire(wire: readonly pb.CountVersion[]): BillingHistory["counts"] {
  let before: Shared = [];
  return list(wire, "counts", VERSIONS_MAX, (version, path) => {
    const read = countFromWire(version, path, before);
    before = read.shared;
    return read;
  });
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
    counts: countsFromWire(wire.counts),
  }));
