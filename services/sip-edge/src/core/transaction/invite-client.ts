/**
 * INVITE client transaction: RFC 3261 17.1.1 with the Accepted state of RFC 6026 and the CANCEL rule
 * of RFC 3261 9.1. Owns: what is sent again and when, when to give up. Does not own: bytes; the
 * shell keeps the sent request and its ACK and sends them when told.
 *
 * IC1  In `calling` the request is repeated (timer A) until any response or timer B.
 * IC2  CANCEL goes out only after a provisional response, and once.
 * IC3  After a 1xx the wait is bounded: timer C, then CANCEL, then 64*T1.
 * IC4  Each 2xx is reported, also repeated ones; each repeated 3xx-6xx is answered with the ACK.
 */

import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import { patienceMs, type Timing, timerDMs } from "./timers.ts";

/** Figure 5 of RFC 6026, plus `cancelling`: a CANCEL is out and the final response is awaited. */
export type InviteClient =
  | Calling
  | { readonly phase: "proceeding"; readonly timing: Timing; readonly ringUntil: Instant }
  | Cancelling
  | { readonly phase: "completed"; readonly timing: Timing; readonly endAt: Instant }
  | { readonly phase: "accepted"; readonly timing: Timing; readonly endAt: Instant }
  | { readonly phase: "terminated" };

/** No response yet. A CANCEL that is asked for here waits for the first provisional (IC2). */
interface Calling {
  readonly phase: "calling";
  readonly timing: Timing;
  readonly isCancelWanted: boolean;
  /** Timer A; null over a reliable transport. */
  readonly repeatAt: Instant | null;
  readonly intervalMs: number;
  /** Timer B. */
  readonly giveUpAt: Instant;
}

/**
 * The race of RFC 3261 9.1: the peer may have answered before it saw our CANCEL, so a 2xx here is an
 * answered call that the layer above must ACK and hang up with BYE. Silence ends after 64*T1.
 */
interface Cancelling {
  readonly phase: "cancelling";
  readonly timing: Timing;
  readonly cause: "cancelled" | "no-final-response";
  readonly giveUpAt: Instant;
}

/** What happened to the transaction. */
export type InviteClientInput =
  | { readonly kind: "response-received"; readonly status: number }
  | { readonly kind: "cancel-requested" }
  | { readonly kind: "deadline-passed" }
  | { readonly kind: "transport-failed" };

/** What the shell must do; `report-response` is about the response at hand. */
export type InviteClientEffect =
  | { readonly kind: "send-request" }
  | { readonly kind: "send-ack" }
  | { readonly kind: "send-cancel" }
  | { readonly kind: "report-response" }
  | {
      readonly kind: "report-timeout";
      readonly cause: "no-response" | "no-final-response" | "cancelled";
    }
  | { readonly kind: "report-transport-error" };

/** State and effects after one input. */
export interface InviteClientStep {
  readonly state: InviteClient;
  readonly effects: readonly InviteClientEffect[];
}

const NONE: readonly InviteClientEffect[] = [];
const TERMINATED: InviteClient = { phase: "terminated" };

/** A new transaction: the request is sent at once, RFC 3261 17.1.1.2. */
export function startInviteClient(at: Instant, timing: Timing): InviteClientStep {
  return {
    state: {
      phase: "calling",
      timing,
      isCancelWanted: false,
      repeatAt: timing.isReliable ? null : at + timing.t1Ms,
      intervalMs: timing.t1Ms,
      giveUpAt: at + patienceMs(timing),
    },
    effects: [{ kind: "send-request" }],
  };
}

/** When the transaction wants `deadline-passed`; null when it never does. */
export function inviteClientDeadline(state: InviteClient): Instant | null {
  switch (state.phase) {
    case "calling":
      return state.repeatAt === null ? state.giveUpAt : Math.min(state.repeatAt, state.giveUpAt);
    case "proceeding":
      return state.ringUntil;
    case "cancelling":
      return state.giveUpAt;
    case "completed":
    case "accepted":
      return state.endAt;
    case "terminated":
      return null;
    default:
      return unreachable(state);
  }
}

/** One input, RFC 3261 17.1.1.2 and RFC 6026 7.2. */
export function stepInviteClient(
  state: InviteClient,
  at: Instant,
  input: InviteClientInput,
): InviteClientStep {
  switch (state.phase) {
    case "calling":
      return inCalling(state, at, input);
    case "proceeding":
      return inProceeding(state, at, input);
    case "cancelling":
      return inCancelling(state, at, input);
    case "completed":
      return inCompleted(state, at, input);
    case "accepted":
      return inAccepted(state, at, input);
    case "terminated":
      return { state, effects: NONE };
    default:
      return unreachable(state);
  }
}

function inCalling(state: Calling, at: Instant, input: InviteClientInput): InviteClientStep {
  switch (input.kind) {
    case "response-received":
      if (input.status >= 200) return finalResponse(state.timing, at, input.status);
      if (state.isCancelWanted) return cancelling(state.timing, at, "cancelled", "report");
      return {
        state: {
          phase: "proceeding",
          timing: state.timing,
          ringUntil: at + state.timing.ringingMs,
        },
        effects: [{ kind: "report-response" }],
      };
    case "cancel-requested":
      return { state: { ...state, isCancelWanted: true }, effects: NONE };
    case "deadline-passed":
      return callingDeadline(state, at);
    case "transport-failed":
      return { state: TERMINATED, effects: [{ kind: "report-transport-error" }] };
    default:
      return unreachable(input);
  }
}

