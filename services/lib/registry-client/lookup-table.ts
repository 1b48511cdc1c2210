/**
 * A bounded table of answers by key, with the companies and trunks that each answer depends on. Owns
 * what is remembered and whether it is still current; does not ask anybody (lookup.ts).
 *
 * T1  A change never removes an answer: it makes it stale, so that it can still be given while the
 *     registry is away.
 * T2  At most `max` answers; the least recently used goes first. "Unknown" is kept for UNKNOWN_FOR_MS
 *     only, apart from the answers, and forgotten at any change.
 */
import type { Instant } from "../telephony/instant.ts";

/** How long "unknown" is believed: long enough to stop a scan, too short to annoy who adds a number. */
const UNKNOWN_FOR_MS = 2000;
const UNKNOWN_MAX = 10_000;

/** What an answer depends on. */
export type Tag = `company:${string}` | `trunk:${string}`;

/** An answer and whether something that it depends on has changed since. */
export interface Remembered<V> {
  readonly value: V;
  readonly stale: boolean;
}

interface Entry<V> {
  readonly value: V;
  readonly tags: readonly Tag[];
  stale: boolean;
}

/** See the file header. */
export interface LookupTable<V> {
  /** The answer, marked as recently used. */
  readonly get: (key: string) => Remembered<V> | null;
  readonly isUnknown: (key: string, now: Instant) => boolean;
  readonly put: (key: string, answer: Remembered<V>, tags: readonly Tag[]) => void;
  /** Forgets what was known and remembers that there is nothing. */
  readonly putUnknown: (key: string, now: Instant) => void;
  /** Makes the answers that depend on a tag stale. */
  readonly changed: (tag: Tag) => void;
  readonly allChanged: () => void;
  readonly size: () => number;
}

/** Keys of answers by what they depend on. */
function tagIndex() {
  const byTag = new Map<Tag, Set<string>>();
  return {
    add: (key: string, tags: readonly Tag[]): void => {
      for (const tag of tags) {
        const keys = byTag.get(tag) ?? new Set();
        keys.add(key);
        byTag.set(tag, keys);
      }
    },
    remove: (key: string, tags: readonly Tag[]): void => {
      for (const tag of tags) {
        const keys = byTag.get(tag);
        keys?.delete(key);
        if (keys?.size === 0) byTag.delete(tag);
      }
    },
    keys: (tag: Tag): Iterable<string> => byTag.get(tag) ?? [],
  };
}

/** Makes an empty table. */
export function lookupTable<V>(max: number): LookupTable<V> {
  const entries = new Map<string, Entry<V>>();
  const index = tagIndex();
  const unknown = new Map<string, Instant>();

  const remove = (key: string): void => {
    index.remove(key, entries.get(key)?.tags ?? []);
    entries.delete(key);
  };
  const touch = (key: string): Entry<V> | null => {
    const entry = entries.get(key);
    if (entry === undefined) return null;
    entries.delete(key);
    entries.set(key, entry);
    return entry;
  };
  const makeStale = (keys: Iterable<string>): void => {
    unknown.clear();
    for (const key of keys) {
      const entry = entries.get(key);
      if (entry !== undefined) entry.stale = true;
    }
  };
  return {
    get: touch,
    isUnknown: (key, now) => (unknown.get(key) ?? Number.NEGATIVE_INFINITY) > now,
    put: (key, { value, stale }, tags) => {
      remove(key);
      unknown.delete(key);
      entries.set(key, { value, tags, stale });
      index.add(key, tags);
      const oldest = entries.keys().next();
      if (entries.size > max && !oldest.done) remove(oldest.value);
    },
    putUnknown: (key, now) => {
      remove(key);
      if (unknown.size >= UNKNOWN_MAX) unknown.clear();
      unknown.set(key, now + UNKNOWN_FOR_MS);
    },
    changed: (tag) => makeStale(index.keys(tag)),
    allChanged: () => makeStale(entries.keys()),
    size: () => entries.size,
  };
}
