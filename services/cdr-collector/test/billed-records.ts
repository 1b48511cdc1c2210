/** Records of calls that an outside leg answered, for tests of rating. */
import type { CallRecord, LegRecord } from "../../lib/telephony/call-detail-record.ts";
import type { DestinationClass } from "../../lib/telephony/destination-class.ts";
import type { E164 } from "../../lib/telephony/e164.ts";
import {
  attemptLeg,
  type CallId,
  type CompanyId,
  type NodeId,
  type TrunkId,
} from "../../lib/telephony/ids.ts";
import type { Rate } from "../src/core/rating/rate-deck.ts";
import type { RateFile } from "../src/shell/rate-file.ts";

/** What the tests vary. */
export interface BilledCall {
  readonly callId: string;
  readonly epoch: number;
  readonly companyId: string;
  readonly plan: string;
  readonly answeredAt: number;
  readonly talkMs: number;
  readonly destination: string;
  readonly class: DestinationClass | null;
  readonly onNet: boolean;
  readonly source: string;
  readonly billable: boolean;
}

/** 2026-10-05 10:00 in Tokyo. */
export const OCTOBER = Temporal.Instant.from("2026-10-05T01:00:00Z").epochMilliseconds;

const CALL: BilledCall = {
  callId: "call-1",
  epoch: 1,
  companyId: "company-1",
  plan: "standard",
  answeredAt: OCTOBER,
  talkMs: 61_000,
  destination: "+819011112222",
  class: "mobile",
  onNet: false,
  source: "+815011110000",
  billable: true,
};

function legOf(call: BilledCall): LegRecord {
  const endedAt = call.answeredAt + call.talkMs;
  return {
    leg: attemptLeg(1),
    parentLeg: null,
    seq: 1,
    member: {
      kind: "outside",
      number: call.destination as E164,
      class: call.class,
      onNet: call.onNet,
      source: {
        number: call.source as E164,
        class: "standard",
        rule: "D4",
        trunkId: "trunk-1" as TrunkId,
      },
    },
    invitedAt: call.answeredAt - 5000,
    ringingAt: call.answeredAt - 4000,
    answeredAt: call.answeredAt,
    endedAt,
    talkMs: call.talkMs,
    sipStatus: 200,
    q850Cause: 16,
    endCause: call.billable ? "answered" : "lost-race",
    channelHeldMs: call.talkMs + 5000,
    billable: call.billable,
    skipped: "",
  };
}

/** The record of a mobile call of 61 s, but for what is given. */
export function billedRecord(given: Partial<BilledCall>): CallRecord {
  const call = { ...CALL, ...given };
  const startedAt = call.answeredAt - 6000;
  const endedAt = call.answeredAt + call.talkMs;
  return {
    schemaVersion: 1,
    callId: call.callId as CallId,
    epoch: call.epoch,
    companyId: call.companyId as CompanyId,
    revision: 1,
    traceId: "",
    trunkId: "trunk-1" as TrunkId,
    callerExtension: null,
    callerNumber: "+81312345678",
    callerWithheld: false,
    calledNumber: call.source,
    mode: "relay",
    trigger: "external",
    startedAt,
    ringingAt: call.answeredAt - 4000,
    answeredAt: call.answeredAt,
    endedAt,
    durationMs: endedAt - startedAt,
    billableMs: call.billable ? call.talkMs : 0,
    disposition: "answered",
    endedBy: "caller",
    fault: "none",
    sipStatus: 200,
    q850Cause: 16,
    anchor: "edge-1" as NodeId,
    controller: "controller-1" as NodeId,
    legs: [legOf(call)],
    pricePlan: call.plan,
    refusedBy: "",
  };
}

/** A rate file with one price per minute of mobile calls. */
export const rateCsv = (mobileYen: number): string =>
  `class,prefix,unit_seconds,unit_yen
landline,,180,8
mobile,,60,${mobileYen}
ip-phone,,180,10
`;

/** The rates of a file that must be sound. */
export function soundRates(file: RateFile): readonly Rate[] {
  if (!file.ok) throw new Error(file.faults.map(({ message }) => message).join("; "));
  return file.rates;
}
