/**
 * A confirmed dialog of a call (RFC 3261 12.2, 15). Owns: what each input means for it, BYE in both
 * directions, ACKs. Does not own: how the dialog came to be (a-leg.ts, branch.ts), the requests that
 * pass to the other leg (relay.ts).
 *
 * S1  A request with a lower CSeq than the last one is refused with 500 (12.2.2).
 * S2  As UAS we send no BYE before the ACK of our first 2xx (15); a missing ACK ends the wait.
 * S3  `ended` is reported once: after the peer's BYE, or after the final response to ours.
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { Dialog } from "../dialog/dialog.ts";
import { nextHop, receiveInDialog, requestInDialog } from "../dialog/dialog.ts";
import { cseq, header } from "../message/fields.ts";
import type { SipRequest } from "../message/message.ts";
import { sdpOf } from "./content.ts";
import type { Session, SessionStep, Up } from "./relay.ts";
import {
  ALLOW,
  abandon,
  acknowledge,
  answered,
  ask,
  bare,
  GONE,
  glareOf,
  isOpen,
  NONE,
  passAnswer,
  passRequest,
  passResponse,
  passSilence,
  reportRequest,
  respondHeld,
  respondTo,
  settled,
  without,
} from "./relay.ts";
import type { SideEffect, SideInput, SideOrder } from "./side.ts";
import { BYE, INITIAL } from "./side.ts";

/** A dialog whose INVITE the peer sent and we just answered with 2xx; its ACK is awaited. */
export const answeredByUs = (dialog: Dialog, contact: string, invite: SipRequest): Session => ({
  phase: "up",
  dialog,
  contact,
  lastRelay: INITIAL,
  asked: [{ relayId: INITIAL, request: invite, phase: "unacknowledged" }],
  passed: [],
  byeReason: null,
});

/** A dialog whose INVITE we sent and the peer just answered with 2xx. */
export function answeredByPeer(dialog: Dialog, contact: string, invite: SipRequest): SessionStep {
  const up: Up = {
    phase: "up",
    dialog,
    contact,
    lastRelay: INITIAL,
    asked: [],
    passed: [],
    byeReason: null,
  };
  return answered(up, { relayId: INITIAL, request: invite, phase: "open" });
}

/** One input. */
export function stepSession(state: Session, input: SideInput): SessionStep {
  switch (state.phase) {
    case "up":
      return stepUp(state, input);
    case "bye-sent":
      return stepByeSent(state, input);
    case "gone":
      return input.kind === "request-received"
        ? { state, effects: [respondTo(input.request, 481)] }
        : { state, effects: NONE };
    default:
      return unreachable(state);
  }
}

function stepUp(state: Up, input: SideInput): SessionStep {
  switch (input.kind) {
    case "ordered":
      return onOrder(state, input.order);
    case "request-received":
      return onRequest(state, input.request);
    case "ack-received":
      return onAck(state, input.request);
    case "cancel-received":
      return onCancel(state, input.relayId);
    case "ack-missing":
      // 13.3.1.4: the peer is gone or deaf; it gets a BYE and nobody waits for its answer.
      return state.asked.some((relay) => relay.relayId === input.relayId)
        ? abandon(state, "no ACK")
        : { state, effects: NONE };
    case "response-received":
      return passAnswer(state, input.relayId, input.response);
    case "response-missing":
      return passSilence(state, input.relayId, input.status);
    default:
      return unreachable(input);
  }
}

function onOrder(state: Up, order: SideOrder): SessionStep {
  switch (order.kind) {
    case "hang-up":
      return state.asked.some((relay) => relay.relayId === INITIAL)
        ? { state: { ...state, byeReason: order.reason }, effects: NONE }
        : sendBye(state, order.reason);
    case "request":
      return passRequest(state, order.request);
    case "response":
      return passResponse(state, order.response);
    case "dial":
    case "cancel":
    case "ring":
    case "answer":
    case "refuse":
      // Orders for an unanswered INVITE that crossed its answer.
      return { state, effects: NONE };
    default:
      return unreachable(order);
  }
}

