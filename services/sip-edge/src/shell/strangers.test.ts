import { describe, expect, it } from "vitest";
import { Strangers } from "./strangers.ts";

const answersOf = (strangers: Strangers, host: string, at: number, requests: number): number =>
  Array.from({ length: requests }, () => strangers.isAnswered(host, at)).filter(Boolean).length;

describe("strangers", () => {
  it("get twenty answers at once, then one a second", () => {
    const strangers = new Strangers();
    expect(answersOf(strangers, "a", 0, 50)).toBe(20);
    expect(answersOf(strangers, "a", 1_000, 50)).toBe(1);
    expect(answersOf(strangers, "a", 3_000, 50)).toBe(2);
    expect(answersOf(strangers, "a", 3_600_000, 50)).toBe(20);
  });

  it("do not use up each other's answers", () => {
    const strangers = new Strangers();
    answersOf(strangers, "a", 0, 50);
    expect(answersOf(strangers, "b", 0, 50)).toBe(20);
  });

  it("S2: at most so many are remembered; the one heard of longest ago is forgotten", () => {
    const strangers = new Strangers(2);
    for (const host of ["a", "b", "a", "c"]) answersOf(strangers, host, 0, 50);
    expect(answersOf(strangers, "a", 0, 50)).toBe(0);
    expect(answersOf(strangers, "b", 0, 50)).toBe(20);
  });
});
