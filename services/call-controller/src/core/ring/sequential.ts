/**
 * Relay: one target after the other, in the order of the list (DOMAIN R4, 2.3, 4.4).
 *
 * Q1  Busy, reject, unavailable, unregistered, no channel: the next target at once.
 * Q2  No 18x within RINGING_WITHIN_MS, or no answer within the target's ring time from the first 18x:
 *     give up the leg, wait for its final response (487, or a 200 that crossed our CANCEL), then next.
 *     Two targets never ring at the same time, save when a silent peer keeps us waiting for its final
 *     longer than FINAL_WITHIN_MS: the caller must not pay for that; a late answer of it is hung up.
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { LegId } from "../../../../lib/telephony/ids.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import { FINAL_WITHIN_MS, RINGING_WITHIN_MS } from "../limits.ts";
import type { RingInput, RingStep, RingTarget } from "./strategy.ts";

interface Relay {
  readonly strategy: "sequential";
  /** Not yet tried. */
  readonly queue: readonly RingTarget[];
}

/** See the file header. */
export type SequentialState =
  | (Relay & { readonly phase: "idle" })
  /** Asked for, not yet dialled: the call bounds this wait (channel reservation). */
  | (Relay & { readonly phase: "trying"; readonly target: RingTarget })
  | (Relay & { readonly phase: "inviting"; readonly target: RingTarget; readonly until: Instant })
  | (Relay & { readonly phase: "ringing"; readonly target: RingTarget; readonly until: Instant })
  | (Relay & { readonly phase: "cancelling"; readonly target: RingTarget; readonly until: Instant })
  | (Relay & { readonly phase: "exhausted" });

type Step = RingStep<SequentialState>;
type Waiting = Exclude<SequentialState, { phase: "idle" | "exhausted" }>;

/** A relay over `targets`, not yet started. */
export const startSequential = (targets: readonly RingTarget[]): SequentialState => ({
  strategy: "sequential",
  phase: "idle",
  queue: targets,
});

/** See {@link import("./strategy.ts").ringStep}. */
export function sequentialStep(state: SequentialState, now: Instant, input: RingInput): Step {
  switch (state.phase) {
    case "idle":
      return input.kind === "started" ? next(state.queue) : stay(state);
    case "exhausted":
      return stay(state);
    case "trying":
    case "inviting":
    case "ringing":
    case "cancelling":
      return waiting(state, now, input);
    default:
      return unreachable(state);
  }
}

/** See {@link import("./strategy.ts").ringDeadline}. */
export function sequentialDeadline(state: SequentialState): Instant | null {
  switch (state.phase) {
    case "inviting":
    case "ringing":
    case "cancelling":
      return state.until;
    case "idle":
    case "trying":
    case "exhausted":
      return null;
    default:
      return unreachable(state);
  }
}

const stay = (state: SequentialState): Step => ({ state, effects: [] });

function next(queue: readonly RingTarget[]): Step {
  const [target, ...rest] = queue;
  if (target === undefined)
    return {
      state: { strategy: "sequential", phase: "exhausted", queue: [] },
      effects: [{ kind: "exhaust" }],
    };
  return {
    state: { strategy: "sequential", phase: "trying", target, queue: rest },
    effects: [{ kind: "try", legs: [target.leg] }],
  };
}

function waiting(state: Waiting, now: Instant, input: RingInput): Step {
  const { target, queue } = state;
  const isCurrent = (leg: LegId): boolean => leg === target.leg;
  const base = { strategy: "sequential", target, queue } as const;
  switch (input.kind) {
    case "leg-dialled":
      return state.phase === "trying" && isCurrent(input.leg)
        ? stay({ ...base, phase: "inviting", until: now + RINGING_WITHIN_MS })
        : stay(state);
    case "leg-ringing":
      return state.phase === "inviting" && isCurrent(input.leg)
        ? stay({ ...base, phase: "ringing", until: now + target.ringMs })
        : stay(state);
    case "leg-over":
      // An earlier leg whose final came late has no say.
      return isCurrent(input.leg) ? next(queue) : stay(state);
    case "deadline":
      return timeOut(state, now);
    case "started":
      return stay(state);
    default:
      return unreachable(input);
  }
}

function timeOut(state: Waiting, now: Instant): Step {
  switch (state.phase) {
    case "trying":
      return stay(state);
    case "inviting":
    case "ringing":
      return now < state.until
        ? stay(state)
        : {
            state: { ...state, phase: "cancelling", until: now + FINAL_WITHIN_MS },
            effects: [{ kind: "give-up", leg: state.target.leg }],
          };
    case "cancelling":
      return now < state.until ? stay(state) : next(state.queue);
    default:
      return unreachable(state);
  }
}
