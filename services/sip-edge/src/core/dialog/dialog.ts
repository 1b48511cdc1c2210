/**
 * A dialog as a value (RFC 3261 12). Owns: how one is made from INVITE and response, its sequence
 * numbers, its remote target, and the requests sent inside it. Does not own: sending, Via headers
 * (the endpoint adds them), what a request means for the call.
 *
 * D1  A dialog never changes; every function that would change it returns the next value.
 * D2  The route set is fixed when the dialog is confirmed (12.2); only the remote target moves.
 * D3  `dialogId` is unambiguous: its parts are joined by a line feed, which no header can hold.
 */
import { callId, contacts, cseq, from, header, to } from "../message/fields.ts";
import type { SipMessage, SipRequest, SipResponse } from "../message/message.ts";
import { request } from "../message/serialize.ts";
import { placed, routesOfUac, routesOfUas } from "./route-set.ts";

/** One dialog, seen from our side. */
export interface Dialog {
  /** `early` after a 1xx with a To tag, `confirmed` after a 2xx. */
  readonly phase: "early" | "confirmed";
  readonly callId: string;
  readonly localTag: string;
  /** Empty when the peer sent no tag (RFC 2543). */
  readonly remoteTag: string;
  /** Our From value in requests that we send, tag and all. */
  readonly localParty: string;
  /** Our To value in requests that we send, tag and all. */
  readonly remoteParty: string;
  /** CSeq of the last request that we sent; null when we have sent none. */
  readonly localSeq: number | null;
  /** CSeq of the last request that the peer sent; null when it has sent none. */
  readonly remoteSeq: number | null;
  /** URI of the peer's Contact: where in-dialog requests are addressed to. */
  readonly remoteTarget: string;
  /** Route values for our requests, first hop first. */
  readonly routes: readonly string[];
}

type Pair = readonly [name: string, value: string];

/** What a request inside a dialog is made of; headers that the dialog decides are not given. */
export interface InDialogRequest {
  readonly method: string;
  /** Contact, Content-Type, Reason, Supported ... in order. */
  readonly headers?: readonly Pair[];
  readonly body?: string;
}

/** A dialog after it numbered a request, and that request (still without Via). */
export interface Numbered {
  readonly dialog: Dialog;
  readonly request: SipRequest;
}

/** What {@link receiveInDialog} found. */
export type Received =
  | { readonly kind: "in-order"; readonly dialog: Dialog }
  /** Lower CSeq than the last one: answer 500 (RFC 3261 12.2.2). */
  | { readonly kind: "out-of-order" };

/**
 * UAC side: the dialog that a 101-299 response to our INVITE makes (12.1.2); null when the response
 * makes none (other status, no To tag, unreadable Contact). A response without Contact leaves the
 * Request-URI as target, as many 180s and some 200s in the field have none.
 */
export function dialogFromSentInvite(invite: SipRequest, response: SipResponse): Dialog | null {
  const phase = phaseFor(response.status);
  const remoteTag = to(response).tag;
  const target = contactOf(response);
  if (phase === null || remoteTag === undefined || target === null) return null;
  return {
    phase,
    callId: callId(invite),
    localTag: from(invite).tag ?? "",
    remoteTag,
    localParty: header(invite, "from") ?? "",
    remoteParty: header(response, "to") ?? "",
    localSeq: cseq(invite).number,
    remoteSeq: null,
    remoteTarget: target ?? invite.uri,
    routes: routesOfUac(response),
  };
}

/**
 * UAS side: the dialog that our 101-299 response to the INVITE makes (12.1.1); null when it makes
 * none, or when the INVITE has no readable Contact (answer it with 400, 8.1.1.8).
 */
export function dialogFromReceivedInvite(invite: SipRequest, response: SipResponse): Dialog | null {
  const phase = phaseFor(response.status);
  const localTag = to(response).tag;
  const target = contactOf(invite);
  if (phase === null || localTag === undefined) return null;
  if (target === undefined || target === null) return null;
  return {
    phase,
    callId: callId(invite),
    localTag,
    remoteTag: from(invite).tag ?? "",
    localParty: header(response, "to") ?? "",
    remoteParty: header(invite, "from") ?? "",
    localSeq: null,
    remoteSeq: cseq(invite).number,
    remoteTarget: target,
    routes: routesOfUas(invite),
  };
}

