import { Writable } from "node:stream";
import { expect, it } from "vitest";
import type { WatchResponse } from "../../../lib/wire/tenant.ts";
import type { Change, ChangeLog } from "../ports.ts";
import type { ChangeFeed, Watcher } from "./change-feed.ts";
import { serveWatch } from "./watch-stream.ts";

const change = (revision: number): Change => ({
  revision,
  changed: { kind: "company", companyId: `c${revision}` },
});

/** A log of changes 1 to `last` that can be made to wait or to fail. */
function logUpTo(last: number, gate: Promise<void> = Promise.resolve()): ChangeLog {
  return {
    revision: async () => ({ kind: "at", revision: last, value: null }),
    changesAfter: async (after, limit) => {
      await gate;
      const revisions = Array.from({ length: last - after }, (_, n) => after + n + 1);
      return { kind: "at", revision: last, value: revisions.slice(0, limit).map(change) };
    },
  };
}

function feedAt(revision: number | null) {
  const watchers = new Set<Watcher>();
  const feed: ChangeFeed = {
    current: () => revision,
    trouble: () => null,
    watch: (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    wake: () => undefined,
    stop: () => undefined,
  };
  const tell = (item: Change): void => {
    for (const watcher of watchers) watcher.changed(item);
  };
  return { feed, watchers, tell };
}

/** A stream as gRPC gives it; a lazy one never takes what is written. */
function streamAfter(afterRevision: number, isLazy = false) {
  const taken: WatchResponse[] = [];
  const errors: { readonly details: string }[] = [];
  const writable = new Writable({
    objectMode: true,
    write: (message: WatchResponse, _, done) => {
      taken.push(message);
      if (!isLazy) done();
    },
  });
  writable.on("error", (error) => errors.push(error as never));
  const stream = Object.assign(writable, { request: { afterRevision }, cancelled: false }) as never;
  const revisions = (): readonly number[] => taken.map(({ revision }) => revision);
  return { stream, revisions, errors, writable };
}

it("current revision first, then what was missed, then what happens meanwhile, once each", async () => {
  const gate = Promise.withResolvers<void>();
  const { feed, tell } = feedAt(3);
  const { stream, revisions } = streamAfter(1);
  const served = serveWatch(stream, feed, logUpTo(3, gate.promise));
  tell(change(4));
  expect(revisions()).toEqual([3]);
  gate.resolve();
  await served;
  tell(change(5));
  expect(revisions()).toEqual([3, 2, 3, 4, 5]);
});

it("a long backlog is read page by page", async () => {
  const { feed } = feedAt(1800);
  const { stream, revisions } = streamAfter(100);
  await serveWatch(stream, feed, logUpTo(1800));
  expect(revisions()).toEqual([1800, ...Array.from({ length: 1700 }, (_, n) => 101 + n)]);
});

it("a watcher that takes nothing is closed, and no longer told (S1)", async () => {
  const { feed, watchers, tell } = feedAt(1);
  const { stream, errors, writable } = streamAfter(0, true);
  await serveWatch(stream, feed, logUpTo(1));
  for (let revision = 2; revision < 3000; revision += 1) tell(change(revision));
  expect(errors).toMatchObject([{ details: expect.stringContaining("resync") }]);
  expect(watchers.size).toBe(0);
  expect(writable.writableLength).toBeLessThanOrEqual(1024);
});

it("a watcher too far behind, or before the first revision is known, is told so", async () => {
  const far = streamAfter(1);
  await serveWatch(far.stream, feedAt(20_000).feed, logUpTo(20_000));
  expect(far.errors).toMatchObject([{ details: expect.stringContaining("too far behind") }]);
  const early = streamAfter(0);
  await serveWatch(early.stream, feedAt(null).feed, logUpTo(0));
  expect(early.errors).toMatchObject([{ details: expect.stringContaining("not been reached") }]);
});

it("a watcher who leaves is forgotten", async () => {
  const { feed, watchers } = feedAt(1);
  const { stream, writable } = streamAfter(0);
  await serveWatch(stream, feed, logUpTo(1));
  expect(watchers.size).toBe(1);
  writable.emit("cancelled");
  expect(watchers.size).toBe(0);
});
