/**
 * Who sent a request (ARCHITECTURE, an INVITE; RFC 3261 22, RFC 7616). Owns: the decision, in two steps with the
 * look-up of the digest secret between them. Does not own: the look-up, cryptography, how often a
 * stranger is answered.
 *
 * W1  A trunk is known by its source address alone; REGISTER is never a trunk's.
 * W2  The realm is the domain of the claimed identity: host of To in REGISTER, else of From. Who
 *     names none is a stranger.
 * W3  An unknown user is judged like a wrong password: the same hashes are computed, the same
 *     answer follows, so that names cannot be probed.
 * W4  A nonce that is not ours or too old is judged first, without a look-up: whoever sends it gets
 *      `stale` (RFC 7616 3.3), known user or not. Of a nonce used twice only who knew the password
 *      hears it. It is no failure.
 * W5  ACK and CANCEL are never challenged (RFC 3261 22.1); requests in a dialog are not brought here.
 */
import type { CompanyId, Extension, TrunkId } from "../../../lib/telephony/ids.ts";
import { isIdFault, parseExtension } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import {
  type DigestAlgorithm,
  type DigestCredentials,
  digestResponse,
  formatChallenge,
  type HexHash,
  readCredentials,
} from "./message/digest.ts";
import { from, headerValues, to } from "./message/fields.ts";
import type { SipRequest } from "./message/message.ts";
import type { HeaderPair } from "./message/serialize.ts";
import { parseSipUri } from "./message/uri.ts";
import { type IsSame, judgeNonce, type Seal } from "./nonce.ts";

/** The trunk whose calls come from an address. */
export type TrunkBySource = (host: string) => TrunkId | undefined;

/** What a request says about its sender, before anything is proven. */
export type Claim =
  | { readonly kind: "trunk"; readonly trunkId: TrunkId }
  /** No trunk, and no SIP identity that could be proven. */
  | { readonly kind: "stranger" }
  /** ACK or CANCEL that fits nothing (W5). */
  | { readonly kind: "unchallengeable" }
  /** An identity, but no credentials for its domain. */
  | { readonly kind: "anonymous"; readonly realm: string }
  | {
      readonly kind: "claimed";
      readonly realm: string;
      /** null when the user name is no extension: judged like an unknown one (W3). */
      readonly extension: Extension | null;
      readonly credentials: DigestCredentials;
    };

/** An extension's digest secrets, H(user:realm:password) in hexadecimal. */
export interface ExtensionSecret {
  readonly companyId: CompanyId;
  readonly ha1: Readonly<Record<DigestAlgorithm, string>>;
}

/** Cryptography, injected. */
export interface DigestTools {
  readonly hashes: Readonly<Record<DigestAlgorithm, HexHash>>;
  readonly seal: Seal;
  readonly isSame: IsSame;
}

/** Why a claim is not proven. */
export type Doubt = "wrong-password" | "unknown-user" | "stale" | "replayed" | "bad-credentials";

/** What a claim is worth. */
export type Proof =
  | { readonly kind: "proven"; readonly companyId: CompanyId; readonly extension: Extension }
  | { readonly kind: "unproven"; readonly doubt: Doubt };

/** Where and when a claim was made. */
export interface ClaimContext {
  readonly request: SipRequest;
  readonly host: string;
  readonly at: Instant;
  /** True when this nonce count is higher than any seen with this nonce; remembers it. */
  readonly isFirstUse: (nonce: string, madeAt: Instant, nc: number) => boolean;
}

