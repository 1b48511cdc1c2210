/**
 * The process's clock: wall-clock milliseconds that never go back while the process lives.
 * Counts on the monotonic clock and compares it with the wall clock once a second.
 *
 * K1  It never goes back and never stands still for longer than the monotonic clock does.
 * K2  A wall clock that jumped ahead (NTP, a resumed machine) is followed at once.
 * K3  A wall clock that jumped back is approached by running a tenth slower, so no deadline waits for
 *     the whole jump.
 */
import { performance } from "node:perf_hooks";
import type { Instant } from "../telephony/instant.ts";

/** Where the clock reads: both in milliseconds. */
export interface ClockSources {
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
}

const COMPARE_EVERY_MS = 1000;
/** Differences below this are the wall clock's own grain. */
const TOLERANCE_MS = 20;
/** Part of the time gone by that may be given back (K3). */
const SLEW = 0.1;

/** Makes a clock that reads `sources`. */
export function createClock(sources: ClockSources): () => Instant {
  let comparedAt = sources.monotonicMs();
  let offset = sources.wallMs() - comparedAt;
  let last = 0;
  return () => {
    const monotonic = sources.monotonicMs();
    const since = monotonic - comparedAt;
    if (since >= COMPARE_EVERY_MS) {
      const ahead = monotonic + offset - sources.wallMs();
      if (ahead < -TOLERANCE_MS) offset -= ahead;
      else if (ahead > TOLERANCE_MS) offset -= Math.min(ahead, since * SLEW);
      comparedAt = monotonic;
    }
    last = Math.max(last, Math.floor(monotonic + offset));
    return last;
  };
}

/** Now, in whole milliseconds since the Unix epoch, UTC. */
export const now: () => Instant = createClock({
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
});
