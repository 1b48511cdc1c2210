/**
 * The caller's side: a UAS that answers what the call decides (RFC 3261 13.3, 9.2). Owns: ringing,
 * the one final response, CANCEL and early BYE; after the answer the session. Does not own: who won.
 *
 * AL1  One final response: the first of answer, refusal and CANCEL decides, the others change nothing.
 *      A CANCEL that crosses our 200 finds an answered call; the caller then hangs up with BYE (9.1).
 * AL2  Early media has a To tag of its own, as if a proxy had forked: the 200 of another leg may then
 *      hold another session description (13.2.1). All else carries the plain tag.
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { LegId } from "../../../../lib/telephony/ids.ts";
import { dialogFromReceivedInvite, dialogId } from "../dialog/dialog.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { type HeaderPair, respond } from "../message/serialize.ts";
import { withSdp } from "./content.ts";
import type { Session } from "./relay.ts";
import { ALLOW } from "./relay.ts";
import { answeredByUs, stepSession } from "./session.ts";
import type { SideEffect, SideInput, SideOrder, SideStep } from "./side.ts";
import { INITIAL } from "./side.ts";

interface Inviting {
  readonly phase: "inviting";
  readonly invite: SipRequest;
  readonly localTag: string;
  /** Our Contact value. */
  readonly contact: string;
  /** The last provisional that was sent; 0 for none. */
  readonly ringing: number;
  /** The leg whose early media the caller was given. */
  readonly earlyLeg: LegId | null;
}

/** State of the caller's side. */
export type ALeg =
  | Inviting
  | { readonly phase: "answered"; readonly session: Session }
  | { readonly phase: "over" };

type Step = SideStep<ALeg>;

const OVER: ALeg = { phase: "over" };
const NONE: readonly SideEffect[] = [];

/** An INVITE that was accepted for work; its transaction is held under number 1. */
export const startALeg = (invite: SipRequest, localTag: string, contact: string): ALeg => ({
  phase: "inviting",
  invite,
  localTag,
  contact,
  ringing: 0,
  earlyLeg: null,
});

/** Keys under which requests of the caller find this side. */
export function aLegKeys(state: ALeg): readonly string[] {
  switch (state.phase) {
    case "inviting": {
      const tags = state.ringing === 0 ? [] : [state.localTag, tagOf(state, state.earlyLeg)];
      return [...new Set(tags)].flatMap((toTag) => {
        const dialog = dialogFromReceivedInvite(
          state.invite,
          respond(state.invite, 180, { toTag }),
        );
        return dialog === null ? [] : [dialogId(dialog)];
      });
    }
    case "answered":
      return state.session.phase === "gone" ? [] : [dialogId(state.session.dialog)];
    case "over":
      return [];
    default:
      return unreachable(state);
  }
}

/** The dialog of the caller once it was answered; null before and after. */
export const aLegSession = (state: ALeg): Session | null =>
  state.phase === "answered" ? state.session : null;

/** One input. */
export function stepALeg(state: ALeg, input: SideInput): Step {
  switch (state.phase) {
    case "inviting":
      return stepInviting(state, input);
    case "answered": {
      const step = stepSession(state.session, input);
      const isGone = step.state.phase === "gone";
      return {
        state: isGone ? OVER : { phase: "answered", session: step.state },
        effects: step.effects,
      };
    }
    case "over":
      return input.kind === "request-received"
        ? { state, effects: [{ kind: "respond", response: respond(input.request, 481) }] }
        : { state, effects: NONE };
    default:
      return unreachable(state);
  }
}

function stepInviting(state: Inviting, input: SideInput): Step {
  switch (input.kind) {
    case "ordered":
      return onOrder(state, input.order);
    case "cancel-received":
      return cancelled(state, NONE);
    case "request-received":
      return onEarlyRequest(state, input.request);
    case "ack-received":
    case "ack-missing":
    case "response-received":
    case "response-missing":
      // Nothing was answered and nothing was sent yet.
      return { state, effects: NONE };
    default:
      return unreachable(input);
  }
}

