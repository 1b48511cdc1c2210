/**
 * Which transaction a message belongs to (RFC 3261 17.1.3, 17.2.3). Owns: the keys. Does not own:
 * the table.
 *
 * M1  Keys of different transactions differ: the separator "|" cannot stand in a token or a host.
 * M2  An ACK has the key of its INVITE; so has a CANCEL when asked for with `cancelledKey`.
 * M3  A branch without the magic cookie is not unique, so the key is made of Call-ID, CSeq, From tag
 *     and sent-by instead. DEVIATION: the other rules for RFC 2543 peers are left out.
 */
import { callId, cseq, from, to } from "../message/fields.ts";
import type { SipMessage, SipRequest } from "../message/message.ts";
import type { Via } from "../message/via.ts";

/** What the branch of an RFC 3261 element starts with, 8.1.1.7. */
export const MAGIC_COOKIE = "z9hG4bK";

/** Key of the server transaction that a request makes or belongs to, 17.2.3. */
export function serverKey(request: SipRequest, via: Via): string {
  return keyFor(request, via, request.method === "ACK" ? "INVITE" : request.method);
}

/** Key of the INVITE that a CANCEL is about, 9.2. */
export function cancelledKey(cancel: SipRequest, via: Via): string {
  return keyFor(cancel, via, "INVITE");
}

/** Key of a client transaction: our branch and the CSeq method, 17.1.3. */
export function clientKey(branch: string, method: string): string {
  return `${branch}|${method}`;
}

/**
 * Key by which the ACK of a 2xx finds that 2xx (13.2.2.4): dialog and CSeq number, as the ACK has a
 * branch of its own. Give it the ACK or the 2xx.
 */
export function ackKey(message: SipMessage): string {
  const tags = `${to(message).tag ?? ""}\n${from(message).tag ?? ""}`;
  return `${callId(message)}\n${cseq(message).number}\n${tags}`;
}

function keyFor(request: SipRequest, via: Via, method: string): string {
  const sentBy = `${via.host}:${via.port ?? 5060}`;
  if (via.branch?.startsWith(MAGIC_COOKIE)) return `${via.branch}|${sentBy}|${method}`;
  const tag = from(request).tag ?? "";
  return `${callId(request)}\n${cseq(request).number}|${tag}|${sentBy}|${method}`;
}
