/**
 * The 2xx of an INVITE on its way to an ACK, RFC 3261 13.3.1.4. Owns: when the 2xx is sent again and
 * when the wait ends. Does not own: bytes, nor finding the ACK; the shell matches it by dialog.
 *
 * A1  The 2xx is repeated over every transport: each proxy hop may lose it.
 * A2  The pause doubles from T1 up to T2; after 64*T1 without an ACK the layer above sends BYE.
 */

import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import { doubledToT2, patienceMs, type Timing } from "../transaction/timers.ts";

/** Waiting for the ACK, or settled with or without it. */
export type Accepted =
  | {
      readonly phase: "unacknowledged";
      readonly timing: Timing;
      readonly repeatAt: Instant;
      readonly intervalMs: number;
      readonly giveUpAt: Instant;
    }
  | { readonly phase: "acknowledged" }
  | { readonly phase: "given-up" };

/** What happened to the 2xx. */
export type AcceptedInput =
  | { readonly kind: "ack-received" }
  | { readonly kind: "deadline-passed" };

/** What the shell must do. */
export type AcceptedEffect =
  | { readonly kind: "repeat-response" }
  | { readonly kind: "report-ack-missing" };

/** State and effects after one input. */
export interface AcceptedStep {
  readonly state: Accepted;
  readonly effects: readonly AcceptedEffect[];
}

const NONE: readonly AcceptedEffect[] = [];

/** A 2xx that was just sent. */
export function startAccepted(at: Instant, timing: Timing): Accepted {
  return {
    phase: "unacknowledged",
    timing,
    repeatAt: at + timing.t1Ms,
    intervalMs: timing.t1Ms,
    giveUpAt: at + patienceMs(timing),
  };
}

/** When the machine wants `deadline-passed`; null when it never does. */
export function acceptedDeadline(state: Accepted): Instant | null {
  switch (state.phase) {
    case "unacknowledged":
      return Math.min(state.repeatAt, state.giveUpAt);
    case "acknowledged":
    case "given-up":
      return null;
    default:
      return unreachable(state);
  }
}

/** One input. */
export function stepAccepted(state: Accepted, at: Instant, input: AcceptedInput): AcceptedStep {
  switch (state.phase) {
    case "unacknowledged":
      switch (input.kind) {
        case "ack-received":
          return { state: { phase: "acknowledged" }, effects: NONE };
        case "deadline-passed": {
          if (at >= state.giveUpAt) {
            return { state: { phase: "given-up" }, effects: [{ kind: "report-ack-missing" }] };
          }
          if (at < state.repeatAt) return { state, effects: NONE };
          const intervalMs = doubledToT2(state.intervalMs, state.timing);
          return {
            state: { ...state, intervalMs, repeatAt: at + intervalMs },
            effects: [{ kind: "repeat-response" }],
          };
        }
        default:
          return unreachable(input);
      }
    case "acknowledged":
    case "given-up":
      return { state, effects: NONE };
    default:
      return unreachable(state);
  }
}
