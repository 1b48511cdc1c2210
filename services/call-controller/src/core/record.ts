/**
 * From the state of a call that has ended to its record (DOMAIN 5.4). Pure arithmetic over moments of
 * the anchor's clock.
 *
 * B1  Every planned target is a leg of the record: dialled, skipped or not tried, with its cause.
 * B2  At most one leg is billable: the outside leg that won and was bridged. Only its talk time counts.
 * B3  Talk time runs from the winner's answer to the call's end, never over ringing.
 */
import { assert, unreachable } from "../../../lib/telephony/assert.ts";
import type { CallRecord, LegRecord } from "../../../lib/telephony/call-detail-record.ts";
import { RECORD_SCHEMA_VERSION } from "../../../lib/telephony/call-detail-record.ts";
import type { EndCause } from "../../../lib/telephony/leg.ts";
import { heldMs } from "./call/legs.ts";
import type { Leg, LegTimes, Outcome, SettlingCall } from "./call/state.ts";
import { calledText } from "./dialled.ts";

/** The record of a call whose legs have all ended. */
export function recordOf({
  head,
  offered,
  route,
  legs,
  ringingAt,
  outcome,
}: SettlingCall): CallRecord {
  const { offer, startedAt } = offered;
  const { origin, caller } = offer;
  const records = legs.map((leg) => legRecord(leg, outcome));
  const billed = records.filter((leg) => leg.billable);
  return {
    schemaVersion: RECORD_SCHEMA_VERSION,
    callId: head.callId,
    epoch: head.epoch,
    companyId: route?.companyId ?? (origin.kind === "extension" ? origin.companyId : null),
    revision: route?.revision ?? 0,
    traceId: offer.traceparent.split("-")[1] ?? "",
    trunkId: origin.kind === "trunk" ? origin.trunkId : null,
    callerExtension: origin.kind === "extension" ? origin.extension : null,
    callerNumber: caller.number,
    callerWithheld: caller.withheld,
    calledNumber: calledText(offer),
    mode: route?.mode ?? "direct",
    trigger: origin.kind === "trunk" ? "external" : "internal",
    startedAt,
    ringingAt,
    answeredAt: outcome.answeredAt,
    endedAt: outcome.endedAt,
    durationMs: outcome.endedAt - startedAt,
    billableMs: billed.reduce((sum, leg) => sum + leg.talkMs, 0),
    disposition: outcome.disposition,
    endedBy: outcome.endedBy,
    fault: outcome.fault,
    sipStatus: outcome.sipStatus,
    q850Cause: outcome.q850,
    anchor: head.anchor,
    controller: head.controller,
    legs: records,
    pricePlan: route?.pricePlan ?? "",
    refusedBy: outcome.refusedBy ?? "",
  };
}

const NEVER: LegTimesOrNone = { invitedAt: null, ringingAt: null, answeredAt: null };
type LegTimesOrNone = Omit<LegTimes, "invitedAt"> & { readonly invitedAt: number | null };

function legRecord(leg: Leg, outcome: Outcome): LegRecord {
  const { life, target } = leg;
  const base = {
    leg: target.leg,
    parentLeg: target.parentLeg,
    seq: target.seq,
    member: target.member,
    channelHeldMs: heldMs(leg.lease),
  };
  switch (life.phase) {
    case "skipped":
      return {
        ...base,
        ...NEVER,
        ...UNBILLED,
        endedAt: life.at,
        sipStatus: 0,
        q850Cause: 0,
        endCause: life.cause,
        skipped: life.reason,
      };
    case "ended": {
      const isAnswered = life.times.answeredAt !== null;
      return {
        ...base,
        ...life.times,
        ...bill(leg, outcome),
        endedAt: life.at,
        sipStatus: isAnswered ? 200 : life.status,
        q850Cause: isAnswered ? 16 : life.q850,
        endCause: endCause(life.cause, outcome),
        skipped: "",
      };
    }
    case "planned":
    case "reserving":
    case "inviting":
    case "ringing":
    case "cancelling":
    case "talking":
    case "hanging-up":
      return notEnded(life.phase);
    default:
      return unreachable(life);
  }
}

const UNBILLED = { talkMs: 0, billable: false };

function bill({ target }: Leg, { winner, answeredAt, endedAt }: Outcome): typeof UNBILLED {
  if (target.leg !== winner || answeredAt === null) return UNBILLED;
  return { talkMs: endedAt - answeredAt, billable: target.member.kind === "outside" };
}

/** An answer that connected nobody: the caller's CANCEL crossed it, or it was taken back too early. */
function endCause(cause: EndCause, { disposition, winner }: Outcome): EndCause {
  if (cause !== "answered" || winner !== null) return cause;
  return disposition === "abandoned" ? "abandoned" : "lost-race";
}

function notEnded(phase: string): never {
  assert(false, `a record is made of ended legs only, not of a leg that is ${phase}`);
}
