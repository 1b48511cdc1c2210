/**
 * The outcome stands; this phase only collects confirmations. What is owed, and when it is asked for
 * again, stands in settlement.ts.
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { LegId } from "../../../../lib/telephony/ids.ts";
import { LEG_A } from "../../../../lib/telephony/ids.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import type { EndCause, LegFact } from "../../../../lib/telephony/leg.ts";
import {
  legDeadlines,
  reissueLegs,
  remindCaller,
  remindLegs,
  remindRecord,
  retryAt,
  rewriteRecord,
} from "../settlement.ts";
import { freeLegs, grantLegs, loseLegs } from "./channels.ts";
import type { Step } from "./ending.ts";
import { abandoned, missed } from "./ending.ts";
import type { CallInput } from "./input.ts";
import type { LegStep } from "./legs.ts";
import { answerTooLate, endLeg, findLeg, replaceLeg } from "./legs.ts";
import type { Leg, SettlingCall } from "./state.ts";
import { moment } from "./state.ts";

/** One input of a call that settles. */
export function stepSettling(call: SettlingCall, input: CallInput): Step {
  switch (input.kind) {
    case "edge-reported":
      return fact(call, input.input.fact);
    // A channel that came too late: settlement.ts gives it back.
    case "channels-taken":
      return stay({ ...call, legs: grantLegs(call.legs, input.granted, call.head).legs });
    case "channels-lost":
      return loseLegs(call, input.legs);
    case "channels-released":
      return stay({ ...call, legs: freeLegs(call.legs, input.legs) });
    case "record-written": {
      const isOurs = call.record.phase === "writing" && input.epoch === call.head.epoch;
      return stay(isOurs ? { ...call, record: { phase: "written" } } : call);
    }
    case "deadline":
      return remind(call);
    case "adopted":
      return { state: call, effects: [...reissueLegs(call), ...rewriteRecord(call)] };
    // Nothing is asked of the registry, and no leg waits for a channel.
    case "allocator-unreachable":
    case "route-found":
    case "route-unknown":
    case "registry-unreachable":
      return stay(call);
    default:
      return unreachable(input);
  }
}

/** When a settling call wants a `deadline`; null when it owes nothing that can be asked for again. */
export function settlingDeadline({ caller, record, legs }: SettlingCall): Instant | null {
  const dues = [
    ...legDeadlines(legs),
    ...(caller.phase === "ended" ? [] : [retryAt(caller.ask)]),
    ...(record.phase === "writing" ? [retryAt(record.ask)] : []),
  ];
  return dues.length === 0 ? null : Math.min(...dues);
}

const stay = (call: SettlingCall): Step => ({ state: call, effects: [] });

function fact(call: SettlingCall, seen: LegFact): Step {
  const { head } = call;
  switch (seen.kind) {
    case "leg-answered":
      return withLeg(call, seen.leg, (leg) => answerTooLate(leg, head));
    case "leg-failed":
      return withLeg(call, seen.leg, (leg) => ({
        leg: endLeg(leg, head, endOf(seen)),
        effects: [],
      }));
    case "leg-ended":
      if (seen.leg === LEG_A) return callerGone(call, seen.cause);
      return withLeg(call, seen.leg, (leg) => ({
        leg: endLeg(leg, head, { cause: seen.cause, status: 0, q850: 0 }),
        effects: [],
      }));
    case "caller-cancelled":
      return cancelled(call);
    case "offered":
    case "leg-ringing":
      return stay(call);
    default:
      return unreachable(seen);
  }
}

const endOf = ({ cause, status, q850 }: LegFact & { kind: "leg-failed" }) => ({
  cause,
  status,
  q850,
});

function withLeg(call: SettlingCall, id: LegId, change: (leg: Leg) => LegStep): Step {
  const leg = findLeg(call.legs, id);
  if (leg === null) return stay(call);
  const changed = change(leg);
  return { state: { ...call, legs: replaceLeg(call.legs, changed.leg) }, effects: changed.effects };
}

/**
 * The CANCEL reached the edge before our final response did: whatever we had decided, the caller got
 * 487 and heard nobody. Once the caller has ended, or the record is on its way, it is a repetition.
 */
function cancelled(call: SettlingCall): Step {
  if (!isOpen(call)) return stay(call);
  return stay({ ...call, caller: { phase: "ended" }, outcome: abandoned(moment(call.head)) });
}

/**
 * The A-leg has ended. One that the edge had to refuse although we had ordered its answer was never
 * connected: the winner was gone when the order came, and nothing is billed.
 */
function callerGone(call: SettlingCall, cause: EndCause): Step {
  const isMissed = cause === "refused" && call.outcome.winner !== null && isOpen(call);
  const outcome = isMissed ? missed(moment(call.head)) : call.outcome;
  return stay({ ...call, caller: { phase: "ended" }, outcome });
}

const isOpen = ({ caller, record }: SettlingCall): boolean =>
  caller.phase !== "ended" && record.phase === "open";

function remind(call: SettlingCall): Step {
  const legs = remindLegs(call.legs, call.head);
  const caller = remindCaller(call.caller, call.head.now);
  const record = remindRecord({ ...call, legs: legs.legs, caller: caller.caller });
  return {
    state: record.state,
    effects: [...legs.effects, ...caller.effects, ...record.effects],
  };
}
