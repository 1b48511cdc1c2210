import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CallRates,
  type ClaimedRate,
  COUNTED_MAX,
  countCall,
  emptyRates,
  REMEMBERED_MS,
} from "./call-rates.ts";

const TWO: ClaimedRate = { id: "loop:x", limit: 2, windowMs: 10_000 };

const count = (rates: CallRates, at: number, callId: string, ...claimed: ClaimedRate[]) =>
  countCall(rates, at, { callId, rates: claimed });

describe("calls within a window", () => {
  it("4.5d: up to the limit calls pass, the next is over, and a window later calls pass again", () => {
    const rates = emptyRates();
    expect(count(rates, 0, "c1", TWO)).toBeNull();
    expect(count(rates, 4_000, "c2", TWO)).toBeNull();
    expect(count(rates, 9_999, "c3", TWO)).toBe("loop:x");
    expect(count(rates, 14_000, "c4", TWO)).toBeNull();
  });

  it("4.5d: the window slides: its end is the call's own moment, not the tick of a clock", () => {
    const rates = emptyRates();
    count(rates, 9_000, "c1", TWO);
    count(rates, 9_500, "c2", TWO);
    expect(count(rates, 18_999, "c3", TWO)).toBe("loop:x");
    expect(count(rates, 19_500, "c4", TWO)).toBeNull();
  });

  it("4.5d: a refused call counts too, so a storm stays stopped until it pauses", () => {
    const rates = emptyRates();
    const said = Array.from({ length: 20 }, (_, n) => count(rates, n * 2_000, `c${n}`, TWO));
    expect(said.filter((over) => over === null)).toHaveLength(2);
    expect(rates.latest.get("loop:x")).toHaveLength(TWO.limit);
    expect(count(rates, 38_000 + 10_000, "after a pause", TWO)).toBeNull();
  });

  it("4.5d: a call that asks again neither counts again nor is judged anew", () => {
    const rates = emptyRates();
    for (let again = 0; again < 5; again += 1) {
      expect(count(rates, again, "c1", TWO)).toBeNull();
    }
    expect(count(rates, 10, "c2", TWO)).toBeNull();
    expect(count(rates, 11, "c3", TWO)).toBe("loop:x");
    expect(count(rates, 60_000, "c1", TWO)).toBeNull();
    expect(count(rates, 60_000, "c3", TWO)).toBe("loop:x");
  });

  it("4.5d: of several rates the first one exceeded is named, and the call counts under all", () => {
    const rates = emptyRates();
    const one = { ...TWO, id: "loop:y", limit: 1 };
    count(rates, 0, "c1", one);
    expect(count(rates, 1, "c2", one, TWO)).toBe("loop:y");
    count(rates, 2, "c3", TWO);
    expect(count(rates, 3, "c4", TWO)).toBe("loop:x");
  });

  it("4.5d: limit 0 is no rate: nothing is counted", () => {
    const rates = emptyRates();
    for (let call = 0; call < 9; call += 1) {
      expect(count(rates, 0, `c${call}`, { ...TWO, limit: 0 })).toBeNull();
    }
    expect(rates.counted.size).toBe(0);
  });
});

describe("what is remembered", () => {
  it("the oldest goes when the table is full; then the guard is lenient, not strict", () => {
    const rates = emptyRates();
    count(rates, 0, "c1", TWO);
    count(rates, 0, "c2", TWO);
    for (let call = 0; call < COUNTED_MAX - 1; call += 1) {
      count(rates, 1, `other${call}`, { ...TWO, id: `loop:${call}` });
    }
    expect(rates.counted.size).toBe(COUNTED_MAX);
    expect(rates.latest.size).toBe(COUNTED_MAX);
    expect(count(rates, 2, "c3", TWO)).toBeNull();
  });

  it("what is too old for any call to ask again goes with the next count", () => {
    const rates = emptyRates();
    for (let call = 0; call < 50; call += 1) count(rates, call, `c${call}`, TWO);
    count(rates, REMEMBERED_MS + 49, "c99", TWO);
    expect([rates.counted.size, rates.latest.size]).toEqual([1, 1]);
  });
});

describe("any schedule of calls", () => {
  const asks = fc.array(
    fc.record({
      afterMs: fc.nat(4_000),
      callId: fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h"),
      rates: fc.uniqueArray(fc.constantFrom("loop:x", "loop:y"), { minLength: 1 }),
    }),
    { maxLength: 40 },
  );

  it("4.5d: is judged as by counting the other calls of the window one by one", () => {
    fc.assert(
      fc.property(asks, fc.integer({ min: 1, max: 4 }), (schedule, limit) => {
        const rates = emptyRates();
        const first = new Map<string, { rate: string; at: number; isOver: boolean }>();
        let at = 0;
        for (const { afterMs, callId, rates: ids } of schedule) {
          at += afterMs;
          const expected = ids.filter((rate) => {
            const others = [...first.values()].filter(
              (one) => one.rate === rate && one.at > at - TWO.windowMs,
            );
            const known = first.get(`${callId} ${rate}`);
            const judged = known ?? { rate, at, isOver: others.length >= limit };
            first.set(`${callId} ${rate}`, judged);
            return judged.isOver;
          });
          const claimed = ids.map((id) => ({ ...TWO, id, limit }));
          expect(count(rates, at, callId, ...claimed)).toBe(expected[0] ?? null);
        }
      }),
    );
  });
});