/**
 * The dialog after a re-INVITE or UPDATE of the peer, or after a 2xx to one of ours: its Contact is
 * the new target (12.2.1.2, 12.2.2). Without a readable Contact the target stays.
 */
export function withTargetOf(dialog: Dialog, message: SipMessage): Dialog {
  const target = contactOf(message);
  if (target === undefined || target === null) return dialog;
  return { ...dialog, remoteTarget: target };
}

/** Key of a dialog in a table (12): Call-ID, our tag, the peer's tag. */
export function dialogId(dialog: Dialog): string {
  return idOf(dialog.callId, dialog.localTag, dialog.remoteTag);
}

/** Key of the dialog that a received request belongs to; null without a To tag (12.2.2). */
export function dialogIdOfRequest(received: SipRequest): string | null {
  const localTag = to(received).tag;
  return localTag === undefined ? null : idOf(callId(received), localTag, from(received).tag ?? "");
}

/** Key of the dialog that a received response belongs to; null without a To tag. */
export function dialogIdOfResponse(received: SipResponse): string | null {
  const remoteTag = to(received).tag;
  return remoteTag === undefined
    ? null
    : idOf(callId(received), from(received).tag ?? "", remoteTag);
}

/** Builds the next request inside the dialog (12.2.1.1): CSeq one higher, Max-Forwards 70. Not ACK. */
export function requestInDialog(dialog: Dialog, parts: InDialogRequest): Numbered {
  const localSeq = (dialog.localSeq ?? 0) + 1;
  return {
    dialog: { ...dialog, localSeq },
    request: build(dialog, localSeq, parts),
  };
}

/**
 * Builds the ACK of a 2xx to our INVITE or re-INVITE (13.2.2.4): its CSeq number and its
 * credentials, the route set and target of the dialog as the 2xx left it.
 */
export function ackOf2xx(
  dialog: Dialog,
  invite: SipRequest,
  parts: Omit<InDialogRequest, "method"> = {},
): SipRequest {
  const credentials = invite.headers
    .filter((line) => line.name === "authorization" || line.name === "proxy-authorization")
    .map((line): Pair => [line.shown, line.value]);
  const headers = [...credentials, ...(parts.headers ?? [])];
  return build(dialog, cseq(invite).number, { ...parts, method: "ACK", headers });
}

/** Checks the CSeq of a request from the peer and stores it (12.2.2). ACK and CANCEL repeat one. */
export function receiveInDialog(dialog: Dialog, received: SipRequest): Received {
  if (received.method === "ACK" || received.method === "CANCEL")
    return { kind: "in-order", dialog };
  const remoteSeq = cseq(received).number;
  if (dialog.remoteSeq !== null && remoteSeq < dialog.remoteSeq) return { kind: "out-of-order" };
  return { kind: "in-order", dialog: { ...dialog, remoteSeq } };
}

/** URI whose host the next request is sent to: the first Route, else the target (12.2.1.1). */
export function nextHop(dialog: Dialog): string {
  return placed(dialog.routes, dialog.remoteTarget).nextHop;
}

function build(dialog: Dialog, sequence: number, parts: InDialogRequest): SipRequest {
  const { uri, routes } = placed(dialog.routes, dialog.remoteTarget);
  const headers: Pair[] = routes.map((route): Pair => ["Route", route]);
  headers.push(
    ["Max-Forwards", "70"],
    ["From", dialog.localParty],
    ["To", dialog.remoteParty],
    ["Call-ID", dialog.callId],
    ["CSeq", `${sequence} ${parts.method}`],
    ...(parts.headers ?? []),
  );
  const { method, body } = parts;
  return request(body === undefined ? { method, uri, headers } : { method, uri, headers, body });
}

function phaseFor(status: number): Dialog["phase"] | null {
  if (status > 100 && status < 200) return "early";
  return status >= 200 && status < 300 ? "confirmed" : null;
}

/** URI of the first Contact; undefined when there is none, null when it cannot be read. */
function contactOf(message: SipMessage): string | null | undefined {
  const found = contacts(message);
  return found.kind === "list" ? found.list[0]?.uri : null;
}

function idOf(sipCallId: string, localTag: string, remoteTag: string): string {
  return `${sipCallId}\n${localTag}\n${remoteTag}`;
}
