import fc from "fast-check";
import { expect, it } from "vitest";
import type { CallRecord, LegRecord } from "../../../lib/telephony/call-detail-record.ts";
import type { E164 } from "../../../lib/telephony/e164.ts";
import { attemptLeg, type CompanyId, type TrunkId } from "../../../lib/telephony/ids.ts";
import { arbitraryLegRecord, arbitraryRecord } from "../../../lib/testkit/arbitraries.ts";
import { contradictionIn } from "./accept.ts";

const [anyRecord] = fc.sample(arbitraryRecord, 1);
const [anyLeg] = fc.sample(arbitraryLegRecord, 1);

/** A moment of 2026. */
const START = 1_790_000_000_000;
const OUTSIDE: Extract<LegRecord["member"], { kind: "outside" }> = {
  kind: "outside",
  number: "+819012345678" as E164,
  class: "mobile",
  onNet: false,
  source: {
    number: "+815012345678" as E164,
    class: "standard",
    rule: "D4",
    trunkId: "trunk-1" as TrunkId,
  },
};
const ANSWERED: LegRecord = {
  ...anyLeg!,
  member: OUTSIDE,
  leg: attemptLeg(1),
  invitedAt: START + 1000,
  ringingAt: START + 2000,
  answeredAt: START + 5000,
  endedAt: START + 9000,
  talkMs: 4000,
  billable: true,
};
const MISSED: LegRecord = {
  ...ANSWERED,
  leg: attemptLeg(2),
  answeredAt: null,
  talkMs: 0,
  billable: false,
};
const RECORD: CallRecord = {
  ...anyRecord!,
  companyId: "company-1" as CompanyId,
  startedAt: START + 1000,
  ringingAt: START + 2000,
  answeredAt: START + 5000,
  endedAt: START + 9000,
  durationMs: 8000,
  billableMs: 4000,
  legs: [ANSWERED, MISSED],
};

it("an ordinary record is accepted, answered or not", () => {
  expect(contradictionIn(RECORD)).toBeNull();
  expect(
    contradictionIn({ ...RECORD, answeredAt: null, billableMs: 0, legs: [MISSED] }),
  ).toBeNull();
  expect(contradictionIn({ ...RECORD, legs: [] })).toBeNull();
});

it.each<[string, CallRecord]>([
  ["started_at_ms: before 2000", { ...RECORD, startedAt: 946_652_399_999 }],
  [
    "legs[0]: answered before 2000",
    { ...RECORD, legs: [{ ...ANSWERED, answeredAt: 946_652_399_999 }] },
  ],
  ["ended_at_ms: before started_at_ms", { ...RECORD, endedAt: START + 999 }],
  ["billable_ms: without an answer", { ...RECORD, answeredAt: null }],
  ["billable_ms: longer than the call", { ...RECORD, billableMs: 8001 }],
  [
    "legs[1]: billable without an answer",
    { ...RECORD, legs: [ANSWERED, { ...MISSED, billable: true }] },
  ],
  [
    "legs[1]: talk time without an answer",
    { ...RECORD, legs: [ANSWERED, { ...MISSED, talkMs: 1 }] },
  ],
  [
    "legs[0]: answered after its end",
    { ...RECORD, legs: [{ ...ANSWERED, answeredAt: START + 9001 }] },
  ],
  ["legs[1]: a second leg b1", { ...RECORD, legs: [ANSWERED, ANSWERED] }],
  ["legs: 2 are billable", { ...RECORD, legs: [ANSWERED, { ...ANSWERED, leg: attemptLeg(2) }] }],
  ["legs[0]: billable without company and source number", { ...RECORD, companyId: null }],
  [
    "legs[0]: billable without company and source number",
    { ...RECORD, legs: [{ ...ANSWERED, member: { ...OUTSIDE, source: null } }] },
  ],
])("set aside: %s", (contradiction, record) => {
  expect(contradictionIn(record)).toBe(contradiction);
});
