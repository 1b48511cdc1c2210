/**
 * Targets are reserved for, dialled and rung, until one answers, nobody is left, time is up or the
 * caller gives up. What to try when is the ring strategy's; what it takes to try it is decided here.
 *
 * G1  Reserve before dial: an outside leg is dialled only with its channel held. All outside legs that
 *     the strategy wants at once are asked for in one take; extensions never wait for it.
 * G2  The first `leg-answered` in the order of inputs wins, in this one step; see legs.ts L1 for the rest.
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { LegId } from "../../../../lib/telephony/ids.ts";
import { LEG_A } from "../../../../lib/telephony/ids.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import type { LegFact } from "../../../../lib/telephony/leg.ts";
import { TALK_MAX_MS } from "../limits.ts";
import { NOBODY_ANSWERED } from "../refusal.ts";
import type { RingEffect, RingInput } from "../ring/strategy.ts";
import { ringDeadline, ringStep, startRing } from "../ring/strategy.ts";
import type { RingPlan } from "../ring-plan.ts";
import { legDeadlines, reissueLegs, remindLegs, takeChannels } from "../settlement.ts";
import {
  askAgain,
  freeLegs,
  grantLegs,
  loseLegs,
  missLegs,
  overdueLegs,
  refuseLegs,
  reserveLegs,
} from "./channels.ts";
import type { CallEffect } from "./effect.ts";
import type { Step } from "./ending.ts";
import { abandon, refuse } from "./ending.ts";
import { failureOf } from "./failure.ts";
import type { CallInput } from "./input.ts";
import type { LegEnd } from "./legs.ts";
import {
  answerTooLate,
  dialLeg,
  endLeg,
  findLeg,
  isFinal,
  letGo,
  replaceLeg,
  ringLeg,
  skipLeg,
} from "./legs.ts";
import type { Leg, RingingCall, RoutingCall, TalkingCall } from "./state.ts";
import { moment } from "./state.ts";

/** Starts the plan's ring strategy. */
export function startRinging({ head, offered }: RoutingCall, plan: RingPlan): Step {
  const targets = plan.targets
    .filter((target) => target.skip === null)
    .map(({ leg, ringMs }) => ({ leg, ringMs }));
  const legs = plan.targets.map((target): Leg => {
    const leg: Leg = { target, life: { phase: "planned" }, lease: { phase: "none" } };
    return target.skip === null ? leg : skipLeg(leg, head, "refused", target.skip);
  });
  const { route } = plan;
  const answerBy = Math.min(offered.answerBy, head.now + plan.totalRingMs);
  const call: RingingCall = {
    phase: "ringing",
    head,
    offered: { ...offered, answerBy },
    route,
    legs,
    ring: startRing(route.mode, targets, plan.totalRingMs),
    ringingAt: null,
  };
  return tell(call, { kind: "started" });
}

/** One input of a ringing call. */
export function stepRinging(call: RingingCall, input: CallInput): Step {
  switch (input.kind) {
    case "edge-reported":
      return fact(call, input.input.fact);
    case "channels-taken":
      return taken(call, input);
    case "allocator-unreachable":
      return missed(call, input.legs);
    case "deadline":
      return timeOut(call);
    case "adopted":
      return { state: call, effects: reissueLegs(call) };
    case "channels-lost":
      return loseLegs(call, input.legs);
    case "channels-released":
      return { state: { ...call, legs: freeLegs(call.legs, input.legs) }, effects: [] };
    // The route is known; the record is not due.
    case "route-found":
    case "route-unknown":
    case "registry-unreachable":
    case "record-written":
      return { state: call, effects: [] };
    default:
      return unreachable(input);
  }
}

/** When a ringing call wants a `deadline`. */
export function ringingDeadline({ offered, ring, legs }: RingingCall): Instant {
  const next = ringDeadline(ring);
  return Math.min(offered.answerBy, ...(next === null ? [] : [next]), ...legDeadlines(legs));
}

