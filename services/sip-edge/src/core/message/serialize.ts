/**
 * From a message to text, and how our own messages are put together (RFC 3261 7, 8.1.1, 8.2.6).
 * Does not own: choice of branch, tag and Call-ID, which come in as data.
 *
 * W1  No value with CR, LF or NUL leaves: that would be a second header line for the receiver. Bad
 *     input was refused by the parser, so finding one here is a programmer error (AssertionFault).
 * W2  Content-Length is always written and always true, whatever the headers say.
 * W3  Lines that nobody touched go out with the name and value they came with.
 */

import { assert } from "../../../../lib/telephony/assert.ts";
import { header } from "./fields.ts";
import { headerName } from "./header-names.ts";
import type { HeaderLine, SipMessage, SipRequest, SipResponse } from "./message.ts";
import { readNameAddr } from "./name-addr.ts";
import { reasonPhrase } from "./reason-phrase.ts";
import { isToken } from "./scan.ts";
import { formatVia, type ViaText } from "./via.ts";

/** A header to write: name in the spelling to show, and value. */
export type HeaderPair = readonly [shown: string, value: string];

/** What a request is made of; Content-Length is added by {@link serialize}. */
export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly HeaderPair[];
  readonly body?: string;
}

/** What a response has beyond the copied headers; `reason` defaults to the usual phrase. */
export interface ResponseParts {
  readonly toTag?: string;
  readonly reason?: string;
  readonly headers?: readonly HeaderPair[];
  readonly body?: string;
}

/** Writes a message as latin1 text. Throws AssertionFault for text that breaks a line (W1). */
export function serialize(message: SipMessage): string {
  const size = String(message.body.length);
  let head = startLine(message);
  let lines = message.headers.length + 1;
  let hasLength = false;
  for (const line of message.headers) {
    const isLength = line.name === "content-length";
    if (isLength && hasLength) {
      lines -= 1;
      continue;
    }
    hasLength ||= isLength;
    head += `${line.shown}: ${isLength ? size : line.value}\r\n`;
  }
  if (!hasLength) {
    head += `Content-Length: ${size}\r\n`;
    lines += 1;
  }
  if (!isCleanHead(head, lines)) refuse(message);
  return `${head}\r\n${message.body}`;
}

/** One header line with its canonical name. Throws AssertionFault when the name is no token. */
export function headerLine(shown: string, value: string): HeaderLine {
  assert(isToken(shown), `header name is no token: ${JSON.stringify(shown)}`);
  return { name: headerName(shown).name, shown, value };
}

/** Puts a request together. RFC 3261 8.1.1. */
export function request({ method, uri, headers, body = "" }: RequestParts): SipRequest {
  assert(isToken(method), `method is no token: ${JSON.stringify(method)}`);
  assert(uri !== "" && !uri.includes(" "), `bad Request-URI: ${JSON.stringify(uri)}`);
  return { kind: "request", method, uri, headers: headers.map(toLine), body };
}

/**
 * Answers a request: Via stack, From, To, Call-ID and CSeq are copied, Record-Route for 101-299,
 * Timestamp for 100. A To without tag gets `toTag` above 100; a missing `toTag` is then an
 * AssertionFault. RFC 3261 8.2.6, 12.1.1.
 */
export function respond(
  received: SipRequest,
  status: number,
  { toTag, reason = reasonPhrase(status), headers = [], body = "" }: ResponseParts = {},
): SipResponse {
  assert(Number.isInteger(status) && status >= 100 && status <= 699, `bad status: ${status}`);
  const copied: HeaderLine[] = [];
  for (const line of received.headers) {
    if (line.name === "to") copied.push(status === 100 ? line : withTag(line, toTag));
    else if (isCopied(line.name, status)) copied.push(line);
  }
  return { kind: "response", status, reason, headers: [...copied, ...headers.map(toLine)], body };
}

/** The request with one more Via on top. RFC 3261 8.1.1.7. */
export function withTopVia(message: SipRequest, via: ViaText): SipRequest {
  return { ...message, headers: [headerLine("Via", formatVia(via)), ...message.headers] };
}

function toLine([shown, value]: HeaderPair): HeaderLine {
  return headerLine(shown, value);
}

function isCopied(name: string, status: number): boolean {
  switch (name) {
    case "via":
    case "from":
    case "call-id":
    case "cseq":
      return true;
    case "record-route":
      return status > 100 && status < 300;
    case "timestamp":
      return status === 100;
    default:
      return false;
  }
}

function withTag(line: HeaderLine, toTag: string | undefined): HeaderLine {
  const to = readNameAddr(line.value);
  // A To that cannot be read is answered 400 as it came; look for a tag as the peer would.
  const isTagged = to === undefined ? hasTagText(line.value) : to.tag !== undefined;
  if (isTagged) return line;
  assert(toTag !== undefined && isToken(toTag), "a response above 100 needs a To tag");
  return { ...line, value: `${line.value};tag=${toTag}` };
}

function hasTagText(value: string): boolean {
  return value.toLowerCase().includes(";tag=");
}

function startLine(message: SipMessage): string {
  if (message.kind === "request") return `${message.method} ${message.uri} SIP/2.0\r\n`;
  return `SIP/2.0 ${message.status} ${message.reason}\r\n`;
}

/** True when the head has exactly the line ends we wrote, and no NUL: then no value holds one. */
function isCleanHead(head: string, lines: number): boolean {
  return count(head, "\r") === lines && count(head, "\n") === lines && !head.includes("\0");
}

function count(text: string, mark: string): number {
  let found = 0;
  for (let i = text.indexOf(mark); i !== -1; i = text.indexOf(mark, i + 1)) found += 1;
  return found;
}

/** Names the place of the line break, never the value: it may hold anything. */
function refuse(message: SipMessage): never {
  const bad = message.headers.find(({ shown, value }) => !isCleanHead(shown + value, 0));
  const where = `${bad?.shown ?? "start line"} of ${kindOf(message)}`;
  assert(false, `line break or NUL in ${where}`);
}

function kindOf(message: SipMessage): string {
  const id = header(message, "call-id") ?? "-";
  return `${message.kind}, Call-ID ${JSON.stringify(id)}`;
}
