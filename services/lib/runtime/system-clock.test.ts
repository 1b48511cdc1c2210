import { expect, it } from "vitest";
import { createClock, now } from "./system-clock.ts";

const START = 1_000_000;

function fakeSources() {
  const at = { wall: START, monotonic: 500 };
  const pass = (ms: number): void => {
    at.wall += ms;
    at.monotonic += ms;
  };
  return { at, pass, sources: { wallMs: () => at.wall, monotonicMs: () => at.monotonic } };
}

it("follows the wall clock", () => {
  const { pass, sources } = fakeSources();
  const clock = createClock(sources);
  expect(clock()).toBe(START);
  pass(1500);
  expect(clock()).toBe(START + 1500);
});

it("follows a jump ahead at the next comparison", () => {
  const { at, pass, sources } = fakeSources();
  const clock = createClock(sources);
  at.wall += 3_600_000;
  pass(1000);
  expect(clock()).toBe(START + 3_601_000);
});

it("never goes back and never stands still when the wall clock jumps back; it catches up in time", () => {
  const { at, pass, sources } = fakeSources();
  const clock = createClock(sources);
  at.wall -= 10_000;
  let before = clock();
  for (let second = 0; second < 110; second += 1) {
    pass(1000);
    const after = clock();
    expect(after - before).toBeGreaterThanOrEqual(899);
    expect(after - before).toBeLessThanOrEqual(1000);
    before = after;
  }
  expect(Math.abs(before - at.wall)).toBeLessThanOrEqual(20);
});

it("does not chase the grain of the wall clock", () => {
  const { at, pass, sources } = fakeSources();
  const clock = createClock(sources);
  at.wall += 15;
  pass(1000);
  expect(clock()).toBe(START + 1000);
});

it("tells whole milliseconds", () => {
  expect(Number.isInteger(now())).toBe(true);
});
