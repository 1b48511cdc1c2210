/**
 * Registrations of the whole cluster, as this edge sees them. Owns: the table that follows the
 * bucket, compare-and-set with its retries, which bindings are alive. Does not own: the registrar's
 * rules (core/registration.ts), the bucket (bindings-bucket.ts).
 *
 * R1  A change takes what the table says, and the bucket decides: when another edge was faster, the
 *     decision is taken anew on what is there now. At most ATTEMPTS_MAX times, then `contended`.
 *     Changes of one AOR at this edge wait for each other, at most TURNS_MAX of them.
 * R2  A binding is alive until its time is over; over TCP also only while the edge that holds its
 *     flow has not started anew. Dead ones are never shown and go away with the next write.
 * R3  After each (re)start of the watch a second table is filled; it takes over when this edge's own
 *     mark, written after the watch began, comes back: then nothing that was there is missing. The
 *     mark also tells all edges which life of this edge is the current one.
 * R4  While NATS is away the table stays as it is: telephones can be called, REGISTERs are refused.
 * R5  That nothing need be written is judged by the table, which lags by a few milliseconds. A
 *     telephone that leaves at one edge and comes back at another within them may hear yes too
 *     early; its next refresh mends that.
 * R6  At most `aorsMax` AORs are held; a REGISTER for one more is refused (`full`).
 */
