/**
 * Keeps the bucket of answered calls in step with the calls (ADR 8). Owns: when an entry is written,
 * written again, removed, and what happens when that fails. Does not own: what it says, the bucket.
 *
 * KA1  An answered call costs two operations: one write a moment after the answer, one removal at its
 *      end. It is written again only when told so, at most once a second.
 * KA2  Nothing waits for the bucket. One operation per entry is under way at a time, so a removal never
 *      overtakes a write.
 * KA3  A write that fails is tried WRITES_MAX times, then left until the next change: that call would
 *      not outlive its edge. A removal is tried until it succeeds, since an entry of a call that is
 *      over would rise again; beyond REMOVALS_MAX that wait, it is given up.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Alarm, AlarmOwner, Alarms } from "../../../lib/actor/alarms.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { AnsweredBucket } from "./answered-bucket.ts";

/** After the answer: the ACK and the ends of the cancelled legs are in, mostly, after so long. */
const SETTLE_MS = 250;
const REWRITE_MS_MIN = 1_000;
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;
const WRITES_MAX = 5;
/** About 10 MB. */
const REMOVALS_MAX = 50_000;
/** On the way down what is under way may take so long. */
const FLUSH_MS = 2_000;
const FLUSH_CHECK_MS = 20;

/** What is counted. */
export const KEEPING_OUTCOMES = ["written", "removed", "failed", "given-up"] as const;
/** One of {@link KEEPING_OUTCOMES}. */
export type KeepingOutcome = (typeof KEEPING_OUTCOMES)[number];

/** One call, or held branch, in the eyes of its owner. */
export interface Keeping {
  /** What the next life must know has changed. */
  readonly changed: () => void;
  /** It is up no longer; nothing is written after this. */
  readonly ended: () => void;
}

/** What an entry is made from. */
export interface KeepingStart {
  readonly key: string;
  /** The text now; null while it cannot be kept: asked again a moment later. */
  readonly read: () => string | null;
  /** The entry is there from an earlier life. */
  readonly isThere: boolean;
}

/** Keeps calls; {@link KEEPING_NOTHING} does not. */
export interface AnsweredCalls {
  readonly keep: (start: KeepingStart) => Keeping;
  /** Writes and removes what waits, as far as that is done within 2 s. */
  readonly flush: () => Promise<void>;
  readonly stop: () => void;
}

/** What keeping needs. */
export interface KeepingOptions {
  readonly bucket: AnsweredBucket;
  readonly alarms: Alarms;
  readonly now: () => Instant;
  readonly count: (outcome: KeepingOutcome) => void;
}

/** For an edge whose calls end with it. */
export const KEEPING_NOTHING: AnsweredCalls = {
  keep: () => ({ changed: () => undefined, ended: () => undefined }),
  flush: () => Promise.resolve(),
  stop: () => undefined,
};

/** See the file header. */
export function keepAnsweredCalls(options: KeepingOptions): AnsweredCalls {
  const entries = new Set<KeptEntry>();
  const life = { isOver: false };
  return {
    keep: (start) => {
      const entry = new KeptEntry(options, entries, life, start);
      return { changed: () => entry.changed(), ended: () => entry.ended() };
    },
    flush: async () => {
      const until = options.now() + FLUSH_MS;
      for (;;) {
        const waiting = [...entries].filter((entry) => entry.isWaiting);
        if (waiting.length === 0 || life.isOver || options.now() >= until) return;
        for (const entry of waiting) entry.onAlarm();
        await delay(FLUSH_CHECK_MS);
      }
    },
    stop: () => {
      life.isOver = true;
    },
  };
}

class KeptEntry implements AlarmOwner {
  readonly #options: KeepingOptions;
  readonly #entries: Set<KeptEntry>;
  readonly #life: { readonly isOver: boolean };
  readonly #key: string;
  readonly #alarm: Alarm;
  /** Let go at the end: it holds the whole call. */
  #read: (() => string | null) | null;
  #mayBeThere: boolean;
  #isDirty = false;
  #hasEnded = false;
  #failures = 0;
  #writableAt: Instant = 0;
  #isBusy = false;

  constructor(
    options: KeepingOptions,
    entries: Set<KeptEntry>,
    life: { readonly isOver: boolean },
    start: KeepingStart,
  ) {
    this.#options = options;
    this.#entries = entries;
    this.#life = life;
    this.#key = start.key;
    this.#read = start.read;
    this.#alarm = options.alarms.create(this);
    this.#mayBeThere = start.isThere;
    entries.add(this);
  }

  /** True while something is to be written or removed, or is under way. */
  get isWaiting(): boolean {
    return this.#isDirty || this.#hasEnded || this.#isBusy;
  }

  changed(): void {
    if (this.#hasEnded) return;
    this.#failures = 0;
    if (!this.#isDirty) this.#wakeIn(SETTLE_MS);
    this.#isDirty = true;
  }

  ended(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#read = null;
    this.#failures = 0;
    if (!this.#isBusy) this.onAlarm();
  }

  onAlarm(): void {
    if (this.#isBusy || this.#life.isOver) return;
    if (this.#hasEnded) return this.#remove();
    const text = this.#isDirty && this.#read !== null ? this.#read() : null;
    if (text !== null) return this.#write(text);
    if (this.#isDirty) this.#wakeIn(SETTLE_MS);
  }

  #write(text: string): void {
    const { bucket, now } = this.#options;
    this.#isDirty = false;
    this.#mayBeThere = true;
    this.#run(bucket.put(this.#key, text, null), "written", () => {
      this.#writableAt = now() + REWRITE_MS_MIN;
      if (this.#isDirty) this.#wakeIn(SETTLE_MS);
    });
  }

  #remove(): void {
    if (!this.#mayBeThere) return this.#leave();
    const { bucket } = this.#options;
    return this.#run(bucket.remove(this.#key), "removed", () => this.#leave());
  }

  #run(operation: Promise<string>, wanted: "written" | "removed", onDone: () => void): void {
    const finish = (result: string): void => {
      this.#isBusy = false;
      const isDone = result !== "unreachable";
      this.#options.count(isDone ? wanted : "failed");
      // The end came while the write was under way.
      if (this.#hasEnded && wanted === "written") return this.onAlarm();
      return isDone ? onDone() : this.#retry();
    };
    this.#isBusy = true;
    void operation.then(finish);
  }

  #retry(): void {
    this.#failures += 1;
    const isHopeless = this.#hasEnded
      ? this.#entries.size > REMOVALS_MAX
      : this.#failures >= WRITES_MAX;
    if (isHopeless) {
      this.#options.count("given-up");
      return this.#hasEnded ? this.#leave() : undefined;
    }
    this.#isDirty = true;
    this.#wakeIn(Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(this.#failures - 1, 8)));
  }

  #leave(): void {
    this.#options.alarms.set(this.#alarm, null);
    this.#entries.delete(this);
  }

  #wakeIn(ms: number): void {
    const { alarms, now } = this.#options;
    if (!this.#life.isOver) alarms.set(this.#alarm, Math.max(now() + ms, this.#writableAt));
  }
}
