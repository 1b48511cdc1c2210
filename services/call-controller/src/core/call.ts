/**
 * One call as a pure machine: `step(state, at, input) -> { state, effects }` (ADR 1). Owns the frame
 * of every step: which facts are taken, the clocks, settlement and invariants. What an input means
 * stands in the file of the phase: call/{routing,ringing,talking,settling}.ts.
 *
 * K1  Facts are taken in the order of their numbers, each once; a gap is not taken and not acknowledged,
 *     so the anchor offers it again.
 * K2  Every wait has a deadline: with inputs lost, a call still ends.
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { CallId, LegId, NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { CallEffect } from "./call/effect.ts";
import type { Step } from "./call/ending.ts";
import { breakOff } from "./call/ending.ts";
import type { CallInput } from "./call/input.ts";
import { hasChannel } from "./call/legs.ts";
import { ringingDeadline, stepRinging } from "./call/ringing.ts";
import { breakNew, stepNew, stepRouting } from "./call/routing.ts";
import { settlingDeadline, stepSettling } from "./call/settling.ts";
import type { CallHead, CallState, Lease } from "./call/state.ts";
import { moment } from "./call/state.ts";
import { stepTalking, talkingDeadline } from "./call/talking.ts";
import { checkStep } from "./invariants.ts";
import { CRASHED } from "./refusal.ts";
import { closeBooks, letCallerGo, releaseChannels, replyBy } from "./settlement.ts";

export type { Step } from "./call/ending.ts";

/** The assignment of a new call; `at` is the controller's clock. The call keeps `loopCallsMax`. */
export interface Assignment {
  readonly callId: CallId;
  readonly anchor: NodeId;
  readonly controller: NodeId;
  readonly epoch: number;
  readonly at: Instant;
  readonly loopCallsMax: number;
}

/** A call that was assigned and has no input yet. */
export const start = ({ at, ...assigned }: Assignment): CallState => ({
  phase: "new",
  head: { ...assigned, lastSeq: 0, now: at, seen: 0, lead: 0 },
});

/** Applies one input at the controller's time `at`; throws AssertionFault for a broken invariant. */
export function step(before: CallState, at: Instant, input: CallInput): Step {
  const head = receive(before.head, at, input);
  if (head === null) return { state: before, effects: [] };
  return finish(before, decide({ ...before, head }, input));
}

/** The only timer: when `deadline` must be put in; null when the call waits for inputs alone. */
export function deadline(state: CallState): Instant | null {
  switch (state.phase) {
    case "routing":
      return replyBy(state.ask);
    case "ringing":
      return ringingDeadline(state);
    case "talking":
      return talkingDeadline(state);
    case "settling":
      return settlingDeadline(state);
    case "new":
    case "over":
      return null;
    default:
      return unreachable(state);
  }
}

/**
 * Ends a call whose step threw on `input`, from its last good state: fault `internal`, all legs let go.
 * The input counts as taken; offered again, here or to another controller, it would throw again.
 */
export function crash(before: CallState, at: Instant, input: CallInput): Step {
  const state = { ...before, head: receive(before.head, at, input) ?? before.head };
  switch (state.phase) {
    case "routing":
    case "ringing":
    case "talking":
      return finish(before, breakOff(state));
    case "new":
      return finish(before, breakNew(state, input));
    // All is being let go already; what the input would have confirmed counts as done in time.
    case "settling":
    case "over":
      return { state, effects: [] };
    default:
      return unreachable(state);
  }
}

/**
 * The last orders of a call that broke again: caller and legs are let go, nothing is waited for. Leases
 * run out by themselves; a record that is not written yet is lost.
 */
export function farewell(state: CallState): readonly CallEffect[] {
  switch (state.phase) {
    case "new": {
      const { status, reason, q850, retryAfterS } = CRASHED;
      return [{ kind: "refuse-caller", status, reason, q850, retryAfterS }];
    }
    case "routing":
    case "ringing":
    case "talking":
      return breakOff(state).effects;
    case "settling":
      return letCallerGo(state.caller);
    case "over":
      return [];
    default:
      return unreachable(state);
  }
}

/** Legs whose lease the holder renews; a lost one too, so that it is reported and taken again. */
export const heldLegs = (state: CallState): readonly LegId[] => legIds(state, hasChannel);

/** Legs that are up although their lease was lost and is not taken again yet. */
export const lostLegs = (state: CallState): readonly LegId[] =>
  legIds(state, ({ phase }) => phase === "lost");

const legIds = (state: CallState, has: (lease: Lease) => boolean): readonly LegId[] =>
  state.phase === "ringing" || state.phase === "talking" || state.phase === "settling"
    ? state.legs.filter((leg) => has(leg.lease)).map((leg) => leg.target.leg)
    : [];

/** The clocks and numbers after an input; null when it must not be taken. */
function receive(head: CallHead, at: Instant, input: CallInput): CallHead | null {
  const now = Math.max(at, head.now);
  switch (input.kind) {
    case "edge-reported": {
      if (input.input.seq !== head.lastSeq + 1) return null;
      const seen = Math.max(input.input.at, head.seen);
      return { ...head, now, seen, lead: seen - now, lastSeq: input.input.seq };
    }
    case "adopted":
      if (input.epoch <= head.epoch) return null;
      // The new holder's clock is another one: records go on where they stood, until the next fact.
      return {
        ...head,
        now,
        lead: moment(head) - now,
        controller: input.controller,
        epoch: input.epoch,
      };
    case "route-found":
    case "route-unknown":
    case "registry-unreachable":
    case "channels-taken":
    case "allocator-unreachable":
    case "channels-lost":
    case "channels-released":
    case "record-written":
    case "deadline":
      return { ...head, now };
    default:
      return unreachable(input);
  }
}

function decide(state: CallState, input: CallInput): Step {
  switch (state.phase) {
    case "new":
      return stepNew(state, input);
    case "routing":
      return stepRouting(state, input);
    case "ringing":
      return stepRinging(state, input);
    case "talking":
      return stepTalking(state, input);
    case "settling":
      return stepSettling(state, input);
    // The last message said so; whatever still comes is a repetition.
    case "over":
      return { state, effects: [] };
    default:
      return unreachable(state);
  }
}

/** What is released comes first: the channel of the target that failed may be the next one's. */
function finish(before: CallState, decided: Step): Step {
  const freed = releaseChannels(decided.state);
  const closed = closeBooks(freed.state);
  const effects = [...freed.effects, ...decided.effects, ...closed.effects];
  checkStep(before, closed.state, effects);
  return { state: closed.state, effects };
}
