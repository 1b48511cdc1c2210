/**
 * One Watch stream: the current revision first, then the changes after the watcher's own revision, then
 * every change as it happens, with a sign of life in between.
 *
 * S1  A stream holds at most BUFFERED_MAX messages that its watcher has not taken; then it is closed,
 *     and the watcher comes back and resyncs. A slow watcher never holds up the others.
 */
import { type ServerWritableStream, status } from "@grpc/grpc-js";
import { isStoreFault } from "../../../lib/runtime/database.ts";
import type { WatchRequest, WatchResponse } from "../../../lib/wire/tenant.ts";
import type { Change, ChangeLog } from "../ports.ts";
import type { ChangeFeed } from "./change-feed.ts";

const BUFFERED_MAX = 1024;
const HEARTBEAT_EVERY_MS = 5000;
/** A watcher further behind starts anew: forgetting all is cheaper than hearing all. */
const BACKLOG_MAX = 10_000;
const PAGE = 500;

type Stream = ServerWritableStream<WatchRequest, WatchResponse>;

const message = ({ revision, changed }: Change): WatchResponse => ({
  revision,
  changed:
    changed.kind === "company"
      ? { $case: "companyId", value: changed.companyId }
      : { $case: "trunkId", value: changed.trunkId },
});

const heartbeat = (revision: number): WatchResponse => ({
  revision,
  changed: { $case: "heartbeat", value: true },
});

const close = (stream: Stream, code: status, details: string): void => {
  stream.emit("error", { code, details });
};

/** Waits until the stream takes more, or is over. */
const drained = (stream: Stream): Promise<void> =>
  new Promise((resolve) => {
    if (!stream.writableNeedDrain || stream.destroyed || stream.cancelled) return resolve();
    const done = (): void => {
      for (const event of ["drain", "close", "cancelled"]) stream.off(event, done);
      resolve();
    };
    for (const event of ["drain", "close", "cancelled"]) stream.on(event, done);
  });

/** Sends the changes after `from` up to `to`; false when the database cannot tell them. */
async function sendBacklog(
  stream: Stream,
  log: ChangeLog,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<boolean> {
  let cursor = from;
  while (cursor < to && !stream.cancelled) {
    const read = await log.changesAfter(cursor, PAGE);
    if (isStoreFault(read)) return false;
    const page = read.value.filter(({ revision }) => revision <= to);
    for (const change of page) stream.write(message(change));
    const last = page.at(-1);
    if (last === undefined) return true;
    cursor = last.revision;
    await drained(stream);
  }
  return true;
}

/** Serves one stream until its watcher leaves or falls behind. */
export async function serveWatch(stream: Stream, feed: ChangeFeed, log: ChangeLog): Promise<void> {
  const current = feed.current();
  if (current === null) {
    return close(stream, status.UNAVAILABLE, "the database has not been reached yet");
  }
  const after = stream.request.afterRevision;
  if (after !== 0 && current - after > BACKLOG_MAX) {
    return close(stream, status.OUT_OF_RANGE, "too far behind; forget everything, watch after 0");
  }
  const held: Change[] = [];
  let isLive = false;
  const end = (code: status, details: string): void => {
    leave();
    close(stream, code, details);
  };
  const fallenBehind = (): void =>
    end(status.RESOURCE_EXHAUSTED, `${BUFFERED_MAX} changes wait; come back and resync`);
  const unwatch = feed.watch({
    changed: (change) => {
      if (stream.writableLength >= BUFFERED_MAX || held.length >= BUFFERED_MAX) fallenBehind();
      else if (isLive) stream.write(message(change));
      else held.push(change);
    },
    cut: () => end(status.ABORTED, "the registry went back in time; forget everything"),
  });
  const beat = setInterval(() => {
    if (isLive) stream.write(heartbeat(feed.current() ?? current));
  }, HEARTBEAT_EVERY_MS);
  const leave = (): void => {
    unwatch();
    clearInterval(beat);
  };
  stream.on("cancelled", leave);
  stream.on("close", leave);
  stream.write(heartbeat(current));
  const complete = after === 0 || (await sendBacklog(stream, log, { from: after, to: current }));
  if (!complete) return end(status.UNAVAILABLE, "the database went away while reading changes");
  for (const change of held.splice(0)) stream.write(message(change));
  isLive = true;
}
