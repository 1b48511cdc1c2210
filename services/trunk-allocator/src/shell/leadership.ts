/** The leadership bucket on NATS KV: one key, changed by compare-and-set. */
import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import type { KV } from "@nats-io/kv";
import type { LeaderEntry, Leadership } from "../ports.ts";

const KEY = "allocator";
const TIMEOUT_MS = 500;

/** Leadership in a bucket that exists (main.ts ensures it). */
export function openLeadership(bucket: KV): Leadership {
  return {
    read: () => read(bucket),
    claim: async ({ id, address, term }, afterRevision) => {
      try {
        const value = JSON.stringify({ id, address, term });
        return afterRevision === 0
          ? await bucket.create(KEY, value)
          : await bucket.update(KEY, value, afterRevision, TIMEOUT_MS);
      } catch (error) {
        const isLost =
          error instanceof JetStreamApiError &&
          (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
            error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown);
        return isLost ? "lost" : "unreachable";
      }
    },
  };
}

async function read(bucket: KV): Promise<LeaderEntry | null | "unreachable"> {
  try {
    const entry = await bucket.get(KEY);
    if (entry === null) return null;
    const value: unknown = entry.json();
    if (typeof value !== "object" || value === null) return null;
    const { id, address, term } = { id: "", address: "", term: 0, ...value };
    return { id, address, term, revision: entry.revision };
  } catch {
    return "unreachable";
  }
}
