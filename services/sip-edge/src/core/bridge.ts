/**
 * All legs of one call and the join between two of them. Owns: what an order of the actor means for
 * the sides, which facts it hears, what passes between the joined legs without it (ARCHITECTURE, a BYE).
 * Does not own: the commit of orders (anchor.ts), SIP (leg/), where a destination is.
 *
 * BG1  An order for a leg that is unknown, over, or already did it changes nothing (leg.ts L2).
 * BG2  The end of one joined leg ends the other at once, without waiting for the actor; both facts
 *      still go to it.
 * BG3  Nobody is dialled for a caller who has gone: such a leg fails as `abandoned`.
 * BG4  `caller-cancelled` or `leg-ended a` is reported once; each B-leg's end once (BL1).
 * BG5  `caller-cancelled`, and `leg-ended a` of cause `refused`, say that the caller never got a 200,
 *      whatever was ordered before: a winner may hang up while `answer-caller` is on its way.
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import { LEG_A, type LegId } from "../../../lib/telephony/ids.ts";
import type { Destination, EndCause, LegFact, LegOrder } from "../../../lib/telephony/leg.ts";
import type { BLeg, BLegEffect, BLegInput } from "./leg/b-leg.ts";
import { startBLeg, stepBLeg } from "./leg/b-leg.ts";
import { reasonFor } from "./leg/end-cause.ts";
import type { SideFact, SideOrder } from "./leg/side.ts";
import { reasonPhrase } from "./message/reason-phrase.ts";
import type { HeaderPair } from "./message/serialize.ts";

/** The legs of a call. */
export interface Bridge {
  readonly caller:
    | { readonly phase: "waiting" }
    /** `hangingUp`: why we are letting the caller go; null while the leg is up. */
    | {
        readonly phase: "answered";
        readonly leg: LegId;
        readonly hangingUp: EndCause | null;
      }
    | { readonly phase: "over" };
  readonly legs: ReadonlyMap<LegId, BLeg>;
}

/** What happened. */
export type BridgeInput =
  | { readonly kind: "ordered"; readonly order: LegOrder }
  | {
      readonly kind: "prepared";
      readonly leg: LegId;
      readonly branches: number;
      readonly at: "once" | "in-order";
    }
  | {
      readonly kind: "undiallable";
      readonly leg: LegId;
      readonly status: number;
      readonly cause: EndCause;
    }
  | { readonly kind: "caller-reported"; readonly fact: SideFact }
  | {
      readonly kind: "branch-reported";
      readonly leg: LegId;
      readonly branch: number;
      readonly fact: SideFact;
    }
  /** No controller can be found: everything ends as far as the edge can end it. */
  | { readonly kind: "let-go"; readonly retryAfterS: number };

/** What must be done. */
export type BridgeEffect =
  /** Look up where the destination is; answer with `prepared` or `undiallable`. */
  | {
      readonly kind: "prepare";
      readonly leg: LegId;
      readonly destination: Destination;
      readonly expiresS: number;
      readonly maxForwards: number;
    }
  /** Send the prepared INVITE of this branch. */
  | { readonly kind: "dial-branch"; readonly leg: LegId; readonly branch: number }
  | { readonly kind: "order-caller"; readonly order: SideOrder }
  | {
      readonly kind: "order-branch";
      readonly leg: LegId;
      readonly branch: number;
      readonly order: SideOrder;
    }
  | { readonly kind: "report"; readonly fact: LegFact };

/** State and effects after one input. */
export interface BridgeStep {
  readonly state: Bridge;
  readonly effects: readonly BridgeEffect[];
}

const NONE: readonly BridgeEffect[] = [];

/** A caller, and no attempt yet. */
export const startBridge = (): Bridge => ({ caller: { phase: "waiting" }, legs: new Map() });

/** One input. */
export function stepBridge(state: Bridge, input: BridgeInput): BridgeStep {
  switch (input.kind) {
    case "ordered":
      return onOrder(state, input.order);
    case "prepared": {
      const { branches, at } = input;
      return stepLeg(state, input.leg, { kind: "prepared", branches, at });
    }
    case "undiallable": {
      const { status, cause } = input;
      return stepLeg(state, input.leg, { kind: "undiallable", status, cause });
    }
    case "caller-reported":
      return onCaller(state, input.fact);
    case "branch-reported":
      return onBranch(state, input);
    case "let-go":
      return letGo(state, input.retryAfterS);
    default:
      return unreachable(input);
  }
}

