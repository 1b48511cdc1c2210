/**
 * Nonces that every edge can judge without having seen them made (RFC 7616 5.4). Owns: their form,
 * their lifetime. Does not own: the cluster's secret (it is inside the injected seal), counting how
 * often one was used (shell/nonce-uses.ts).
 *
 * N1  A nonce is `<made at, base 36>.<salt>.<seal of both, of realm and of source host>`: only
 *     somebody with the secret can make one, and it serves one realm and one source host. So a
 *     captured answer is worth nothing at another edge, unless it is sent from the same address.
 * N2  Another secret (rotation) makes a nonce `not-ours`; who sends it gets `stale` and goes on with
 *     a fresh nonce, without being asked again.
 */
import type { Instant } from "../../../lib/telephony/instant.ts";

/** Lifetime of a nonce: long enough for a retry, short enough that a leaked one is of no use. */
export const NONCE_LIFETIME_MS = 300_000;
/** Characters of the seal that are kept: 128 bits. */
const SEAL_LENGTH = 32;

/** Keyed hash with the cluster's secret (HMAC-SHA-256), lower-case hexadecimal. */
export type Seal = (text: string) => string;
/** Compares two texts in a time that does not depend on where they differ. */
export type IsSame = (left: string, right: string) => boolean;

/** Whom a nonce is made for. */
export interface NonceScope {
  readonly realm: string;
  /** Source address of the request, without port. */
  readonly host: string;
}

/** What a nonce is worth. */
export type NonceVerdict =
  | { readonly kind: "valid"; readonly madeAt: Instant }
  | { readonly kind: "expired" }
  | { readonly kind: "not-ours" };

/** Makes a nonce; `salt` is a fresh token without a dot, so that no two nonces are equal. */
export function makeNonce(
  { realm, host }: NonceScope,
  at: Instant,
  salt: string,
  seal: Seal,
): string {
  const made = `${at.toString(36)}.${salt}`;
  return `${made}.${seal(sealed(made, realm, host)).slice(0, SEAL_LENGTH)}`;
}

/** Judges a nonce that came back. A clock that is behind the maker's is no fault. */
export function judgeNonce(
  nonce: string,
  { realm, host }: NonceScope,
  at: Instant,
  tools: { readonly seal: Seal; readonly isSame: IsSame },
): NonceVerdict {
  const [made = "", salt = "", mac = "", ...rest] = nonce.split(".", 4);
  const expected = tools.seal(sealed(`${made}.${salt}`, realm, host)).slice(0, SEAL_LENGTH);
  if (!tools.isSame(expected, mac) || rest.length > 0) return { kind: "not-ours" };
  const madeAt = Number.parseInt(made, 36);
  if (at - madeAt > NONCE_LIFETIME_MS) return { kind: "expired" };
  return { kind: "valid", madeAt };
}

/** What is sealed; the line feed cannot stand in a realm or host, so the parts are unambiguous. */
function sealed(made: string, realm: string, host: string): string {
  return `${made}\n${realm}\n${host}`;
}
