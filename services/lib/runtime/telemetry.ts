/**
 * Traces of a process: makes spans, samples them, hands finished ones on in bounded batches.
 * Exports OTLP when an endpoint is given, else publishes SpanBatch messages (span-codec.ts).
 * Contexts are passed explicitly as W3C traceparent text; there is no ambient context.
 *
 * T1  Whether a call is traced is decided where it starts; everyone else follows its traceparent.
 * T2  At most QUEUE_MAX finished spans wait; more are dropped and counted. A span never blocks a call.
 */
import {
  type Attributes,
  type Context,
  createTraceState,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import {
  type ExportResult,
  ExportResultCode,
  hrTimeToMicroseconds,
  parseTraceParent,
} from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  ParentBasedSampler,
  type ReadableSpan,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base";
import type { Instant } from "../telephony/instant.ts";
import { encodeSpans, type FinishedSpan, SPAN_BATCH_MAX } from "../wire/span-codec.ts";
import { SpanQueue } from "./span-queue.ts";

export type { Span, Tracer } from "@opentelemetry/api";

/** Span attribute that holds our call id. */
export const CALL_ID_ATTRIBUTE = "kakehashi.call_id";

/** What a process traces with. */
export interface Telemetry {
  readonly tracer: Tracer;
  /** Spans dropped because the queue was full or the export failed, since the start. */
  readonly dropped: () => number;
  /** Hands on what waits, bounded to two seconds. */
  readonly shutdown: () => Promise<void>;
}

interface TelemetryOptions {
  readonly service: string;
  readonly node: string;
  readonly otlpEndpoint: string | null;
  /** Publishes an encoded SpanBatch; false when it could not. Unused with an OTLP endpoint. */
  readonly publishSpans: (batch: Uint8Array) => boolean;
  /** Share of new traces that are kept, 0 to 1. */
  readonly sampleRatio: number;
}

/** Starts tracing. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { service, node, otlpEndpoint, publishSpans } = options;
  const exporter =
    otlpEndpoint === null
      ? publishingExporter({ service, node }, publishSpans)
      : new OTLPTraceExporter({ url: `${otlpEndpoint.replace(/\/$/, "")}/v1/traces` });
  const queue = new SpanQueue(exporter);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": service, "service.instance.id": node }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio) }),
    spanProcessors: [queue],
  });
  return {
    tracer: provider.getTracer("kakehashi"),
    dropped: () => queue.dropped,
    shutdown: () => provider.shutdown(),
  };
}

/** How a span starts. Times default to now. */
export interface SpanStart {
  readonly name: string;
  /** Traceparent of the parent; empty text starts a new trace. */
  readonly parent: string;
  /** Traceparents of spans that this one follows from; unreadable ones are left out. */
  readonly links?: readonly string[];
  readonly attributes?: Attributes;
  readonly at?: Instant;
}

/** Starts a span; the caller ends it. */
export function startSpan(tracer: Tracer, start: SpanStart): Span {
  const links = (start.links ?? []).flatMap((link): Link[] => {
    const context = spanFrom(link);
    return context === null ? [] : [{ context }];
  });
  return tracer.startSpan(
    start.name,
    {
      links,
      ...(start.attributes === undefined ? {} : { attributes: start.attributes }),
      ...(start.at === undefined ? {} : { startTime: start.at }),
    },
    parentContext(start.parent),
  );
}

/** Marks a span as failed, with the reason. */
export const failSpan = (span: Span, message: string): void => {
  span.setStatus({ code: SpanStatusCode.ERROR, message });
};

/** The span that a traceparent names, or null when the text is not one. */
export const spanFrom = (traceparent: string): SpanContext | null => {
  const context = parseTraceParent(traceparent);
  return context === null ? null : { ...context, isRemote: true, traceState: createTraceState() };
};

/** The context in which to start a child of the span that `traceparent` names. */
export function parentContext(traceparent: string): Context {
  const span = spanFrom(traceparent);
  return span === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, span);
}

/** W3C traceparent of a span. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

/** Trace id of a span, or of a traceparent; empty when the text is not one. */
export const traceIdOf = (of: Span | string): string =>
  typeof of === "string" ? (spanFrom(of)?.traceId ?? "") : of.spanContext().traceId;

const asText = (attributes: Attributes): Record<string, string> => {
  const out: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) out[key] = typeof value === "string" ? value : JSON.stringify(value);
  }
  return out;
};

const finished = (span: ReadableSpan, owner: { service: string; node: string }): FinishedSpan => ({
  traceId: span.spanContext().traceId,
  spanId: span.spanContext().spanId,
  parentSpanId: span.parentSpanContext?.spanId ?? "",
  name: span.name,
  service: owner.service,
  node: owner.node,
  startedAtUs: Math.round(hrTimeToMicroseconds(span.startTime)),
  endedAtUs: Math.round(hrTimeToMicroseconds(span.endTime)),
  failed: span.status.code === SpanStatusCode.ERROR,
  statusMessage: span.status.message ?? "",
  attributes: asText(span.attributes),
  events: span.events.map((event) => ({
    name: event.name,
    atUs: Math.round(hrTimeToMicroseconds(event.time)),
    attributes: asText(event.attributes ?? {}),
  })),
  linkedSpanIds: span.links.map((link) => link.context.spanId),
});

/** Exporter that publishes batches of at most SPAN_BATCH_MAX spans. */
function publishingExporter(
  owner: { readonly service: string; readonly node: string },
  publish: (batch: Uint8Array) => boolean,
): SpanExporter {
  return {
    export: (spans: ReadableSpan[], done: (result: ExportResult) => void) => {
      let sent = true;
      for (let from = 0; from < spans.length; from += SPAN_BATCH_MAX) {
        const batch = spans.slice(from, from + SPAN_BATCH_MAX).map((span) => finished(span, owner));
        sent = publish(encodeSpans(batch)) && sent;
      }
      done({ code: sent ? ExportResultCode.SUCCESS : ExportResultCode.FAILED });
    },
    shutdown: () => Promise.resolve(),
  };
}
