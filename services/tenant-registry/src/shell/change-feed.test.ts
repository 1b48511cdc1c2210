import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { StoreFault } from "../../../lib/runtime/database.ts";
import type { ChangeLog } from "../ports.ts";
import { followChanges } from "./change-feed.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const AWAY: StoreFault = { kind: "store-fault", cause: "unavailable", problem: "away" };

/** A feed on a log that the test moves. */
function rig() {
  const state = { last: 5, away: false, reads: 0 };
  const log: ChangeLog = {
    revision: async () => (state.away ? AWAY : { kind: "at", revision: state.last, value: null }),
    changesAfter: async (after, limit) => {
      state.reads += 1;
      if (state.away) return AWAY;
      const value = Array.from({ length: Math.max(0, state.last - after) }, (_, n) => ({
        revision: after + n + 1,
        changed: { kind: "company", companyId: "c" } as const,
      }));
      return { kind: "at", revision: state.last, value: value.slice(0, limit) };
    },
  };
  const troubles: (string | null)[] = [];
  const feed = followChanges(log, (fault) => troubles.push(fault?.problem ?? null));
  const heard: (number | "cut")[] = [];
  const unwatch = feed.watch({
    changed: ({ revision }) => heard.push(revision),
    cut: () => heard.push("cut"),
  });
  return { state, feed, heard, troubles, unwatch };
}

it("starts at the current revision and tells what comes after, in order (F1)", async () => {
  const { state, feed, heard } = rig();
  expect(feed.current()).toBeNull();
  await vi.advanceTimersByTimeAsync(0);
  expect(feed.current()).toBe(5);
  state.last = 8;
  await vi.advanceTimersByTimeAsync(1000);
  expect(heard).toEqual([6, 7, 8]);
  feed.stop();
});

it("a notification is followed at once, without waiting for the poll", async () => {
  const { state, feed, heard } = rig();
  await vi.advanceTimersByTimeAsync(1);
  state.last = 6;
  feed.wake();
  await vi.advanceTimersByTimeAsync(1);
  expect(heard).toEqual([6]);
  feed.stop();
});

it("a long log is read to its end in one go", async () => {
  const { state, feed, heard } = rig();
  await vi.advanceTimersByTimeAsync(1);
  state.last = 3505;
  feed.wake();
  await vi.advanceTimersByTimeAsync(1);
  expect(heard).toHaveLength(3500);
  feed.stop();
});

it("trouble is told once when it comes and once when it goes, and nothing is lost", async () => {
  const { state, feed, heard, troubles } = rig();
  await vi.advanceTimersByTimeAsync(0);
  state.away = true;
  await vi.advanceTimersByTimeAsync(5000);
  expect(feed.trouble()).toBe("away");
  state.away = false;
  state.last = 6;
  await vi.advanceTimersByTimeAsync(1000);
  expect(troubles).toEqual([null, "away", null]);
  expect(heard).toEqual([6]);
  feed.stop();
});

it("a database that went back in time cuts the watchers off (F2)", async () => {
  const { state, feed, heard } = rig();
  await vi.advanceTimersByTimeAsync(0);
  state.last = 2;
  await vi.advanceTimersByTimeAsync(1000);
  state.last = 3;
  await vi.advanceTimersByTimeAsync(1000);
  expect(heard).toEqual(["cut"]);
  expect(feed.current()).toBe(3);
  feed.stop();
});

it("who left hears nothing, and a stopped feed reads nothing", async () => {
  const { state, feed, heard, unwatch } = rig();
  await vi.advanceTimersByTimeAsync(0);
  unwatch();
  state.last = 6;
  await vi.advanceTimersByTimeAsync(1000);
  expect(heard).toEqual([]);
  feed.stop();
  await vi.advanceTimersByTimeAsync(0);
  const { reads } = state;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(state.reads).toBe(reads);
});
