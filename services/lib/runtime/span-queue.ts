/**
 * Finished spans between their end and their export.
 *
 * Q1  At most QUEUE_MAX spans wait and one batch is on its way; more are dropped and counted.
 * Q2  Only sampled spans wait. Nothing here throws into the code that ends a span.
 */
import { TraceFlags } from "@opentelemetry/api";
import { ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace-base";

/** Spans that may wait: some seconds of a busy edge. */
const QUEUE_MAX = 8192;
const BATCH_MAX = 256;
const FLUSH_EVERY_MS = 250;
const SHUTDOWN_MS = 2000;

/** The queue as the tracer provider wants it, and how many spans it lost. */
export interface SpanQueue {
  readonly processor: SpanProcessor;
  readonly dropped: () => number;
}

/** Makes a queue in front of `exporter`. */
export function createSpanQueue(exporter: SpanExporter): SpanQueue {
  let waiting: ReadableSpan[] = [];
  let onItsWay: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let dropped = 0;

  const exportBatch = (): Promise<void> =>
    new Promise((resolve) => {
      const batch = waiting.slice(0, BATCH_MAX);
      waiting = waiting.slice(BATCH_MAX);
      const lose = (): void => {
        dropped += batch.length;
        resolve();
      };
      try {
        exporter.export(batch, ({ code }) =>
          code === ExportResultCode.SUCCESS ? resolve() : lose(),
        );
      } catch {
        lose();
      }
    });

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) await exportBatch();
  };

  const start = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    onItsWay ??= flush().finally(() => {
      onItsWay = null;
    });
    return onItsWay;
  };

  const onEnd = (span: ReadableSpan): void => {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (waiting.length >= QUEUE_MAX) {
      dropped += 1;
      return;
    }
    waiting.push(span);
    if (waiting.length >= BATCH_MAX) void start();
    else if (onItsWay === null) timer ??= setTimeout(() => void start(), FLUSH_EVERY_MS).unref();
  };

  const shutdown = async (): Promise<void> => {
    const late = new Promise<void>((resolve) => setTimeout(resolve, SHUTDOWN_MS).unref());
    await Promise.race([start(), late]);
    await Promise.race([exporter.shutdown(), late]);
  };

  return {
    processor: { onStart: () => undefined, onEnd, forceFlush: start, shutdown },
    dropped: () => dropped,
  };
}
