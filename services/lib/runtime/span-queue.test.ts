import { ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import { expect, it } from "vitest";
import { SpanQueue } from "./span-queue.ts";

const span = (n: number): ReadableSpan =>
  ({ name: `${n}`, spanContext: () => ({ traceFlags: 1 }) }) as unknown as ReadableSpan;

it("holds a bounded number of spans behind an export that hangs, and drops and counts the rest", async () => {
  let release = (): void => undefined;
  let exported = 0;
  const exporter: SpanExporter = {
    export: (spans, done) => {
      exported += spans.length;
      const finish = (): void => done({ code: ExportResultCode.SUCCESS });
      if (exported === spans.length) release = finish;
      else finish();
    },
    shutdown: () => Promise.resolve(),
  };
  const queue = new SpanQueue(exporter);
  const ended = 10_000;
  for (let n = 0; n < ended; n += 1) queue.onEnd(span(n));
  expect(exported).toBe(256);
  expect(queue.dropped).toBe(ended - 256 - 8192);
  release();
  await queue.shutdown();
  expect(exported).toBe(256 + 8192);
});

it("counts spans of an exporter that throws", async () => {
  const exporter: SpanExporter = {
    export: () => {
      throw new Error("no");
    },
    shutdown: () => Promise.resolve(),
  };
  const queue = new SpanQueue(exporter);
  queue.onEnd(span(1));
  await queue.shutdown();
  expect(queue.dropped).toBe(1);
});
