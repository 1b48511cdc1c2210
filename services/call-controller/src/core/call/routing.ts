/**
 * From the assignment to the plan: what was dialled, who is asked for it, and the refusals that need
 * no ringing.
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { Offer } from "../../../../lib/telephony/leg.ts";
import { queryOf } from "../dialled.ts";
import { ANSWER_WITHIN_MS, ASKS_MAX } from "../limits.ts";
import { CRASHED, NOT_A_NUMBER } from "../refusal.ts";
import type { Looked } from "../ring-plan.ts";
import { planCall } from "../ring-plan.ts";
import { again, replyBy } from "../settlement.ts";
import type { Step } from "./ending.ts";
import { abandon, refuse, unrouted } from "./ending.ts";
import type { CallInput } from "./input.ts";
import { ask } from "./legs.ts";
import { startRinging } from "./ringing.ts";
import type { CallHead, NewCall, Offered, RoutingCall } from "./state.ts";
import { moment } from "./state.ts";

/** A new call takes its offer; nothing else can have happened to it. */
export function stepNew(call: NewCall, input: CallInput): Step {
  const isOffer = input.kind === "edge-reported" && input.input.fact.kind === "offered";
  return isOffer ? take(call, input.input.fact.offer) : { state: call, effects: [] };
}

/** A new call whose offer broke its machine. */
export function breakNew(call: NewCall, input: CallInput): Step {
  const isOffer = input.kind === "edge-reported" && input.input.fact.kind === "offered";
  if (!isOffer) return { state: call, effects: [] };
  return refuse(unrouted(call.head, offeredNow(call.head, input.input.fact.offer)), CRASHED);
}

const offeredNow = (head: CallHead, offer: Offer): Offered => ({
  offer,
  startedAt: moment(head),
  answerBy: head.now + ANSWER_WITHIN_MS,
});

function take({ head }: NewCall, offer: Offer): Step {
  const offered = offeredNow(head, offer);
  const query = queryOf(offer);
  if (query === null) return refuse(unrouted(head, offered), NOT_A_NUMBER);
  return lookUp({ phase: "routing", head, offered, query, ask: ask(head.now) });
}

/** One input of a call that waits for its route. */
export function stepRouting(call: RoutingCall, input: CallInput): Step {
  switch (input.kind) {
    case "edge-reported":
      return fact(call, input.input.fact.kind);
    case "route-found":
      return looked(call, { kind: "found", snapshot: input.snapshot });
    case "route-unknown":
      return looked(call, { kind: "unknown" });
    case "registry-unreachable":
      return looked(call, { kind: "unreachable" });
    case "deadline":
      return remind(call);
    case "adopted":
      return lookUp({ ...call, ask: ask(call.head.now) });
    // Nothing was taken or written yet.
    case "channels-taken":
    case "allocator-unreachable":
    case "channels-lost":
    case "channels-released":
    case "record-written":
      return { state: call, effects: [] };
    default:
      return unreachable(input);
  }
}

type FactKind = (CallInput & { kind: "edge-reported" })["input"]["fact"]["kind"];

function fact(call: RoutingCall, kind: FactKind): Step {
  switch (kind) {
    case "caller-cancelled":
    // No B-leg exists: it is the caller's.
    case "leg-ended":
      return abandon(unrouted(call.head, call.offered));
    case "offered":
    case "leg-ringing":
    case "leg-answered":
    case "leg-failed":
      return { state: call, effects: [] };
    default:
      return unreachable(kind);
  }
}

function looked(call: RoutingCall, answer: Looked): Step {
  const plan = planCall(call.offered, call.query, answer);
  switch (plan.kind) {
    case "turned-away":
      return refuse({ ...unrouted(call.head, call.offered), route: plan.route }, plan.refusal);
    case "plan":
      return startRinging(call, plan);
    default:
      return unreachable(plan);
  }
}

function remind(call: RoutingCall): Step {
  const { head } = call;
  if (head.now < replyBy(call.ask)) return { state: call, effects: [] };
  if (call.ask.count >= ASKS_MAX) return looked(call, { kind: "unreachable" });
  return lookUp({ ...call, ask: again(call.ask, head.now) });
}

const lookUp = (call: RoutingCall): Step => ({
  state: call,
  effects: [{ kind: "look-up-route", query: call.query }],
});
