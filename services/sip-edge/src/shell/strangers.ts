/**
 * How often senders that nobody knows are answered. Owns: a token bucket per source address and the
 * bound of their table. Does not own: who is a stranger.
 *
 * S1  A source gets `ANSWERS_AT_ONCE` answers, then one each `ANSWER_EVERY_MS`; the rest is silence.
 * S2  At most `sourcesMax` sources are remembered; the one heard of longest ago is forgotten first.
 */
import type { Instant } from "../../../lib/telephony/instant.ts";

/** An office behind one address that registers after a power cut: the first proof ends the limit. */
const ANSWERS_AT_ONCE = 20;
const ANSWER_EVERY_MS = 1_000;
const SOURCES_MAX = 10_000;

interface Bucket {
  readonly left: number;
  readonly at: Instant;
}

/** Decides for each request of a stranger whether it is answered. */
export class Strangers {
  readonly #buckets = new Map<string, Bucket>();
  readonly #sourcesMax: number;

  constructor(sourcesMax = SOURCES_MAX) {
    this.#sourcesMax = sourcesMax;
  }

  /** True when this request deserves an answer. */
  isAnswered(host: string, at: Instant): boolean {
    const bucket = this.#buckets.get(host) ?? { left: ANSWERS_AT_ONCE, at };
    const gained = Math.max(0, at - bucket.at) / ANSWER_EVERY_MS;
    const left = Math.min(ANSWERS_AT_ONCE, bucket.left + gained);
    const isAnswered = left >= 1;
    this.#buckets.delete(host);
    this.#buckets.set(host, { left: isAnswered ? left - 1 : left, at });
    if (this.#buckets.size > this.#sourcesMax) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return isAnswered;
  }
}
