/**
 * A confirmed dialog of a call (RFC 3261 12.2, 14, 15) and the requests that cross it to the other
 * leg. Owns: BYE in both directions, glare, which relayed request waits for whose answer, ACKs.
 * Does not own: how the dialog came to be (a-leg.ts, branch.ts), who the other leg is (bridge.ts).
 *
 * S1  One offer at a time: while one is open in either direction, another is refused (14.2).
 * S2  A 2xx to our INVITE is acknowledged at once, unless the INVITE had no offer: then the ACK waits
 *     for the other leg's, which holds the answer (13.2.2.4).
 * S3  As UAS we send no BYE before the ACK of our first 2xx (15); a missing ACK ends the wait.
 * S4  `ended` is reported once: after the peer's BYE, or after the final response to ours.
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import { ackOf2xx, nextHop, receiveInDialog, requestInDialog, withTargetOf } from "../dialog/dialog.ts";
import type { Dialog } from "../dialog/dialog.ts";
import { cseq, header } from "../message/fields.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { reasonPhrase } from "../message/reason-phrase.ts";
import { type HeaderPair, respond } from "../message/serialize.ts";
import { sdpOf, travelling } from "./content.ts";
import { BYE, INITIAL } from "./side.ts";
import type { RelayRequest, RelayResponse, SideEffect, SideInput, SideOrder } from "./side.ts";
import type { SideStep } from "./side.ts";

/** Methods that we take, in and out of a dialog. */
export const ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, MESSAGE";
/** Relayed requests that may wait for an answer in one direction; more are refused with 503. */
const RELAYS_MAX = 8;

/** A relayed request that is open, or a 2xx to INVITE that waits for its ACK. */
export interface Relay {
  readonly relayId: number;
  readonly request: SipRequest;
  readonly phase: "open" | "unacknowledged";
}

interface Up {
  readonly phase: "up";
  readonly dialog: Dialog;
  /** Our Contact value. */
  readonly contact: string;
  /** Relay number of the last request that the peer asked. */
  readonly lastRelay: number;
  /** Requests of the peer. */
  readonly asked: readonly Relay[];
  /** Requests of the other leg. */
  readonly passed: readonly Relay[];
  /** Reason of the BYE that waits for the first ACK (S3); null when none waits. */
  readonly byeReason: string | null;
}

/** State of a confirmed dialog. */
export type Session =
  | Up
  | { readonly phase: "bye-sent"; readonly dialog: Dialog; readonly passed: readonly Relay[] }
  | { readonly phase: "gone" };

type Step = SideStep<Session>;

const NONE: readonly SideEffect[] = [];
const GONE: Session = { phase: "gone" };

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

