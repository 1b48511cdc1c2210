import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chargeOf } from "./charge.ts";
import type { Rate } from "./rate-deck.ts";

const LANDLINE: Rate = { class: "landline", prefix: "", unitS: 180, unitYen: 8 };
const MOBILE: Rate = { class: "mobile", prefix: "", unitS: 60, unitYen: 16 };

describe("5.5: the golden charges", () => {
  it.each([
    ["landline", LANDLINE, 1, 8],
    ["landline", LANDLINE, 180, 8],
    ["landline", LANDLINE, 181, 16],
    ["mobile", MOBILE, 60, 16],
    ["mobile", MOBILE, 61, 32],
  ] as const)("5.5: %s, %o: %i s cost %i yen", (_, rate, seconds, yen) => {
    expect(chargeOf(seconds * 1000, rate)).toMatchObject({ billedS: seconds, yen });
  });
});

it("5.1: a begun second counts whole, and an answer is at least one second", () => {
  const billed = (ms: number): number => chargeOf(ms, MOBILE).billedS;
  expect([0, 1, 999, 1000, 1001, 60_000, 60_001].map(billed)).toEqual([1, 1, 1, 1, 2, 60, 61]);
});

it("5.1: the charge is the least number of whole units that covers the billed seconds", () => {
  const rate = fc.record({ unitS: fc.integer({ min: 1, max: 600 }), unitYen: fc.nat(1000) });
  fc.assert(
    fc.property(fc.nat(86_400_000), rate, (talkMs, { unitS, unitYen }) => {
      const { billedS, units, yen } = chargeOf(talkMs, { ...MOBILE, unitS, unitYen });
      expect(billedS * 1000).toBeGreaterThanOrEqual(talkMs);
      expect(units * unitS).toBeGreaterThanOrEqual(billedS);
      expect((units - 1) * unitS).toBeLessThan(billedS);
      expect(yen).toBe(units * unitYen);
    }),
  );
});
