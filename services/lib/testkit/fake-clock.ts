/** A clock that tests move by hand. It never goes back. */
import { assert } from "../telephony/assert.ts";
import type { Instant } from "../telephony/instant.ts";

/** See the file header. `now` is handed to the code under test. */
export interface FakeClock {
  readonly now: () => Instant;
  /** Moves on by some milliseconds; returns the new time. */
  readonly advance: (ms: number) => Instant;
}

/** Makes a clock that starts at `start` (2026-04-01T00:00:00Z unless given). */
export function createFakeClock(start: Instant = Date.UTC(2026, 3, 1)): FakeClock {
  let at = start;
  return {
    now: () => at,
    advance: (ms) => {
      assert(ms >= 0, "a clock does not go back");
      at += ms;
      return at;
    },
  };
}
