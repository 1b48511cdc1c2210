/**
 * Digest access authentication as pure text work (RFC 7616, RFC 2617, RFC 3261 22.4). Owns: reading
 * and writing the headers, the response value. Does not own: nonces, stored secrets, hash functions.
 *
 * A1  A stored secret is ha1, the hash of `user:realm:password`: passwords need not be kept.
 * A2  A header with a parameter twice or broken quoting is no header.
 */

import { endOfQuoted, endOfToken, type Params, quote, skipSpace, unquote } from "./scan.ts";

/** The algorithms we offer and accept. RFC 7616 3.3, RFC 8760. */
export type DigestAlgorithm = "MD5" | "SHA-256";

/** Hashes latin1 text, result in lower-case hexadecimal. Injected: cores hold no cryptography. */
export type HexHash = (text: string) => string;

/** What WWW-Authenticate or Proxy-Authenticate asks for. RFC 7616 3.3. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  readonly opaque: string | undefined;
  readonly isStale: boolean;
  readonly hasQopAuth: boolean;
}

/** What Authorization or Proxy-Authorization answers; `nc` is eight hexadecimal digits. */
export interface DigestCredentials {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly algorithm: DigestAlgorithm;
  readonly opaque: string | undefined;
  readonly qop: { readonly nc: string; readonly cnonce: string } | undefined;
}

/** What the response value is computed from. */
export interface DigestProof {
  readonly ha1: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  readonly qop: { readonly nc: string; readonly cnonce: string } | undefined;
}

/** Reads an Authorization value; undefined for another scheme, algorithm or qop, or bad syntax. */
export function readCredentials(value: string): DigestCredentials | undefined {
  const params = readDigestParams(value);
  const username = params?.get("username");
  const realm = params?.get("realm");
  const nonce = params?.get("nonce");
  const uri = params?.get("uri");
  const response = params?.get("response")?.toLowerCase();
  const algorithm = readAlgorithm(params?.get("algorithm"));
  if (params === undefined || username === undefined || realm === undefined) return undefined;
  if (nonce === undefined || uri === undefined || response === undefined) return undefined;
  if (algorithm === undefined || !isHex(response)) return undefined;
  const opaque = params.get("opaque");
  const plain = { username, realm, nonce, uri, response, algorithm, opaque, qop: undefined };
  const qop = params.get("qop");
  if (qop === undefined) return plain;
  const nc = params.get("nc")?.toLowerCase() ?? "";
  const cnonce = params.get("cnonce") ?? "";
  if (qop.toLowerCase() !== "auth" || nc.length !== 8 || !isHex(nc) || cnonce === "") {
    return undefined;
  }
  return { ...plain, qop: { nc, cnonce } };
}

/** Reads a WWW-Authenticate value; undefined for another scheme, algorithm or qop, or bad syntax. */
export function readChallenge(value: string): DigestChallenge | undefined {
  const params = readDigestParams(value);
  const realm = params?.get("realm");
  const nonce = params?.get("nonce");
  const algorithm = readAlgorithm(params?.get("algorithm"));
  if (params === undefined || realm === undefined || nonce === undefined) return undefined;
  if (algorithm === undefined) return undefined;
  const offered = params.get("qop")?.split(",");
  const hasQopAuth = offered?.some((qop) => qop.trim().toLowerCase() === "auth") ?? false;
  if (offered !== undefined && !hasQopAuth) return undefined;
  const isStale = params.get("stale")?.toLowerCase() === "true";
  return { realm, nonce, algorithm, opaque: params.get("opaque"), isStale, hasQopAuth };
}

/** Writes a WWW-Authenticate value. RFC 7616 3.3. */
export function formatChallenge(challenge: DigestChallenge): string {
  let text = `Digest realm=${quote(challenge.realm)}, nonce=${quote(challenge.nonce)}`;
  text += `, algorithm=${challenge.algorithm}`;
  if (challenge.hasQopAuth) text += ', qop="auth"';
  if (challenge.opaque !== undefined) text += `, opaque=${quote(challenge.opaque)}`;
  return challenge.isStale ? `${text}, stale=true` : text;
}

/** Writes an Authorization value. RFC 7616 3.4. */
export function formatCredentials(credentials: DigestCredentials): string {
  const { username, realm, nonce, uri, response, algorithm, opaque, qop } = credentials;
  let text = `Digest username=${quote(username)}, realm=${quote(realm)}, nonce=${quote(nonce)}`;
  text += `, uri=${quote(uri)}, response="${response}", algorithm=${algorithm}`;
  if (qop !== undefined) text += `, qop=auth, nc=${qop.nc}, cnonce=${quote(qop.cnonce)}`;
  return opaque === undefined ? text : `${text}, opaque=${quote(opaque)}`;
}

/** The secret of a user in a realm: H(user:realm:password). RFC 7616 3.4.2. */
export function digestSecret(
  { username, realm, password }: { username: string; realm: string; password: string },
  hash: HexHash,
): string {
  return hash(`${username}:${realm}:${password}`);
}

/** The response value, with qop=auth or without qop. RFC 7616 3.4.1, RFC 2617 3.2.2.1. */
export function digestResponse(
  { ha1, method, uri, nonce, qop }: DigestProof,
  hash: HexHash,
): string {
  const ha2 = hash(`${method}:${uri}`);
  if (qop === undefined) return hash(`${ha1}:${nonce}:${ha2}`);
  return hash(`${ha1}:${nonce}:${qop.nc}:${qop.cnonce}:auth:${ha2}`);
}

/** The parameters of a Digest value by lower-case name, unquoted; undefined for another scheme. */
function readDigestParams(value: string): Params | undefined {
  const schemeEnd = endOfToken(value, 0);
  if (value.slice(0, schemeEnd).toLowerCase() !== "digest") return undefined;
  const params = new Map<string, string>();
  let at = skipSpace(value, schemeEnd);
  if (at === schemeEnd) return undefined;
  while (at < value.length) {
    const nameEnd = endOfToken(value, at);
    const equals = skipSpace(value, nameEnd);
    if (nameEnd === at || value.charCodeAt(equals) !== 61) return undefined;
    const valueAt = skipSpace(value, equals + 1);
    const isQuoted = value.charCodeAt(valueAt) === 34;
    const valueEnd = isQuoted ? endOfQuoted(value, valueAt) : endOfToken(value, valueAt);
    if (valueEnd <= valueAt) return undefined;
    const name = value.slice(at, nameEnd).toLowerCase();
    if (params.has(name)) return undefined;
    params.set(name, isQuoted ? unquote(value, valueAt, valueEnd) : value.slice(valueAt, valueEnd));
    const comma = skipSpace(value, valueEnd);
    if (comma < value.length && value.charCodeAt(comma) !== 44) return undefined;
    at = skipSpace(value, comma + 1);
  }
  return params;
}

/** An absent algorithm means MD5 (RFC 7616 3.3); undefined for one we do not know. */
function readAlgorithm(value: string | undefined): DigestAlgorithm | undefined {
  switch (value?.toLowerCase()) {
    case undefined:
    case "md5":
      return "MD5";
    case "sha-256":
      return "SHA-256";
    default:
      return undefined;
  }
}

function isHex(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const isDigit = code >= 48 && code <= 57;
    const lower = code | 32;
    if (!isDigit && (lower < 97 || lower > 102)) return false;
  }
  return text !== "";
}