function onOrder(state: Bridge, order: LegOrder): BridgeStep {
  switch (order.kind) {
    case "ring-caller":
      return ringCaller(state, order.status);
    case "dial":
      return dial(state, order);
    case "cancel-leg":
      return stepLeg(state, order.leg, { kind: "cancel-ordered", cause: order.cause });
    case "answer-caller":
      return answerCaller(state, order.leg);
    case "hang-up":
      return order.leg === LEG_A
        ? hangUpCaller(state, order.cause)
        : stepLeg(state, order.leg, { kind: "hang-up-ordered", cause: order.cause });
    case "refuse-caller": {
      const { status, reason } = order;
      return refuse(state, status, reason, refusalHeaders(order));
    }
    default:
      return unreachable(order);
  }
}

/** The caller hears early media only while one leg is all that was ever tried (DOMAIN 4.4). */
function ringCaller(state: Bridge, status: number): BridgeStep {
  if (state.caller.phase !== "waiting") return { state, effects: NONE };
  const [only, another] = state.legs.values();
  const isAlone = only?.phase === "ringing" && another === undefined;
  const sdp = isAlone ? only.earlySdp : "";
  const leg = sdp !== "" && isAlone ? only.leg : null;
  return { state, effects: [orderCaller({ kind: "ring", status, sdp, leg })] };
}

function dial(state: Bridge, order: Extract<LegOrder, { kind: "dial" }>): BridgeStep {
  const { leg, destination, expiresS, maxForwards } = order;
  if (state.legs.has(leg) || leg === LEG_A) return { state, effects: NONE };
  const legs = new Map(state.legs).set(leg, startBLeg(leg));
  if (state.caller.phase === "over") {
    return stepLeg({ ...state, legs }, leg, {
      kind: "undiallable",
      status: 487,
      cause: "abandoned",
    });
  }
  return {
    state: { ...state, legs },
    effects: [{ kind: "prepare", leg, destination, expiresS, maxForwards }],
  };
}

/** A leg that ended meanwhile answers nobody: the actor hears of its end and decides anew. */
function answerCaller(state: Bridge, leg: LegId): BridgeStep {
  const winner = state.legs.get(leg);
  const isUp = winner?.phase === "answered" && winner.hangingUp === null;
  if (state.caller.phase !== "waiting" || !isUp) return { state, effects: NONE };
  return {
    state: { ...state, caller: { phase: "answered", leg, hangingUp: null } },
    effects: [orderCaller({ kind: "answer", sdp: winner.sdp, leg })],
  };
}

function hangUpCaller(state: Bridge, cause: EndCause): BridgeStep {
  const { caller } = state;
  if (caller.phase === "over") return { state, effects: NONE };
  if (caller.phase === "answered" && caller.hangingUp !== null) return { state, effects: NONE };
  const order = orderCaller({ kind: "hang-up", reason: reasonFor(cause) });
  const next = caller.phase === "answered" ? { ...caller, hangingUp: cause } : caller;
  return { state: { ...state, caller: next }, effects: [order] };
}

function refuse(
  state: Bridge,
  status: number,
  reason: string,
  headers: readonly HeaderPair[],
): BridgeStep {
  if (state.caller.phase !== "waiting") return { state, effects: NONE };
  return { state, effects: [orderCaller({ kind: "refuse", status, reason, headers })] };
}

function refusalHeaders(
  order: Extract<LegOrder, { kind: "refuse-caller" }>,
): readonly HeaderPair[] {
  const reason: readonly HeaderPair[] =
    order.q850 === 0 ? [] : [["Reason", `Q.850;cause=${order.q850}`]];
  const pause: readonly HeaderPair[] =
    order.retryAfterS === 0 ? [] : [["Retry-After", String(order.retryAfterS)]];
  return [...reason, ...pause];
}

