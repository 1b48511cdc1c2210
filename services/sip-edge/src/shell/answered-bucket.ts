/**
 * The bucket of answered calls on NATS KV. Owns: writing, removing and listing entries of one edge.
 * Does not own: what they say, when they are written (answered-calls.ts).
 *
 * AB1  Nothing throws or rejects: a server that is away or slow is `unreachable`, after a bounded wait.
 * AB2  An entry outlives the longest call by little, a marker of a removed one lives for a minute: an
 *      edge that never comes back leaves nothing for ever.
 */
import { JetStreamApiCodes, JetStreamApiError, jetstream } from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import { headers } from "@nats-io/transport-node";
import { type BucketResult, ensureBucket } from "../../../lib/runtime/jetstream.ts";
import type { NatsLink } from "../../../lib/runtime/nats.ts";
import type { NodeId } from "../../../lib/telephony/ids.ts";
import { ANSWERED_BUCKET } from "../../../lib/wire/subjects.ts";

/** One entry that is there. */
export interface FoundEntry {
  readonly key: string;
  readonly text: string;
  readonly revision: number;
}

/** Result of a write; `conflict`: the revision that it names is not the last one. */
export type Put = "stored" | "conflict" | "unreachable";

/** The bucket as its users see it. */
export interface AnsweredBucket {
  /** Writes an entry; `revision` null writes whatever is there. */
  readonly put: (key: string, text: string, revision: number | null) => Promise<Put>;
  readonly remove: (key: string) => Promise<"removed" | "unreachable">;
  /** Every entry whose key begins with the edge's name. */
  readonly entriesOf: (edge: NodeId) => Promise<readonly FoundEntry[] | "unreachable">;
}

const TIMEOUT_MS = 2_000;
const MARKER_MS = 60_000;
/** A call lasts 12 h at most (ARCHITECTURE, numbers), orphaned 12 h more (anchor.ts A4). */
const LIFETIME = "25h";
const MARKER = `${MARKER_MS / 1_000}s`;
/** Entries read at the same time. */
const READS = 64;

/** Makes the bucket exist, with `replicas` copies. */
export function ensureAnsweredBucket(nats: NatsLink, replicas: number): Promise<BucketResult> {
  return ensureBucket(nats, { name: ANSWERED_BUCKET, replicas, markerMs: MARKER_MS });
}

/** Opens the bucket; {@link ensureAnsweredBucket} has made it. */
export async function openAnsweredBucket(nats: NatsLink): Promise<AnsweredBucket> {
  const stream = jetstream(nats.connection, { timeout: TIMEOUT_MS });
  // Reads go to the stream's leader: a replica may not know the last words of our earlier life.
  const bucket = await new Kvm(stream).open(ANSWERED_BUCKET, { allow_direct: false });
  const subjectOf = (key: string): string => `$KV.${ANSWERED_BUCKET}.${key}`;
  return {
    put: async (key, text, revision) => {
      if (!nats.isConnected()) return "unreachable";
      const expected = revision === null ? {} : { expect: { lastSubjectSequence: revision } };
      try {
        await stream.publish(subjectOf(key), text, { ttl: LIFETIME, ...expected });
        return "stored";
      } catch (error) {
        return isConflict(error) ? "conflict" : "unreachable";
      }
    },
    remove: async (key) => {
      if (!nats.isConnected()) return "unreachable";
      const removal = headers();
      removal.set("KV-Operation", "DEL");
      try {
        await stream.publish(subjectOf(key), "", { ttl: MARKER, headers: removal });
        return "removed";
      } catch {
        return "unreachable";
      }
    },
    entriesOf: async (edge) => {
      if (!nats.isConnected()) return "unreachable";
      try {
        return await readAll(bucket, `${edge}.>`);
      } catch {
        return "unreachable";
      }
    },
  };
}

async function readAll(bucket: KV, filter: string): Promise<readonly FoundEntry[]> {
  const keys: string[] = [];
  for await (const key of await bucket.keys(filter)) keys.push(key);
  const found: FoundEntry[] = [];
  for (let from = 0; from < keys.length; from += READS) {
    const some = keys.slice(from, from + READS);
    const entries = await Promise.all(some.map((key) => bucket.get(key)));
    for (const entry of entries) {
      if (entry?.operation !== "PUT") continue;
      found.push({ key: entry.key, text: entry.string(), revision: entry.revision });
    }
  }
  return found;
}

function isConflict(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
      error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown)
  );
}
