/**
 * Spans of the last calls, in memory, found by trace id or by call id.
 *
 * T1  At most `callsMax` calls with TRACES_A_CALL traces each; the oldest trace goes first. A trace keeps
 *     at most SPANS_A_TRACE spans; more are counted, not kept.
 * T2  Spans are kept as bytes, as they are published: a tenth of what objects would take.
 */
import { CALL_ID_ATTRIBUTE } from "../../../lib/runtime/telemetry.ts";
import { isWireFault } from "../../../lib/wire/fault.ts";
import { decodeSpans, encodeSpans, type FinishedSpan } from "../../../lib/wire/span-codec.ts";

/** A call's setup and its teardown. */
const TRACES_A_CALL = 2;
const SPANS_A_TRACE = 400;

interface Trace {
  /** Encoded batches; put one after the other they are one batch (protobuf repeated field). */
  readonly batches: Uint8Array[];
  readonly callIds: Set<string>;
  spans: number;
}

/** The store of spans. */
export class Traces {
  readonly #tracesMax: number;
  readonly #traces = new Map<string, Trace>();
  readonly #tracesOfCall = new Map<string, Set<string>>();
  #spans = 0;
  #dropped = 0;

  constructor(callsMax: number) {
    this.#tracesMax = callsMax * TRACES_A_CALL;
  }

  /** Spans that are kept. */
  get spans(): number {
    return this.#spans;
  }

  /** Spans not kept because their trace was full, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  add(spans: readonly FinishedSpan[]): void {
    for (const [traceId, own] of Map.groupBy(spans, (span) => span.traceId)) {
      const trace = this.#traceOf(traceId);
      const room = own.slice(0, Math.max(0, SPANS_A_TRACE - trace.spans));
      this.#dropped += own.length - room.length;
      if (room.length === 0) continue;
      trace.batches.push(encodeSpans(room));
      trace.spans += room.length;
      this.#spans += room.length;
      for (const { attributes } of room) {
        const callId = attributes[CALL_ID_ATTRIBUTE];
        if (callId !== undefined) this.#index(callId, traceId, trace);
      }
    }
    while (this.#traces.size > this.#tracesMax) this.#forgetOldest();
  }

  /** Spans of a trace, or of all traces of a call, by start. `traceId` is empty when nothing is known. */
  find(id: string): { readonly traceId: string; readonly spans: readonly FinishedSpan[] } {
    const ids = this.#related(id);
    const spans = [...ids].flatMap((traceId) => {
      const decoded = decodeSpans(Buffer.concat(this.#traces.get(traceId)?.batches ?? []));
      return isWireFault(decoded) ? [] : [...decoded];
    });
    spans.sort((a, b) => a.startedAtUs - b.startedAtUs);
    return { traceId: ids.has(id) ? id : (spans[0]?.traceId ?? ""), spans };
  }

  #traceOf(traceId: string): Trace {
    const known = this.#traces.get(traceId);
    if (known !== undefined) return known;
    const trace = { batches: [], callIds: new Set<string>(), spans: 0 };
    this.#traces.set(traceId, trace);
    return trace;
  }

  #index(callId: string, traceId: string, trace: Trace): void {
    trace.callIds.add(callId);
    const ids = this.#tracesOfCall.get(callId);
    if (ids === undefined) this.#tracesOfCall.set(callId, new Set([traceId]));
    else ids.add(traceId);
  }

  #related(id: string): ReadonlySet<string> {
    const found = new Set(this.#tracesOfCall.get(id));
    if (this.#traces.has(id)) found.add(id);
    for (const callId of this.#traces.get(id)?.callIds ?? []) {
      for (const traceId of this.#tracesOfCall.get(callId) ?? []) found.add(traceId);
    }
    return found;
  }

  #forgetOldest(): void {
    const [oldest] = this.#traces;
    if (oldest === undefined) return;
    const [traceId, trace] = oldest;
    this.#traces.delete(traceId);
    this.#spans -= trace.spans;
    for (const callId of trace.callIds) {
      const ids = this.#tracesOfCall.get(callId);
      ids?.delete(traceId);
      if (ids?.size === 0) this.#tracesOfCall.delete(callId);
    }
  }
}
