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

/** Stands between the tracer provider and `exporter`. */
export class SpanQueue implements SpanProcessor {
  readonly #exporter: SpanExporter;
  #waiting: ReadableSpan[] = [];
  #onItsWay: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #dropped = 0;

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter;
  }

  /** Spans lost since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.#waiting.length >= QUEUE_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= BATCH_MAX) void this.forceFlush();
    else this.#timer ??= setTimeout(() => void this.forceFlush(), FLUSH_EVERY_MS).unref();
  }

  forceFlush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#onItsWay ??= this.#flush().finally(() => {
      this.#onItsWay = null;
    });
    return this.#onItsWay;
  }

  async shutdown(): Promise<void> {
    const late = new Promise<void>((resolve) => setTimeout(resolve, SHUTDOWN_MS).unref());
    await Promise.race([this.forceFlush(), late]);
    await Promise.race([this.#exporter.shutdown(), late]);
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) await this.#exportBatch();
  }

  #exportBatch(): Promise<void> {
    const batch = this.#waiting.slice(0, BATCH_MAX);
    this.#waiting = this.#waiting.slice(BATCH_MAX);
    return new Promise((resolve) => {
      const done = (code: ExportResultCode): void => {
        if (code !== ExportResultCode.SUCCESS) this.#dropped += batch.length;
        resolve();
      };
      try {
        this.#exporter.export(batch, ({ code }) => done(code));
      } catch {
        done(ExportResultCode.FAILED);
      }
    });
  }
}
