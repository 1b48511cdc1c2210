/**
 * One INVITE of a B-leg to one contact (RFC 3261 13.2, 9.1). Owns: the dialog that its 2xx makes, the
 * ACK, the answers of a fork beyond us. Does not own: which branch of the leg wins (b-leg.ts).
 *
 * BR1  Every 2xx is acknowledged. The first makes the session; one with another To tag comes from a
 *      fork beyond us and is acknowledged and released on the spot (13.2.2.4).
 * BR2  A 2xx that crosses our CANCEL is reported like any other: the call decides (DOMAIN 4.4, race).
 * BR3  The progress of the INVITE ends with exactly one final response, ours if none comes.
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import { dialogFromSentInvite, dialogId } from "../dialog/dialog.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { reasonPhrase } from "../message/reason-phrase.ts";
import { type HeaderPair, request } from "../message/serialize.ts";
import { sdpOf, withSdp } from "./content.ts";
import type { Session } from "./relay.ts";
import { ALLOW, acknowledge, byeAndForget } from "./relay.ts";
import { answeredByPeer, stepSession } from "./session.ts";
import type { SideEffect, SideInput, SideOrder, SideStep } from "./side.ts";
import { INITIAL } from "./side.ts";

/** What makes a branch one of its own, minted by the shell. */
export interface BranchSeed {
  readonly sipCallId: string;
  readonly fromTag: string;
  /** Our Contact value. */
  readonly contact: string;
}

/** State of a branch; the INVITE stays at hand for late answers of a fork (BR1). */
export type Branch =
  | { readonly phase: "undialled"; readonly seed: BranchSeed }
  | { readonly phase: "inviting"; readonly seed: BranchSeed; readonly invite: SipRequest }
  | {
      readonly phase: "answered";
      readonly seed: BranchSeed;
      readonly invite: SipRequest;
      readonly session: Session;
    }
  | { readonly phase: "failed" };

type Dialled = Extract<Branch, { phase: "inviting" }>;
type Step = SideStep<Branch>;

const NONE: readonly SideEffect[] = [];

/** A branch that waits for its `dial` order. */
export const startBranch = (seed: BranchSeed): Branch => ({ phase: "undialled", seed });

/** Key under which requests of the peer find this branch. */
export const branchKeys = (state: Branch): readonly string[] =>
  state.phase === "answered" && state.session.phase !== "gone"
    ? [dialogId(state.session.dialog)]
    : [];

/** The dialog of an answered branch; null before and after. */
export const branchSession = (state: Branch): Session | null =>
  state.phase === "answered" ? state.session : null;

/** One input. */
export function stepBranch(state: Branch, input: SideInput): Step {
  switch (state.phase) {
    case "undialled":
      return input.kind === "ordered" && input.order.kind === "dial"
        ? dial(state.seed, input.order)
        : { state, effects: NONE };
    case "inviting":
      return stepInviting(state, input);
    case "answered": {
      if (input.kind === "response-received" && input.relayId === INITIAL) {
        return { state, effects: releaseFork(state.invite, input.response) };
      }
      const step = stepSession(state.session, input);
      return { state: { ...state, session: step.state }, effects: step.effects };
    }
    case "failed":
      return { state, effects: NONE };
    default:
      return unreachable(state);
  }
}

function dial(seed: BranchSeed, order: Extract<SideOrder, { kind: "dial" }>): Step {
  const headers = order.headers.map(
    ([name, value]): HeaderPair =>
      name.toLowerCase() === "from" ? [name, `${value};tag=${seed.fromTag}`] : [name, value],
  );
  const content = withSdp(order.body);
  const invite = request({
    method: "INVITE",
    uri: order.requestUri,
    headers: [
      ...headers,
      ["Call-ID", seed.sipCallId],
      ["CSeq", "1 INVITE"],
      ["Contact", seed.contact],
      ["Allow", ALLOW],
      ...content.headers,
    ],
    body: content.body,
  });
  return {
    state: { phase: "inviting", seed, invite },
    effects: [{ kind: "send", relayId: INITIAL, request: invite, nextHop: null }],
  };
}

function stepInviting(state: Dialled, input: SideInput): Step {
  switch (input.kind) {
    case "ordered":
      return onOrder(state, input.order);
    case "response-received":
      return input.relayId === INITIAL
        ? onResponse(state, input.response)
        : { state, effects: NONE };
    case "response-missing":
      return input.relayId === INITIAL ? failed(input.status) : { state, effects: NONE };
    case "request-received":
    case "ack-received":
    case "cancel-received":
    case "ack-missing":
      // There is no dialog yet that a request could belong to.
      return { state, effects: NONE };
    default:
      return unreachable(input);
  }
}

function onOrder(state: Dialled, order: SideOrder): Step {
  switch (order.kind) {
    case "cancel":
    case "hang-up": {
      const { reason } = order;
      return { state, effects: [{ kind: "cancel", relayId: INITIAL, reason }] };
    }
    case "dial":
    case "ring":
    case "answer":
    case "refuse":
    case "request":
    case "response":
      // A repetition, or an order for a side that is answered.
      return { state, effects: NONE };
    default:
      return unreachable(order);
  }
}

function onResponse(state: Dialled, response: SipResponse): Step {
  if (response.status < 200) return { state, effects: [progressed(response)] };
  if (response.status >= 300)
    return { state: { phase: "failed" }, effects: [progressed(response)] };
  const dialog = dialogFromSentInvite(state.invite, response);
  // Without To tag or readable Contact it cannot even be acknowledged (12.1.2).
  if (dialog === null) return failed(503);
  const session = answeredByPeer(dialog, state.seed.contact, state.invite);
  return {
    state: { ...state, phase: "answered", session: session.state },
    effects: [...session.effects, progressed(response)],
  };
}

/** BR1: a further answer of a forked INVITE. */
function releaseFork(invite: SipRequest, response: SipResponse): readonly SideEffect[] {
  const dialog =
    response.status >= 200 && response.status < 300 ? dialogFromSentInvite(invite, response) : null;
  if (dialog === null) return NONE;
  return [acknowledge(dialog, { relayId: INITIAL, request: invite }), byeAndForget(dialog)];
}

function failed(status: 408 | 503): Step {
  const response = { relayId: 0, status, reason: reasonPhrase(status), headers: [], body: "" };
  return {
    state: { phase: "failed" },
    effects: [{ kind: "report", fact: { kind: "progressed", response } }],
  };
}

/** Of the response the call needs the status, the Q.850 cause and the session description. */
function progressed(response: SipResponse): SideEffect {
  const { status, reason } = response;
  const headers = response.headers
    .filter((line) => line.name === "reason")
    .map((line): HeaderPair => [line.shown, line.value]);
  return {
    kind: "report",
    fact: {
      kind: "progressed",
      response: { relayId: 0, status, reason, headers, body: sdpOf(response) },
    },
  };
}