/** Timer B before timer A: a late alarm must not send a request that nobody waits for. */
function callingDeadline(state: Calling, at: Instant): InviteClientStep {
  if (at >= state.giveUpAt) {
    const cause = state.isCancelWanted ? "cancelled" : "no-response";
    return { state: TERMINATED, effects: [{ kind: "report-timeout", cause }] };
  }
  if (state.repeatAt === null || at < state.repeatAt) return { state, effects: NONE };
  const intervalMs = state.intervalMs * 2;
  return {
    state: { ...state, intervalMs, repeatAt: at + intervalMs },
    effects: [{ kind: "send-request" }],
  };
}

function inProceeding(
  state: Extract<InviteClient, { phase: "proceeding" }>,
  at: Instant,
  input: InviteClientInput,
): InviteClientStep {
  switch (input.kind) {
    case "response-received":
      if (input.status >= 200) return finalResponse(state.timing, at, input.status);
      return {
        // 16.6 item 11: timer C starts again with each provisional but 100.
        state: input.status > 100 ? { ...state, ringUntil: at + state.timing.ringingMs } : state,
        effects: [{ kind: "report-response" }],
      };
    case "cancel-requested":
      return cancelling(state.timing, at, "cancelled", "silent");
    case "deadline-passed":
      if (at < state.ringUntil) return { state, effects: NONE };
      return cancelling(state.timing, at, "no-final-response", "silent");
    case "transport-failed":
      // Nothing of ours is under way; the answer may come over a new connection (18.2.2).
      return { state, effects: NONE };
    default:
      return unreachable(input);
  }
}

function inCancelling(state: Cancelling, at: Instant, input: InviteClientInput): InviteClientStep {
  switch (input.kind) {
    case "response-received":
      if (input.status >= 200) return finalResponse(state.timing, at, input.status);
      return { state, effects: [{ kind: "report-response" }] };
    case "cancel-requested":
      // IC2. When timer C had sent the CANCEL, the layer above now wants the end as well.
      return { state: { ...state, cause: "cancelled" }, effects: NONE };
    case "deadline-passed":
      if (at < state.giveUpAt) return { state, effects: NONE };
      return { state: TERMINATED, effects: [{ kind: "report-timeout", cause: state.cause }] };
    case "transport-failed":
      // The CANCEL has a transaction of its own; this one waits for its bound.
      return { state, effects: NONE };
    default:
      return unreachable(input);
  }
}

function inCompleted(
  state: Extract<InviteClient, { phase: "completed" }>,
  at: Instant,
  input: InviteClientInput,
): InviteClientStep {
  switch (input.kind) {
    case "response-received":
      // A repeated refusal means that our ACK was lost. A 1xx or 2xx after it is a peer's mistake.
      return { state, effects: input.status >= 300 ? [{ kind: "send-ack" }] : NONE };
    case "cancel-requested":
      return { state, effects: NONE };
    case "deadline-passed":
      return at < state.endAt ? { state, effects: NONE } : { state: TERMINATED, effects: NONE };
    case "transport-failed":
      // The refusal is known already; only its ACK is lost, and the peer's timer H covers that.
      return { state: TERMINATED, effects: NONE };
    default:
      return unreachable(input);
  }
}

function inAccepted(
  state: Extract<InviteClient, { phase: "accepted" }>,
  at: Instant,
  input: InviteClientInput,
): InviteClientStep {
  switch (input.kind) {
    case "response-received": {
      const is2xx = input.status >= 200 && input.status < 300;
      return { state, effects: is2xx ? [{ kind: "report-response" }] : NONE };
    }
    case "cancel-requested":
      // Too late: RFC 3261 9.1, the layer above sends BYE instead.
      return { state, effects: NONE };
    case "deadline-passed":
      return at < state.endAt ? { state, effects: NONE } : { state: TERMINATED, effects: NONE };
    case "transport-failed":
      // The ACK of a 2xx is not this transaction's.
      return { state, effects: NONE };
    default:
      return unreachable(input);
  }
}

/** 2xx: Accepted for timer M (RFC 6026 7.2). 3xx-6xx: ACK, and Completed for timer D (17.1.1.2). */
function finalResponse(timing: Timing, at: Instant, status: number): InviteClientStep {
  if (status < 300) {
    return {
      state: { phase: "accepted", timing, endAt: at + patienceMs(timing) },
      effects: [{ kind: "report-response" }],
    };
  }
  const lingerMs = timerDMs(timing);
  return {
    state: lingerMs === 0 ? TERMINATED : { phase: "completed", timing, endAt: at + lingerMs },
    effects: [{ kind: "send-ack" }, { kind: "report-response" }],
  };
}

function cancelling(
  timing: Timing,
  at: Instant,
  cause: Cancelling["cause"],
  provisional: "report" | "silent",
): InviteClientStep {
  const effects: readonly InviteClientEffect[] =
    provisional === "report"
      ? [{ kind: "send-cancel" }, { kind: "report-response" }]
      : [{ kind: "send-cancel" }];
  return {
    state: { phase: "cancelling", timing, cause, giveUpAt: at + patienceMs(timing) },
    effects,
  };
}
