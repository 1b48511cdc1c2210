/**
 * Caller and winner are bridged; requests inside the dialogs pass between them without us. We hear of
 * the end, of losers that still settle, and of our own bound on the length of a call.
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { LegId } from "../../../../lib/telephony/ids.ts";
import { LEG_A } from "../../../../lib/telephony/ids.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import type { LegEndedBy, LegFact } from "../../../../lib/telephony/leg.ts";
import { legDeadlines, reissueLegs, remindLegs } from "../settlement.ts";
import { freeLegs, grantLegs, loseLegs } from "./channels.ts";
import type { Step } from "./ending.ts";
import { abandon, clear, miss } from "./ending.ts";
import type { CallInput } from "./input.ts";
import type { LegEnd } from "./legs.ts";
import { answerTooLate, endLeg, findLeg, replaceLeg } from "./legs.ts";
import type { Outcome, TalkingCall } from "./state.ts";

/** One input of an answered call. */
export function stepTalking(call: TalkingCall, input: CallInput): Step {
  switch (input.kind) {
    case "edge-reported":
      return fact(call, input.input.fact);
    // A channel for a leg that lost meanwhile: settlement.ts gives it back.
    case "channels-taken":
      return stay({ ...call, legs: grantLegs(call.legs, input.granted, call.head).legs });
    case "channels-lost":
      return loseLegs(call, input.legs);
    case "channels-released":
      return stay({ ...call, legs: freeLegs(call.legs, input.legs) });
    case "deadline":
      return timeOut(call);
    case "adopted":
      return { state: call, effects: reissueLegs(call) };
    // Answers that came too late to matter, and a record that is not due.
    case "allocator-unreachable":
    case "route-found":
    case "route-unknown":
    case "registry-unreachable":
    case "record-written":
      return stay(call);
    default:
      return unreachable(input);
  }
}

/** When an answered call wants a `deadline`. */
export const talkingDeadline = ({ hangUpAt, legs }: TalkingCall): Instant =>
  Math.min(hangUpAt, ...legDeadlines(legs));

const stay = (call: TalkingCall): Step => ({ state: call, effects: [] });

function fact(call: TalkingCall, seen: LegFact): Step {
  switch (seen.kind) {
    case "leg-answered":
      return lateAnswer(call, seen.leg);
    case "leg-failed":
      return over(call, seen.leg, { by: "edge", end: seen });
    case "leg-ended": {
      const { leg, by, cause } = seen;
      if (leg !== LEG_A) return over(call, leg, { by, end: { cause, status: 0, q850: 0 } });
      // It never got our answer: the winner was gone when the order came.
      if (cause === "refused") return miss(call);
      return clear(call, { endedBy: party(by, "caller"), isCallerGone: true, cause });
    }
    // The CANCEL reached the edge before our answer did: the caller got 487 and was never connected.
    case "caller-cancelled":
      return abandon(call);
    case "offered":
    case "leg-ringing":
      return stay(call);
    default:
      return unreachable(seen);
  }
}

/** A leg that the edge lost was ended by neither party. */
const party = (by: LegEndedBy, who: "caller" | "callee"): Outcome["endedBy"] =>
  by === "far-end" ? who : "us";

function lateAnswer(call: TalkingCall, id: LegId): Step {
  const leg = findLeg(call.legs, id);
  if (leg === null) return stay(call);
  const late = answerTooLate(leg, call.head);
  return { state: { ...call, legs: replaceLeg(call.legs, late.leg) }, effects: late.effects };
}

interface Ending {
  readonly by: LegEndedBy;
  readonly end: LegEnd;
}

function over(call: TalkingCall, id: LegId, { by, end }: Ending): Step {
  const leg = findLeg(call.legs, id);
  if (leg === null) return stay(call);
  const { cause, status, q850 } = end;
  const ended = endLeg(leg, call.head, { cause, status, q850 });
  const next = { ...call, legs: replaceLeg(call.legs, ended) };
  if (id !== call.winner) return stay(next);
  return clear(next, { endedBy: party(by, "callee"), isCallerGone: false, cause });
}

function timeOut(call: TalkingCall): Step {
  if (call.head.now >= call.hangUpAt)
    return clear(call, { endedBy: "us", isCallerGone: false, cause: "session-timeout" });
  const { legs, effects } = remindLegs(call.legs, call.head);
  return { state: { ...call, legs }, effects };
}
