/**
 * From bytes to a message or to the reason why not (RFC 3261 7, 8.1.1, 18.3). Owns: the checks that
 * every message passes once at the door. Does not own: reading lines (head.ts), fields nobody asked
 * for (fields.ts).
 *
 * P1  parseMessage returns a value for every text; it never throws and its time is linear.
 * P2  A message it returns has readable Via, From, To, Call-ID and CSeq, and a readable Request-URI.
 * P3  A fault that can be answered carries all that `respond` copies.
 */

import { isAnswerableCSeq, readCSeq } from "./cseq.ts";
import { type FaultStatus, faultStatus, type ParseFault } from "./fault.ts";
import { type Head, type HeadFault, readHead, type StartLine } from "./head.ts";
import {
  ONCE_CALL_ID,
  ONCE_CONTENT_LENGTH,
  ONCE_CSEQ,
  ONCE_FROM,
  ONCE_MAX_FORWARDS,
  ONCE_TO,
} from "./header-names.ts";
import type { CheckedFields, SipMessage } from "./message.ts";
import { readNameAddr } from "./name-addr.ts";
import { readNumber } from "./scan.ts";
import { parseSipUri } from "./uri.ts";
import { hasSentBy, readVia } from "./via.ts";

export type { FaultStatus, ParseFault, ParseReason } from "./fault.ts";

/** Largest message in bytes, head and body. */
export const MESSAGE_BYTES_MAX = 65_536;

/**
 * Reads one datagram (latin1 text). Empty lines before the start line are skipped (RFC 3261 7.5);
 * bytes after the Content-Length are dropped, fewer bytes are a fault (18.3).
 */
export function parseMessage(text: string): SipMessage | ParseFault {
  if (text.length > MESSAGE_BYTES_MAX) return dropped("message-too-large", "message");
  let at = 0;
  while (text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10) at += 2;
  if (at >= text.length) return dropped("empty", "message");
  const head = readHead(text, at);
  const length = contentLength(head);
  const bodyEnd = typeof length === "number" ? head.bodyAt + length : text.length;
  if (bodyEnd > text.length && head.fault === undefined) {
    return refusal(head, { reason: "body-too-short", where: "Content-Length" });
  }
  return finishMessage(head, text.slice(head.bodyAt, bodyEnd));
}

/** Content-Length of a head in bytes; "bad" when it is no number of ten digits. RFC 3261 20.14. */
export function contentLength(head: Head): number | "absent" | "bad" {
  const value = head.once[ONCE_CONTENT_LENGTH];
  if (value === undefined) return "absent";
  return readNumber(value, 9_999_999_999) ?? "bad";
}

/** Checks a head whose body is complete and makes the message of them. */
export function finishMessage(head: Head, body: string): SipMessage | ParseFault {
  if (head.fault !== undefined) return refusal(head, head.fault);
  const checked = checkFields(head);
  if ("reason" in checked) return refusal(head, checked);
  const { startLine, headers } = head;
  if (startLine.kind === "bad") return refusal(head, fault("bad-start-line", "start line"));
  return { ...startLine, headers, body, checked };
}

/** Reads the fields that every message needs; the first fault among them ends it. */
function checkFields(head: Head): CheckedFields | HeadFault {
  const { headers, once, startLine } = head;
  const viaText = firstVia(head);
  const target = checkTarget(startLine);
  if (target !== undefined && "reason" in target) return target;
  const absent = missing(head, viaText);
  if (absent !== undefined) return fault("missing-header", absent);
  const via = readVia(viaText ?? "");
  if (via === undefined) return fault("bad-via", "Via");
  const from = readNameAddr(once[ONCE_FROM] ?? "");
  if (from === undefined) return fault("bad-address", "From");
  const to = readNameAddr(once[ONCE_TO] ?? "");
  if (to === undefined) return fault("bad-address", "To");
  const cseq = readCSeq(once[ONCE_CSEQ] ?? "");
  if (cseq === undefined) return fault("bad-cseq", "CSeq");
  if (startLine.kind === "request" && cseq.method !== startLine.method) {
    return fault("method-mismatch", "CSeq");
  }
  return checkValues(head) ?? { headers, via, from, to, cseq, target };
}

function fault(reason: HeadFault["reason"], where: string): HeadFault {
  return { reason, where };
}

/** The Request-URI must be one we serve and have no headers (RFC 3261 8.2.2.1, 19.1.1 table 1). */
function checkTarget(startLine: StartLine): CheckedFields["target"] | HeadFault {
  if (startLine.kind !== "request") return undefined;
  const text = startLine.uri;
  const uri = parseSipUri(text);
  if (uri.kind === "sip-uri" && uri.headers.size === 0) return { text, uri };
  const isForeign = uri.kind === "uri-fault" && uri.reason === "unsupported-scheme";
  return fault(isForeign ? "unsupported-uri-scheme" : "bad-request-uri", "Request-URI");
}

/** The name of the first required header that is not there. RFC 3261 8.1.1. */
function missing({ once }: Head, viaText: string | undefined): string | undefined {
  if (viaText === undefined) return "Via";
  if (once[ONCE_FROM] === undefined) return "From";
  if (once[ONCE_TO] === undefined) return "To";
  if (once[ONCE_CALL_ID] === undefined) return "Call-ID";
  return once[ONCE_CSEQ] === undefined ? "CSeq" : undefined;
}

/** Headers of which only the form is checked. */
function checkValues(head: Head): HeadFault | undefined {
  if (!isCallId(head.once[ONCE_CALL_ID] ?? "")) return fault("bad-call-id", "Call-ID");
  const hops = head.once[ONCE_MAX_FORWARDS];
  if (hops !== undefined && readNumber(hops, 255) === undefined) {
    return fault("bad-max-forwards", "Max-Forwards");
  }
  return contentLength(head) === "bad" ? fault("bad-content-length", "Content-Length") : undefined;
}

function firstVia(head: Head): string | undefined {
  for (const line of head.headers) if (line.name === "via") return line.value;
  return undefined;
}

function isCallId(value: string): boolean {
  return value !== "" && !value.includes(" ") && !value.includes("\t");
}

/** The fault, with the answer when one is possible (P3). */
function refusal(head: Head, { reason, where }: HeadFault): ParseFault {
  const { startLine, headers } = head;
  if (startLine.kind === "response" || !isAnswerable(head)) return dropped(reason, where);
  const { method, uri } = startLine;
  if (method === "" || method === "ACK") return dropped(reason, where);
  const status: FaultStatus = faultStatus(reason);
  const partial = { kind: "request", method, uri, headers, body: "" } as const;
  return { kind: "parse-fault", reason, where, status, partial };
}

function isAnswerable(head: Head): boolean {
  const { once } = head;
  const via = firstVia(head);
  if (via === undefined || !hasSentBy(via)) return false;
  if ((once[ONCE_FROM] ?? "") === "" || (once[ONCE_TO] ?? "") === "") return false;
  return isCallId(once[ONCE_CALL_ID] ?? "") && isAnswerableCSeq(once[ONCE_CSEQ] ?? "");
}

function dropped(reason: ParseFault["reason"], where: string): ParseFault {
  return { kind: "parse-fault", reason, where };
}