function fact(call: RingingCall, seen: LegFact): Step {
  switch (seen.kind) {
    case "leg-ringing":
      return withLeg(call, seen.leg, (leg) => ringing(call, leg));
    case "leg-answered":
      return withLeg(call, seen.leg, (leg) => answered(call, leg));
    case "leg-failed":
      return withLeg(call, seen.leg, (leg) => over(call, leg, seen));
    case "leg-ended":
      if (seen.leg === LEG_A) return abandon(call);
      return withLeg(call, seen.leg, (leg) =>
        over(call, leg, { cause: seen.cause, status: 0, q850: 0 }),
      );
    case "caller-cancelled":
      return abandon(call);
    case "offered":
      return stay(call);
    default:
      return unreachable(seen);
  }
}

const stay = (call: RingingCall): Step => ({ state: call, effects: [] });

function withLeg(call: RingingCall, id: LegId, then: (leg: Leg) => Step): Step {
  const leg = findLeg(call.legs, id);
  return leg === null ? stay(call) : then(leg);
}

function ringing(call: RingingCall, leg: Leg): Step {
  const rung = ringLeg(leg, call.head);
  if (rung === leg) return stay(call);
  const ringingAt = call.ringingAt ?? moment(call.head);
  const next = { ...call, legs: replaceLeg(call.legs, rung), ringingAt };
  const first: readonly CallEffect[] =
    call.ringingAt === null ? [{ kind: "ring-caller", status: 180 }] : [];
  return after(first, tell(next, { kind: "leg-ringing", leg: leg.target.leg }));
}

function answered(call: RingingCall, leg: Leg): Step {
  const { life } = leg;
  if (life.phase === "inviting" || life.phase === "ringing") {
    const times = { ...life.times, answeredAt: moment(call.head) };
    return bridge(call, { ...leg, life: { phase: "talking", times } });
  }
  const late = answerTooLate(leg, call.head);
  if (late.leg === leg) return stay(call);
  const next = { ...call, legs: replaceLeg(call.legs, late.leg) };
  return after(late.effects, tell(next, { kind: "leg-over", leg: leg.target.leg }));
}

function bridge(call: RingingCall, winner: Leg): Step {
  const { head, offered, route, ringingAt } = call;
  const { leg } = winner.target;
  const steps = call.legs.map((one) =>
    one.target.leg === leg ? { leg: winner, effects: [] } : letGo(one, head, "cancelled-elsewhere"),
  );
  const state: TalkingCall = {
    phase: "talking",
    head,
    offered,
    route,
    legs: steps.map((step) => step.leg),
    ringingAt,
    winner: leg,
    answeredAt: moment(head),
    hangUpAt: head.now + TALK_MAX_MS,
  };
  const losers = steps.flatMap((step) => step.effects);
  return { state, effects: [{ kind: "answer-caller", leg }, ...losers] };
}

function over(call: RingingCall, leg: Leg, end: LegEnd): Step {
  const { cause, status, q850 } = end;
  const ended = endLeg(leg, call.head, { cause, status, q850 });
  if (ended === leg) return stay(call);
  return tell(
    { ...call, legs: replaceLeg(call.legs, ended) },
    { kind: "leg-over", leg: leg.target.leg },
  );
}

function taken(call: RingingCall, answer: CallInput & { kind: "channels-taken" }): Step {
  const granted = grantLegs(call.legs, answer.granted, call.head);
  const refused = refuseLegs(granted.legs, answer.refused, call.head);
  const dialled = dial({ ...call, legs: refused.legs }, granted.decided);
  return after(dialled.effects, tellOver(dialled.call, refused.decided));
}

function missed(call: RingingCall, ids: readonly LegId[]): Step {
  const { legs, decided } = missLegs(call.legs, ids, call.head);
  return tellOver({ ...call, legs }, decided);
}

