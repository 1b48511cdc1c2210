/**
 * What a call needs of the phone it belongs to, and one request with its possible challenge.
 * Owns: the digest answer to 401/407 (RFC 3261 22), next hop of a URI. Does not own: the package's
 * transactions (stack.ts) or who is called.
 * N1. A challenge is answered once; a second 401/407 is the final answer.
 * N2. `sip/digest` reads the first challenge blindly: it is shown only the first one that it can answer,
 *     a Digest challenge with a nonce, MD5 and, if any, qop "auth" (RFC 8760 2.4).
 */
import {
  type AuthHeader,
  type CheckedHeaders,
  type Headers,
  type NameAddr,
  parseUri,
  type Request,
  type Response,
} from "sip";
import { signRequest } from "sip/digest.js";
import type { Dialog } from "./dialog.ts";
import type { MessageLog } from "./log.ts";
import type { AudioDescription } from "./sdp.ts";
import type { Hop, Stack } from "./stack.ts";

/** Digest identity of a phone. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** The phone as its calls see it. */
export interface Line {
  readonly stack: Stack;
  readonly log: MessageLog;
  readonly contact: NameAddr;
  readonly audio: AudioDescription;
  readonly credentials: Credentials | null;
  /** Confirmed dialogs by id; in-dialog requests are given to them. */
  readonly dialogs: Map<string, Dialog>;
  /** Runs once after `ms` unless the result is called or the phone is closed first. */
  after(ms: number, run: () => void): () => void;
  newTag(): string;
}

export type FinalResponse = Response<CheckedHeaders>;

/** A request under way; `latest` is the one last sent (after a challenge, the signed one). */
export interface Exchange {
  readonly latest: Request;
}

/** Sends `request` to `hop`, answers one challenge (N1) and gives every other response to `onResponse`. */
export function exchange(
  line: Line,
  request: Request,
  hop: Hop,
  handlers: { nextSeq: () => number; onResponse: (response: FinalResponse) => void },
): Exchange {
  const route = request.headers.route ?? [];
  const state = { latest: request };
  line.stack.request(request, hop, (response) => {
    const { credentials } = line;
    const challenge = answerable(response);
    if (credentials === null || challenge === null) return handlers.onResponse(response);
    const seq = handlers.nextSeq();
    const headers = { ...request.headers, via: [], route, cseq: { seq, method: request.method } };
    state.latest = { ...request, headers };
    signRequest({}, state.latest, challenge, { ...credentials });
    line.stack.request(state.latest, hop, handlers.onResponse);
  });
  return state;
}

/** N2: a 401 or 407 with its first answerable challenge alone; null when it has none. */
function answerable(response: FinalResponse): FinalResponse | null {
  if (response.status !== 401 && response.status !== 407) return null;
  const name = response.status === 401 ? "www-authenticate" : "proxy-authenticate";
  const challenge = response.headers[name]?.find(isAnswerable);
  if (challenge === undefined) return null;
  return { ...response, headers: { ...response.headers, [name]: [challenge] } };
}

function isAnswerable(challenge: AuthHeader): boolean {
  if (challenge.scheme.toLowerCase() !== "digest" || challenge["nonce"] === undefined) return false;
  const algorithm = unquoted(challenge["algorithm"] ?? "md5");
  const qop = unquoted(challenge["qop"] ?? "auth").split(",");
  return algorithm === "md5" && qop[0]?.trim() === "auth";
}

function unquoted(value: string): string {
  return value.replaceAll('"', "").toLowerCase();
}

/** Where a URI points (RFC 3263 without DNS): an IPv4 address, or null for a name. */
export function findHop(uri: NameAddr["uri"]): Hop | null {
  const parsed = parseUri(uri);
  if (parsed === undefined) return null;
  const host = parsed.host === "localhost" ? "127.0.0.1" : parsed.host;
  if (!/^[\d.]+$/.test(host)) return null;
  const { port } = parsed;
  // A URI without a port is parsed to NaN (sip.d.ts T3); an explicit 0 stays 0 and is refused later.
  return { host, port: port === undefined || Number.isNaN(port) ? 5060 : port };
}

/** A request with the headers that every request needs (RFC 3261 8.1.1). */
export function createRequest(
  method: string,
  uri: string,
  headers: Headers & { readonly seq: number },
  content?: string,
): Request {
  const { seq, ...rest } = headers;
  const body =
    content === undefined || rest["content-type"] !== undefined
      ? {}
      : { "content-type": "application/sdp" };
  return {
    method,
    uri,
    headers: { ...rest, cseq: { seq, method }, "max-forwards": 70, ...body },
    ...(content === undefined ? {} : { content }),
  };
}

/** Value of a header that the package leaves as text, null when it is absent or structured. */
export function headerText(message: { headers: Headers }, name: string): string | null {
  const value = message.headers[name];
  return typeof value === "string" ? value : null;
}
