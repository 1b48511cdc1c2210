/**
 * Ring-all: every target is tried at once and rings until the group's total time (DOMAIN 2.3).
 * A target without a 18x is not passed over here: there is no next one that would gain by it, and a
 * mobile network may take long to alert. One member's 603 or 6xx ends that leg alone (DOMAIN 4.4).
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { LegId } from "../../../../lib/telephony/ids.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import type { RingInput, RingStep, RingTarget } from "./strategy.ts";

/** See the file header. */
export type SimultaneousState =
  | {
      readonly strategy: "simultaneous";
      readonly phase: "idle";
      readonly legs: readonly LegId[];
      readonly totalRingMs: number;
    }
  | {
      readonly strategy: "simultaneous";
      readonly phase: "ringing";
      readonly open: readonly LegId[];
      readonly until: Instant;
    }
  | { readonly strategy: "simultaneous"; readonly phase: "exhausted" };

type Step = RingStep<SimultaneousState>;

const EXHAUSTED: SimultaneousState = { strategy: "simultaneous", phase: "exhausted" };

/** A ring-all over `targets` for `totalRingMs`, not yet started. */
export const startSimultaneous = (
  targets: readonly RingTarget[],
  totalRingMs: number,
): SimultaneousState => ({
  strategy: "simultaneous",
  phase: "idle",
  legs: targets.map((target) => target.leg),
  totalRingMs,
});

/** See {@link import("./strategy.ts").ringStep}. */
export function simultaneousStep(state: SimultaneousState, now: Instant, input: RingInput): Step {
  switch (state.phase) {
    case "idle":
      return input.kind === "started" ? begin(state.legs, now + state.totalRingMs) : stay(state);
    case "ringing":
      return ringing(state, now, input);
    case "exhausted":
      return stay(state);
    default:
      return unreachable(state);
  }
}

/** See {@link import("./strategy.ts").ringDeadline}. */
export const simultaneousDeadline = (state: SimultaneousState): Instant | null =>
  state.phase === "ringing" ? state.until : null;

const stay = (state: SimultaneousState): Step => ({ state, effects: [] });

function begin(legs: readonly LegId[], until: Instant): Step {
  if (legs.length === 0) return { state: EXHAUSTED, effects: [{ kind: "exhaust" }] };
  const state: SimultaneousState = {
    strategy: "simultaneous",
    phase: "ringing",
    open: legs,
    until,
  };
  return { state, effects: [{ kind: "try", legs }] };
}

function ringing(
  state: SimultaneousState & { phase: "ringing" },
  now: Instant,
  input: RingInput,
): Step {
  switch (input.kind) {
    case "leg-over": {
      const open = state.open.filter((leg) => leg !== input.leg);
      return open.length > 0
        ? stay({ ...state, open })
        : { state: EXHAUSTED, effects: [{ kind: "exhaust" }] };
    }
    case "deadline": {
      if (now < state.until) return stay(state);
      const giveUp = state.open.map((leg) => ({ kind: "give-up", leg }) as const);
      return { state: EXHAUSTED, effects: [...giveUp, { kind: "exhaust" }] };
    }
    // Only the total time counts here.
    case "leg-dialled":
    case "leg-ringing":
    case "started":
      return stay(state);
    default:
      return unreachable(input);
  }
}