/** First step: what the request claims. */
export function readClaim(request: SipRequest, host: string, trunkBySource: TrunkBySource): Claim {
  if (request.method === "ACK" || request.method === "CANCEL") return { kind: "unchallengeable" };
  const isRegister = request.method === "REGISTER";
  const trunkId = isRegister ? undefined : trunkBySource(host);
  if (trunkId !== undefined) return { kind: "trunk", trunkId };
  const identity = parseSipUri((isRegister ? to(request) : from(request)).uri);
  if (identity.kind === "uri-fault" || identity.host === "") return { kind: "stranger" };
  const realm = identity.host;
  for (const name of ["authorization", "proxy-authorization"]) {
    for (const value of headerValues(request, name)) {
      const credentials = readCredentials(value);
      if (credentials?.realm !== realm) continue;
      const user = parseExtension(credentials.username);
      const extension = isIdFault(user) ? null : user;
      return { kind: "claimed", realm, extension, credentials };
    }
  }
  return { kind: "anonymous", realm };
}

/** Before the look-up: true when the nonce of the claim is worth nothing here (W4). */
export function isNonceWorthless(
  { credentials, realm }: Extract<Claim, { kind: "claimed" }>,
  { host, at }: Pick<ClaimContext, "host" | "at">,
  tools: DigestTools,
): boolean {
  return judgeNonce(credentials.nonce, { realm, host }, at, tools).kind !== "valid";
}

/** Second step: whether the claim is true; `secret` is null for an unknown extension. */
export function judgeClaim(
  claim: Extract<Claim, { kind: "claimed" }>,
  secret: ExtensionSecret | null,
  { request, host, at, isFirstUse }: ClaimContext,
  tools: DigestTools,
): Proof {
  const { credentials, extension, realm } = claim;
  const { algorithm, nonce, uri, qop, response, username } = credentials;
  const hash = tools.hashes[algorithm];
  // Computed in every case, so that known and unknown users cost the same (W3).
  const decoy = hash(`${username}:${realm}:${tools.seal(username)}`);
  const stored = secret?.ha1[algorithm] ?? "";
  // An empty or cut secret is none: anybody could compute with it.
  const hasSecret = stored.length === decoy.length;
  const ha1 = hasSecret ? stored : decoy;
  const expected = digestResponse({ ha1, method: request.method, uri, nonce, qop }, hash);
  const isRight = tools.isSame(expected, response) && hasSecret;
  const verdict = judgeNonce(nonce, { realm, host }, at, tools);
  if (secret === null || extension === null) return { kind: "unproven", doubt: "unknown-user" };
  if (!isRight) return { kind: "unproven", doubt: "wrong-password" };
  // We ask for qop=auth; without it nothing tells a replay from a request (RFC 7616 3.4.5).
  if (qop === undefined || !isSameTarget(uri, request.uri)) {
    return { kind: "unproven", doubt: "bad-credentials" };
  }
  if (verdict.kind !== "valid") return { kind: "unproven", doubt: "stale" };
  if (!isFirstUse(nonce, verdict.madeAt, Number.parseInt(qop.nc, 16))) {
    return { kind: "unproven", doubt: "replayed" };
  }
  return { kind: "proven", companyId: secret.companyId, extension };
}

/** True for a doubt about the nonce alone (W4). */
export function isStale(doubt: Doubt): boolean {
  return doubt === "stale" || doubt === "replayed";
}

/** One WWW-Authenticate line per algorithm, the preferred one on top (RFC 8760 2.3). */
export function challengeHeaders(
  realm: string,
  nonce: string,
  stale: boolean,
  algorithms: readonly DigestAlgorithm[],
): readonly HeaderPair[] {
  return algorithms.map((algorithm) => [
    "WWW-Authenticate",
    formatChallenge({
      realm,
      nonce,
      algorithm,
      opaque: undefined,
      isStale: stale,
      hasQopAuth: true,
    }),
  ]);
}

/**
 * RFC 7616 3.4.6: the digest URI must be the one that was asked for, else an answer to one request
 * would serve another. User and host decide; parameters are rewritten by proxies on the way.
 */
function isSameTarget(claimed: string, asked: string): boolean {
  const left = parseSipUri(claimed);
  const right = parseSipUri(asked);
  if (left.kind === "uri-fault" || right.kind === "uri-fault") return claimed === asked;
  return left.user === right.user && left.host === right.host;
}
