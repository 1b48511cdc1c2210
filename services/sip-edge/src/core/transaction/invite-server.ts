/**
 * INVITE server transaction: RFC 3261 17.2.1 with the Accepted state of RFC 6026. Owns: 100 Trying,
 * absorbing repetitions, repeating a refusal until its ACK. Does not own: bytes (the shell keeps the
 * last response), nor the repetition of a 2xx, which belongs to core/dialog/accepted.ts.
 *
 * IS1  A transaction without any response sends 100 at `tryingAt`.
 * IS2  Timer G runs over unreliable transports only, doubles and stops at T2.
 * IS3  A missing ACK is reported (timer H).
 * IS4  An INVITE that nobody answers is refused with 500 after `answerMs`: a lost call frees it.
 * IS5  A send error keeps the state (RFC 6026 7.2), so that a repetition is not taken as a new call.
 */

import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import { doubledToT2, patienceMs, type Timing, timerIMs } from "./timers.ts";

/** Figure 7 of RFC 3261 with RFC 6026. */
export type InviteServer =
  | Proceeding
  | Completed
  | { readonly phase: "confirmed"; readonly endAt: Instant }
  | { readonly phase: "accepted"; readonly endAt: Instant }
  | { readonly phase: "terminated" };

interface Proceeding {
  readonly phase: "proceeding";
  readonly timing: Timing;
  /** When 100 is due; null once any response went out. */
  readonly tryingAt: Instant | null;
  readonly answerBy: Instant;
}

interface Completed {
  readonly phase: "completed";
  readonly timing: Timing;
  /** Timer G; null over a reliable transport. */
  readonly repeatAt: Instant | null;
  readonly intervalMs: number;
  /** Timer H. */
  readonly giveUpAt: Instant;
}

/** What happened to the transaction. */
export type InviteServerInput =
  | { readonly kind: "request-repeated" }
  | { readonly kind: "response-given"; readonly status: number }
  | { readonly kind: "ack-received" }
  | { readonly kind: "deadline-passed" }
  | { readonly kind: "transport-failed" };

/** What the shell must do; `send-response` is about the response at hand. */
export type InviteServerEffect =
  | { readonly kind: "send-trying" }
  | { readonly kind: "send-response" }
  | { readonly kind: "repeat-response" }
  | { readonly kind: "drop-response" }
  | { readonly kind: "send-refusal"; readonly status: 500 }
  | { readonly kind: "report-ack-missing" }
  | { readonly kind: "report-unanswered" }
  | { readonly kind: "report-transport-error" };

/** State and effects after one input. */
export interface InviteServerStep {
  readonly state: InviteServer;
  readonly effects: readonly InviteServerEffect[];
}

const NONE: readonly InviteServerEffect[] = [];
const TERMINATED: InviteServer = { phase: "terminated" };

/** A new transaction for an INVITE that is passed up now; 100 goes out at once or after 200 ms. */
export function startInviteServer(
  at: Instant,
  timing: Timing,
  trying: "at-once" | "after-200-ms",
): InviteServerStep {
  const isAtOnce = trying === "at-once";
  return {
    state: {
      phase: "proceeding",
      timing,
      tryingAt: isAtOnce ? null : at + timing.tryingMs,
      answerBy: at + timing.answerMs,
    },
    effects: isAtOnce ? [{ kind: "send-trying" }] : NONE,
  };
}

/** When the transaction wants `deadline-passed`; null when it never does. */
export function inviteServerDeadline(state: InviteServer): Instant | null {
  switch (state.phase) {
    case "proceeding":
      return state.tryingAt === null ? state.answerBy : Math.min(state.tryingAt, state.answerBy);
    case "completed":
      return state.repeatAt === null ? state.giveUpAt : Math.min(state.repeatAt, state.giveUpAt);
    case "confirmed":
    case "accepted":
      return state.endAt;
    case "terminated":
      return null;
    default:
      return unreachable(state);
  }
}

/** One input, RFC 3261 17.2.1 and RFC 6026 7.1. */
export function stepInviteServer(
  state: InviteServer,
  at: Instant,
  input: InviteServerInput,
): InviteServerStep {
  switch (state.phase) {
    case "proceeding":
      return inProceeding(state, at, input);
    case "completed":
      return inCompleted(state, at, input);
    case "confirmed":
      return inConfirmed(state, at, input);
    case "accepted":
      return inAccepted(state, at, input);
    case "terminated":
      return {
        state,
        effects: input.kind === "response-given" ? [{ kind: "drop-response" }] : NONE,
      };
    default:
      return unreachable(state);
  }
}

