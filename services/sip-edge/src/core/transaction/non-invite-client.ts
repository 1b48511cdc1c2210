/**
 * Non-INVITE client transaction, RFC 3261 17.1.2. Owns: when the request is repeated and when it is
 * given up. Does not own: bytes; the shell sends the cached request when told.
 *
 * NC1  Timer E doubles up to T2 and goes on in `proceeding` every T2.
 * NC2  Timer F bounds `trying` and `proceeding` alike.
 * NC3  One final response is reported; its repetitions are absorbed for timer K.
 */

import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import { doubledToT2, patienceMs, type Timing, timerKMs } from "./timers.ts";

/** Figure 6 of RFC 3261. */
export type NonInviteClient =
  | Waiting
  | { readonly phase: "completed"; readonly endAt: Instant }
  | { readonly phase: "terminated" };

interface Waiting {
  readonly phase: "trying" | "proceeding";
  readonly timing: Timing;
  /** Timer E; null over a reliable transport. */
  readonly repeatAt: Instant | null;
  readonly intervalMs: number;
  /** Timer F. */
  readonly giveUpAt: Instant;
}

/** What happened to the transaction. */
export type NonInviteClientInput =
  | { readonly kind: "response-received"; readonly status: number }
  | { readonly kind: "deadline-passed" }
  | { readonly kind: "transport-failed" };

/** What the shell must do; `report-response` is about the response at hand. */
export type NonInviteClientEffect =
  | { readonly kind: "send-request" }
  | { readonly kind: "report-response" }
  | { readonly kind: "report-timeout"; readonly cause: "no-response" }
  | { readonly kind: "report-transport-error" };

/** State and effects after one input. */
export interface NonInviteClientStep {
  readonly state: NonInviteClient;
  readonly effects: readonly NonInviteClientEffect[];
}

const NONE: readonly NonInviteClientEffect[] = [];
const TERMINATED: NonInviteClient = { phase: "terminated" };

/** A new transaction: the request is sent at once. */
export function startNonInviteClient(at: Instant, timing: Timing): NonInviteClientStep {
  return {
    state: {
      phase: "trying",
      timing,
      repeatAt: timing.isReliable ? null : at + timing.t1Ms,
      intervalMs: timing.t1Ms,
      giveUpAt: at + patienceMs(timing),
    },
    effects: [{ kind: "send-request" }],
  };
}

/** When the transaction wants `deadline-passed`; null when it never does. */
export function nonInviteClientDeadline(state: NonInviteClient): Instant | null {
  switch (state.phase) {
    case "trying":
    case "proceeding":
      return state.repeatAt === null ? state.giveUpAt : Math.min(state.repeatAt, state.giveUpAt);
    case "completed":
      return state.endAt;
    case "terminated":
      return null;
    default:
      return unreachable(state);
  }
}

/** One input, RFC 3261 17.1.2.2. */
export function stepNonInviteClient(
  state: NonInviteClient,
  at: Instant,
  input: NonInviteClientInput,
): NonInviteClientStep {
  switch (state.phase) {
    case "trying":
    case "proceeding":
      return whileWaiting(state, at, input);
    case "completed":
      return whileCompleted(state, at, input);
    case "terminated":
      return { state, effects: NONE };
    default:
      return unreachable(state);
  }
}

function whileWaiting(
  state: Waiting,
  at: Instant,
  input: NonInviteClientInput,
): NonInviteClientStep {
  switch (input.kind) {
    case "response-received": {
      const effects: readonly NonInviteClientEffect[] = [{ kind: "report-response" }];
      if (input.status < 200) return { state: { ...state, phase: "proceeding" }, effects };
      const lingerMs = timerKMs(state.timing);
      if (lingerMs === 0) return { state: TERMINATED, effects };
      return { state: { phase: "completed", endAt: at + lingerMs }, effects };
    }
    case "deadline-passed":
      return waitingDeadline(state, at);
    case "transport-failed":
      return { state: TERMINATED, effects: [{ kind: "report-transport-error" }] };
    default:
      return unreachable(input);
  }
}

/** Timer F before timer E. In `proceeding` the next pause is T2 at once (NC1). */
function waitingDeadline(state: Waiting, at: Instant): NonInviteClientStep {
  if (at >= state.giveUpAt) {
    return { state: TERMINATED, effects: [{ kind: "report-timeout", cause: "no-response" }] };
  }
  if (state.repeatAt === null || at < state.repeatAt) return { state, effects: NONE };
  const intervalMs =
    state.phase === "proceeding" ? state.timing.t2Ms : doubledToT2(state.intervalMs, state.timing);
  return {
    state: { ...state, intervalMs, repeatAt: at + intervalMs },
    effects: [{ kind: "send-request" }],
  };
}

function whileCompleted(
  state: Extract<NonInviteClient, { phase: "completed" }>,
  at: Instant,
  input: NonInviteClientInput,
): NonInviteClientStep {
  switch (input.kind) {
    case "response-received":
    case "transport-failed":
      return { state, effects: NONE };
    case "deadline-passed":
      return at < state.endAt ? { state, effects: NONE } : { state: TERMINATED, effects: NONE };
    default:
      return unreachable(input);
  }
}
