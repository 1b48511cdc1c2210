import { expect, it } from "vitest";
import type { BillingHistory } from "../telephony/billing-history.ts";
import type { E164 } from "../telephony/e164.ts";
import type { CompanyId } from "../telephony/ids.ts";
import type { CivilDate } from "../telephony/tokyo-time.ts";
import { billingHistoryFromWire, billingHistoryToWire } from "./billing-history-codec.ts";
import { GetBillingHistoryResponse } from "./tenant.ts";

const REP = "+815055550100" as E164;
const TERM = {
  from: "2026-10-01" as CivilDate,
  until: "2026-11-01" as CivilDate,
  terminalForwarding: true,
  representativeForwarding: false,
  extraChannels: 3,
  channelsPerNumber: 2,
  internationalForwarding: false,
  pricePlan: "standard",
  addOns: [{ number: REP, units: 2 }],
};
const HISTORY: BillingHistory = {
  companyId: "demo" as CompanyId,
  name: "かけはし商事",
  terms: [
    { term: TERM, recordedAt: 1000, supersededAt: 2000, revision: 1 },
    { term: { ...TERM, until: null }, recordedAt: 2000, supersededAt: null, revision: 2 },
  ],
  counts: [
    { at: 1000, revision: 1, users: 0, shared: [] },
    { at: 2000, revision: 2, users: 10, shared: [REP] },
    { at: 3000, revision: 3, users: 11, shared: [REP] },
    { at: 4000, revision: 4, users: 12, shared: [] },
    { at: 5000, revision: 5, users: 12, shared: ["+815055550200" as E164] },
  ],
};

it("a history comes back from the wire as it was", () => {
  const bytes = GetBillingHistoryResponse.encode(billingHistoryToWire(HISTORY, 7)).finish();
  expect(billingHistoryFromWire(GetBillingHistoryResponse.decode(bytes))).toEqual(HISTORY);
});

it("ten years of users who come and go, in a company with a thousand numbers, fit into one message", () => {
  const shared = Array.from(
    { length: 1000 },
    (_, n) => `+8150${String(n).padStart(8, "0")}` as E164,
  );
  const counts = Array.from({ length: 10_000 }, (_, n) => ({
    at: 1_800_000_000_000 + n,
    revision: n + 1,
    users: n % 100,
    shared,
  }));
  const large = { ...HISTORY, counts };
  const bytes = GetBillingHistoryResponse.encode(billingHistoryToWire(large, 7)).finish();
  expect(bytes.length).toBeLessThan(1024 * 1024);
  expect(billingHistoryFromWire(GetBillingHistoryResponse.decode(bytes))).toEqual(large);
});

it("a count of shared numbers that are not listed is refused: their add-ons would cost the wrong class", () => {
  const wire = billingHistoryToWire(HISTORY, 7);
  const counts = wire.counts.map((version) => ({ ...version, shared: [] }));
  expect(billingHistoryFromWire({ ...wire, counts })).toEqual({
    kind: "wire-fault",
    path: "counts[1].shared_numbers",
    problem: "1, but 0 are listed",
  });
});
