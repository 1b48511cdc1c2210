/**
 * The layer above, with its exceptions caught (P2 of endpoint-ports.ts). Owns: counting them, telling
 * of them. Does not own: any decision.
 *
 * GL1  Each is counted; one a second is told of, so that a peer who finds a fault cannot fill the log.
 */
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Endpoint, SipRequest, SipResponse } from "../core/message/message.ts";
import type { Counters } from "./counters.ts";
import type { EndpointListener, ServerTransaction } from "./endpoint-ports.ts";

const REPORT_MS_MIN = 1_000;

/** Who hears of exceptions, and when. */
export interface FaultHearing {
  readonly now: () => Instant;
  readonly onListenerFault?: (error: unknown) => void;
}

/** Calls the wrapped listener; what it throws is counted and goes no further. */
export class GuardedListener implements EndpointListener {
  readonly #inner: EndpointListener;
  readonly #counters: Counters;
  readonly #hearing: FaultHearing;
  #quietUntil: Instant = 0;

  constructor(inner: EndpointListener, counters: Counters, hearing: FaultHearing) {
    this.#inner = inner;
    this.#counters = counters;
    this.#hearing = hearing;
  }

  onRequest(request: SipRequest, transaction: ServerTransaction): void {
    this.#guard(() => this.#inner.onRequest(request, transaction));
  }

  onAck(request: SipRequest, source: Endpoint): void {
    this.#guard(() => this.#inner.onAck(request, source));
  }

  onCancel(invite: ServerTransaction, cancel: SipRequest): void {
    this.#guard(() => this.#inner.onCancel(invite, cancel));
  }

  onAckMissing(invite: ServerTransaction, status: number): void {
    this.#guard(() => this.#inner.onAckMissing(invite, status));
  }

  onServerTransportError(reason: string, transaction: ServerTransaction): void {
    this.#guard(() => this.#inner.onServerTransportError(reason, transaction));
  }

  onStrayResponse(response: SipResponse, source: Endpoint): void {
    this.#guard(() => this.#inner.onStrayResponse(response, source));
  }

  onFlowClosed(flow: string): void {
    this.#guard(() => this.#inner.onFlowClosed(flow));
  }

  #guard(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#counters.dropped("listener-fault");
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    const at = this.#hearing.now();
    if (at < this.#quietUntil) return;
    this.#quietUntil = at + REPORT_MS_MIN;
    this.#hearing.onListenerFault?.(error);
  }
}