function inProceeding(state: Proceeding, at: Instant, input: InviteServerInput): InviteServerStep {
  switch (input.kind) {
    case "request-repeated":
      // Before the first response there is nothing to repeat: 100 is at most 200 ms away.
      return {
        state,
        effects: state.tryingAt === null ? [{ kind: "repeat-response" }] : NONE,
      };
    case "response-given":
      return responseGiven(state, at, input.status);
    case "ack-received":
      // No final response is out, so there is nothing to acknowledge: a peer's mistake.
      return { state, effects: NONE };
    case "deadline-passed":
      if (at >= state.answerBy) {
        return {
          state: refused(state.timing, at),
          effects: [{ kind: "send-refusal", status: 500 }, { kind: "report-unanswered" }],
        };
      }
      if (state.tryingAt === null || at < state.tryingAt) return { state, effects: NONE };
      return { state: { ...state, tryingAt: null }, effects: [{ kind: "send-trying" }] };
    case "transport-failed":
      return { state, effects: [{ kind: "report-transport-error" }] };
    default:
      return unreachable(input);
  }
}

function responseGiven(state: Proceeding, at: Instant, status: number): InviteServerStep {
  const effects: readonly InviteServerEffect[] = [{ kind: "send-response" }];
  if (status < 200) return { state: { ...state, tryingAt: null }, effects };
  if (status >= 300) return { state: refused(state.timing, at), effects };
  // Timer L, RFC 6026 7.1.
  return { state: { phase: "accepted", endAt: at + patienceMs(state.timing) }, effects };
}

function refused(timing: Timing, at: Instant): Completed {
  return {
    phase: "completed",
    timing,
    repeatAt: timing.isReliable ? null : at + timing.t1Ms,
    intervalMs: timing.t1Ms,
    giveUpAt: at + patienceMs(timing),
  };
}

function inCompleted(state: Completed, at: Instant, input: InviteServerInput): InviteServerStep {
  switch (input.kind) {
    case "request-repeated":
      return { state, effects: [{ kind: "repeat-response" }] };
    case "response-given":
      return { state, effects: [{ kind: "drop-response" }] };
    case "ack-received": {
      const lingerMs = timerIMs(state.timing);
      if (lingerMs === 0) return { state: TERMINATED, effects: NONE };
      return { state: { phase: "confirmed", endAt: at + lingerMs }, effects: NONE };
    }
    case "deadline-passed": {
      if (at >= state.giveUpAt) {
        return { state: TERMINATED, effects: [{ kind: "report-ack-missing" }] };
      }
      if (state.repeatAt === null || at < state.repeatAt) return { state, effects: NONE };
      const intervalMs = doubledToT2(state.intervalMs, state.timing);
      return {
        state: { ...state, intervalMs, repeatAt: at + intervalMs },
        effects: [{ kind: "repeat-response" }],
      };
    }
    case "transport-failed":
      return { state, effects: [{ kind: "report-transport-error" }] };
    default:
      return unreachable(input);
  }
}

function inConfirmed(
  state: Extract<InviteServer, { phase: "confirmed" }>,
  at: Instant,
  input: InviteServerInput,
): InviteServerStep {
  switch (input.kind) {
    case "request-repeated":
    case "ack-received":
    case "transport-failed":
      // Late copies of what was settled already: absorbed, that is what this phase is for.
      return { state, effects: NONE };
    case "response-given":
      return { state, effects: [{ kind: "drop-response" }] };
    case "deadline-passed":
      return at < state.endAt ? { state, effects: NONE } : { state: TERMINATED, effects: NONE };
    default:
      return unreachable(input);
  }
}

function inAccepted(
  state: Extract<InviteServer, { phase: "accepted" }>,
  at: Instant,
  input: InviteServerInput,
): InviteServerStep {
  switch (input.kind) {
    case "request-repeated":
      // RFC 6026 7.1: absorbed; the 2xx is repeated by its own machine.
      return { state, effects: NONE };
    case "response-given": {
      const is2xx = input.status >= 200 && input.status < 300;
      return { state, effects: [{ kind: is2xx ? "send-response" : "drop-response" }] };
    }
    case "ack-received":
      // The ACK of a 2xx is matched by its dialog, not here; nothing changes.
      return { state, effects: NONE };
    case "deadline-passed":
      return at < state.endAt ? { state, effects: NONE } : { state: TERMINATED, effects: NONE };
    case "transport-failed":
      return { state, effects: [{ kind: "report-transport-error" }] };
    default:
      return unreachable(input);
  }
}
