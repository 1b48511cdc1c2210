import { EventEmitter } from "node:events";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { WatchResponse } from "../wire/tenant.ts";
import { followRegistry } from "./watch.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type FakeStream = EventEmitter & { cancel: () => void };

const heartbeat = (revision: number): WatchResponse => ({
  revision,
  changed: { $case: "heartbeat", value: true },
});
const company = (revision: number): WatchResponse => ({
  revision,
  changed: { $case: "companyId", value: `c${revision}` },
});

/** A follower on streams that the test speaks for. */
function rig() {
  const opened: { readonly after: number; readonly stream: FakeStream }[] = [];
  const changed: string[] = [];
  const troubles: (string | null)[] = [];
  const client = {
    watch: ({ afterRevision }: { readonly afterRevision: number }) => {
      const stream: FakeStream = Object.assign(new EventEmitter(), {
        cancel: () => void stream.emit("error", Object.assign(new Error("cancelled"), { code: 1 })),
      });
      opened.push({ after: afterRevision, stream });
      return stream;
    },
  };
  const watch = followRegistry({
    client: client as never,
    now: () => performance.now(),
    changed: (tag) => changed.push(tag),
    onTrouble: (problem) => troubles.push(problem),
  });
  const say = (...messages: readonly WatchResponse[]): void => {
    for (const message of messages) opened.at(-1)?.stream.emit("data", message);
  };
  const fail = (code: number): void => {
    opened.at(-1)?.stream.emit("error", Object.assign(new Error("broken"), { code }));
    vi.advanceTimersByTime(2000);
  };
  return {
    watch,
    opened,
    changed,
    troubles,
    say,
    fail,
    after: () => opened.map(({ after }) => after),
  };
}

it("the first time everything may have changed; then only what is told", () => {
  const { say, changed, watch } = rig();
  expect(watch.wasHeard()).toBe(false);
  say(heartbeat(7), company(8), heartbeat(8));
  expect(changed).toEqual(["all", "company:c8"]);
  expect(watch.wasHeard()).toBe(true);
});

it("goes on after the last revision heard", () => {
  const { say, fail, after, changed } = rig();
  say(heartbeat(7), company(8));
  fail(status.UNAVAILABLE);
  say(heartbeat(9), company(9));
  expect(after()).toEqual([0, 8]);
  expect(changed).toEqual(["all", "company:c8", "company:c9"]);
});

it("a stream that breaks before it told what was missed is asked for it again (W1)", () => {
  const { say, fail, after } = rig();
  say(heartbeat(7));
  fail(status.UNAVAILABLE);
  say(heartbeat(20), company(8));
  fail(status.UNAVAILABLE);
  expect(after()).toEqual([0, 7, 8]);
});

it("a registry that went back in time makes everything changed", () => {
  const { say, fail, changed, after } = rig();
  say(heartbeat(7));
  fail(status.UNAVAILABLE);
  say(heartbeat(3));
  expect(changed).toEqual(["all", "all"]);
  fail(status.UNAVAILABLE);
  expect(after()).toEqual([0, 7, 3]);
});

it.each([status.OUT_OF_RANGE, status.ABORTED])("status %i: starts anew", (code) => {
  const { say, fail, changed, after } = rig();
  say(heartbeat(7));
  fail(code);
  expect(changed).toEqual(["all", "all"]);
  expect(after()).toEqual([0, 0]);
});

it("a silent stream is given up (W2), one that gives signs of life is not", () => {
  const { say, opened } = rig();
  say(heartbeat(1));
  for (let n = 0; n < 5; n += 1) {
    vi.advanceTimersByTime(5000);
    say(heartbeat(1));
  }
  expect(opened).toHaveLength(1);
  vi.advanceTimersByTime(15_000);
  expect(opened).toHaveLength(2);
});

it("reconnects ever more slowly while nobody answers, and quickly after an answer", () => {
  const { opened, say } = rig();
  for (let n = 0; n < 200; n += 1) {
    opened.at(-1)?.stream.emit("error", new Error("refused"));
    vi.advanceTimersByTime(100);
  }
  expect(opened.length).toBeLessThan(30);
  vi.advanceTimersByTime(2000);
  say(heartbeat(1));
  const before = opened.length;
  opened.at(-1)?.stream.emit("end");
  vi.advanceTimersByTime(100);
  expect(opened.length).toBe(before + 1);
});

it("stopped, it opens no other stream", () => {
  const { watch, opened } = rig();
  watch.stop();
  vi.advanceTimersByTime(60_000);
  expect(opened).toHaveLength(1);
});
