/**
 * How often each nonce was used at this edge (RFC 7616 3.4 `nc`). Owns: the table and its bound.
 * Does not own: what a nonce is (core/nonce.ts).
 *
 * U1  A nonce count is accepted once: it must be higher than every earlier one with that nonce.
 * U2  At most `usesMax` nonces are remembered. When a used one is forgotten, no nonce that is as old
 *     or older is accepted any more unless it is still in the table: forgetting never lets a replay
 *     through, it only costs a telephone one more challenge.
 * U3  Only somebody who knows a password gets an entry, so strangers cannot fill the table.
 */
import type { Instant } from "../../../lib/telephony/instant.ts";

/** Five minutes of 300 authenticated requests a second, each with a nonce of its own. */
const USES_MAX = 100_000;

interface Use {
  readonly madeAt: Instant;
  readonly nc: number;
}

/** The nonces that were used here. */
export class NonceUses {
  readonly #uses = new Map<string, Use>();
  readonly #usesMax: number;
  #forgottenUpTo: Instant = Number.NEGATIVE_INFINITY;

  constructor(usesMax = USES_MAX) {
    this.#usesMax = usesMax;
  }

  /** True when this count was not used yet; remembers it. */
  accept(nonce: string, madeAt: Instant, nc: number): boolean {
    const last = this.#uses.get(nonce);
    if (last === undefined ? madeAt <= this.#forgottenUpTo : nc <= last.nc) return false;
    // To the end of the order: the first key is always the one that was used longest ago.
    this.#uses.delete(nonce);
    this.#uses.set(nonce, { madeAt, nc });
    if (this.#uses.size > this.#usesMax) this.#forgetOldest();
    return true;
  }

  #forgetOldest(): void {
    const [oldest] = this.#uses;
    if (oldest === undefined) return;
    const [nonce, { madeAt }] = oldest;
    this.#uses.delete(nonce);
    this.#forgottenUpTo = Math.max(this.#forgottenUpTo, madeAt);
  }
}
