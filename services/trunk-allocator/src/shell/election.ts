/**
 * Who leads: refreshes our claim while we lead, watches the leader's signs of life while we stand by,
 * takes over when they stop. Owns: the claim and the reign that follows from it.
 *
 * E1  A reign starts only after the journal was read back to its end and a `led` entry was appended
 *     at exactly that end: the predecessor's later appends fail (fencing).
 * E2  Silence counts from our own clock: two readings of an unchanged revision SILENCE_MS apart.
 */
import { apply, emptyPool } from "../core/channel-pool.ts";
import type { Journal, LeaderEntry, Leadership, Now } from "../ports.ts";
import { Leader } from "./leader.ts";

/** Refresh and look-up interval of the claim. */
export const TICK_MS = 300;
/** A leader silent for this long is replaced; four missed refreshes. */
export const SILENCE_MS = 1_200;

/** What the election needs around it. */
export interface ElectionSurroundings {
  readonly id: string;
  /** Address under which controllers reach us, host:port. */
  readonly address: string;
  readonly journal: Journal;
  readonly leadership: Leadership;
  readonly now: Now;
  readonly log: (message: string, details: Record<string, unknown>) => void;
}

interface Reign {
  readonly leader: Leader;
  /** Revision of our claim in the bucket. */
  revision: number;
  readonly term: number;
}

/** See the file header. */
export class Election {
  readonly #around: ElectionSurroundings;
  #reign: Reign | null = null;
  #seen: { readonly entry: LeaderEntry; readonly since: number } | null = null;
  #refreshedAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #ticking: Promise<void> = Promise.resolve();
  #hasStopped = false;

  constructor(around: ElectionSurroundings) {
    this.#around = around;
  }

  /** The reign, while we lead. */
  get leader(): Leader | null {
    return this.#reign?.leader ?? null;
  }

  /** Address of the leader as far as we know; empty when nobody leads. */
  get leaderAddress(): string {
    return this.#reign !== null ? this.#around.address : (this.#seen?.entry.address ?? "");
  }

  start(): void {
    this.#schedule(0);
  }

  /** Steps down and lets the standby take over at once. */
  async stop(): Promise<void> {
    this.#hasStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#ticking;
    const reign = this.#reign;
    this.#reign = null;
    if (reign === null) return;
    reign.leader.depose("drain");
    await this.#around.leadership.claim({ id: "", address: "", term: reign.term }, reign.revision);
  }

  #schedule(delayMs: number): void {
    if (this.#hasStopped) return;
    this.#timer = setTimeout(() => {
      this.#ticking = this.#tick()
        .catch((error: unknown) =>
          this.#around.log("election tick failed", { error: String(error) }),
        )
        .then(() => this.#schedule(TICK_MS));
    }, delayMs);
  }

  async #tick(): Promise<void> {
    if (this.#reign !== null) await this.#refresh(this.#reign);
    else await this.#watch();
  }

  async #refresh(reign: Reign): Promise<void> {
    reign.leader.expire();
    const { id, address, leadership, now } = this.#around;
    const revision = await leadership.claim({ id, address, term: reign.term }, reign.revision);
    if (revision === "lost") return reign.leader.depose("another allocator claimed the lead");
    if (revision !== "unreachable") {
      reign.revision = revision;
      this.#refreshedAt = now();
    } else if (now() - this.#refreshedAt > SILENCE_MS) {
      // NATS may have kept the write: the revision is read again before the next claim.
      reign.leader.depose("the leadership bucket cannot be reached");
    }
  }

  async #watch(): Promise<void> {
    const { leadership, now } = this.#around;
    const entry = await leadership.read();
    if (entry === "unreachable") return;
    if (entry === null) return this.#claim(0, 0);
    const at = now();
    if (this.#seen === null || this.#seen.entry.revision !== entry.revision) {
      this.#seen = { entry, since: at };
      if (entry.id !== "" && entry.id !== this.#around.id) return;
    }
    const isVacant = entry.id === "" || entry.id === this.#around.id;
    if (isVacant || at - this.#seen.since >= SILENCE_MS) {
      await this.#claim(entry.term, entry.revision);
    }
  }

  async #claim(term: number, afterRevision: number): Promise<void> {
    const { id, address, leadership, journal, now, log } = this.#around;
    const claim = { id, address, term: term + 1 };
    const revision = await leadership.claim(claim, afterRevision);
    if (typeof revision !== "number") return;
    this.#refreshedAt = now();
    const pool = emptyPool();
    const replayed = await journal.replay((entry) => apply(pool, entry));
    if (replayed.kind !== "replayed") {
      log("journal could not be read; not leading", { ...replayed });
      return;
    }
    const led = { kind: "led", leader: id, term: claim.term, at: now() } as const;
    const appended = await journal.append([led], replayed.lastSequence);
    if (appended.kind !== "appended") {
      log("journal refused the new reign; trying again", { ...appended });
      return;
    }
    apply(pool, led);
    const at = { pool, sequence: appended.sequence, journalMessages: replayed.messages };
    const onDeposed = (why: string): void => {
      log("deposed", { why, term: claim.term });
      this.#reign = null;
      this.#seen = null;
    };
    this.#reign = {
      leader: new Leader(at, { journal, now, onDeposed }),
      revision,
      term: claim.term,
    };
    log("leading", { term: claim.term, leases: pool.leases.size, journal: replayed.messages });
  }
}
