import fc from "fast-check";
import { expect, it } from "vitest";
import type { CallRecord, LegRecord } from "../../../../lib/telephony/call-detail-record.ts";
import type { E164 } from "../../../../lib/telephony/e164.ts";
import { attemptLeg, type CompanyId, type TrunkId } from "../../../../lib/telephony/ids.ts";
import type { CivilDate } from "../../../../lib/telephony/tokyo-time.ts";
import { arbitraryLegRecord, arbitraryRecord } from "../../../../lib/testkit/arbitraries.ts";
import { type DeckVersion, type RatedDestination, tariffOf } from "./rate-deck.ts";
import { billableLegOf, deckFor, type FoundRate, rated, rateFor } from "./rating.ts";

const [anyRecord] = fc.sample(arbitraryRecord, 1);
const [anyLeg] = fc.sample(arbitraryLegRecord, 1);
const ANSWERED_AT = Temporal.Instant.from("2026-10-05T01:00:00Z").epochMilliseconds;

const DECK: DeckVersion = { version: 7, plan: "standard", validFrom: "2026-10-01" as CivilDate };
const TARIFF = tariffOf([
  { class: "landline", prefix: "", unitS: 180, unitYen: 8 },
  { class: "mobile", prefix: "", unitS: 60, unitYen: 16 },
  { class: "ip-phone", prefix: "", unitS: 180, unitYen: 10 },
]);

const outside = (number: string): LegRecord["member"] => ({
  kind: "outside",
  number: number as E164,
  class: "mobile",
  onNet: false,
  source: {
    number: "+815011110000" as E164,
    class: "representative",
    rule: "D1",
    trunkId: "trunk-1" as TrunkId,
  },
});
const LOSER: LegRecord = {
  ...anyLeg!,
  leg: attemptLeg(2),
  member: outside("+818011112222"),
  answeredAt: null,
  talkMs: 0,
  endCause: "cancelled-elsewhere",
  billable: false,
};
const WINNER: LegRecord = {
  ...anyLeg!,
  leg: attemptLeg(1),
  member: outside("+819011112222"),
  answeredAt: ANSWERED_AT,
  talkMs: 61_000,
  endCause: "answered",
  billable: true,
};
const RECORD: CallRecord = {
  ...anyRecord!,
  companyId: "company-1" as CompanyId,
  pricePlan: "standard",
  legs: [WINNER, LOSER],
};

function find(asked: RatedDestination, decks: readonly DeckVersion[] = [DECK]): FoundRate {
  const deck = deckFor(decks, asked);
  return "version" in deck ? rateFor(deck, TARIFF, asked) : deck;
}

function ratingOf(record: CallRecord) {
  const leg = billableLegOf(record);
  return leg === null ? null : rated(leg, find(leg));
}

it("5.5: ring-all of two outside targets, the winner 61 s on mobile: one charge of 32, the loser nothing", () => {
  expect(ratingOf({ ...RECORD, mode: "ring-all" })).toMatchObject({
    kind: "rated",
    leg: "b1",
    sourceNumber: "+815011110000",
    sourceClass: "representative",
    billedS: 61,
    units: 2,
    yen: 32,
    deckVersion: 7,
  });
});

it("5.5: an unanswered leg costs nothing, however long it rang", () => {
  const rang = { ...LOSER, invitedAt: ANSWERED_AT, ringingAt: ANSWERED_AT, endedAt: ANSWERED_AT };
  expect(ratingOf({ ...RECORD, legs: [{ ...rang, endedAt: ANSWERED_AT + 120_000 }] })).toBeNull();
});

it("5.4: a leg that answered and lost the race costs nothing", () => {
  const lost: LegRecord = { ...WINNER, billable: false, endCause: "lost-race" };
  expect(ratingOf({ ...RECORD, legs: [lost] })).toBeNull();
});

it("5.4: a call that an extension answered costs nothing", () => {
  const member: LegRecord["member"] = { kind: "extension", extension: "101" as never };
  expect(ratingOf({ ...RECORD, legs: [{ ...WINNER, member, billable: false }] })).toBeNull();
});

it("R13: the rate is that of an ordinary outbound call: a quote for a dialled number gives the same", () => {
  const dialled = {
    plan: "standard",
    answeredAt: ANSWERED_AT,
    destination: "+819011112222" as E164,
    destinationClass: "mobile",
    onNet: false,
  } as const;
  const leg = billableLegOf(RECORD);
  expect(find(leg!)).toEqual(find(dialled));
});

it("R13: mode, trigger, rule and everything else about the forwarding leave the charge as it is", () => {
  fc.assert(
    fc.property(arbitraryRecord, arbitraryLegRecord, (record, leg) => {
      const { member, answeredAt, talkMs, billable } = WINNER;
      const same = { ...leg, leg: WINNER.leg, member, answeredAt, talkMs, billable };
      const { callId, companyId, pricePlan } = RECORD;
      const other = { ...record, callId, companyId, pricePlan, legs: [same] };
      expect(ratingOf(other)).toEqual(ratingOf(RECORD));
    }),
  );
});

it("A20: an answer by the destination's voicemail is charged like any answer", () => {
  const voicemail = { ...WINNER, talkMs: 4200 };
  expect(ratingOf({ ...RECORD, legs: [voicemail] })).toMatchObject({ billedS: 5, yen: 16 });
});

it.each([
  ["no rates of plan other are valid on 2026-10-05", { ...RECORD, pricePlan: "other" }],
  ["the record names no price plan", { ...RECORD, pricePlan: "" }],
  [
    "the record does not say the class of the destination",
    { ...RECORD, legs: [{ ...WINNER, member: { ...outside("+819011112222"), class: null } }] },
  ],
  [
    "no rate for the international number +442079460001 in plan standard from 2026-10-01 (version 7)",
    {
      ...RECORD,
      legs: [{ ...WINNER, member: { ...outside("+442079460001"), class: "international" } }],
    },
  ],
] as [string, CallRecord][])("a billable leg without a rate is not free: %s", (reason, record) => {
  expect(ratingOf(record)).toMatchObject({ kind: "unrated", reason, leg: "b1" });
});
