/**
 * The {@link Authenticate} port: core/authenticate.ts with cryptography, the registry's look-ups and
 * this edge's nonce table around it. Owns: digest challenges, what is counted. Does not own: the
 * decision, the registry.
 *
 * AU1  A challenge costs one HMAC or two and no look-up, so whoever floods us with requests makes us
 *      work no more than that. Only an answer to a challenge of ours is looked up.
 * AU2  Nothing said here differs between an unknown user and a wrong password.
 * AU3  Until an extension of a domain was found here, its senders are strangers: each source
 *      address gets a limited number of answers and look-ups (strangers.ts), then silence.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { Extension } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import {
  type Claim,
  challengeHeaders,
  type DigestTools,
  type Doubt,
  type ExtensionSecret,
  isNonceWorthless,
  isStale,
  judgeClaim,
  readClaim,
  type TrunkBySource,
} from "../core/authenticate.ts";
import type { DigestAlgorithm, HexHash } from "../core/message/digest.ts";
import type { Endpoint, SipRequest } from "../core/message/message.ts";
import { respond } from "../core/message/serialize.ts";
import { makeNonce, type NonceScope } from "../core/nonce.ts";
import type { Authenticate, Authenticated } from "../ports.ts";
import { NonceUses } from "./nonce-uses.ts";
import { Strangers } from "./strangers.ts";

/** What became of a request's claim; each is counted. */
export type AuthenticationOutcome =
  | "trunk"
  | "extension"
  | "challenged"
  | Doubt
  | "stranger-refused"
  | "stranger-ignored"
  | "unchallengeable"
  | "registry-unreachable";

/** All outcomes, for the metric's label. */
export const AUTHENTICATION_OUTCOMES: readonly AuthenticationOutcome[] = [
  "trunk",
  "extension",
  "challenged",
  "wrong-password",
  "unknown-user",
  "stale",
  "replayed",
  "bad-credentials",
  "stranger-refused",
  "stranger-ignored",
  "unchallengeable",
  "registry-unreachable",
];

/** The digest secret of an extension; null when there is none, `unreachable` when nobody can tell. */
export type SecretOf = (
  domain: string,
  extension: Extension,
) => Promise<ExtensionSecret | null | "unreachable">;

/** Everything the authenticator needs from outside. */
export interface AuthenticatorOptions {
  /** The same on all edges (digest-secret.ts). */
  readonly secret: string;
  /**
   * Offered in this order, preferred first (RFC 8760 2.3); default MD5 alone, the one that RFC 3261
   * makes everybody know. With `SHA-256, MD5` some telephones in the field cannot register: baresip
   * 1.0 gives up when another algorithm is among the offers, others read the first offer only.
   */
  readonly algorithms?: readonly DigestAlgorithm[];
  readonly trunkBySource: TrunkBySource;
  readonly secretOf: SecretOf;
  /** True once an extension of this domain was found. */
  readonly isKnownDomain: (domain: string) => boolean;
  readonly now: () => Instant;
  /** A fresh token of letters and digits. */
  readonly mintToken: () => string;
  readonly count: (outcome: AuthenticationOutcome) => void;
}

const ALGORITHMS: readonly DigestAlgorithm[] = ["MD5"];

/** The options and what an authenticator remembers. */
interface Memory extends AuthenticatorOptions {
  readonly tools: DigestTools;
  readonly uses: NonceUses;
  readonly strangers: Strangers;
}

/** Makes the port. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticate {
  const tools = digestTools(options.secret);
  const memory = { ...options, tools, uses: new NonceUses(), strangers: new Strangers() };
  const { count, now, strangers } = memory;
  const isLimited = (realm: string, host: string): boolean =>
    !options.isKnownDomain(realm) && !strangers.isAnswered(host, now());
  const ignore = (outcome: AuthenticationOutcome): Authenticated => {
    count(outcome);
    return { kind: "silence" };
  };
  return (request: SipRequest, { host }: Endpoint) => {
    const claim = readClaim(request, host, options.trunkBySource);
    switch (claim.kind) {
      case "trunk":
        count("trunk");
        return claim;
      case "stranger":
        if (!strangers.isAnswered(host, now())) return ignore("stranger-ignored");
        count("stranger-refused");
        return { kind: "refuse", status: 403 };
      case "unchallengeable":
        return ignore("unchallengeable");
      case "anonymous":
        if (isLimited(claim.realm, host)) return ignore("stranger-ignored");
        count("challenged");
        return challenge(memory, request, { realm: claim.realm, host }, false);
      case "claimed":
        if (isLimited(claim.realm, host)) return ignore("stranger-ignored");
        return prove(memory, claim, request, host);
      default:
        return unreachable(claim);
    }
  };
}

async function prove(
  memory: Memory,
  claim: Extract<Claim, { kind: "claimed" }>,
  request: SipRequest,
  host: string,
): Promise<Authenticated> {
  const { count, now, tools, uses } = memory;
  const { realm, extension } = claim;
  if (isNonceWorthless(claim, { host, at: now() }, tools)) {
    count("stale");
    return challenge(memory, request, { realm, host }, true);
  }
  const secret = extension === null ? null : await memory.secretOf(realm, extension);
  if (secret === "unreachable") {
    count("registry-unreachable");
    return { kind: "refuse", status: 503 };
  }
  const isFirstUse = uses.accept.bind(uses);
  const proof = judgeClaim(claim, secret, { request, host, at: now(), isFirstUse }, tools);
  if (proof.kind === "unproven") {
    count(proof.doubt);
    return challenge(memory, request, { realm, host }, isStale(proof.doubt));
  }
  count("extension");
  const { companyId } = proof;
  return { kind: "extension", companyId, extension: proof.extension, domain: realm };
}

function challenge(
  { now, mintToken, tools, algorithms = ALGORITHMS }: Memory,
  request: SipRequest,
  scope: NonceScope,
  stale: boolean,
): Authenticated {
  const nonce = makeNonce(scope, now(), mintToken(), tools.seal);
  const headers = challengeHeaders(scope.realm, nonce, stale, algorithms);
  return { kind: "challenge", response: respond(request, 401, { toTag: mintToken(), headers }) };
}

/** Cryptography for the core, with the cluster's secret inside. */
export function digestTools(secret: string): DigestTools {
  const hex =
    (algorithm: "md5" | "sha256"): HexHash =>
    (text) =>
      createHash(algorithm).update(text, "latin1").digest("hex");
  return {
    hashes: { MD5: hex("md5"), "SHA-256": hex("sha256") },
    seal: (text) => createHmac("sha256", secret).update(text, "latin1").digest("hex"),
    isSame: (left, right) => {
      const [a, b] = [Buffer.from(left, "latin1"), Buffer.from(right, "latin1")];
      return a.length === b.length && timingSafeEqual(a, b);
    },
  };
}