function letGo(state: Bridge, retryAfterS: number): BridgeStep {
  const caller =
    state.caller.phase === "waiting"
      ? refuse(state, 503, "", [["Retry-After", String(retryAfterS)]])
      : hangUpCaller(state, "crashed");
  let step = caller;
  for (const leg of state.legs.keys()) {
    const next = stepLeg(step.state, leg, { kind: "hang-up-ordered", cause: "crashed" });
    step = { state: next.state, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

function onCaller(state: Bridge, fact: SideFact): BridgeStep {
  switch (fact.kind) {
    case "cancelled":
      return {
        state: { ...state, caller: { phase: "over" } },
        effects: [{ kind: "report", fact: { kind: "caller-cancelled" } }],
      };
    case "ended":
      return callerEnded(state, fact.byFarEnd);
    case "request":
      return toCallee(
        state,
        { kind: "request", request: fact.request },
        answerOf(fact.request.relayId, fact.request.method, 480),
      );
    case "response":
      return toCallee(state, { kind: "response", response: fact.response }, null);
    case "progressed":
      // Only branches have progress.
      return { state, effects: NONE };
    default:
      return unreachable(fact);
  }
}

/** BG2, caller's side. */
function callerEnded(state: Bridge, byFarEnd: boolean): BridgeStep {
  const { caller } = state;
  const hangingUp = caller.phase === "answered" ? caller.hangingUp : "refused";
  const by = byFarEnd ? "far-end" : hangingUp === null ? "edge" : "us";
  const cause = hangingUp ?? (byFarEnd ? "answered" : "unavailable");
  const ended: BridgeEffect = {
    kind: "report",
    fact: { kind: "leg-ended", leg: LEG_A, by, cause },
  };
  const over: Bridge = { ...state, caller: { phase: "over" } };
  if (caller.phase !== "answered") return { state: over, effects: [ended] };
  const other = stepLeg(over, caller.leg, { kind: "hang-up-ordered", cause: "answered" });
  return { state: other.state, effects: [ended, ...other.effects] };
}

/** Passes something on to the leg that the caller talks to; `refusal` goes back when it is gone. */
function toCallee(state: Bridge, order: SideOrder, refusal: SideOrder | null): BridgeStep {
  const { caller } = state;
  const callee = caller.phase === "answered" ? state.legs.get(caller.leg) : undefined;
  if (callee?.phase === "answered") {
    const { leg, branch } = callee;
    return { state, effects: [{ kind: "order-branch", leg, branch, order }] };
  }
  return { state, effects: refusal === null ? NONE : [orderCaller(refusal)] };
}

function onBranch(
  state: Bridge,
  input: Extract<BridgeInput, { kind: "branch-reported" }>,
): BridgeStep {
  const { leg, branch, fact } = input;
  switch (fact.kind) {
    case "progressed":
      return stepLeg(state, leg, { kind: "progressed", branch, response: fact.response });
    case "ended":
      return calleeEnded(state, leg, branch, fact.byFarEnd);
    case "request": {
      const { relayId, method } = fact.request;
      if (isJoined(state, leg, branch)) {
        const order = orderCaller({ kind: "request", request: fact.request });
        return { state, effects: [order] };
      }
      const order = answerOf(relayId, method, 480);
      return {
        state,
        effects: order === null ? NONE : [{ kind: "order-branch", leg, branch, order }],
      };
    }
    case "response":
      return isJoined(state, leg, branch)
        ? { state, effects: [orderCaller({ kind: "response", response: fact.response })] }
        : { state, effects: NONE };
    case "cancelled":
      // Only the caller cancels.
      return { state, effects: NONE };
    default:
      return unreachable(fact);
  }
}

/** BG2, callee's side. */
function calleeEnded(state: Bridge, leg: LegId, branch: number, byFarEnd: boolean): BridgeStep {
  const isCallee = isJoined(state, leg, branch);
  const ended = stepLeg(state, leg, { kind: "branch-ended", branch, byFarEnd });
  if (!isCallee) return ended;
  const other = hangUpCaller(ended.state, "answered");
  return { state: other.state, effects: [...ended.effects, ...other.effects] };
}

function isJoined(state: Bridge, leg: LegId, branch: number): boolean {
  const callee = state.legs.get(leg);
  const isCallee = state.caller.phase === "answered" && state.caller.leg === leg;
  return isCallee && callee?.phase === "answered" && callee.branch === branch;
}

/** The answer to a request that cannot be passed on now: offers may be tried again (491). */
function answerOf(relayId: number, method: string, otherwise: number): SideOrder | null {
  if (method === "ACK" || method === "CANCEL") return null;
  const status = method === "INVITE" || method === "UPDATE" ? 491 : otherwise;
  const reason = reasonPhrase(status);
  return { kind: "response", response: { relayId, status, reason, headers: [], body: "" } };
}

function stepLeg(state: Bridge, leg: LegId, input: BLegInput): BridgeStep {
  const before = state.legs.get(leg);
  if (before === undefined) return { state, effects: NONE };
  const step = stepBLeg(before, input);
  return {
    state: { ...state, legs: new Map(state.legs).set(leg, step.state) },
    effects: step.effects.map((effect) => onLegEffect(leg, effect)),
  };
}

function onLegEffect(leg: LegId, effect: BLegEffect): BridgeEffect {
  switch (effect.kind) {
    case "dial-branch":
      return { kind: "dial-branch", leg, branch: effect.branch };
    case "cancel-branch": {
      const { branch, reason } = effect;
      return { kind: "order-branch", leg, branch, order: { kind: "cancel", reason } };
    }
    case "hang-up-branch": {
      const { branch, reason } = effect;
      return { kind: "order-branch", leg, branch, order: { kind: "hang-up", reason } };
    }
    case "report":
      return { kind: "report", fact: effect.fact };
    default:
      return unreachable(effect);
  }
}

const orderCaller = (order: SideOrder): BridgeEffect => ({ kind: "order-caller", order });
