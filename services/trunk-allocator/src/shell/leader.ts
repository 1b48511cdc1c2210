/**
 * The leader's desk: requests are decided in order, written to the journal together, then answered
 * (group commit). Owns: the queue, the pool while we lead. Does not own: who leads.
 *
 * G1  Nobody hears an answer before the journal has acknowledged what it says.
 * G2  One append is in flight at a time; what arrives meanwhile goes into the next.
 * G3  A fenced or lost append ends this reign: every waiting request is told `not-leading`, the pool
 *     is thrown away (it holds decisions that may not be true).
 * G4  The queue is bounded; when full a request is told `overloaded` at once.
 * G5  An answer that needs no append (a refusal, a renewal of nothing) is given only while our claim
 *     is fresh: a leader that slept would tell it from an old pool.
 * G6  Rates are counted in memory and end with the reign (call-rates.ts says why that does).
 */
import type { Instant } from "../../../lib/telephony/instant.ts";
import { countCall, emptyRates } from "../core/call-rates.ts";
import {
  apply,
  type ChannelPool,
  decideExpiry,
  decideRelease,
  decideRenew,
  decideTake,
  type RefusedLeg,
  snapshotOf,
  type TakeRequest,
} from "../core/channel-pool.ts";
import type { HeldLegs, JournalEntry } from "../core/journal-entry.ts";
import type { Journal, Now } from "../ports.ts";

/** Requests that may wait for a commit; about ten seconds of the heaviest load measured. */
export const QUEUE_MAX = 20_000;
/** Legs decided into one journal message: at most 500 bytes each, half of NATS' message size. */
const BATCH_LEGS_MAX = 1_000;
/** Expired leases in one journal message; there may be as many as leases after a long outage. */
const EXPIRED_MAX = 1_000;
/** Journal messages after which a snapshot is written and the older ones are removed. */
const SNAPSHOT_EVERY_MESSAGES = 20_000;

/** What a controller may ask. */
export type Request =
  | { readonly kind: "take"; readonly take: TakeRequest }
  | { readonly kind: "release"; readonly release: HeldLegs }
  | { readonly kind: "renew"; readonly held: readonly HeldLegs[] };

/** What it hears. */
export type Answer =
  | {
      readonly kind: "taken";
      readonly granted: readonly string[];
      readonly refused: readonly RefusedLeg[];
    }
  | { readonly kind: "released"; readonly legs: readonly string[] }
  | { readonly kind: "renewed"; readonly lost: readonly HeldLegs[] }
  | { readonly kind: "not-leading" }
  | { readonly kind: "overloaded" };

interface Waiting {
  readonly request: Request;
  readonly answer: (answer: Answer) => void;
}

/** One reign: from the moment the pool was read back until the journal refuses us. */
export class Leader {
  readonly pool: ChannelPool;
  readonly #journal: Journal;
  readonly #now: Now;
  readonly #isFresh: () => boolean;
  readonly #onDeposed: (why: string) => void;
  readonly #rates = emptyRates();
  #queue: Waiting[] = [];
  #sequence: number;
  #sinceSnapshot: number;
  #isExpiryDue = false;
  #isCommitting = false;
  #isDeposed = false;

  constructor(
    at: { readonly pool: ChannelPool; readonly sequence: number; readonly journalMessages: number },
    around: {
      readonly journal: Journal;
      readonly now: Now;
      /** True while our claim to the lead cannot have been taken over. */
      readonly isFresh: () => boolean;
      readonly onDeposed: (why: string) => void;
    },
  ) {
    this.pool = at.pool;
    this.#sequence = at.sequence;
    this.#sinceSnapshot = at.journalMessages;
    this.#journal = around.journal;
    this.#now = around.now;
    this.#isFresh = around.isFresh;
    this.#onDeposed = around.onDeposed;
  }

  get queueDepth(): number {
    return this.#queue.length;
  }

