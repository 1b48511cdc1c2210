/**
 * Reads the head of a message: start line and header lines (RFC 3261 7.1-7.3, 25.1). Does not own:
 * the body, the meaning of fields, framing.
 *
 * H1  One pass over the lines; after a fault reading goes on, so that as much as can be answered is
 *     known. Only the first fault counts, and a bad line is left out.
 * H2  Lines end in CRLF only; a bare CR or LF, NUL and other controls are faults, never separators.
 * H3  Limits: line 8 kB (folds included), 128 headers. Whoever calls bounds the whole.
 */

import type { ParseReason } from "./fault.ts";
import { type HeaderName, headerNameAt } from "./header-names.ts";
import type { HeaderLine } from "./message.ts";
import { endOfToken, isPrintable, isSpace, readNumber, skipSpace, trimmed } from "./scan.ts";

/** Longest start line or header line in bytes, folds included. */
export const LINE_BYTES_MAX = 8_192;

/** Most header lines of one message. */
export const HEADERS_MAX = 128;

/** The start line; `bad` carries the method and URI as far as they could be read. */
export type StartLine =
  | { readonly kind: "request"; readonly method: string; readonly uri: string }
  | { readonly kind: "response"; readonly status: number; readonly reason: string }
  | { readonly kind: "bad"; readonly method: string; readonly uri: string };

/** First fault of a head and the line or header it is about. */
export interface HeadFault {
  readonly reason: ParseReason;
  readonly where: string;
}

/** `once` holds the values of headers that may come only once, by their place in header-names. */
export interface Head {
  readonly startLine: StartLine;
  readonly headers: readonly HeaderLine[];
  readonly once: readonly (string | undefined)[];
  readonly fault: HeadFault | undefined;
  readonly bodyAt: number;
}

interface Reading {
  readonly text: string;
  readonly headers: HeaderLine[];
  readonly once: (string | undefined)[];
  fault: HeadFault | undefined;
}

/** Reads the head that starts at `at`, which must not be an empty line. */
export function readHead(text: string, at: number): Head {
  const headers: HeaderLine[] = [];
  const once: (string | undefined)[] = [];
  const reading: Reading = { text, headers, once, fault: undefined };
  const firstEnd = lineEnd(text, at);
  const startLine = readStartLine(reading, at, firstEnd);
  let next = firstEnd + 2;
  while (next < text.length && !isCrlf(text, next)) {
    if (headers.length === HEADERS_MAX) {
      fail(reading, "too-many-headers", "headers");
      return { startLine, headers, once, fault: reading.fault, bodyAt: text.length };
    }
    const end = lineEnd(text, next);
    const isFolded = isSpace(text.charCodeAt(end + 2));
    next = isFolded ? readFolded(reading, next) : readLine(reading, next, end);
  }
  const isOpen = next >= text.length;
  if (isOpen) fail(reading, "head-not-terminated", "head");
  const bodyAt = isOpen ? text.length : next + 2;
  return { startLine, headers, once, fault: reading.fault, bodyAt };
}

function isCrlf(text: string, at: number): boolean {
  return text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\r\n", at);
  return end === -1 ? text.length : end;
}

function fail(reading: Reading, reason: ParseReason, where: string): void {
  reading.fault ??= { reason, where };
}

/** Reads a header of one line; returns where the next line starts. */
function readLine(reading: Reading, at: number, end: number): number {
  const { text } = reading;
  const nameEnd = endOfToken(text, at);
  const colon = skipSpace(text, nameEnd);
  if (nameEnd === at || text.charCodeAt(colon) !== 58) {
    const isHidden = !isPrintable(text, at, end);
    fail(reading, isHidden ? "control-character" : "bad-header-line", "header name");
  } else if (end - at > LINE_BYTES_MAX) {
    fail(reading, "line-too-long", text.slice(at, nameEnd));
  } else if (!isPrintable(text, colon + 1, end)) {
    fail(reading, "control-character", text.slice(at, nameEnd));
  } else {
    addHeader(reading, headerNameAt(text, at, nameEnd), trimmed(text, colon + 1, end));
  }
  return end + 2;
}

/** Joins a folded header to one line with single spaces (RFC 3261 7.3.1), then reads that. */
function readFolded(reading: Reading, at: number): number {
  const { text } = reading;
  const segments: string[] = [];
  let length = 0;
  let next = at;
  do {
    const end = lineEnd(text, next);
    const segment = trimmed(text, next, end);
    length += end - next;
    if (length <= LINE_BYTES_MAX) segments.push(segment);
    next = end + 2;
  } while (next < text.length && isSpace(text.charCodeAt(next)));
  if (length > LINE_BYTES_MAX) {
    fail(reading, "line-too-long", "folded header");
    return next;
  }
  const line = segments.join(" ");
  const joined: Reading = { ...reading, text: line };
  readLine(joined, 0, line.length);
  reading.fault ??= joined.fault;
  return next;
}

function addHeader(reading: Reading, { shown, name, once }: HeaderName, value: string): void {
  if (once >= 0) {
    if (reading.once[once] !== undefined) {
      fail(reading, "duplicate-header", shown);
      return;
    }
    reading.once[once] = value;
  }
  reading.headers.push({ name, shown, value });
}

/** RFC 3261 7.1 and 7.2; exactly one space between the parts. */
function readStartLine(reading: Reading, at: number, end: number): StartLine {
  const { text } = reading;
  if (end - at > LINE_BYTES_MAX) return badStart(reading, "line-too-long", "", "");
  if (!isPrintable(text, at, end)) return badStart(reading, "control-character", "", "");
  if (isVersionAt(text, at)) return readStatusLine(reading, at, end);
  const methodEnd = endOfToken(text, at);
  const method = text.slice(at, methodEnd);
  if (method === "" || text.charCodeAt(methodEnd) !== 32) {
    return badStart(reading, "bad-start-line", "", "");
  }
  const space = text.indexOf(" ", methodEnd + 1);
  const uriEnd = space === -1 || space > end ? end : space;
  const uri = text.slice(methodEnd + 1, uriEnd);
  const version = text.slice(uriEnd + 1, end);
  if (uri === "" || !isVersionAt(version, 0) || version.includes(" ")) {
    return badStart(reading, "bad-start-line", method, uri);
  }
  if (version.slice(4) !== "2.0") return badStart(reading, "unsupported-version", method, uri);
  return { kind: "request", method, uri };
}

function readStatusLine(reading: Reading, at: number, end: number): StartLine {
  const { text } = reading;
  const versionEnd = endOfToken(text, at + 4);
  const status = readNumber(text, 699, versionEnd + 1, versionEnd + 4) ?? 0;
  const reasonAt = versionEnd + 4;
  const isSpaced = text.charCodeAt(versionEnd) === 32;
  if (!isSpaced || status < 100 || (reasonAt < end && text.charCodeAt(reasonAt) !== 32)) {
    return badStart(reading, "bad-start-line", "", "");
  }
  if (text.slice(at + 4, versionEnd) !== "2.0") {
    return badStart(reading, "unsupported-version", "", "");
  }
  return { kind: "response", status, reason: trimmed(text, reasonAt, end) };
}

/** `SIP/` in any case (RFC 3261 7.1: the version is case-insensitive). */
function isVersionAt(text: string, at: number): boolean {
  if (text.charCodeAt(at + 3) !== 47) return false;
  return text.slice(at, at + 3).toLowerCase() === "sip";
}

function badStart(reading: Reading, reason: ParseReason, method: string, uri: string): StartLine {
  fail(reading, reason, "start line");
  return { kind: "bad", method, uri };
}
