import { afterEach, expect, it } from "vitest";
import { isWireFault } from "../wire/fault.ts";
import { decodeSpans, type FinishedSpan } from "../wire/span-codec.ts";
import {
  failSpan,
  spanFrom,
  startSpan,
  startTelemetry,
  type Telemetry,
  traceIdOf,
  traceparentOf,
} from "./telemetry.ts";

let telemetry: Telemetry | null = null;
afterEach(() => telemetry?.shutdown());

function start(sampleRatio: number, publish = true) {
  const batches: FinishedSpan[][] = [];
  telemetry = startTelemetry({
    service: "edge",
    node: "edge-1",
    otlpEndpoint: null,
    sampleRatio,
    publishSpans: (batch) => {
      const spans = decodeSpans(batch);
      if (!isWireFault(spans)) batches.push([...spans]);
      return publish;
    },
  });
  return { telemetry, batches, spans: () => batches.flat() };
}

const PARENT = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";

it("publishes finished spans with parent, attributes, links, failure and exact times", async () => {
  const { telemetry, spans } = start(1);
  const span = startSpan(telemetry.tracer, {
    name: "call setup",
    parent: PARENT,
    links: [PARENT, "garbage"],
    attributes: { "kakehashi.call_id": "c1", legs: 3 },
    at: 1_790_000_000_000,
  });
  failSpan(span, "no taker");
  span.end(1_790_000_000_250);
  await telemetry.shutdown();
  expect(spans()).toEqual([
    {
      traceId: "0123456789abcdef0123456789abcdef",
      spanId: span.spanContext().spanId,
      parentSpanId: "0123456789abcdef",
      name: "call setup",
      service: "edge",
      node: "edge-1",
      startedAtUs: 1_790_000_000_000_000,
      endedAtUs: 1_790_000_000_250_000,
      failed: true,
      statusMessage: "no taker",
      attributes: { "kakehashi.call_id": "c1", legs: "3" },
      events: [],
      linkedSpanIds: ["0123456789abcdef"],
    },
  ]);
});

it("follows the parent's decision whatever the ratio is", async () => {
  const { telemetry, spans } = start(0);
  startSpan(telemetry.tracer, { name: "root", parent: "" }).end();
  startSpan(telemetry.tracer, { name: "child", parent: PARENT }).end();
  await telemetry.shutdown();
  expect(spans().map(({ name }) => name)).toEqual(["child"]);
  const all = start(1);
  startSpan(all.telemetry.tracer, { name: "unsampled", parent: PARENT.replace(/01$/, "00") }).end();
  await all.telemetry.shutdown();
  expect(all.spans()).toEqual([]);
});

it("counts spans that could not be published, and loses them", async () => {
  const { telemetry } = start(1, false);
  startSpan(telemetry.tracer, { name: "lost", parent: "" }).end();
  await telemetry.shutdown();
  expect(telemetry.dropped()).toBe(1);
});

it("reads back the traceparent that it writes", () => {
  const { telemetry } = start(1);
  const span = startSpan(telemetry.tracer, { name: "x", parent: "" });
  const traceparent = traceparentOf(span);
  expect(spanFrom(traceparent)).toMatchObject({ spanId: span.spanContext().spanId, traceFlags: 1 });
  expect(traceIdOf(traceparent)).toBe(traceIdOf(span));
  expect(traceIdOf("garbage")).toBe("");
});
