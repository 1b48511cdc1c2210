/**
 * Who leads: refreshes our claim while we lead, watches the leader's signs of life while we stand by,
 * takes over when they stop. Owns: the claim and the reign that follows from it.
 *
 * E1  A reign starts only after the journal was read back to its end and a `led` entry was appended
 *     at exactly that end: the predecessor's later appends fail (fencing).
 * E2  Silence counts from our own clock: two readings of an unchanged revision SILENCE_MS apart.
 * E3  The claim is refreshed while the journal is read back: a long journal is no silence.
 * E4  Who cannot read the journal gives the claim back and stands aside for a while.
 * E5  Who notices that it slept longer than a claim lasts begins a new reign, with its grace, before
 *     it lets any lease expire.
 */
import { apply, emptyPool } from "../core/channel-pool.ts";
import type { Journal, LeaderEntry, Leadership, Now } from "../ports.ts";
import { Leader } from "./leader.ts";

/** Refresh and look-up interval of the claim. */
export const TICK_MS = 300;
/** A leader silent for this long is replaced; four missed refreshes. */
export const SILENCE_MS = 1_200;
/** Who could not read the journal claims again only after this long. */
const ASIDE_MS = 5 * SILENCE_MS;

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
  #asideUntil = 0;
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

  /** Address of the leader as far as we know; empty when nobody leads or it has fallen silent. */
  get leaderAddress(): string {
    if (this.#reign !== null) return this.#around.address;
    const seen = this.#seen;
    if (seen === null || this.#around.now() - seen.since >= SILENCE_MS) return "";
    return seen.entry.address;
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
    const { id, address, leadership, now } = this.#around;
    if (!this.#isFresh()) return reign.leader.depose("slept longer than a claim lasts");
    reign.leader.expire();
    const revision = await leadership.claim({ id, address, term: reign.term }, reign.revision);
    if (revision === "lost") return reign.leader.depose("another allocator claimed the lead");
    if (revision === "unreachable") return this.#readClaimBack(reign);
    reign.revision = revision;
    this.#refreshedAt = now();
  }

  /** NATS may have kept a write that it did not acknowledge in time. */
  async #readClaimBack(reign: Reign): Promise<void> {
    const entry = await this.#around.leadership.read();
    if (entry === "unreachable" || entry === null) return;
    if (entry.id !== this.#around.id || entry.term !== reign.term) {
      return reign.leader.depose("another allocator claimed the lead");
    }
    if (entry.revision !== reign.revision) this.#refreshedAt = this.#around.now();
    reign.revision = entry.revision;
  }

  #isFresh(): boolean {
    return this.#around.now() - this.#refreshedAt <= SILENCE_MS;
  }

  async #watch(): Promise<void> {
    const { id, leadership, now } = this.#around;
    const entry = await leadership.read();
    const at = now();
    if (entry === "unreachable" || at < this.#asideUntil) return;
    if (entry === null) return this.#claim(0, 0);
    const isVacant = entry.id === "" || entry.id === id;
    if (this.#seen === null || this.#seen.entry.revision !== entry.revision) {
      this.#seen = { entry, since: at };
      if (!isVacant) return;
    }
    if (isVacant || at - this.#seen.since >= SILENCE_MS) {
      await this.#claim(entry.term, entry.revision);
    }
  }

  async #claim(term: number, afterRevision: number): Promise<void> {
    const { id, address, leadership, journal, now, log } = this.#around;
    const claim = { id, address, term: term + 1 };
    const first = await leadership.claim(claim, afterRevision);
    if (typeof first !== "number") return;
    this.#refreshedAt = now();
    const pool = emptyPool();
    const reading = journal.replay((entry) => apply(pool, entry));
    const { revision, result: replayed } = await this.#keepClaim(claim, first, reading);
    if (revision === "lost") return;
    if (replayed.kind !== "replayed") {
      log("journal could not be read; standing aside", { ...replayed });
      this.#asideUntil = now() + ASIDE_MS;
      await leadership.claim({ id: "", address: "", term: claim.term }, revision);
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
    this.#begin(at, { revision, term: claim.term });
  }

  #begin(
    at: ConstructorParameters<typeof Leader>[0],
    reign: { readonly revision: number; readonly term: number },
  ): void {
    const { journal, now, log } = this.#around;
    const onDeposed = (why: string): void => {
      log("deposed", { why, term: reign.term });
      this.#reign = null;
      this.#seen = null;
    };
    const isFresh = (): boolean => this.#isFresh();
    this.#reign = { ...reign, leader: new Leader(at, { journal, now, isFresh, onDeposed }) };
    const { size } = at.pool.leases;
    log("leading", { term: reign.term, leases: size, journal: at.journalMessages });
  }

  /** Refreshes the claim until `work` is done (E3); `lost` when another allocator took it. */
  async #keepClaim<T>(
    claim: Omit<LeaderEntry, "revision">,
    first: number,
    work: Promise<T>,
  ): Promise<{ readonly revision: number | "lost"; readonly result: T }> {
    let revision: number | "lost" = first;
    let isWorking = true;
    const done = work.finally(() => {
      isWorking = false;
    });
    while (isWorking && revision !== "lost") {
      await Promise.race([done, pause(TICK_MS)]);
      if (!isWorking) break;
      const next = await this.#around.leadership.claim(claim, revision);
      if (next === "unreachable") continue;
      revision = next;
      this.#refreshedAt = this.#around.now();
    }
    return { revision, result: await done };
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
