/**
 * How many calls came under one id within a window (DOMAIN 4.5 d). Owns: the calls counted lately and
 * what was said of each. Does not own: what a rate stands for, or what a refusal leads to.
 *
 * R1  A call counts once under an id, whatever it asks again, and is judged as at its first time.
 * R2  Over the limit is a call with at least `limit` others in the `windowMs` before it. A refused call
 *     counts like any other: a storm stays stopped until it pauses.
 * R3  At most COUNTED_MAX (id, call) pairs are remembered, none for longer than REMEMBERED_MS; when
 *     full, the oldest is forgotten. A forgotten call counts anew, and the window misses one: the guard
 *     grows lenient, it never refuses more.
 *
 * Not journaled: a new leader starts with nothing counted. The guard slows a loop down and holds no
 * channel: at worst `limit` more calls of each id pass once per takeover, and the limits of the scopes,
 * which are journaled, still bound what they can hold.
 */
import type { Instant } from "../../../lib/telephony/instant.ts";

/** A call asks for no leg later than this after its first: it may ring for 170 s (DOMAIN 2.3). */
export const REMEMBERED_MS = 180_000;

/**
 * Pairs remembered, about 350 bytes each: 360 calls a second for all of REMEMBERED_MS, 6,500 a second
 * for a window of 10 s.
 */
export const COUNTED_MAX = 65_536;

/** A rate as a request states it; limit 0 is no rate. `windowMs` is at most REMEMBERED_MS. */
export interface ClaimedRate {
  readonly id: string;
  readonly limit: number;
  readonly windowMs: number;
}

interface Counted {
  readonly key: string;
  readonly rate: string;
  readonly at: Instant;
  readonly isOver: boolean;
  newer: Counted | null;
}

/** See the file header; changed in place. */
export interface CallRates {
  /** By call and rate. */
  readonly counted: Map<string, Counted>;
  /** The last `limit` calls of each rate, oldest first; all of them are in `counted`. */
  readonly latest: Map<string, Counted[]>;
  /** Ends of the list of all in `counted`: a map that loses its first entries is slow to find the next. */
  oldest: Counted | null;
  newest: Counted | null;
}

/** Nothing counted. */
export const emptyRates = (): CallRates => ({
  counted: new Map(),
  latest: new Map(),
  oldest: null,
  newest: null,
});

/** Counts a call under all its rates (R1); the id of the first one that it is over, or null. */
export function countCall(
  rates: CallRates,
  at: Instant,
  call: { readonly callId: string; readonly rates: readonly ClaimedRate[] },
): string | null {
  let over: string | null = null;
  for (const rate of call.rates) {
    if (rate.limit === 0) continue;
    const key = `${call.callId}/${rate.id}`;
    const { isOver } = rates.counted.get(key) ?? count(rates, at, { key, rate });
    if (isOver) over ??= rate.id;
  }
  return over;
}

function count(
  rates: CallRates,
  at: Instant,
  { key, rate }: { readonly key: string; readonly rate: ClaimedRate },
): Counted {
  const latest = rates.latest.get(rate.id) ?? [];
  const before = latest.at(-rate.limit);
  const isOver = before !== undefined && before.at > at - rate.windowMs;
  const counted: Counted = { key, rate: rate.id, at, isOver, newer: null };
  rates.counted.set(key, counted);
  if (rates.newest === null) rates.oldest = counted;
  else rates.newest.newer = counted;
  rates.newest = counted;
  latest.push(counted);
  if (latest.length > rate.limit) latest.shift();
  rates.latest.set(rate.id, latest);
  forget(rates, at);
  return counted;
}

/** R3. */
function forget(rates: CallRates, at: Instant): void {
  const { counted, latest } = rates;
  for (let one = rates.oldest; one !== null; one = one.newer) {
    if (counted.size <= COUNTED_MAX && one.at > at - REMEMBERED_MS) return;
    rates.oldest = one.newer;
    counted.delete(one.key);
    const ofRate = latest.get(one.rate);
    if (ofRate === undefined || ofRate[0] !== one) continue;
    ofRate.shift();
    if (ofRate.length === 0) latest.delete(one.rate);
  }
}
