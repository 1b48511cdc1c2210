/**
 * The ways in which a call ends, from any phase: refused, abandoned, hung up, crashed. Each fixes the
 * outcome once and lets go of every leg; what is then owed is computed by settlement.ts.
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { Fault } from "../../../../lib/telephony/call-detail-record.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import type { EndCause } from "../../../../lib/telephony/leg.ts";
import type { Refusal } from "../refusal.ts";
import { CRASHED } from "../refusal.ts";
import type { Route } from "../ring-plan.ts";
import { letCallerGo } from "../settlement.ts";
import type { CallEffect } from "./effect.ts";
import { ask, letGo } from "./legs.ts";
import type {
  CallerLife,
  CallHead,
  CallState,
  Leg,
  Offered,
  Outcome,
  RingingCall,
  RoutingCall,
  SettlingCall,
  TalkingCall,
} from "./state.ts";
import { moment } from "./state.ts";

/** What one input made of a call. */
export interface Step {
  readonly state: CallState;
  readonly effects: readonly CallEffect[];
}

/** What a call has when it ends; a ringing or talking call has all of it. */
export interface Unsettled {
  readonly head: CallHead;
  readonly offered: Offered;
  readonly route: Route | null;
  readonly legs: readonly Leg[];
  readonly ringingAt: Instant | null;
}

/** A call that ends before it had a route. */
export const unrouted = (head: CallHead, offered: Offered): Unsettled => ({
  head,
  offered,
  route: null,
  legs: [],
  ringingAt: null,
});

/** Q.850 of a call that ended as calls do. */
const NORMAL_CLEARING = 16;
/** SIP status of a caller who cancelled (RFC 3261 15.1.2: 487). */
const REQUEST_TERMINATED = 487;
/** SIP status of a caller whom the edge lets go unanswered. */
const TEMPORARILY_UNAVAILABLE = 480;

interface End {
  readonly outcome: Outcome;
  readonly caller: CallerLife;
  /** Why legs that are still up are let go. */
  readonly cause: EndCause;
}

function end(call: Unsettled, { outcome, caller, cause }: End): Step {
  const { head, offered, route, ringingAt } = call;
  const steps = call.legs.map((leg) => letGo(leg, head, cause));
  const legs = steps.map((step) => step.leg);
  const state: SettlingCall = {
    phase: "settling",
    head,
    offered,
    route,
    legs,
    ringingAt,
    outcome,
    caller,
    record: { phase: "open" },
  };
  return { state, effects: [...steps.flatMap((step) => step.effects), ...letCallerGo(caller)] };
}

/** Turns the caller away; legs that still ring are cancelled with `cause`. */
export function refuse(call: Unsettled, refusal: Refusal, cause: EndCause = "no-answer"): Step {
  const outcome: Outcome = {
    disposition: refusal.disposition,
    endedBy: "us",
    fault: refusal.fault,
    sipStatus: refusal.status,
    q850: refusal.q850,
    answeredAt: null,
    endedAt: moment(call.head),
    winner: null,
    refusedBy: refusal.rule,
  };
  return end(call, {
    outcome,
    caller: { phase: "refusing", refusal, ask: ask(call.head.now) },
    cause,
  });
}

/** The caller gave up, or vanished, before it was connected. */
export const abandon = (call: Unsettled): Step =>
  end(call, {
    outcome: abandoned(moment(call.head)),
    caller: { phase: "ended" },
    cause: "abandoned",
  });

/** The outcome of a call whose caller never got our final response. */
export const abandoned = (endedAt: Instant): Outcome => ({
  disposition: "abandoned",
  endedBy: "caller",
  fault: "none",
  sipStatus: REQUEST_TERMINATED,
  q850: NORMAL_CLEARING,
  answeredAt: null,
  endedAt,
  winner: null,
  refusedBy: null,
});

/** The outcome of a call whose callee answered and was gone before the caller could be connected. */
export const missed = (endedAt: Instant): Outcome => ({
  disposition: "failed",
  endedBy: "callee",
  fault: "callee",
  sipStatus: TEMPORARILY_UNAVAILABLE,
  q850: NORMAL_CLEARING,
  answeredAt: null,
  endedAt,
  winner: null,
  refusedBy: null,
});

/** Who ended an answered call, whose leg is already gone, and why. */
export interface Clearing {
  readonly endedBy: Outcome["endedBy"];
  readonly isCallerGone: boolean;
  readonly cause: EndCause;
}

/** An answered call ends: what is still up is hung up with the same cause. */
export function clear(call: TalkingCall, { endedBy, isCallerGone, cause }: Clearing): Step {
  const outcome: Outcome = {
    disposition: "answered",
    endedBy,
    fault: faultOf(cause),
    sipStatus: 200,
    q850: NORMAL_CLEARING,
    answeredAt: call.answeredAt,
    endedAt: moment(call.head),
    winner: call.winner,
    refusedBy: null,
  };
  const caller: CallerLife = isCallerGone
    ? { phase: "ended" }
    : { phase: "hanging-up", cause, ask: ask(call.head.now) };
  return end(call, { outcome, caller, cause });
}

/**
 * The callee let go before our answer reached the caller, who was never connected (the edge says
 * `refused` of the A-leg): what the call had become is undone.
 */
export const miss = (call: TalkingCall): Step =>
  end(call, {
    outcome: missed(moment(call.head)),
    caller: { phase: "ended" },
    cause: "lost-race",
  });

function faultOf(cause: EndCause): Fault {
  if (cause === "crashed") return "internal";
  return cause === "session-timeout" ? "indeterminate" : "none";
}

/** Ends a call whose machine broke, from its last good state. */
export function breakOff(call: RoutingCall | RingingCall | TalkingCall): Step {
  switch (call.phase) {
    case "routing":
      return refuse(unrouted(call.head, call.offered), CRASHED, "crashed");
    case "ringing":
      return refuse(call, CRASHED, "crashed");
    case "talking":
      return clear(call, { endedBy: "us", isCallerGone: false, cause: "crashed" });
    default:
      return unreachable(call);
  }
}