  /** Takes a request; its answer comes after the commit (G1). */
  ask(request: Request, answer: (answer: Answer) => void): void {
    if (this.#isDeposed) return answer({ kind: "not-leading" });
    if (this.#queue.length >= QUEUE_MAX) return answer({ kind: "overloaded" });
    this.#queue.push({ request, answer });
    this.#start();
  }

  /** Frees leases whose time has passed; called with every refresh of the claim. */
  expire(): void {
    this.#isExpiryDue = true;
    this.#start();
  }

  /** Ends the reign from outside (leadership lost, drain). */
  depose(why: string): void {
    if (this.#isDeposed) return;
    this.#isDeposed = true;
    for (const { answer } of this.#queue) answer({ kind: "not-leading" });
    this.#queue = [];
    this.#onDeposed(why);
  }

  #start(): void {
    const hasWork = this.#queue.length > 0 || this.#isExpiryDue;
    if (this.#isCommitting || !hasWork || this.#isDeposed) return;
    this.#isCommitting = true;
    // The microtask lets the requests of one socket read share an append.
    queueMicrotask(() => {
      void this.#commitAll();
    });
  }

  async #commitAll(): Promise<void> {
    while (!this.#isDeposed) {
      if (this.#queue.length > 0) await this.#commitBatch();
      else if (this.#isExpiryDue) await this.#commitExpiry();
      else break;
      if (this.#sinceSnapshot >= SNAPSHOT_EVERY_MESSAGES) await this.#snapshot();
    }
    this.#isCommitting = false;
  }

  async #commitBatch(): Promise<void> {
    const batch = this.#queue.splice(0, batchLength(this.#queue));
    const at = this.#now();
    const entries: JournalEntry[] = [];
    const answers = batch.map(({ request }) => this.#decide(at, request, entries));
    const isTrue = entries.length === 0 ? this.#isStillLeading() : await this.#append(entries);
    batch.forEach(({ answer }, index) =>
      answer(isTrue ? (answers[index] ?? { kind: "not-leading" }) : { kind: "not-leading" }),
    );
  }

  async #commitExpiry(): Promise<void> {
    const expired = decideExpiry(this.pool, this.#now());
    const entries = expired.slice(0, EXPIRED_MAX);
    this.#isExpiryDue = entries.length < expired.length;
    if (entries.length === 0) return;
    for (const entry of entries) apply(this.pool, entry);
    await this.#append(entries);
  }

  /** What needs no append is not fenced by the journal: the claim must be fresh instead (G5). */
  #isStillLeading(): boolean {
    if (this.#isFresh()) return true;
    this.depose("slept longer than a claim lasts");
    return false;
  }

  #decide(at: Instant, request: Request, into: JournalEntry[]): Answer {
    switch (request.kind) {
      case "take": {
        const { take } = request;
        const overRate = take.rates.length === 0 ? null : countCall(this.#rates, at, take);
        const { entries, granted, refused } = decideTake(this.pool, at, take, overRate);
        this.#believe(entries, into);
        return { kind: "taken", granted, refused };
      }
      case "release": {
        const entries = decideRelease(this.pool, request.release);
        this.#believe(entries, into);
        return { kind: "released", legs: request.release.legs };
      }
      case "renew": {
        const { entries, lost } = decideRenew(this.pool, at, request.held);
        this.#believe(entries, into);
        return { kind: "renewed", lost };
      }
    }
  }

  /** Applied before the append so that the next decision sees it; G3 covers a failed append. */
  #believe(entries: readonly JournalEntry[], into: JournalEntry[]): void {
    for (const entry of entries) {
      apply(this.pool, entry);
      into.push(entry);
    }
  }

  async #append(entries: readonly JournalEntry[]): Promise<boolean> {
    const outcome = await this.#journal.append(entries, this.#sequence);
    if (outcome.kind !== "appended") {
      this.depose(outcome.kind === "fenced" ? "fenced by a newer leader" : outcome.problem);
      return false;
    }
    this.#sequence = outcome.sequence;
    this.#sinceSnapshot += 1;
    return true;
  }

  async #snapshot(): Promise<void> {
    const firstOfSnapshot = this.#sequence + 1;
    for (const part of snapshotOf(this.pool)) {
      if (!(await this.#append([part]))) return;
    }
    this.#sinceSnapshot = 0;
    // Nobody waits for it, and a failed trim costs disk, not truth: the next snapshot trims again.
    this.#journal.trim(firstOfSnapshot).catch(() => undefined);
  }
}

const legsOf = (request: Request): number => {
  switch (request.kind) {
    case "take":
      return request.take.legs.length;
    case "release":
      return request.release.legs.length;
    case "renew":
      return request.held.reduce((sum, { legs }) => sum + legs.length, 0);
  }
};

/** How many waiting requests fit into one journal message; at least one. */
function batchLength(queue: readonly Waiting[]): number {
  let legs = 0;
  const first = queue.findIndex(({ request }) => {
    legs += legsOf(request);
    return legs > BATCH_LEGS_MAX;
  });
  return first === -1 ? queue.length : Math.max(1, first);
}
