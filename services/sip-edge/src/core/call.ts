/**
 * One call at its anchor edge, as a value: the commit protocol (anchor.ts) and the legs (bridge.ts)
 * joined. Owns: that a committed order reaches the legs and a fact of a leg reaches the actor.
 * Does not own: sockets, NATS, SIP dialogs (leg/), telemetry.
 *
 * CL1  Orders take effect only out of a committed step, or when the call is let go without an actor.
 * CL2  Every fact of a leg goes through the anchor: it gets its number before anything follows from it.
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { LegFact, Offer } from "../../../lib/telephony/leg.ts";
import type { Anchor, AnchorEffect, AnchorInput, AnchorStep } from "./anchor.ts";
import { anchorDeadline, startAnchor, stepAnchor } from "./anchor.ts";
import type { Bridge, BridgeEffect, BridgeInput, BridgeStep } from "./bridge.ts";
import { startBridge, stepBridge } from "./bridge.ts";

/** A caller who is turned away for want of a controller may try again after this long. */
export const RETRY_AFTER_S = 5;

/** State of a call at its anchor. */
export interface EdgeCall {
  readonly anchor: Anchor;
  readonly bridge: Bridge;
}

/** What happened: to the protocol, or to the legs. */
export type EdgeCallInput = Exclude<AnchorInput, { kind: "fact-seen" }> | BridgeInput;

/** What the shell must do; `fact-seen` is for logs, traces and metrics alone. */
export type EdgeCallEffect =
  | Exclude<AnchorEffect, { kind: "carry-out" }>
  | Exclude<BridgeEffect, { kind: "report" }>
  | { readonly kind: "fact-seen"; readonly fact: LegFact };

/** State and effects after one input. */
export interface EdgeCallStep {
  readonly state: EdgeCall;
  readonly effects: readonly EdgeCallEffect[];
}

/** A new call with its first effects: the assignment is on its way. */
export function startEdgeCall(at: Instant, offer: Offer): EdgeCallStep {
  const offered: LegFact = { kind: "offered", offer };
  const step = startAnchor(at, offered);
  const state: EdgeCall = { anchor: step.state, bridge: startBridge() };
  return follow(state, at, step.effects, [{ kind: "fact-seen", fact: offered }]);
}

/** When the machine wants `deadline-passed`; null when it never does. */
export const edgeCallDeadline = (state: EdgeCall): Instant | null => anchorDeadline(state.anchor);

/** One input. */
export function stepEdgeCall(state: EdgeCall, at: Instant, input: EdgeCallInput): EdgeCallStep {
  switch (input.kind) {
    case "step-received":
    case "assignment-failed":
    case "inputs-undelivered":
    case "controller-lost":
    case "deadline-passed":
      return afterAnchor(state, at, stepAnchor(state.anchor, at, input));
    case "ordered":
    case "prepared":
    case "undiallable":
    case "caller-reported":
    case "branch-reported":
    case "let-go":
      return afterBridge(state, at, stepBridge(state.bridge, input));
    default:
      return unreachable(input);
  }
}

const afterAnchor = (state: EdgeCall, at: Instant, step: AnchorStep): EdgeCallStep =>
  follow({ ...state, anchor: step.state }, at, step.effects, []);

/** Carries out what the protocol wants of the legs; the rest is for the shell. */
function follow(
  start: EdgeCall,
  at: Instant,
  wanted: readonly AnchorEffect[],
  before: readonly EdgeCallEffect[],
): EdgeCallStep {
  let state = start;
  const effects: EdgeCallEffect[] = [...before];
  const run = (input: BridgeInput): void => {
    const step = afterBridge(state, at, stepBridge(state.bridge, input));
    state = step.state;
    effects.push(...step.effects);
  };
  for (const effect of wanted) {
    if (effect.kind === "carry-out") {
      for (const order of effect.orders) run({ kind: "ordered", order });
    } else {
      effects.push(effect);
      if (effect.kind === "let-go") run({ kind: "let-go", retryAfterS: RETRY_AFTER_S });
    }
  }
  return { state, effects };
}

/** CL2. Once the call is over at the anchor, late facts of its legs change nothing any more. */
function afterBridge(before: EdgeCall, at: Instant, step: BridgeStep): EdgeCallStep {
  let state: EdgeCall = { ...before, bridge: step.state };
  const effects: EdgeCallEffect[] = [];
  for (const effect of step.effects) {
    if (effect.kind !== "report") {
      effects.push(effect);
      continue;
    }
    effects.push({ kind: "fact-seen", fact: effect.fact });
    const next = afterAnchor(
      state,
      at,
      stepAnchor(state.anchor, at, { kind: "fact-seen", fact: effect.fact }),
    );
    state = next.state;
    effects.push(...next.effects);
  }
  return { state, effects };
}
