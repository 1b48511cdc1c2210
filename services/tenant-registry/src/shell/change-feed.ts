/**
 * Follows the log of revisions and tells every watcher of this replica. Owns the cursor and the poll; a
 * notification of PostgreSQL only shortens the wait, so a lost one costs at most POLL_EVERY_MS.
 *
 * F1  Watchers hear changes in the order of their revisions, each once.
 * F2  A database that went back in time (restored) cuts every watcher off: they start anew.
 */

import { isStoreFault, type StoreFault } from "../../../lib/runtime/database.ts";
import type { Change, ChangeLog } from "../ports.ts";

const POLL_EVERY_MS = 1000;
const PAGE = 1000;

/** One who watches. */
export interface Watcher {
  readonly changed: (change: Change) => void;
  /** The feed cannot go on from where it was (F2). */
  readonly cut: () => void;
}

/** See the file header. */
export interface ChangeFeed {
  /** The last revision seen; null until the database was reached once. */
  readonly current: () => number | null;
  /** Why the database does not answer; null when it does. */
  readonly trouble: () => string | null;
  /** Hears all changes after `current()`; the result ends it. */
  readonly watch: (watcher: Watcher) => () => void;
  /** Looks at once; called when PostgreSQL notifies. */
  readonly wake: () => void;
  readonly stop: () => void;
}

/** Where the feed stands and who listens. */
interface Cursor {
  current: number | null;
  readonly watchers: Set<Watcher>;
}

/** Reads once and tells the watchers; the fault when the database did not answer. */
async function look(log: ChangeLog, cursor: Cursor): Promise<StoreFault | "all-read" | "more"> {
  const { current, watchers } = cursor;
  if (current === null) {
    const read = await log.revision();
    if (isStoreFault(read)) return read;
    cursor.current = read.revision;
    return "all-read";
  }
  const read = await log.changesAfter(current, PAGE);
  if (isStoreFault(read)) return read;
  if (read.revision < current) {
    cursor.current = read.revision;
    for (const watcher of watchers) watcher.cut();
    watchers.clear();
  }
  for (const change of read.value) {
    cursor.current = change.revision;
    for (const watcher of watchers) watcher.changed(change);
  }
  return read.value.length === PAGE ? "more" : "all-read";
}

/** Starts to follow; `onTrouble` hears when the database goes (fault) and comes back (null). */
export function followChanges(
  log: ChangeLog,
  onTrouble: (fault: StoreFault | null) => void,
): ChangeFeed {
  const cursor: Cursor = { current: null, watchers: new Set() };
  let trouble: string | null = "not reached yet";
  let stopped = false;
  let wakeUp = Promise.withResolvers<void>();

  const note = (fault: StoreFault | null): void => {
    const problem = fault?.problem ?? null;
    if (problem !== trouble) onTrouble(fault);
    trouble = problem;
  };
  const run = async (): Promise<void> => {
    while (!stopped) {
      wakeUp = Promise.withResolvers<void>();
      const result = await look(log, cursor);
      note(isStoreFault(result) ? result : null);
      if (result === "more") continue;
      const timer = setTimeout(wakeUp.resolve, POLL_EVERY_MS);
      await wakeUp.promise;
      clearTimeout(timer);
    }
  };
  void run();
  return {
    current: () => cursor.current,
    trouble: () => trouble,
    watch: (watcher) => {
      cursor.watchers.add(watcher);
      return () => void cursor.watchers.delete(watcher);
    },
    wake: () => wakeUp.resolve(),
    stop: () => {
      stopped = true;
      wakeUp.resolve();
    },
  };
}
