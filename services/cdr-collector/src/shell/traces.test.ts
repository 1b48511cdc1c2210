import fc from "fast-check";
import { expect, it } from "vitest";
import { arbitrarySpan } from "../../../lib/testkit/arbitraries.ts";
import type { FinishedSpan } from "../../../lib/wire/span-codec.ts";
import { Traces } from "./traces.ts";

const [anySpan] = fc.sample(arbitrarySpan, 1);
const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, "0");

const span = (trace: number, id: number, callId?: string): FinishedSpan => ({
  ...anySpan!,
  traceId: hex(trace, 32),
  spanId: hex(id, 16),
  startedAtUs: 1_000_000 + id,
  attributes: callId === undefined ? {} : { "kakehashi.call_id": callId },
});

const idsOf = (found: { readonly spans: readonly FinishedSpan[] }): readonly number[] =>
  found.spans.map(({ spanId }) => Number.parseInt(spanId, 16));

it("finds a call's spans by call id and by trace id, those of all its traces, by start", () => {
  const traces = new Traces(10);
  traces.add([span(1, 3), span(1, 1, "c1"), span(2, 9, "c2")]);
  traces.add([span(3, 5, "c1"), span(1, 2)]);
  expect(idsOf(traces.find("c1"))).toEqual([1, 2, 3, 5]);
  expect(traces.find(hex(3, 32)).traceId).toBe(hex(3, 32));
  expect(idsOf(traces.find(hex(3, 32)))).toEqual([1, 2, 3, 5]);
  expect(traces.find("c1").spans[0]).toEqual(span(1, 1, "c1"));
});

it("knows nothing of an unknown id", () => {
  expect(new Traces(1).find("c1")).toEqual({ traceId: "", spans: [] });
});

it("forgets the oldest traces and stays bounded in calls and in spans", () => {
  const traces = new Traces(5);
  for (let n = 1; n <= 100; n += 1) traces.add([span(n, 1, `c${n}`), span(n, 2)]);
  expect(traces.spans).toBe(20);
  expect(idsOf(traces.find("c90"))).toEqual([]);
  expect(idsOf(traces.find("c91"))).toEqual([1, 2]);

  for (let n = 0; n < 50; n += 1)
    traces.add(Array.from({ length: 20 }, (_, i) => span(100, n * 20 + i)));
  expect(traces.dropped).toBe(602);
  expect(traces.find("c100").spans).toHaveLength(400);
});
