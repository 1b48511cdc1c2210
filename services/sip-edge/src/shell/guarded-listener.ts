/**
 * The layer above, with its exceptions caught (P2 of endpoint-ports.ts). Owns: counting them. Does
 * not own: any decision.
 */
import type { Endpoint, SipRequest, SipResponse } from "../core/message/message.ts";
import type { Counters } from "./counters.ts";
import type { EndpointListener, ServerTransaction } from "./endpoint-ports.ts";

/** Calls the wrapped listener; what it throws is counted and goes no further. */
export class GuardedListener implements EndpointListener {
  readonly #inner: EndpointListener;
  readonly #counters: Counters;

  constructor(inner: EndpointListener, counters: Counters) {
    this.#inner = inner;
    this.#counters = counters;
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
    } catch {
      this.#counters.dropped("listener-fault");
    }
  }
}