/** A dialog whose INVITE we sent and the peer just answered with 2xx (S2). */
export function answeredByPeer(dialog: Dialog, contact: string, invite: SipRequest): Step {
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
export function stepSession(state: Session, input: SideInput): Step {
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

function stepUp(state: Up, input: SideInput): Step {
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
      return onResponse(state, input.relayId, input.response);
    case "response-missing":
      return onMissing(state, input.relayId, input.status);
    default:
      return unreachable(input);
  }
}

function onOrder(state: Up, order: SideOrder): Step {
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
function sendBye(state: Up, reason: string): Step {
  const { dialog, request } = requestInDialog(state.dialog, {
    method: "BYE",
    headers: [["Reason", reason]],
  });
  return {
    state: { phase: "bye-sent", dialog, passed: state.passed.filter(isOpen) },
    effects: [...settled(state), { kind: "send", relayId: BYE, request, nextHop: nextHop(dialog) }],
  };
}

/** The dialog is dead at the far end: BYE for good measure, `ended` at once. */
function abandon(state: Up, reason: string): Step {
  const ended: SideEffect = { kind: "report", fact: { kind: "ended", byFarEnd: false, reason } };
  return { state: GONE, effects: [...settled(state), byeAndForget(state.dialog), ended] };
}

const isOpen = (relay: Relay): boolean => relay.phase === "open";

function settled(state: Up): readonly SideEffect[] {
  const unanswered = state.asked.filter(isOpen).map((relay): SideEffect => respondHeld(relay, 487));
  const unacknowledged = state.passed
    .filter((relay) => !isOpen(relay))
    .map((relay): SideEffect => acknowledge(state.dialog, relay));
  return [...unanswered, ...unacknowledged];
}

function onRequest(state: Up, request: SipRequest): Step {
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

/** S1: 491 when ours is under way, 500 with a pause when the peer's own is (14.2; RFC 3311 5.2). */
function glareOf(state: Up, request: SipRequest): Step | null {
  if (state.passed.some(isOffer)) return { state, effects: [respondTo(request, 491)] };
  if (!state.asked.some(isOffer)) return null;
  const pauseS = String(cseq(request).number % 10);
  return { state, effects: [respondTo(request, 500, [["Retry-After", pauseS]])] };
}

const isOffer = (relay: Relay): boolean =>
  relay.request.method === "INVITE" || relay.request.method === "UPDATE";

function ask(state: Up, request: SipRequest): Step {
  if (state.asked.length >= RELAYS_MAX) {
    return { state, effects: [respondTo(request, 503, [["Retry-After", "1"]])] };
  }
  const relayId = state.lastRelay + 1;
  const relay: Relay = { relayId, request, phase: "open" };
  const isRefresh = isOffer(relay);
  const dialog = isRefresh ? withTargetOf(state.dialog, request) : state.dialog;
  return {
    state: { ...state, dialog, lastRelay: relayId, asked: [...state.asked, relay] },
    effects: [{ kind: "hold", relayId }, reportRequest(relayId, request.method, request)],
  };
}

function onAck(state: Up, ack: SipRequest): Step {
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

function onCancel(state: Up, relayId: number): Step {
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

/** A request of the other leg: sent on, or answered here when it cannot be. */
function passRequest(state: Up, relay: RelayRequest): Step {
  const known = state.passed.find((passed) => passed.relayId === relay.relayId);
  if (relay.method === "ACK") {
    if (known === undefined || isOpen(known)) return { state, effects: NONE };
    const ack = acknowledge(state.dialog, known, relay);
    return { state: { ...state, passed: without(state.passed, known) }, effects: [ack] };
  }
  if (relay.method === "CANCEL") {
    const { relayId } = relay;
    return { state, effects: known === undefined ? NONE : [{ kind: "cancel", relayId, reason: "" }] };
  }
  const isTarget = relay.method === "INVITE" || relay.method === "UPDATE";
  const isGlare = isTarget && [...state.asked, ...state.passed].some(isOffer);
  const status = isGlare ? 491 : state.passed.length >= RELAYS_MAX ? 503 : null;
  if (status !== null) return { state, effects: [reportStatus(relay.relayId, status)] };
  const contact: readonly HeaderPair[] = isTarget ? [["Contact", state.contact]] : [];
  const { dialog, request } = requestInDialog(state.dialog, {
    method: relay.method,
    headers: [...contact, ["Allow", ALLOW], ...relay.headers],
    body: relay.body,
  });
  const passed: Relay = { relayId: relay.relayId, request, phase: "open" };
  return {
    state: { ...state, dialog, passed: [...state.passed, passed] },
    effects: [{ kind: "send", relayId: relay.relayId, request, nextHop: nextHop(dialog) }],
  };
}

/** The other leg's answer to a request of our peer. Provisionals are not passed on. */
function passResponse(state: Up, response: RelayResponse): Step {
  const relay = state.asked.find((asked) => asked.relayId === response.relayId);
  if (relay === undefined || !isOpen(relay) || response.status < 200) return { state, effects: NONE };
  const isAccepted = response.status < 300;
  const contact: readonly HeaderPair[] =
    isAccepted && isOffer(relay) ? [["Contact", state.contact], ["Allow", ALLOW]] : [];
  const others = without(state.asked, relay);
  const isUnacknowledged = isAccepted && relay.request.method === "INVITE";
  const asked = isUnacknowledged ? [...others, { ...relay, phase: "unacknowledged" as const }] : others;
  const answer = respond(relay.request, response.status, {
    reason: response.reason,
    headers: [...contact, ...response.headers],
    body: response.body,
  });
  return {
    state: { ...state, asked },
    effects: [{ kind: "respond-held", relayId: relay.relayId, response: answer }],
  };
}

function onResponse(state: Up, relayId: number, response: SipResponse): Step {
  const relay = state.passed.find((passed) => passed.relayId === relayId && isOpen(passed));
  if (relay === undefined || response.status < 200) return { state, effects: NONE };
  const { status, reason } = response;
  const content = travelling(relay.request.method, response);
  const report: SideEffect = {
    kind: "report",
    fact: { kind: "response", response: { relayId, status, reason, ...content } },
  };
  const rest = { ...state, passed: without(state.passed, relay) };
  if (status >= 300) return orDead(rest, status, report);
  const dialog = isOffer(relay) ? withTargetOf(state.dialog, response) : state.dialog;
  if (relay.request.method !== "INVITE") return { state: { ...rest, dialog }, effects: [report] };
  const step = answered({ ...rest, dialog }, relay);
  return { state: step.state, effects: [...step.effects, report] };
}

function onMissing(state: Up, relayId: number, status: 408 | 503): Step {
  const relay = state.passed.find((passed) => passed.relayId === relayId && isOpen(passed));
  if (relay === undefined) return { state, effects: NONE };
  const rest = { ...state, passed: without(state.passed, relay) };
  return orDead(rest, status, reportStatus(relayId, status));
}

/** 12.2.1.2: 481 and 408 mean that the peer has no such dialog any more. */
function orDead(state: Up, status: number, report: SideEffect): Step {
  if (status !== 481 && status !== 408) return { state, effects: [report] };
  const dead = abandon(state, `${status} in the dialog`);
  return { state: dead.state, effects: [report, ...dead.effects] };
}

/** A 2xx to our INVITE: acknowledged now, or when the other leg's ACK comes (S2). */
function answered(state: Up, relay: Relay): Step {
  if (sdpOf(relay.request) !== "") return { state, effects: [acknowledge(state.dialog, relay)] };
  const passed = [...state.passed, { ...relay, phase: "unacknowledged" as const }];
  return { state: { ...state, passed }, effects: NONE };
}

function stepByeSent(
  state: Extract<Session, { phase: "bye-sent" }>,
  input: SideInput,
): Step {
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

const byeAnswered = (reason: string): Step => ({
  state: GONE,
  effects: [{ kind: "report", fact: { kind: "ended", byFarEnd: false, reason } }],
});

const without = (relays: readonly Relay[], gone: Relay): readonly Relay[] =>
  relays.filter((relay) => relay !== gone);

const bare = (relayId: number, method: string): RelayRequest => ({
  relayId,
  method,
  headers: [],
  body: "",
});

/** The ACK of a 2xx to one of our INVITEs. */
export function acknowledge(
  dialog: Dialog,
  relay: Pick<Relay, "relayId" | "request">,
  parts: Pick<RelayRequest, "headers" | "body"> = { headers: [], body: "" },
): SideEffect {
  const { headers, body } = parts;
  return {
    kind: "acknowledge",
    relayId: relay.relayId,
    request: ackOf2xx(dialog, relay.request, { headers, body }),
    nextHop: nextHop(dialog),
  };
}

/** A BYE whose answer nobody waits for. */
export const byeAndForget = (dialog: Dialog): SideEffect => ({
  kind: "send-and-forget",
  request: requestInDialog(dialog, { method: "BYE" }).request,
  nextHop: nextHop(dialog),
});

const reportRequest = (relayId: number, method: string, message: SipRequest): SideEffect => ({
  kind: "report",
  fact: { kind: "request", request: { relayId, method, ...travelling(method, message) } },
});

const reportStatus = (relayId: number, status: number): SideEffect => ({
  kind: "report",
  fact: {
    kind: "response",
    response: { relayId, status, reason: reasonPhrase(status), headers: [], body: "" },
  },
});

const respondTo = (
  request: SipRequest,
  status: number,
  headers: readonly HeaderPair[] = [],
): SideEffect => ({ kind: "respond", response: respond(request, status, { headers }) });

const respondHeld = (relay: Relay, status: number): SideEffect => ({
  kind: "respond-held",
  relayId: relay.relayId,
  response: respond(relay.request, status),
});
