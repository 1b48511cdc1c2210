/**
 * What an operator sees of one call: spans, log lines, counts. Owns: when they are made. Does not own:
 * the metrics (call-metrics.ts), decisions; nothing here changes a call.
 *
 * CW1  One `call setup` span from INVITE to answer or failure with a child per attempt, and one
 *      `call teardown` span linked to it: no span lives as long as a call (ARCHITECTURE, seen from outside).
 * CW2  Info lines at offered, answered and over; every other fact at debug. No call id in labels.
 */
import type { Logger } from "../../../lib/runtime/log.ts";
import type { Span } from "../../../lib/runtime/telemetry.ts";
import {
  CALL_ID_ATTRIBUTE,
  failSpan,
  startSpan,
  traceIdOf,
  traceparentOf,
} from "../../../lib/runtime/telemetry.ts";
import type { CallId, LegId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { EndCause, LegFact, Offer } from "../../../lib/telephony/leg.ts";
import type { AnchorEvent, CallInstruments } from "./call-metrics.ts";

/** Everything observed of one call. */
export class CallWatch {
  readonly traceparent: string;
  readonly log: Logger;
  readonly #instruments: CallInstruments;
  readonly #callId: CallId;
  readonly #startedAt: Instant;
  readonly #attempts = new Map<LegId, Span>();
  #setup: Span | null;
  #teardown: Span | null = null;
  #hasRung = false;
  #isAnswered: boolean;

  /** `earlier` is the traceparent of a call that an earlier life of this edge answered. */
  constructor(
    instruments: CallInstruments,
    callId: CallId,
    at: Instant,
    earlier: string | null = null,
  ) {
    const attributes = { [CALL_ID_ATTRIBUTE]: callId, "kakehashi.leg": "a" };
    const { tracer } = instruments;
    const setup = { name: "call setup", parent: "", attributes, at };
    this.#setup = earlier === null ? startSpan(tracer, setup) : null;
    this.#isAnswered = earlier !== null;
    this.traceparent = this.#setup === null ? (earlier ?? "") : traceparentOf(this.#setup);
    this.log = instruments.log.child({ callId, traceId: traceIdOf(this.traceparent) });
    this.#instruments = instruments;
    this.#callId = callId;
    this.#startedAt = at;
  }

  offered(offer: Offer): void {
    this.#instruments.offered();
    const { called, origin, diversions, priority } = offer;
    this.log.info({ called, origin, diversions, priority }, "offered");
  }

  /** An attempt was ordered. */
  dialled(leg: LegId, destination: string): void {
    const attributes = {
      [CALL_ID_ATTRIBUTE]: this.#callId,
      "kakehashi.leg": leg,
      "kakehashi.destination": destination,
    };
    const span = startSpan(this.#instruments.tracer, {
      name: `leg ${leg}`,
      parent: this.traceparent,
      attributes,
    });
    this.#attempts.set(leg, span);
  }

  fact(fact: LegFact, at: Instant): void {
    this.log.debug({ fact }, "fact");
    switch (fact.kind) {
      case "leg-ringing":
        this.#attempts.get(fact.leg)?.addEvent("ringing", { "sip.status": fact.status });
        return;
      case "leg-answered":
        return this.#endAttempt(fact.leg, 200, null);
      case "leg-failed":
        this.#instruments.legEnded(fact.cause);
        return this.#endAttempt(fact.leg, fact.status, fact.cause);
      case "leg-ended":
        this.#instruments.legEnded(fact.cause);
        return this.#released(fact.leg, at);
      case "caller-cancelled":
        this.#failSetup(487, "abandoned", at);
        return;
      case "offered":
        return;
    }
  }

  /** The caller hears ringing. */
  rang(at: Instant): void {
    if (this.#hasRung) return;
    this.#hasRung = true;
    this.#instruments.ringing(at - this.#startedAt);
    this.#setup?.addEvent("ringing");
  }

  /** The caller got the 200. */
  answered(leg: LegId, at: Instant): void {
    this.#isAnswered = true;
    this.#instruments.answered(at - this.#startedAt);
    this.#endSetup(200, at);
    this.log.info({ leg, setupMs: at - this.#startedAt }, "answered");
  }

  /** The call goes on in this life of the edge. */
  revived(): void {
    this.#instruments.event("revived");
    this.log.info({}, "revived");
  }

  /** The caller got a final refusal. */
  refused(status: number, at: Instant): void {
    this.#failSetup(status, "refused", at);
  }

  event(event: AnchorEvent): void {
    this.#instruments.event(event);
    this.log.debug({ event }, "protocol");
  }

  /** The edge forgets the call: every span that is still open ends. */
  over(at: Instant): void {
    for (const span of this.#attempts.values()) span.end(at);
    this.#attempts.clear();
    this.#endSetup(0, at);
    this.#teardown?.end(at);
    this.log.info({ answered: this.#isAnswered, lastedMs: at - this.#startedAt }, "over");
  }

  #released(leg: LegId, at: Instant): void {
    if (!this.#isAnswered || this.#teardown !== null) return;
    this.#teardown = startSpan(this.#instruments.tracer, {
      name: "call teardown",
      parent: this.traceparent,
      links: [this.traceparent],
      attributes: { [CALL_ID_ATTRIBUTE]: this.#callId, "kakehashi.leg": leg },
      at,
    });
  }

  #endAttempt(leg: LegId, status: number, failure: EndCause | null): void {
    const span = this.#attempts.get(leg);
    if (span === undefined) return;
    span.setAttribute("sip.status", status);
    if (failure !== null) span.setAttribute("kakehashi.cause", failure);
    span.end();
    this.#attempts.delete(leg);
  }

  #failSetup(status: number, cause: "abandoned" | "refused", at: Instant): void {
    if (this.#setup === null) return;
    this.#instruments.notAnswered(cause);
    failSpan(this.#setup, cause);
    this.#endSetup(status, at);
    this.log.info({ status, cause }, "not answered");
  }

  #endSetup(status: number, at: Instant): void {
    if (this.#setup === null) return;
    if (status !== 0) this.#setup.setAttribute("sip.status", status);
    this.#setup.end(at);
    this.#setup = null;
  }
}
