import { describe, expect, it } from "vitest";
import { NonceUses } from "./nonce-uses.ts";

describe("nonce counts", () => {
  it("are accepted once each, and only rising", () => {
    const uses = new NonceUses();
    const counts = [1, 1, 3, 2, 3, 4];
    expect(counts.map((nc) => uses.accept("n", 0, nc))).toEqual([
      true,
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  it("of different nonces do not touch each other", () => {
    const uses = new NonceUses();
    expect([uses.accept("n", 0, 1), uses.accept("m", 0, 1)]).toEqual([true, true]);
  });

  it("U2: forgetting a used nonce never lets its replay through", () => {
    const uses = new NonceUses(2);
    expect(uses.accept("first", 10, 1)).toBe(true);
    expect(uses.accept("second", 20, 1)).toBe(true);
    expect(uses.accept("third", 30, 1)).toBe(true);
    expect(uses.accept("first", 10, 1)).toBe(false);
    expect(uses.accept("first", 10, 2)).toBe(false);
    expect(uses.accept("second", 20, 1)).toBe(false);
    expect(uses.accept("second", 20, 2)).toBe(true);
    expect(uses.accept("fourth", 40, 1)).toBe(true);
  });

  it("U2: what was used last is kept longest", () => {
    const uses = new NonceUses(2);
    uses.accept("first", 10, 1);
    uses.accept("second", 20, 1);
    uses.accept("first", 10, 2);
    uses.accept("third", 30, 1);
    expect([uses.accept("first", 10, 3), uses.accept("second", 20, 2)]).toEqual([true, false]);
  });
});
