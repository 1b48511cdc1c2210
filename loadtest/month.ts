/**
 * Call records of one month, from a seed, and what they must cost by a sum of their own: winners on
 * landlines, mobiles, 050 numbers and on-net, losers, and calls that nobody answered.
 *
 * Owns: the records and the expected yen. Does not own: rating (cdr-collector); the arithmetic is
 * written out here on purpose, by the formula of DOMAIN 5.1 and the sample rates.
 */
import type { CallRecord, LegRecord } from "../services/lib/telephony/call-detail-record.ts";
import type { E164 } from "../services/lib/telephony/e164.ts";
import type { CallId, CompanyId, NodeId, TrunkId } from "../services/lib/telephony/ids.ts";
import { attemptLeg } from "../services/lib/telephony/ids.ts";
import type { Instant } from "../services/lib/telephony/instant.ts";
import { type Chance, chanceOf, oneOf } from "../tools/companies/generate.ts";

/** A record and what its billable leg costs, yen. */
export interface PricedRecord {
  readonly record: CallRecord;
  readonly yen: number;
}

/** Where and when the month's calls are. */
export interface MonthPlan {
  readonly companyId: CompanyId;
  readonly sources: readonly E164[];
  readonly from: Instant;
  readonly until: Instant;
}

/** Destinations with unit and price as in deploy/demo/rates.sample.csv. */
const KINDS = [
  { class: "landline", number: "+81312345678", onNet: false, unitS: 180, unitYen: 8 },
  { class: "mobile", number: "+819012345678", onNet: false, unitS: 60, unitYen: 16 },
  { class: "ip-phone", number: "+815077770001", onNet: false, unitS: 180, unitYen: 8 },
  { class: "ip-phone", number: "+815099990001", onNet: true, unitS: 60, unitYen: 0 },
] as const;

const TALK_MAX_MS = 600_000;
const RING_MS = 7_000;

type Kind = (typeof KINDS)[number];

function leg(chance: Chance, plan: MonthPlan, startedAt: Instant, seq: number): LegRecord {
  const kind = oneOf<Kind>(chance, KINDS);
  return {
    leg: attemptLeg(seq),
    parentLeg: null,
    seq,
    member: {
      kind: "outside",
      number: kind.number as E164,
      class: kind.class,
      onNet: kind.onNet,
      source: {
        number: oneOf(chance, plan.sources),
        class: "representative",
        rule: "D1",
        trunkId: "carrier" as TrunkId,
      },
    },
    invitedAt: startedAt,
    ringingAt: startedAt + 500,
    answeredAt: null,
    endedAt: startedAt + RING_MS,
    talkMs: 0,
    sipStatus: 487,
    q850Cause: 0,
    endCause: "cancelled-elsewhere",
    channelHeldMs: RING_MS,
    billable: false,
    skipped: "",
  };
}

const winner = (lost: LegRecord, talkMs: number): LegRecord => ({
  ...lost,
  answeredAt: lost.endedAt,
  endedAt: lost.endedAt + talkMs,
  talkMs,
  sipStatus: 200,
  endCause: "answered",
  channelHeldMs: lost.channelHeldMs + talkMs,
  billable: true,
});

/** DOMAIN 5.1: started seconds, then started units. */
function priceOf({ member, talkMs }: LegRecord): number {
  const kind = KINDS.find(({ number }) => member.kind === "outside" && member.number === number);
  if (kind === undefined) return 0;
  const seconds = Math.max(1, Math.ceil(talkMs / 1000));
  return Math.ceil(seconds / kind.unitS) * kind.unitYen;
}

/** The record of this number; the same number gives the same record. */
export function recordOf(plan: MonthPlan, index: number): PricedRecord {
  const chance = chanceOf(index + 1);
  const span = plan.until - plan.from - TALK_MAX_MS - RING_MS;
  const startedAt = plan.from + Math.floor(chance() * span);
  const legs = [leg(chance, plan, startedAt, 1), leg(chance, plan, startedAt, 2)];
  const talkMs = chance() < 0.8 ? 1 + Math.floor(chance() * TALK_MAX_MS) : 0;
  const [first, second] = legs;
  const answered = talkMs > 0 && first !== undefined && second !== undefined;
  const won = answered ? winner(first, talkMs) : null;
  const endedAt = startedAt + RING_MS + talkMs;
  return {
    yen: won === null ? 0 : priceOf(won),
    record: {
      schemaVersion: 1,
      callId: `month-${index}` as CallId,
      epoch: 1,
      companyId: plan.companyId,
      revision: 1,
      traceId: "",
      trunkId: "carrier" as TrunkId,
      callerExtension: null,
      callerNumber: "+81399990000",
      callerWithheld: false,
      calledNumber: "+815055550100",
      mode: "ring-all",
      trigger: "external",
      startedAt,
      ringingAt: startedAt + 500,
      answeredAt: won === null ? null : startedAt + RING_MS,
      endedAt,
      durationMs: endedAt - startedAt,
      billableMs: talkMs,
      disposition: won === null ? "no-answer" : "answered",
      endedBy: "caller",
      fault: "none",
      sipStatus: won === null ? 480 : 200,
      q850Cause: 16,
      anchor: "edge-1" as NodeId,
      controller: "controller-1" as NodeId,
      legs: won === null || second === undefined ? legs : [won, second],
      pricePlan: "standard",
      refusedBy: "",
    },
  };
}
