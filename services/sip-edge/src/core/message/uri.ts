/**
 * SIP, SIPS and tel URIs (RFC 3261 19.1, RFC 3966). Owns: reading, writing, the normal form of the
 * user part. Does not own: what a user or number means.
 *
 * U1  `user` is in normal form: %HH of an unreserved character is decoded, every other %HH stays
 *     with capital digits. So equal users are equal strings (RFC 3261 19.1.4) and no control
 *     character can come out of an escape.
 * U2  A password is dropped (RFC 3261 19.1.1 advises against it).
 */

import { readHost, readPort } from "./host-port.ts";
import { codeSet, isPrintable, NO_PARAMS, type Params } from "./scan.ts";

/** A parsed URI. For tel, `user` is the number and `host` is "". An IPv6 host keeps its brackets. */
export interface SipUri {
  readonly kind: "sip-uri";
  readonly scheme: "sip" | "sips" | "tel";
  readonly user: string;
  readonly host: string;
  readonly port?: number;
  readonly params: Params;
  readonly headers: Params;
}

/** Why a URI was refused; a foreign scheme is 416, bad syntax 400 (RFC 3261 8.2.2.1, 21.4.1). */
export interface UriFault {
  readonly kind: "uri-fault";
  readonly reason: "unsupported-scheme" | "malformed";
}

const MALFORMED: UriFault = { kind: "uri-fault", reason: "malformed" };
const UNSUPPORTED: UriFault = { kind: "uri-fault", reason: "unsupported-scheme" };
const SCHEME_CODES = codeSet("+-.");
const UNRESERVED = codeSet("-_.!~*'()");
const USER_CODES = codeSet("-_.!~*'()&=+$,;?/");
const PARAM_CODES = codeSet("-_.!~*'()[]/:&+$");
const HEADER_CODES = codeSet("-_.!~*'()[]/?:+$");

/** Reads a URI that fills the text. RFC 3261 19.1.1, RFC 3966 3. */
export function parseSipUri(text: string): SipUri | UriFault {
  const colon = text.indexOf(":");
  if (colon <= 0) return MALFORMED;
  const scheme = text.slice(0, colon).toLowerCase();
  if (scheme === "tel") return parseTel(text, colon + 1);
  if (scheme === "sip" || scheme === "sips") return parseSip(scheme, text, colon + 1);
  return isScheme(scheme) && isOpaque(text) ? UNSUPPORTED : MALFORMED;
}

function parseSip(scheme: "sip" | "sips", text: string, at: number): SipUri | UriFault {
  const sign = text.indexOf("@", at);
  const user = sign === -1 ? "" : readUser(text.slice(at, sign));
  if (user === undefined || (sign !== -1 && user === "")) return MALFORMED;
  const host = readHost(text, sign === -1 ? at : sign + 1);
  if (host === undefined) return MALFORMED;
  let end = host.end;
  let port: number | undefined;
  if (text.charCodeAt(end) === 58) {
    const read = readPort(text, end + 1);
    if (read.end === -1) return MALFORMED;
    port = read.port;
    end = read.end;
  }
  const rest = readRest(text, end);
  if (rest === undefined) return MALFORMED;
  const place = port === undefined ? { host: host.host } : { host: host.host, port };
  return { kind: "sip-uri", scheme, user, ...place, ...rest };
}

function parseTel(text: string, at: number): SipUri | UriFault {
  let end = at;
  if (text.charCodeAt(end) === 43) end += 1;
  const digitsAt = end;
  while (end < text.length && "0123456789-.()*#ABCDabcd".includes(text.charAt(end))) end += 1;
  const rest = end === digitsAt ? undefined : readRest(text, end);
  if (rest === undefined || rest.headers.size > 0) return MALFORMED;
  return { kind: "sip-uri", scheme: "tel", user: text.slice(at, end), host: "", ...rest };
}

/** The user in normal form, without the password; undefined for characters that need escaping. */
function readUser(text: string): string | undefined {
  const colon = text.indexOf(":");
  return normalForm(colon === -1 ? text : text.slice(0, colon), USER_CODES);
}

interface Rest {
  readonly params: Params;
  readonly headers: Params;
}

/** Reads `;params` and `?headers` that fill the text from `at`. */
function readRest(text: string, at: number): Rest | undefined {
  if (at === text.length) return { params: NO_PARAMS, headers: NO_PARAMS };
  const mark = text.indexOf("?", at);
  const paramsEnd = mark === -1 ? text.length : mark;
  const params = readPairs(text.slice(at, paramsEnd), ";", PARAM_CODES);
  const headers = readPairs(text.slice(paramsEnd).replace("?", "&"), "&", HEADER_CODES);
  return params === undefined || headers === undefined ? undefined : { params, headers };
}

/** Reads `;name=value` pairs, each led by `lead`; undefined for bad syntax or a repeated name. */
function readPairs(text: string, lead: string, allowed: Uint8Array): Params | undefined {
  if (text === "") return NO_PARAMS;
  if (!text.startsWith(lead)) return undefined;
  const pairs = new Map<string, string>();
  for (const pair of text.slice(1).split(lead)) {
    const equals = pair.indexOf("=");
    const rawName = equals === -1 ? pair : pair.slice(0, equals);
    const name = normalForm(rawName, allowed)?.toLowerCase();
    const value = equals === -1 ? "" : normalForm(pair.slice(equals + 1), allowed);
    if (name === undefined || name === "" || value === undefined) return undefined;
    if (pairs.has(name)) return undefined;
    pairs.set(name, value);
  }
  return pairs;
}

/** The text with needless escapes decoded (U1); undefined when a character is not allowed. */
function normalForm(text: string, allowed: Uint8Array): string | undefined {
  let escaped = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (allowed[code] === 1) continue;
    if (code !== 37) return undefined;
    if (hexDigit(text.charCodeAt(i + 1)) < 0) return undefined;
    if (hexDigit(text.charCodeAt(i + 2)) < 0) return undefined;
    escaped = true;
    i += 2;
  }
  return escaped ? decodeNeedless(text) : text;
}

function decodeNeedless(escaped: string): string {
  let plain = "";
  for (let i = 0; i < escaped.length; i += 1) {
    if (escaped.charCodeAt(i) !== 37) {
      plain += escaped.charAt(i);
      continue;
    }
    const code = hexDigit(escaped.charCodeAt(i + 1)) * 16 + hexDigit(escaped.charCodeAt(i + 2));
    const char = String.fromCharCode(code);
    plain += UNRESERVED[code] === 1 ? char : escaped.slice(i, i + 3).toUpperCase();
    i += 2;
  }
  return plain;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** RFC 3986 3.1: a letter, then letters, digits, `+`, `-`, `.`. */
function isScheme(scheme: string): boolean {
  const first = scheme.charCodeAt(0);
  if (first < 97 || first > 122) return false;
  for (let i = 1; i < scheme.length; i += 1) {
    if (SCHEME_CODES[scheme.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

function isOpaque(text: string): boolean {
  if (!isPrintable(text, 0, text.length)) return false;
  return !text.includes(" ") && !text.includes("<") && !text.includes(">");
}
