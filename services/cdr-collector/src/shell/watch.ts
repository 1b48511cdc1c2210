/**
 * What an operator sees of the collector: metrics, log lines, one span a stored record, readiness.
 */
import type { Base } from "../../../lib/runtime/boot.ts";
import { isStoreFault, type StoreFault } from "../../../lib/runtime/database.ts";
import { now } from "../../../lib/runtime/system-clock.ts";
import { CALL_ID_ATTRIBUTE, startSpan, type Tracer } from "../../../lib/runtime/telemetry.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { BOOKING_REASONS, type Entry } from "../core/rating/ledger.ts";
import type { ConsumerPorts, RecordConsumer } from "./consumer.ts";
import type { StoredMessage } from "./store-batch.ts";
import type { Traces } from "./traces.ts";

const LAG_EVERY_MS = 2000;
const UNRATED_EVERY_MS = 10_000;

/** The consumer's listeners and what is wrong now. */
export interface Watch extends Pick<ConsumerPorts, "onStored" | "onSetAside" | "onTrouble"> {
  /** Why records are not being stored, or null. */
  readonly trouble: () => string | null;
  /** Entries were added to the ledger. */
  readonly onBooked: (entries: readonly Entry[]) => void;
  /** Reads the lag and the unrated legs from time to time until the function returned is called. */
  readonly follow: (
    consumer: RecordConsumer,
    countUnrated: () => Promise<number | StoreFault>,
  ) => () => void;
}

function declareMetrics({ metrics }: Base, traces: Traces, isDatabaseUp: () => boolean) {
  metrics.measured({
    name: "database_up",
    help: "1 when the last write reached the database",
    read: () => (isDatabaseUp() ? 1 : 0),
  });
  metrics.measured({
    name: "kept_spans",
    help: "Spans of the last calls in memory",
    read: () => traces.spans,
  });
  metrics.measured({
    name: "overflowing_spans",
    help: "Spans not kept since the start, because their trace was full",
    read: () => traces.dropped,
  });
  return {
    records: metrics.counter({
      name: "records_total",
      help: "Records taken from the stream: new, replacing one of a lower epoch, known already",
      labels: { outcome: ["stored", "replaced", "duplicate"] },
    }),
    undecodable: metrics.counter({
      name: "undecodable_messages_total",
      help: "Messages set aside because they are no record, or one that contradicts itself",
      labels: {},
    }),
    delay: metrics.histogram({
      name: "record_delay_seconds",
      help: "From the record's arrival in the stream to its commit",
      labels: {},
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300, 3600],
    }),
    booked: metrics.counter({
      name: "charges_booked_total",
      help: "Entries added to the ledger of charges",
      labels: { reason: BOOKING_REASONS },
    }),
    unrated: metrics.gauge({
      name: "unrated_legs",
      help: "Billable legs without a rate, which keep invoices from being issued; 100000 = or more",
      labels: {},
    }),
    lag: metrics.gauge({
      name: "consumer_lag_messages",
      help: "Messages in the stream that are not stored yet",
      labels: {},
    }),
  };
}

/** The span of a record's way from the stream into the database. */
function traceStore(
  tracer: Tracer,
  { record, receivedAt, traceparent }: StoredMessage,
  at: Instant,
): void {
  if (traceparent === "") return;
  const attributes = { [CALL_ID_ATTRIBUTE]: record.callId, "kakehashi.epoch": record.epoch };
  const start = { name: "store record", parent: traceparent, attributes, at: receivedAt };
  startSpan(tracer, start).end(Math.max(at, receivedAt));
}

const follow = (
  metrics: ReturnType<typeof declareMetrics>,
  ...[consumer, countUnrated]: Parameters<Watch["follow"]>
): ReturnType<Watch["follow"]> => {
  const readLag = async (): Promise<void> => {
    const messages = await consumer.lag();
    if (messages !== null) metrics.lag.set({}, messages);
  };
  const readUnrated = async (): Promise<void> => {
    const legs = await countUnrated();
    if (!isStoreFault(legs)) metrics.unrated.set({}, legs);
  };
  const timers = [
    setInterval(() => void readLag(), LAG_EVERY_MS),
    setInterval(() => void readUnrated(), UNRATED_EVERY_MS),
  ];
  void readUnrated();
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
};

/** Declares the metrics and makes the listeners. */
export function createWatch(base: Base, traces: Traces): Watch {
  const { log, telemetry } = base;
  const trouble = new Map<"stream" | "database", string>();
  const metrics = declareMetrics(base, traces, () => !trouble.has("database"));
  const onBooked = (entries: readonly Entry[]): void => {
    for (const { reason } of entries) metrics.booked.add({ reason });
  };
  return {
    trouble: () =>
      trouble.size === 0
        ? null
        : [...trouble].map(([where, what]) => `${where}: ${what}`).join("; "),
    onStored: (stored, counts) => {
      for (const outcome of ["stored", "replaced", "duplicate"] as const) {
        metrics.records.add({ outcome }, counts[outcome]);
      }
      onBooked(counts.booked);
      const at = now();
      const written = new Set(counts.written);
      for (const message of stored) {
        if (!written.delete(message.record.callId)) continue;
        metrics.delay.observe({}, Math.max(0, at - message.receivedAt) / 1000);
        traceStore(telemetry.tracer, message, at);
      }
    },
    onSetAside: (streamSequence, fault) => {
      metrics.undecodable.add({});
      log.error({ streamSequence, fault }, "a message is no usable record; it is set aside");
    },
    onTrouble: (where, problem) => {
      const before = trouble.get(where) ?? null;
      if (problem === null) trouble.delete(where);
      else trouble.set(where, problem);
      if (problem === null && before !== null) log.info({ where }, "records are stored again");
      else if (problem !== before) log.warn({ where, problem }, "records wait in the stream");
    },
    onBooked,
    follow: (consumer, countUnrated) => follow(metrics, consumer, countUnrated),
  };
}
