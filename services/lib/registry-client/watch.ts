/**
 * Follows the registry's changes over one Watch stream. Owns reconnecting, the last revision heard, and
 * the moment of the last sign of life.
 *
 * W1  Every change is told at least once; where some may have been missed, `all` is told.
 * W2  A stream without a sign of life for SILENCE_MAX_MS is given up.
 */
import type { ClientReadableStream } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import type { Instant } from "../telephony/instant.ts";
import type { TenantServiceClient, WatchResponse } from "../wire/tenant.ts";
import type { Tag } from "./lookup-table.ts";

/** The registry sends a sign of life every 5 s. */
const SILENCE_MAX_MS = 12_000;
const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 2000;

/** What a follower needs. */
export interface WatchOptions {
  readonly client: TenantServiceClient;
  readonly now: () => Instant;
  readonly changed: (tag: Tag | "all") => void;
  /** The stream is up (null) or why not. */
  readonly onTrouble: (problem: string | null) => void;
}

/** See the file header. */
export interface Watch {
  /** False until the registry was heard once. */
  readonly wasHeard: () => boolean;
  /** Time since the registry was last heard, in ms; since the start when never. */
  readonly silentForMs: () => number;
  readonly stop: () => void;
}

function tagOf(changed: WatchResponse["changed"]): Tag | null {
  switch (changed?.$case) {
    case "companyId":
      return `company:${changed.value}`;
    case "trunkId":
      return `trunk:${changed.value}`;
    case "heartbeat":
    case undefined:
      return null;
  }
}

/** What one stream tells: its first message, the others, and its one end. */
interface StreamEvents {
  readonly first: (message: WatchResponse) => void;
  readonly next: (message: WatchResponse) => void;
  /** `code` is the gRPC status; OK when the registry ended the stream. */
  readonly over: (code: unknown, problem: string) => void;
}

/** Opens one stream; it is over after an error, its end, or silence (W2). */
function openStream(
  client: TenantServiceClient,
  afterRevision: number,
  { first, next, over }: StreamEvents,
): ClientReadableStream<WatchResponse> {
  const stream = client.watch({ afterRevision });
  let hear = (message: WatchResponse): void => {
    hear = next;
    first(message);
  };
  const silence = setTimeout(() => stream.cancel(), SILENCE_MAX_MS);
  let isOver = false;
  const end = (code: unknown, problem: string): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(silence);
    over(code, problem);
  };
  stream.on("data", (message: WatchResponse) => {
    silence.refresh();
    hear(message);
  });
  stream.on("error", (error) => end("code" in error ? error.code : null, error.message));
  stream.on("end", () => end(status.OK, "the registry ended the stream"));
  return stream;
}

/** Starts to follow. */
export function followRegistry({ client, now, changed, onTrouble }: WatchOptions): Watch {
  /** Everything up to here has been heard; 0 = nothing to go on from. */
  let heardUpTo = 0;
  let heardAt = now();
  let wasHeard = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const startAnew = (revision: number): void => {
    heardUpTo = revision;
    changed("all");
  };
  const first = ({ revision }: WatchResponse): void => {
    failures = 0;
    wasHeard = true;
    heardAt = now();
    onTrouble(null);
    // The first message is the registry's revision; what we missed up to there follows it.
    if (heardUpTo === 0 || revision < heardUpTo) startAnew(revision);
  };
  const next = ({ revision, changed: what }: WatchResponse): void => {
    heardAt = now();
    const tag = tagOf(what);
    if (tag !== null) changed(tag);
    heardUpTo = Math.max(heardUpTo, revision);
  };
  const over = (code: unknown, problem: string): void => {
    if (stopped) return;
    onTrouble(problem);
    if (code === status.OUT_OF_RANGE || code === status.ABORTED) startAnew(0);
    const wait = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** failures);
    failures += 1;
    timer = setTimeout(connect, wait * (0.5 + Math.random() / 2));
  };
  const connect = (): void => {
    stream = openStream(client, heardUpTo, { first, next, over });
  };
  let stream = openStream(client, heardUpTo, { first, next, over });
  return {
    wasHeard: () => wasHeard,
    silentForMs: () => now() - heardAt,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      stream.cancel();
    },
  };
}
