/**
 * Streams and buckets of the cluster: created when absent. A stream that is there is brought to the
 * wanted settings; a bucket that is there is opened as it is.
 *
 * E1  Doing it twice, or from two processes at once, changes nothing.
 * E2  What a stream of the cluster keeps, and for how long, stands here under its name: whoever comes
 *     first makes it alike.
 */
import { JetStreamApiError, jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import { nanos } from "@nats-io/transport-node";
import { RECORDS_STREAM } from "../wire/subjects.ts";
import type { NatsLink } from "./nats.ts";

/** "stream name already in use with a different configuration". */
const NAME_IN_USE = 10_058;

/** A stream as the cluster wants it. */
export interface StreamSettings {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly replicas: number;
  /** Window in which a repeated Nats-Msg-Id is dropped. */
  readonly duplicateWindowMs?: number;
  /** Oldest message kept; 0 keeps all. */
  readonly ageMaxMs?: number;
  /** Bytes kept; when full a publish is refused, nothing is thrown away. */
  readonly bytesMax?: number;
}

/**
 * E2. Records leave the stream when the collector has stored them. A full stream refuses new ones, and
 * the calls that wrote them keep trying: 1 GiB is about a million records, hours of a database away.
 */
const KEPT: Readonly<Record<string, Partial<StreamConfig>>> = {
  [RECORDS_STREAM]: { retention: "workqueue", max_bytes: 1024 ** 3 },
};

/** A bucket as the cluster wants it. */
export interface BucketSettings {
  readonly name: string;
  readonly replicas: number;
  /** Entries live this long after their last write; 0 or absent: for ever. */
  readonly lifetimeMs?: number;
  /** Lets single entries have a lifetime of their own; markers of removed ones stay this long. */
  readonly markerMs?: number;
  readonly valueBytesMax?: number;
}

/** Result of {@link ensureStream}. */
export type StreamResult = { readonly ok: true } | { readonly ok: false; readonly message: string };
/** Result of {@link ensureBucket}. */
export type BucketResult =
  | { readonly ok: true; readonly bucket: KV }
  | { readonly ok: false; readonly message: string };

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const streamConfig = (settings: StreamSettings): Partial<StreamConfig> & { name: string } => ({
  name: settings.name,
  subjects: [...settings.subjects],
  num_replicas: settings.replicas,
  discard: "new",
  storage: "file",
  retention: "limits",
  ...(settings.duplicateWindowMs === undefined
    ? {}
    : { duplicate_window: nanos(settings.duplicateWindowMs) }),
  ...(settings.ageMaxMs === undefined ? {} : { max_age: nanos(settings.ageMaxMs) }),
  ...(settings.bytesMax === undefined ? {} : { max_bytes: settings.bytesMax }),
  ...KEPT[settings.name],
});

/** Makes the stream exist with these settings. */
export async function ensureStream(
  nats: NatsLink,
  settings: StreamSettings,
): Promise<StreamResult> {
  const config = streamConfig(settings);
  try {
    const { streams } = await jetstreamManager(nats.connection);
    try {
      await streams.add(config);
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== NAME_IN_USE) throw error;
      await streams.update(settings.name, config);
    }
    return { ok: true };
  } catch (error) {
    return { ok: false, message: `stream ${settings.name}: ${messageOf(error)}` };
  }
}

/** Makes the bucket exist and opens it. */
export async function ensureBucket(
  nats: NatsLink,
  settings: BucketSettings,
): Promise<BucketResult> {
  try {
    const bucket = await new Kvm(nats.connection).create(settings.name, {
      replicas: settings.replicas,
      history: 1,
      ...(settings.lifetimeMs === undefined ? {} : { ttl: settings.lifetimeMs }),
      ...(settings.markerMs === undefined ? {} : { markerTTL: settings.markerMs }),
      ...(settings.valueBytesMax === undefined ? {} : { maxValueSize: settings.valueBytesMax }),
    });
    return { ok: true, bucket };
  } catch (error) {
    return { ok: false, message: `bucket ${settings.name}: ${messageOf(error)}` };
  }
}
