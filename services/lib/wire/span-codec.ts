/**
 * Finished spans (kakehashi.cdr.v1.SpanBatch) as the services publish them on kk.spans.
 * Times are microseconds since the Unix epoch: a span can be shorter than a millisecond.
 */
import type { WireFault } from "./fault.ts";
import { decoding, refuse } from "./fault.ts";
import { count, list, positive } from "./fields.ts";
import * as pb from "./gen/kakehashi/cdr/v1/record_service.ts";

/** Spans in one batch. */
export const SPAN_BATCH_MAX = 512;
/** Events in one span. */
const EVENTS_MAX = 128;

/** A moment within a span. */
export interface FinishedSpanEvent {
  readonly name: string;
  readonly atUs: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A finished span; ids are lower-case hexadecimal, `parentSpanId` is empty for a root. */
export interface FinishedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly service: string;
  readonly node: string;
  readonly startedAtUs: number;
  readonly endedAtUs: number;
  readonly failed: boolean;
  readonly statusMessage: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly events: readonly FinishedSpanEvent[];
  readonly linkedSpanIds: readonly string[];
}

const traceId = (text: string, path: string): string =>
  /^[0-9a-f]{32}$/.test(text) ? text : refuse(path, "not a trace id");
const spanId = (text: string, path: string): string =>
  /^[0-9a-f]{16}$/.test(text) ? text : refuse(path, "not a span id");

const spanFromWire = (wire: pb.Span, path: string): FinishedSpan => ({
  traceId: traceId(wire.traceId, `${path}.trace_id`),
  spanId: spanId(wire.spanId, `${path}.span_id`),
  parentSpanId: wire.parentSpanId === "" ? "" : spanId(wire.parentSpanId, `${path}.parent_span_id`),
  name: wire.name,
  service: wire.service,
  node: wire.node,
  startedAtUs: positive(wire.startedAtUs, `${path}.started_at_us`),
  endedAtUs: positive(wire.endedAtUs, `${path}.ended_at_us`),
  failed: wire.failed,
  statusMessage: wire.statusMessage,
  attributes: wire.attributes,
  events: list(wire.events, `${path}.events`, EVENTS_MAX, (event, at) => ({
    name: event.name,
    atUs: count(event.atUs, `${at}.at_us`),
    attributes: event.attributes,
  })),
  linkedSpanIds: list(wire.linkedSpanIds, `${path}.linked_span_ids`, EVENTS_MAX, spanId),
});

/** A span as its message, as the collector answers `GetTrace`. */
export const spanToWire = (span: FinishedSpan): pb.Span => span;

/** Encodes a batch of at most {@link SPAN_BATCH_MAX} spans. */
export const encodeSpans = (spans: readonly FinishedSpan[]): Uint8Array =>
  pb.SpanBatch.encode({ spans }).finish();

/** Decodes a batch of spans. */
export const decodeSpans = (bytes: Uint8Array): readonly FinishedSpan[] | WireFault =>
  decoding("SpanBatch", () =>
    list(pb.SpanBatch.decode(bytes).spans, "spans", SPAN_BATCH_MAX, spanFromWire),
  );
