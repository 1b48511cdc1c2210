/**
 * The bucket that all edges share, on NATS KV: one entry per AOR `<company>.<extension>`, and a few
 * of the edges themselves under keys of three tokens, which no AOR has. Owns: compare-and-set,
 * expiry of single entries, the watch. Does not own: what the entries say.
 *
 * B1  Nothing throws or rejects: a server that is away or slow is `unreachable`, after a bounded wait.
 * B2  A write names the revision that it replaces, 0 for none: two writers never both succeed.
 * B3  Reads go to the stream's leader, so that a lost compare-and-set is followed by fresh data.
 */
import { JetStreamApiCodes, JetStreamApiError, jetstream } from "@nats-io/jetstream";
import { type KvEntry, Kvm, type KvWatchEntry } from "@nats-io/kv";
import { headers } from "@nats-io/transport-node";
import { type BucketResult, ensureBucket } from "../../../lib/runtime/jetstream.ts";
import type { NatsLink } from "../../../lib/runtime/nats.ts";
import { BINDINGS_BUCKET } from "../../../lib/wire/subjects.ts";

/** One entry; `text` is null when the key is not there or was removed. */
export interface StoredEntry {
  readonly text: string | null;
  readonly revision: number;
}

/** What to write: null removes. `revision` null writes whatever is there; `lifetimeS` null: for ever. */
export interface EntryWrite {
  readonly text: string | null;
  readonly revision: number | null;
  readonly lifetimeS: number | null;
}

/** Result of a write: the new revision, or why there is none. */
export type Written = number | "conflict" | "unreachable";

/** A running watch. */
export interface BucketWatch {
  /** Resolves when nothing more will be reported: after {@link stop} or a new connection. */
  readonly ended: Promise<void>;
  readonly stop: () => void;
}

/** The bucket as bindings.ts sees it. */
export interface BindingsBucket {
  readonly read: (key: string) => Promise<StoredEntry | "unreachable">;
  readonly write: (key: string, entry: EntryWrite) => Promise<Written>;
  /** Reports every entry that is there, in the order of their revisions, then each change. */
  readonly watch: (
    onEntry: (key: string, entry: StoredEntry) => void,
  ) => Promise<BucketWatch | "unreachable">;
}

/** A REGISTER waits for this; a telephone asks again after 500 ms without an answer. */
const TIMEOUT_MS = 2_000;
/** How long the server tells watchers that an entry is gone. */
const MARKER_MS = 60_000;
const MARKER_S = MARKER_MS / 1000;

/** Makes the bucket exist, with `replicas` copies. */
export function ensureBindingsBucket(nats: NatsLink, replicas: number): Promise<BucketResult> {
  return ensureBucket(nats, { name: BINDINGS_BUCKET, replicas, markerMs: MARKER_MS });
}

/** Opens the bucket; {@link ensureBindingsBucket} has made it. */
export async function openBindingsBucket(nats: NatsLink): Promise<BindingsBucket> {
  const { connection } = nats;
  const stream = jetstream(connection, { timeout: TIMEOUT_MS });
  const bucket = await new Kvm(stream).open(BINDINGS_BUCKET, { allow_direct: false });
  const onReconnect = new Set<() => void>();
  reportReconnects(nats, onReconnect);
  return {
    read: async (key) => {
      if (!nats.isConnected()) return "unreachable";
      try {
        const entry = await bucket.get(key);
        return entry === null ? { text: null, revision: 0 } : storedEntry(entry);
      } catch {
        return "unreachable";
      }
    },
    write: async (key, { text, revision, lifetimeS }) => {
      if (!nats.isConnected()) return "unreachable";
      const removal = headers();
      removal.set("KV-Operation", "DEL");
      const lifetime = text === null ? MARKER_S : lifetimeS;
      try {
        const { seq } = await stream.publish(`$KV.${BINDINGS_BUCKET}.${key}`, text ?? "", {
          timeout: TIMEOUT_MS,
          ...(text === null ? { headers: removal } : {}),
          ...(lifetime === null ? {} : { ttl: `${lifetime}s` }),
          ...(revision === null ? {} : { expect: { lastSubjectSequence: revision } }),
        });
        return seq;
      } catch (error) {
        return isConflict(error) ? "conflict" : "unreachable";
      }
    },
    watch: async (onEntry) => {
      const watch = await watchBucket(nats, () => bucket.watch(), onEntry);
      if (watch === "unreachable") return watch;
      onReconnect.add(watch.stop);
      const ended = watch.ended.finally(() => onReconnect.delete(watch.stop));
      return { ...watch, ended };
    },
  };
}

/** What was missed while the server was away is not sent again: each watch ends and starts anew. */
function reportReconnects({ connection }: NatsLink, listeners: ReadonlySet<() => void>): void {
  const follow = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (status.type === "reconnect") for (const listener of listeners) listener();
    }
  };
  follow().catch(() => undefined);
}

async function watchBucket(
  nats: NatsLink,
  open: () => Promise<AsyncIterable<KvWatchEntry> & { stop(): void }>,
  onEntry: (key: string, entry: StoredEntry) => void,
): Promise<BucketWatch | "unreachable"> {
  if (!nats.isConnected()) return "unreachable";
  try {
    const entries = await open();
    const stopped = { value: false };
    const stop = (): void => {
      stopped.value = true;
      entries.stop();
    };
    const follow = async (): Promise<void> => {
      for await (const entry of entries) {
        if (!stopped.value) onEntry(entry.key, storedEntry(entry));
      }
    };
    return { ended: follow().catch(() => undefined), stop };
  } catch {
    return "unreachable";
  }
}

function storedEntry(entry: KvEntry): StoredEntry {
  const isThere = entry.operation === "PUT";
  return { text: isThere ? entry.string() : null, revision: entry.revision };
}

function isConflict(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
      error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown)
  );
}
