/**
 * Non-INVITE server transaction, RFC 3261 17.2.2. Owns: absorbing repetitions and repeating the
 * answer. Does not own: bytes; the shell keeps the last response and sends it again when told.
 *
 * NS1  A request that nobody answers frees its transaction after 64*T1: the client gave up then
 *      (timer F), and no 408 is sent (RFC 4320 4.2).
 * NS2  After a final response no other response goes out.
 * NS3  A send error keeps the state. DEVIATION: RFC 3261 17.2.4 ends it; RFC 6026 7.2 corrects that
 *      for INVITE only, but a repetition must not run a BYE or REGISTER twice either.
 */

import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import { patienceMs, type Timing, timerJMs } from "./timers.ts";

/** Figure 8 of RFC 3261. */
export type NonInviteServer =
  | Unanswered
  | { readonly phase: "completed"; readonly endAt: Instant }
  | { readonly phase: "terminated" };

interface Unanswered {
  readonly phase: "trying" | "proceeding";
  readonly timing: Timing;
  readonly giveUpAt: Instant;
}

/** What happened to the transaction. */
export type NonInviteServerInput =
  | { readonly kind: "request-repeated" }
  | { readonly kind: "response-given"; readonly status: number }
  | { readonly kind: "deadline-passed" }
  | { readonly kind: "transport-failed" };

/** What the shell must do; `send-response` is about the response at hand. */
export type NonInviteServerEffect =
  | { readonly kind: "send-response" }
  | { readonly kind: "repeat-response" }
  | { readonly kind: "drop-response" }
  | { readonly kind: "report-unanswered" }
  | { readonly kind: "report-transport-error" };

/** State and effects after one input. */
export interface NonInviteServerStep {
  readonly state: NonInviteServer;
  readonly effects: readonly NonInviteServerEffect[];
}

const NONE: readonly NonInviteServerEffect[] = [];
const TERMINATED: NonInviteServer = { phase: "terminated" };

/** A new transaction for a request that is passed up now. */
export function startNonInviteServer(at: Instant, timing: Timing): NonInviteServerStep {
  return {
    state: { phase: "trying", timing, giveUpAt: at + patienceMs(timing) },
    effects: NONE,
  };
}

/** When the transaction wants `deadline-passed`; null when it never does. */
export function nonInviteServerDeadline(state: NonInviteServer): Instant | null {
  switch (state.phase) {
    case "trying":
    case "proceeding":
      return state.giveUpAt;
    case "completed":
      return state.endAt;
    case "terminated":
      return null;
    default:
      return unreachable(state);
  }
}

/** One input, RFC 3261 17.2.2. */
export function stepNonInviteServer(
  state: NonInviteServer,
  at: Instant,
  input: NonInviteServerInput,
): NonInviteServerStep {
  switch (state.phase) {
    case "trying":
    case "proceeding":
      return whileUnanswered(state, at, input);
    case "completed":
      return whileCompleted(state, at, input);
    case "terminated":
      return {
        state,
        effects: input.kind === "response-given" ? [{ kind: "drop-response" }] : NONE,
      };
    default:
      return unreachable(state);
  }
}

function whileUnanswered(
  state: Unanswered,
  at: Instant,
  input: NonInviteServerInput,
): NonInviteServerStep {
  switch (input.kind) {
    case "request-repeated":
      return { state, effects: state.phase === "trying" ? NONE : [{ kind: "repeat-response" }] };
    case "response-given": {
      const effects: readonly NonInviteServerEffect[] = [{ kind: "send-response" }];
      if (input.status < 200) return { state: { ...state, phase: "proceeding" }, effects };
      const lingerMs = timerJMs(state.timing);
      if (lingerMs === 0) return { state: TERMINATED, effects };
      return { state: { phase: "completed", endAt: at + lingerMs }, effects };
    }
    case "deadline-passed":
      if (at < state.giveUpAt) return { state, effects: NONE };
      return { state: TERMINATED, effects: [{ kind: "report-unanswered" }] };
    case "transport-failed":
      return { state, effects: [{ kind: "report-transport-error" }] };
    default:
      return unreachable(input);
  }
}

function whileCompleted(
  state: Extract<NonInviteServer, { phase: "completed" }>,
  at: Instant,
  input: NonInviteServerInput,
): NonInviteServerStep {
  switch (input.kind) {
    case "request-repeated":
      return { state, effects: [{ kind: "repeat-response" }] };
    case "response-given":
      return { state, effects: [{ kind: "drop-response" }] };
    case "deadline-passed":
      return at < state.endAt ? { state, effects: NONE } : { state: TERMINATED, effects: NONE };
    case "transport-failed":
      // NS3
      return { state, effects: [{ kind: "report-transport-error" }] };
    default:
      return unreachable(input);
  }
}