/** 15.1.1, 15.1.2: what the peer still waits for gets 487, an INVITE of ours without ACK gets one. */
function sendBye(state: Up, reason: string): SessionStep {
  const { dialog, request } = requestInDialog(state.dialog, {
    method: "BYE",
    headers: [["Reason", reason]],
  });
  return {
    state: { phase: "bye-sent", dialog, passed: state.passed.filter(isOpen) },
    effects: [...settled(state), { kind: "send", relayId: BYE, request, nextHop: nextHop(dialog) }],
  };
}

function onRequest(state: Up, request: SipRequest): SessionStep {
  const received = receiveInDialog(state.dialog, request);
  if (received.kind === "out-of-order") return { state, effects: [respondTo(request, 500)] };
  const next = { ...state, dialog: received.dialog };
  switch (request.method) {
    case "BYE": {
      const reason = header(request, "reason") ?? "";
      const ended: SideEffect = { kind: "report", fact: { kind: "ended", byFarEnd: true, reason } };
      return { state: GONE, effects: [respondTo(request, 200), ...settled(next), ended] };
    }
    case "OPTIONS":
      return { state: next, effects: [respondTo(request, 200, [["Allow", ALLOW]])] };
    case "INVITE":
    case "UPDATE":
      return glareOf(next, request) ?? ask(next, request);
    case "INFO":
    case "MESSAGE":
      return ask(next, request);
    default:
      return { state: next, effects: [respondTo(request, 405, [["Allow", ALLOW]])] };
  }
}

function onAck(state: Up, ack: SipRequest): SessionStep {
  const relay = state.asked.find(
    (asked) => asked.phase === "unacknowledged" && cseq(asked.request).number === cseq(ack).number,
  );
  if (relay === undefined) return { state, effects: NONE };
  const next = { ...state, asked: without(state.asked, relay) };
  const effects: readonly SideEffect[] =
    sdpOf(relay.request) === "" ? [reportRequest(relay.relayId, "ACK", ack)] : NONE;
  if (state.byeReason === null || relay.relayId !== INITIAL) return { state: next, effects };
  const bye = sendBye({ ...next, byeReason: null }, state.byeReason);
  return { state: bye.state, effects: [...effects, ...bye.effects] };
}

function onCancel(state: Up, relayId: number): SessionStep {
  const relay = state.asked.find((asked) => asked.relayId === relayId);
  if (relay === undefined || !isOpen(relay)) return { state, effects: NONE };
  return {
    state: { ...state, asked: without(state.asked, relay) },
    effects: [
      respondHeld(relay, 487),
      { kind: "report", fact: { kind: "request", request: bare(relayId, "CANCEL") } },
    ],
  };
}

function stepByeSent(
  state: Extract<Session, { phase: "bye-sent" }>,
  input: SideInput,
): SessionStep {
  switch (input.kind) {
    case "request-received":
      // Our BYE crossed the peer's, or something else that no longer has a dialog (15.1.2).
      return {
        state,
        effects: [respondTo(input.request, input.request.method === "BYE" ? 200 : 481)],
      };
    case "response-received": {
      const { relayId, response } = input;
      if (response.status < 200) return { state, effects: NONE };
      if (relayId === BYE) return byeAnswered(response.reason);
      const relay = state.passed.find((passed) => passed.relayId === relayId);
      const isCrossing = response.status < 300 && relay?.request.method === "INVITE";
      if (relay === undefined || !isCrossing) return { state, effects: NONE };
      return { state, effects: [acknowledge(state.dialog, relay)] };
    }
    case "response-missing":
      return input.relayId === BYE ? byeAnswered("no answer to BYE") : { state, effects: NONE };
    case "ordered":
    case "ack-received":
    case "cancel-received":
    case "ack-missing":
      // The dialog is ending whatever they say.
      return { state, effects: NONE };
    default:
      return unreachable(input);
  }
}

const byeAnswered = (reason: string): SessionStep => ({
  state: GONE,
  effects: [{ kind: "report", fact: { kind: "ended", byFarEnd: false, reason } }],
});
