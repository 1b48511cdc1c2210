/**
 * Readers of header fields (RFC 3261 20). Does not own: checks at the door (parse.ts).
 *
 * F1  From, To, Call-ID, CSeq, top Via and Request-URI were checked by parseMessage: their readers
 *     always have a value for a parsed message. For a message put together by hand without the field
 *     they throw AssertionFault.
 * F2  What the parser read is taken from the message; a message made or changed by us is read anew.
 *     (A WeakMap by message was measured: it cost 1.5 us a message in garbage collection, a third of
 *     the whole parse.)
 */

import { assert } from "../../../../lib/telephony/assert.ts";
import { type CSeq, readCSeq } from "./cseq.ts";
import { isListHeader } from "./header-names.ts";
import type { CheckedFields, SipMessage, SipRequest } from "./message.ts";
import { type NameAddr, readNameAddr } from "./name-addr.ts";
import { endOfDigits, readNumber, splitList } from "./scan.ts";
import { parseSipUri, type SipUri, type UriFault } from "./uri.ts";
import { readVia, type Via } from "./via.ts";

export type { CSeq } from "./cseq.ts";
export type { NameAddr } from "./name-addr.ts";
export type { Via } from "./via.ts";

/** Contact in a REGISTER may be the star; a list may be empty; bad syntax deserves a 400. */
export type Contacts =
  | { readonly kind: "list"; readonly list: readonly NameAddr[] }
  | { readonly kind: "star" }
  | { readonly kind: "malformed" };

const DELTA_MAX = 2 ** 32 - 1;

/** What the parser read, unless the headers are others by now. */
function checked(message: SipMessage): CheckedFields | undefined {
  return message.checked?.headers === message.headers ? message.checked : undefined;
}

/** The first value of a header (canonical lower-case long name); undefined when absent. */
export function header(message: SipMessage, name: string): string | undefined {
  for (const line of message.headers) if (line.name === name) return line.value;
  return undefined;
}

/** All values of a header in order; for list headers the single elements. RFC 3261 7.3.1. */
export function headerValues(message: SipMessage, name: string): readonly string[] {
  const values: string[] = [];
  const isList = isListHeader(name);
  for (const line of message.headers) {
    if (line.name !== name) continue;
    if (isList) values.push(...splitList(line.value).filter((item) => item !== ""));
    else values.push(line.value);
  }
  return values;
}

/** The topmost Via element; undefined when there is none. RFC 3261 20.42. */
export function topVia(message: SipMessage): Via | undefined {
  return checked(message)?.via ?? readVia(header(message, "via") ?? "");
}

/** The CSeq. RFC 3261 20.16. */
export function cseq(message: SipMessage): CSeq {
  return checked(message)?.cseq ?? readCSeq(header(message, "cseq") ?? "") ?? lacks("CSeq");
}

/** The From address with its tag. RFC 3261 20.20. */
export function from(message: SipMessage): NameAddr {
  return checked(message)?.from ?? readNameAddr(header(message, "from") ?? "") ?? lacks("From");
}

/** The To address with its tag, if it has one yet. RFC 3261 20.39. */
export function to(message: SipMessage): NameAddr {
  return checked(message)?.to ?? readNameAddr(header(message, "to") ?? "") ?? lacks("To");
}

/** The Call-ID, compared byte by byte. RFC 3261 20.8. */
export function callId(message: SipMessage): string {
  return header(message, "call-id") ?? lacks("Call-ID");
}

/** The Request-URI; the parser let only readable ones in (400, 416). RFC 3261 8.2.2.1. */
export function requestUri(request: SipRequest): SipUri | UriFault {
  const target = request.checked?.target;
  return target?.text === request.uri ? target.uri : parseSipUri(request.uri);
}

/** The Contact addresses. RFC 3261 20.10. */
export function contacts(message: SipMessage): Contacts {
  return readContacts(headerValues(message, "contact"));
}

/** Route elements as raw text, topmost first. RFC 3261 20.34. */
export function routes(message: SipMessage): readonly string[] {
  return headerValues(message, "route");
}

/** Record-Route elements as raw text, topmost first. RFC 3261 20.30. */
export function recordRoutes(message: SipMessage): readonly string[] {
  return headerValues(message, "record-route");
}

/** Max-Forwards, 0-255; undefined when absent. RFC 3261 20.22. */
export function maxForwards(message: SipMessage): number | undefined {
  return readNumber(header(message, "max-forwards") ?? "", 255);
}

/** The Expires header in seconds; undefined when absent or no number. RFC 3261 20.19. */
export function expires(message: SipMessage): number | undefined {
  const value = header(message, "expires");
  return value === undefined ? undefined : readDeltaSeconds(value);
}

/**
 * Delta-seconds, cut to 2^32-1 (RFC 4475 3.1.2.4); undefined when it is no number, which a registrar
 * treats as 3600 (RFC 3261 10.2.1.1). Serves Expires headers and Contact parameters.
 */
export function readDeltaSeconds(value: string): number | undefined {
  if (value === "" || endOfDigits(value, 0) !== value.length) return undefined;
  return readNumber(value, DELTA_MAX) ?? DELTA_MAX;
}

function readContacts(values: readonly string[]): Contacts {
  if (values.length === 1 && values[0] === "*") return { kind: "star" };
  const list: NameAddr[] = [];
  for (const value of values) {
    const contact = readNameAddr(value);
    if (contact === undefined) return { kind: "malformed" };
    list.push(contact);
  }
  return { kind: "list", list };
}

function lacks(name: string): never {
  assert(false, `message has no readable ${name}`);
}
