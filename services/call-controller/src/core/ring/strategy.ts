/**
 * Ring strategies: machines inside the call machine that know targets, legs and time, and nothing of
 * trunks, channels, SIP or companies. A new strategy is one file, one line in each switch below.
 *
 * N1  A leg is tried at most once.
 * N2  `exhaust` comes once, when no leg can answer any more; nothing comes after it.
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { RingMode } from "../../../../lib/telephony/call-detail-record.ts";
import type { LegId } from "../../../../lib/telephony/ids.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import type { SequentialState } from "./sequential.ts";
import { sequentialDeadline, sequentialStep, startSequential } from "./sequential.ts";
import type { SimultaneousState } from "./simultaneous.ts";
import { simultaneousDeadline, simultaneousStep, startSimultaneous } from "./simultaneous.ts";

/** A leg that may be tried, and how long it rings, ms. */
export interface RingTarget {
  readonly leg: LegId;
  readonly ringMs: number;
}

/** What a strategy is told. */
export type RingInput =
  | { readonly kind: "started" }
  /** INVITE ordered. */
  | { readonly kind: "leg-dialled"; readonly leg: LegId }
  /** First 18x. */
  | { readonly kind: "leg-ringing"; readonly leg: LegId }
  /** The leg can no longer answer this call: busy, failed, no channel, cancelled and final. */
  | { readonly kind: "leg-over"; readonly leg: LegId }
  | { readonly kind: "deadline" };

/** What a strategy wants. */
export type RingEffect =
  | { readonly kind: "try"; readonly legs: readonly LegId[] }
  /** The leg had its time: cancel it. */
  | { readonly kind: "give-up"; readonly leg: LegId }
  | { readonly kind: "exhaust" };

/** State of any strategy. */
export type RingState = SequentialState | SimultaneousState;

/** One step of any strategy. */
export interface RingStep<S extends RingState = RingState> {
  readonly state: S;
  readonly effects: readonly RingEffect[];
}

/** The strategy of a ring mode, before `started`; `totalRingMs` bounds a ring-all. */
export function startRing(
  mode: RingMode,
  targets: readonly RingTarget[],
  totalRingMs: number,
): RingState {
  switch (mode) {
    case "ring-all":
      return startSimultaneous(targets, totalRingMs);
    case "direct":
    case "relay":
    case "terminal-relay":
      return startSequential(targets);
    default:
      return unreachable(mode);
  }
}

/** Applies one input at the controller's time `now`. */
export function ringStep(state: RingState, now: Instant, input: RingInput): RingStep {
  switch (state.strategy) {
    case "simultaneous":
      return simultaneousStep(state, now, input);
    case "sequential":
      return sequentialStep(state, now, input);
    default:
      return unreachable(state);
  }
}

/** When the strategy wants a `deadline`; null when it waits for legs. */
export function ringDeadline(state: RingState): Instant | null {
  switch (state.strategy) {
    case "simultaneous":
      return simultaneousDeadline(state);
    case "sequential":
      return sequentialDeadline(state);
    default:
      return unreachable(state);
  }
}