function onOrder(state: Inviting, order: SideOrder): Step {
  switch (order.kind) {
    case "ring":
      return ring(state, order);
    case "answer":
      return answer(state, order);
    case "refuse":
      return refuse(state, order.status, order.headers, order.reason);
    case "hang-up":
      return refuse(state, 480, [["Reason", order.reason]], "");
    case "dial":
    case "cancel":
    case "request":
    case "response":
      // Not for a caller, or from a leg that is not joined to it yet.
      return { state, effects: NONE };
    default:
      return unreachable(order);
  }
}

/** A repeated order changes nothing; early media for a second leg is left out. */
function ring(state: Inviting, order: Extract<SideOrder, { kind: "ring" }>): Step {
  const isNewMedia = order.sdp !== "" && order.leg !== null && state.earlyLeg === null;
  if (state.ringing === order.status && !isNewMedia) return { state, effects: NONE };
  const earlyLeg = isNewMedia ? order.leg : state.earlyLeg;
  const toTag = isNewMedia ? tagOf(state, order.leg) : state.localTag;
  const response = speak(state, order.status, toTag, isNewMedia ? order.sdp : "");
  return {
    state: { ...state, ringing: order.status, earlyLeg },
    effects: [answerInvite(response)],
  };
}

function answer(state: Inviting, order: Extract<SideOrder, { kind: "answer" }>): Step {
  const toTag = state.earlyLeg === order.leg ? tagOf(state, order.leg) : state.localTag;
  const response = speak(state, 200, toTag, order.sdp);
  const dialog = dialogFromReceivedInvite(state.invite, response);
  // No Contact: such an INVITE is refused at the door (core/inbound.ts).
  if (dialog === null) return refuse(state, 400, [], "Missing Contact");
  const session = answeredByUs(dialog, state.contact, state.invite);
  return { state: { phase: "answered", session }, effects: [answerInvite(response)] };
}

function refuse(
  state: Inviting,
  status: number,
  headers: readonly HeaderPair[],
  reason: string,
): Step {
  const toTag = state.localTag;
  const parts = reason === "" ? { toTag, headers } : { toTag, headers, reason };
  const response = respond(state.invite, status, parts);
  const ended: SideEffect = { kind: "report", fact: { kind: "ended", byFarEnd: false, reason } };
  return { state: OVER, effects: [answerInvite(response), ended] };
}

/** 9.2; a BYE in the early dialog means the same (15). */
function cancelled(state: Inviting, before: readonly SideEffect[]): Step {
  const response = respond(state.invite, 487, { toTag: state.localTag });
  const report: SideEffect = { kind: "report", fact: { kind: "cancelled" } };
  return { state: OVER, effects: [...before, answerInvite(response), report] };
}

function onEarlyRequest(state: Inviting, request: SipRequest): Step {
  switch (request.method) {
    case "BYE":
      return cancelled(state, [{ kind: "respond", response: respond(request, 200) }]);
    case "OPTIONS":
      return { state, effects: [respondWith(request, 200, [["Allow", ALLOW]])] };
    case "PRACK":
      // None of our provisionals is reliable (RFC 3262 3).
      return { state, effects: [respondWith(request, 481, [])] };
    default:
      // 14.2: the first offer is not answered yet.
      return { state, effects: [respondWith(request, 500, [["Retry-After", "1"]])] };
  }
}

const respondWith = (
  request: SipRequest,
  status: number,
  headers: readonly HeaderPair[],
): SideEffect => ({ kind: "respond", response: respond(request, status, { headers }) });

const tagOf = (state: Inviting, leg: LegId | null): string =>
  leg === null ? state.localTag : `${state.localTag}-${leg}`;

const answerInvite = (response: SipResponse): SideEffect => ({
  kind: "respond-held",
  relayId: INITIAL,
  response,
});

function speak(state: Inviting, status: number, toTag: string, sdp: string): SipResponse {
  const content = withSdp(sdp);
  const headers: readonly HeaderPair[] = [
    ["Contact", state.contact],
    ["Allow", ALLOW],
    ...content.headers,
  ];
  return respond(state.invite, status, { toTag, headers, body: content.body });
}