import type { CompanyId, Extension, NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { type ContactBinding, lifetimeMs } from "../core/registration.ts";
import type { BindingsOf } from "../ports.ts";
import { decodeBindings, encodeBindings } from "./binding-codec.ts";
import type { BindingsBucket, StoredEntry } from "./bindings-bucket.ts";

/** Each lost race means that another edge changed the same AOR within a millisecond. */
const ATTEMPTS_MAX = 8;
/** More telephones of one extension than it may have contacts. */
const TURNS_MAX = 16;
/** About 100 MB of table. */
const AORS_MAX = 200_000;
const WATCH_RETRY_MS = 250;
const EDGE_PREFIX = "_edge";

/** What is to become of an AOR: the new bindings, or null when nothing is to be written. */
export interface Decision<T> {
  readonly bindings: readonly ContactBinding[] | null;
  readonly result: T;
}

/** Result of {@link Bindings.change}. */
export type Changed<T> =
  | { readonly kind: "changed"; readonly result: T }
  | { readonly kind: "unreachable" | "contended" | "full" };

/** What a table of bindings needs from outside. */
export interface BindingsOptions {
  readonly bucket: BindingsBucket;
  readonly edge: NodeId;
  /** Different in each life of the edge. */
  readonly boot: string;
  readonly now: () => Instant;
  /** An entry of the bucket that could not be read (C1), or had no place (R6). */
  readonly onFault: (fault: "undecodable" | "full") => void;
  readonly aorsMax?: number;
}

interface Aor {
  readonly bindings: readonly ContactBinding[];
  readonly revision: number;
}

interface Table {
  readonly aors: Map<string, Aor>;
  /** Current life of each edge. */
  readonly boots: Map<string, string>;
}

const NONE: Aor = { bindings: [], revision: 0 };

/** The registrations of the cluster. */
export class Bindings {
  readonly #options: BindingsOptions;
  #table: Table = newTable();
  /** The table that is being filled (R3); the same one afterwards. */
  #next: Table = this.#table;
  #isSynced = false;
  #isStopped = false;
  #following: Promise<void> | null = null;
  /** Changes under way or waiting, by AOR: the last one, and how many. */
  readonly #turns = new Map<string, { last: Promise<unknown>; count: number }>();
  #stopWatch = (): void => {};
  #wake = (): void => {};

  constructor(options: BindingsOptions) {
    this.#options = options;
  }

  /** Starts to follow the bucket, until {@link stop}. */
  start(): void {
    this.#following ??= this.#follow();
  }

  /** Ends the watch. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopWatch();
    this.#wake();
    await this.#following;
  }

  /** True once everything that is registered is known here. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** AORs with a registration. */
  get size(): number {
    return this.#table.aors.size;
  }

  /** The port {@link BindingsOf}. */
  readonly bindingsOf: BindingsOf = (companyId, extension) =>
    this.#live(this.#table.aors.get(aorKey(companyId, extension)) ?? NONE);

  /**
   * Changes the bindings of an AOR in one step for the whole cluster (R1). `decide` sees the live
   * bindings and may be asked several times.
   */
  async change<T>(
    companyId: CompanyId,
    extension: Extension,
    decide: (current: readonly ContactBinding[]) => Decision<T>,
  ): Promise<Changed<T>> {
    const key = aorKey(companyId, extension);
    const turns = this.#turns.get(key) ?? { last: Promise.resolve(), count: 0 };
    if (turns.count >= TURNS_MAX) return { kind: "contended" };
    const turn = turns.last.then(() => this.#changeInTurn(key, decide));
    turns.count += 1;
    turns.last = turn.catch(() => undefined);
    this.#turns.set(key, turns);
    try {
      return await turn;
    } finally {
      turns.count -= 1;
      if (turns.count === 0) this.#turns.delete(key);
    }
  }

  async #changeInTurn<T>(
    key: string,
    decide: (current: readonly ContactBinding[]) => Decision<T>,
  ): Promise<Changed<T>> {
    const known = this.#table.aors.get(key);
    let aor = known ?? (this.#isSynced ? NONE : await this.#read(key));
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      if (aor === "unreachable") return { kind: "unreachable" };
      const { bindings, result } = decide(this.#live(aor));
      if (bindings === null) return { kind: "changed", result };
      if (known === undefined && this.#isFull(this.#table)) return { kind: "full" };
      const written = await this.#write(key, bindings, aor.revision);
      if (written === "written") return { kind: "changed", result };
      aor = written === "conflict" ? await this.#read(key) : "unreachable";
    }
    return { kind: "contended" };
  }

  async #read(key: string): Promise<Aor | "unreachable"> {
    const entry = await this.#options.bucket.read(key);
    if (entry === "unreachable") return entry;
    return { bindings: this.#decode(entry), revision: entry.revision };
  }

  async #write(
    key: string,
    bindings: readonly ContactBinding[],
    revision: number,
  ): Promise<"written" | "conflict" | "unreachable"> {
    const lifetimeS = Math.ceil(lifetimeMs(bindings, this.#options.now()) / 1000);
    const text = lifetimeS === 0 ? null : encodeBindings(bindings);
    const written = await this.#options.bucket.write(key, { text, revision, lifetimeS });
    if (typeof written === "string") return written;
    // Not to wait for the watch: the telephone may be called with its 200.
    for (const table of new Set([this.#table, this.#next])) {
      this.#keep(table, key, { bindings, revision: written });
    }
    return "written";
  }

  async #follow(): Promise<void> {
    while (!this.#isStopped) {
      await this.#watchOnce();
      if (this.#isStopped) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, WATCH_RETRY_MS);
      this.#wake = resolve;
      await promise;
      clearTimeout(timer);
    }
  }

  /** One watch from its start to its end (R3). */
  async #watchOnce(): Promise<void> {
    const { bucket, edge, boot } = this.#options;
    const next = newTable();
    this.#next = next;
    let markAt = Number.POSITIVE_INFINITY;
    let reached = 0;
    const takeOver = (): void => {
      if (this.#table === next || reached < markAt) return;
      this.#table = next;
      this.#isSynced = true;
    };
    const watch = await bucket.watch((key, entry) => {
      this.#apply(next, key, entry);
      reached = Math.max(reached, entry.revision);
      takeOver();
    });
    if (watch === "unreachable") return;
    this.#stopWatch = watch.stop;
    if (this.#isStopped) watch.stop();
    const mark = { text: boot, revision: null, lifetimeS: null };
    const written = await bucket.write(edgeKey(edge), mark);
    if (typeof written === "string") watch.stop();
    else markAt = written;
    takeOver();
    await watch.ended;
  }

  #apply(table: Table, key: string, entry: StoredEntry): void {
    const [prefix, edge, field] = key.split(".");
    if (prefix === EDGE_PREFIX && edge !== undefined && field === "boot") {
      if (entry.text !== null) table.boots.set(edge, entry.text);
    } else if (edge !== undefined && field === undefined) {
      this.#keep(table, key, { bindings: this.#decode(entry), revision: entry.revision });
    }
  }

  #keep(table: Table, key: string, aor: Aor): void {
    const known = table.aors.get(key);
    if (known !== undefined && known.revision >= aor.revision) return;
    if (aor.bindings.length === 0) table.aors.delete(key);
    else if (known === undefined && this.#isFull(table)) this.#options.onFault("full");
    else table.aors.set(key, aor);
  }

  #isFull(table: Table): boolean {
    return table.aors.size >= (this.#options.aorsMax ?? AORS_MAX);
  }

  #decode({ text }: StoredEntry): readonly ContactBinding[] {
    if (text === null) return [];
    const bindings = decodeBindings(text);
    if (bindings === null) this.#options.onFault("undecodable");
    return bindings ?? [];
  }

  #live({ bindings }: Aor): readonly ContactBinding[] {
    const at = this.#options.now();
    return bindings.filter((binding) => binding.expiresAt > at && this.#isReachable(binding));
  }

  #isReachable({ endpoint, edge, boot }: ContactBinding): boolean {
    if (endpoint.transport === "udp") return true;
    const current = edge === this.#options.edge ? this.#options.boot : this.#table.boots.get(edge);
    return current === undefined || current === boot;
  }
}

function newTable(): Table {
  return { aors: new Map(), boots: new Map() };
}

function aorKey(companyId: CompanyId, extension: Extension): string {
  return `${companyId}.${extension}`;
}

function edgeKey(edge: NodeId): string {
  return `${EDGE_PREFIX}.${edge}.boot`;
}
