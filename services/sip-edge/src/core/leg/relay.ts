/**
 * Requests that cross a dialog from one leg to the other, RFC 3261 12.2, 14. Owns: the state of a
 * confirmed dialog, glare, which relayed request waits for whose answer. Does not own: BYE and which
 * input means what (session.ts), who the other leg is (bridge.ts).
 *
 * R1  One offer at a time: while one is open in either direction, another is refused (14.2).
 * R2  A 2xx to our INVITE is acknowledged at once, unless the INVITE had no offer: then the ACK waits
 *     for the other leg's, which holds the answer (13.2.2.4).
 * R3  At most 8 requests wait in one direction; one more is refused with 503.
 */

import type { Dialog } from "../dialog/dialog.ts";
import { ackOf2xx, nextHop, requestInDialog, withTargetOf } from "../dialog/dialog.ts";
import { cseq } from "../message/fields.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { reasonPhrase } from "../message/reason-phrase.ts";
import { type HeaderPair, respond } from "../message/serialize.ts";
import { sdpOf, travelling } from "./content.ts";
import type { RelayRequest, RelayResponse, SideEffect, SideStep } from "./side.ts";

/** Methods that we take; MESSAGE, INFO and UPDATE only inside a dialog. */
export const ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, MESSAGE";
/** Relayed requests that may wait for an answer in one direction; more are refused with 503. */
const RELAYS_MAX = 8;

/** A relayed request that is open, or a 2xx to INVITE that waits for its ACK. */
export interface Relay {
  readonly relayId: number;
  readonly request: SipRequest;
  readonly phase: "open" | "unacknowledged";
}

/** A dialog that is up. */
export interface Up {
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
  /** Reason of the BYE that waits for the first ACK (S2 of session.ts); null when none waits. */
  readonly byeReason: string | null;
}

/** State of a confirmed dialog. */
export type Session =
  | Up
  | { readonly phase: "bye-sent"; readonly dialog: Dialog; readonly passed: readonly Relay[] }
  | { readonly phase: "gone" };

/** State and effects after one input. */
export type SessionStep = SideStep<Session>;

/** Nothing to do. */
export const NONE: readonly SideEffect[] = [];
/** A dialog that is over. */
export const GONE: Session = { phase: "gone" };

/** The dialog is dead at the far end: BYE for good measure, `ended` at once. */
export function abandon(state: Up, reason: string): SessionStep {
  const ended: SideEffect = { kind: "report", fact: { kind: "ended", byFarEnd: false, reason } };
  return { state: GONE, effects: [...settled(state), byeAndForget(state.dialog), ended] };
}

/** True while no final response was given. */
export const isOpen = (relay: Relay): boolean => relay.phase === "open";

/** What the end of the dialog answers: 487 to what the peer asked, ACK for what waits for one. */
export function settled(state: Up): readonly SideEffect[] {
  const unanswered = state.asked.filter(isOpen).map((relay): SideEffect => respondHeld(relay, 487));
  const unacknowledged = state.passed
    .filter((relay) => !isOpen(relay))
    .map((relay): SideEffect => acknowledge(state.dialog, relay));
  return [...unanswered, ...unacknowledged];
}

/** R1: 491 when ours is under way, 500 with a pause when the peer's own is (14.2; RFC 3311 5.2). */
export function glareOf(state: Up, request: SipRequest): SessionStep | null {
  if (state.passed.some(isOffer)) return { state, effects: [respondTo(request, 491)] };
  if (!state.asked.some(isOffer)) return null;
  const pauseS = String(cseq(request).number % 10);
  return { state, effects: [respondTo(request, 500, [["Retry-After", pauseS]])] };
}

const isOffer = (relay: Relay): boolean =>
  relay.request.method === "INVITE" || relay.request.method === "UPDATE";

/** A request of the peer that goes to the other leg. */
export function ask(state: Up, request: SipRequest): SessionStep {
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

/** A request of the other leg: sent on, or answered here when it cannot be. */
export function passRequest(state: Up, relay: RelayRequest): SessionStep {
  const known = state.passed.find((passed) => passed.relayId === relay.relayId);
  if (relay.method === "ACK") {
    if (known === undefined || isOpen(known)) return { state, effects: NONE };
    const ack = acknowledge(state.dialog, known, relay);
    return { state: { ...state, passed: without(state.passed, known) }, effects: [ack] };
  }
  if (relay.method === "CANCEL") {
    const { relayId } = relay;
    return {
      state,
      effects: known === undefined ? NONE : [{ kind: "cancel", relayId, reason: "" }],
    };
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
export function passResponse(state: Up, response: RelayResponse): SessionStep {
  const relay = state.asked.find((asked) => asked.relayId === response.relayId);
  if (relay === undefined || !isOpen(relay) || response.status < 200)
    return { state, effects: NONE };
  const isAccepted = response.status < 300;
  const contact: readonly HeaderPair[] =
    isAccepted && isOffer(relay)
      ? [
          ["Contact", state.contact],
          ["Allow", ALLOW],
        ]
      : [];
  const others = without(state.asked, relay);
  const isUnacknowledged = isAccepted && relay.request.method === "INVITE";
  const asked = isUnacknowledged
    ? [...others, { ...relay, phase: "unacknowledged" as const }]
    : others;
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

/** The peer's answer to a request of the other leg. */
export function passAnswer(state: Up, relayId: number, response: SipResponse): SessionStep {
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

/** The peer gave no answer to a request of the other leg. */
export function passSilence(state: Up, relayId: number, status: 408 | 503): SessionStep {
  const relay = state.passed.find((passed) => passed.relayId === relayId && isOpen(passed));
  if (relay === undefined) return { state, effects: NONE };
  const rest = { ...state, passed: without(state.passed, relay) };
  return orDead(rest, status, reportStatus(relayId, status));
}

/** 12.2.1.2: 481 and 408 mean that the peer has no such dialog any more. */
function orDead(state: Up, status: number, report: SideEffect): SessionStep {
  if (status !== 481 && status !== 408) return { state, effects: [report] };
  const dead = abandon(state, `${status} in the dialog`);
  return { state: dead.state, effects: [report, ...dead.effects] };
}

/** A 2xx to our INVITE: acknowledged now, or when the other leg's ACK comes (R2). */
export function answered(state: Up, relay: Relay): SessionStep {
  if (sdpOf(relay.request) !== "") return { state, effects: [acknowledge(state.dialog, relay)] };
  const passed = [...state.passed, { ...relay, phase: "unacknowledged" as const }];
  return { state: { ...state, passed }, effects: NONE };
}

/** The relays but that one. */
export const without = (relays: readonly Relay[], gone: Relay): readonly Relay[] =>
  relays.filter((relay) => relay !== gone);

/** A relayed request without headers and body. */
export const bare = (relayId: number, method: string): RelayRequest => ({
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

/** A request of the peer, or its ACK, for the other leg. */
export const reportRequest = (
  relayId: number,
  method: string,
  message: SipRequest,
): SideEffect => ({
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

/** The answer to the request at hand. */
export const respondTo = (
  request: SipRequest,
  status: number,
  headers: readonly HeaderPair[] = [],
): SideEffect => ({ kind: "respond", response: respond(request, status, { headers }) });

/** The answer to a request that was kept. */
export const respondHeld = (relay: Relay, status: number): SideEffect => ({
  kind: "respond-held",
  relayId: relay.relayId,
  response: respond(relay.request, status),
});
