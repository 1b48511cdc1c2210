/**
 * One kind of question to the registry, answered from memory where possible. Owns single flight, the
 * bound of questions under way, and what is answered while the registry is away.
 *
 * L1  One question under way for a key, however many ask; at most FLIGHTS_MAX in all, more are
 *     answered `unreachable` (or with what is remembered) at once.
 * L2  An answer that was on its way while something it depends on changed is given, and remembered as
 *     stale: the next one who asks fetches again.
 * L3  Registry away: what is remembered is given however old it is; what is not is `unreachable`.
 */
import type { Instant } from "../telephony/instant.ts";
import { type LookupTable, lookupTable, type Tag } from "./lookup-table.ts";

const FLIGHTS_MAX = 1000;
/** About 1 kB an answer: 100 MB at worst. */
const ENTRIES_MAX = 100_000;

/** An answer: `unknown` = nothing has this key; `unreachable` = nobody could say. */
export type Answer<V> =
  | { readonly kind: "found"; readonly value: V }
  | { readonly kind: "unknown" }
  | { readonly kind: "unreachable" };

/** An answer fresh from the registry, with what it depends on. */
export type Fetched<V> =
  | { readonly kind: "found"; readonly value: V; readonly tags: readonly Tag[] }
  | { readonly kind: "unknown" }
  | { readonly kind: "unreachable" };

/** How a question was answered, for the metric. */
export type LookupOutcome = "cached" | "fetched" | "stale" | "unknown" | "unreachable";

/** A question under way, and what changed meanwhile. */
interface Flight<V> {
  readonly answer: Promise<Answer<V>>;
  readonly changed: Set<Tag | "all">;
}

/** What a lookup needs. */
export interface LookupOptions<K, V> {
  readonly keyOf: (question: K) => string;
  /** Asks the registry; never throws. */
  readonly fetch: (question: K) => Promise<Fetched<V>>;
  readonly now: () => Instant;
  readonly onOutcome: (outcome: LookupOutcome) => void;
}

/** See the file header. */
export interface Lookup<K, V> {
  /** The answer, counted, when memory has one that is current; null, not counted, when it must be asked. */
  readonly peek: (question: K) => Answer<V> | null;
  readonly ask: (question: K) => Promise<Answer<V>>;
  readonly changed: (tag: Tag | "all") => void;
  readonly size: () => number;
}

/** Remembers a fetched answer, in the light of what changed while it was on its way (L2). */
function remember<V>(
  table: LookupTable<V>,
  key: string,
  fetched: Exclude<Fetched<V>, { readonly kind: "unreachable" }>,
  { changed, now }: { readonly changed: ReadonlySet<Tag | "all">; readonly now: Instant },
): void {
  if (fetched.kind === "found") {
    const stale = changed.has("all") || fetched.tags.some((tag) => changed.has(tag));
    table.put(key, { value: fetched.value, stale }, fetched.tags);
  } else if (changed.size === 0) table.putUnknown(key, now);
}

/** What memory says without asking anybody; null when it must be asked. */
function fromMemory<V>(table: LookupTable<V>, key: string, now: Instant): Answer<V> | null {
  const remembered = table.get(key);
  if (remembered !== null) {
    return remembered.stale ? null : { kind: "found", value: remembered.value };
  }
  return table.isUnknown(key, now) ? { kind: "unknown" } : null;
}

/** Makes a lookup with an empty memory. */
export function createLookup<K, V>(options: LookupOptions<K, V>): Lookup<K, V> {
  const { keyOf, fetch, now, onOutcome } = options;
  const table = lookupTable<V>(ENTRIES_MAX);
  /** The latest flight of each key; an overtaken one lands without being listed. */
  const flights = new Map<string, Flight<V>>();
  let underWay = 0;

  const fallBack = (key: string): Answer<V> => {
    const remembered = table.get(key);
    onOutcome(remembered === null ? "unreachable" : "stale");
    if (remembered === null) return { kind: "unreachable" };
    return { kind: "found", value: remembered.value };
  };
  const fly = async (question: K, changed: ReadonlySet<Tag | "all">): Promise<Answer<V>> => {
    const key = keyOf(question);
    underWay += 1;
    const fetched = await fetch(question);
    underWay -= 1;
    if (flights.get(key)?.changed === changed) flights.delete(key);
    if (fetched.kind === "unreachable") return fallBack(key);
    remember(table, key, fetched, { changed, now: now() });
    onOutcome(fetched.kind === "found" ? "fetched" : "unknown");
    return fetched;
  };
  const peek = (question: K): Answer<V> | null => {
    const known = fromMemory(table, keyOf(question), now());
    if (known !== null) onOutcome(known.kind === "found" ? "cached" : "unknown");
    return known;
  };
  const ask = async (question: K): Promise<Answer<V>> => {
    const key = keyOf(question);
    const known = peek(question);
    if (known !== null) return known;
    const flight = flights.get(key);
    // A question put before a change must not answer one put after it.
    if (flight !== undefined && flight.changed.size === 0) return flight.answer;
    if (underWay >= FLIGHTS_MAX) return fallBack(key);
    const changed = new Set<Tag | "all">();
    const answer = fly(question, changed);
    flights.set(key, { answer, changed });
    return answer;
  };
  return {
    peek,
    ask,
    changed: (tag) => {
      if (tag === "all") table.allChanged();
      else table.changed(tag);
      for (const { changed } of flights.values()) changed.add(tag);
    },
    size: table.size,
  };
}