function timeOut(call: RingingCall): Step {
  const { head, offered } = call;
  if (head.now >= offered.answerBy) return refuse(call, NOBODY_ANSWERED);
  const reminded = remindLegs(call.legs, head);
  const wasOpen = (i: number): boolean => !isFinal(call.legs[i]?.life ?? { phase: "planned" });
  const ended = reminded.legs.filter((leg, i) => wasOpen(i) && isFinal(leg.life));
  const due = overdueLegs(reminded.legs, head.now);
  const asked = askAgain(reminded.legs, due.askAgain, head.now);
  const missing = missLegs(asked.legs, due.giveUp, head);
  const effects = [...reminded.effects, ...take(call, missing.legs, asked.decided)];
  const gone = [...ended.map((leg) => leg.target.leg), ...missing.decided];
  const told = tellOver({ ...call, legs: missing.legs }, gone);
  return after([...effects, ...told.effects], continueWith(told.state));
}

const continueWith = (state: Step["state"]): Step =>
  state.phase === "ringing" ? tell(state, { kind: "deadline" }) : { state, effects: [] };

const after = (before: readonly CallEffect[], step: Step): Step => ({
  state: step.state,
  effects: [...before, ...step.effects],
});

function tellOver(call: RingingCall, ids: readonly LegId[]): Step {
  let step: Step = stay(call);
  for (const leg of ids) {
    if (step.state.phase !== "ringing") break;
    step = after(step.effects, tell(step.state, { kind: "leg-over", leg }));
  }
  return step;
}

/** Tells the strategy, and does what it wants. */
function tell(call: RingingCall, input: RingInput): Step {
  const ring = ringStep(call.ring, call.head.now, input);
  let step: Step = stay({ ...call, ring: ring.state });
  for (const effect of ring.effects) {
    if (step.state.phase !== "ringing") break;
    step = after(step.effects, obey(step.state, effect));
  }
  return step;
}

function obey(call: RingingCall, effect: RingEffect): Step {
  switch (effect.kind) {
    case "try":
      return attempt(call, effect.legs);
    case "give-up":
      return withLeg(call, effect.leg, (leg) => {
        const gone = letGo(leg, call.head, "no-answer");
        return { state: { ...call, legs: replaceLeg(call.legs, gone.leg) }, effects: gone.effects };
      });
    case "exhaust":
      return refuse(call, failureOf(call.legs));
    default:
      return unreachable(effect);
  }
}

/** Dials the extensions among these legs and asks for the channels of the others (G1). */
function attempt(call: RingingCall, ids: readonly LegId[]): Step {
  const isOutside = (id: LegId): boolean =>
    findLeg(call.legs, id)?.target.member.kind === "outside";
  const outside = ids.filter(isOutside);
  const dialled = dial(
    call,
    ids.filter((id) => !isOutside(id)),
  );
  const { legs } = reserveLegs(dialled.call.legs, outside, call.head.now);
  return {
    state: { ...dialled.call, legs },
    effects: [...dialled.effects, ...take(call, legs, outside)],
  };
}

const take = (
  call: RingingCall,
  legs: readonly Leg[],
  ids: readonly LegId[],
): readonly CallEffect[] =>
  takeChannels(
    call,
    legs.filter((leg) => ids.includes(leg.target.leg)),
  );

interface Dialled {
  readonly call: RingingCall;
  readonly effects: readonly CallEffect[];
}

function dial(call: RingingCall, ids: readonly LegId[]): Dialled {
  const effects: CallEffect[] = [];
  let { legs, ring } = call;
  for (const id of ids) {
    const leg = findLeg(legs, id);
    if (leg === null) continue;
    const step = dialLeg(leg, { ...call, legs });
    legs = replaceLeg(legs, step.leg);
    // A strategy notes the dial; it wants nothing by it.
    ring = ringStep(ring, call.head.now, { kind: "leg-dialled", leg: id }).state;
    effects.push(...step.effects);
  }
  return { call: { ...call, legs, ring }, effects };
}
