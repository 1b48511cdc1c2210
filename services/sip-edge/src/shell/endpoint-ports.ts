/**
 * The border between the SIP endpoint (sockets and transactions) and the call-leg layer above it,
 * the transaction user of RFC 3261 17. Owns: the types both sides speak. Does not own: behaviour.
 *
 * P1  What goes wrong outside is reported through a listener, once, and never thrown. Only a message
 *     with a line break in a header throws (AssertionFault): a programmer error.
 * P2  A listener is called synchronously; an exception it throws is caught, counted and ends
 *     nothing but that call of it.
 * P3  `onResponse` repeats for every provisional and for every 2xx of a new To tag; after
 *     `onTimeout` or `onTransportError` nothing else is reported by that transaction.
 */
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Endpoint, SipRequest, SipResponse } from "../core/message/message.ts";
import type { TimerValues } from "../core/transaction/timers.ts";

/** Header lines to add, name and value, in order. */
export type ExtraHeaders = readonly (readonly [name: string, value: string])[];

/** A request that came in and waits for, or already had, its final response. */
export interface ServerTransaction {
  /** Key of RFC 3261 17.2.3; unique among the live server transactions of this endpoint. */
  readonly id: string;
  /** Where the request came from; for TCP it names the flow. */
  readonly source: Endpoint;
  /**
   * Sends a response, RFC 3261 17.2. A response after the final one is dropped and counted,
   * except a further 2xx to INVITE. A 2xx to INVITE is repeated by the endpoint until its ACK
   * comes (13.3.1.4); if none comes, `onAckMissing` is reported.
   */
  respond(response: SipResponse): void;
  /**
   * Ends the transaction without any answer, as if the request had never come: for strangers. A
   * repetition is taken as a new request. After a final response it changes nothing.
   */
  ignore(): void;
}

/** A request that was sent. */
export interface ClientTransaction {
  /** Branch and method, RFC 3261 17.1.3. */
  readonly id: string;
  /** The request as sent, with its Via. */
  readonly request: SipRequest;
  /**
   * INVITE only: sends CANCEL at once when a provisional has come, else as soon as one comes
   * (RFC 3261 9.1). Harmless when repeated or after the final response. If no final response
   * follows within 64*T1, `onTimeout` is reported with cause `cancelled`.
   */
  cancel(extra?: ExtraHeaders): void;
  /**
   * INVITE only: sends the ACK of a 2xx and remembers it under its To tag: each repetition of that
   * 2xx is answered with the same bytes and not reported again (RFC 3261 13.2.2.4).
   * The caller builds the ACK with `ackOf2xx` of core/dialog; the endpoint adds its Via.
   */
  acknowledge(ack: SipRequest, destination: Endpoint): void;
}

/** Why a client transaction ended without a final response. */
export type TimeoutCause =
  /** Timer B or F: no final response (INVITE: no response at all) within 64*T1. */
  | "no-response"
  /** Timer C ran out, CANCEL was sent, and no final response came within 64*T1. */
  | "no-final-response"
  /** `cancel` was called and no final response came within 64*T1, RFC 3261 9.1. */
  | "cancelled";

/** What the sender of a request hears. One object may serve many transactions. */
export interface ClientListener {
  /** Each provisional response but 100, and the final ones. The ACK of 3xx-6xx was sent already. */
  onResponse(response: SipResponse, transaction: ClientTransaction): void;
  /** No final response came in time; treat as 408 (RFC 3261 8.1.3.1). */
  onTimeout(cause: TimeoutCause, transaction: ClientTransaction): void;
  /** The request could not be sent; treat as 503 (RFC 3261 8.1.3.1). */
  onTransportError(reason: string, transaction: ClientTransaction): void;
}

/** What the layer above hears of everything that it did not ask for. */
export interface EndpointListener {
  /** A new request, in or out of a dialog, but ACK and CANCEL. It must be answered. */
  onRequest(request: SipRequest, transaction: ServerTransaction): void;
  /**
   * The ACK of a 2xx. Its 2xx is no longer repeated. Repeated ACKs are reported again, and so is
   * one that fits nothing we know (of our 503 when the table was full): look its dialog up.
   */
  onAck(request: SipRequest, source: Endpoint): void;
  /** A CANCEL for a live INVITE without final response; 200 was sent. Answer `invite` with 487. */
  onCancel(invite: ServerTransaction, cancel: SipRequest): void;
  /** The final response to an INVITE met no ACK in 64*T1. After a 2xx: send BYE (13.3.1.4). */
  onAckMissing(invite: ServerTransaction, status: number): void;
  /** A response could not be sent. The transaction lives on (RFC 6026 7.2) until its timers end. */
  onServerTransportError(reason: string, transaction: ServerTransaction): void;
  /** A 2xx to INVITE that fits no transaction: ACK it, then BYE. Other strays are only counted. */
  onStrayResponse(response: SipResponse, source: Endpoint): void;
  /** A TCP connection ended; what is bound to `flow` is out of reach. */
  onFlowClosed(flow: string): void;
}

/** An address to listen on; port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Everything a SipEndpoint needs from outside. */
export interface EndpointOptions {
  readonly udp: readonly ListenAddress[];
  readonly tcp: readonly ListenAddress[];
  /** Host and port written into Via; each defaults to what the first listener is bound to. */
  readonly advertised?: { readonly host?: string; readonly port?: number };
  readonly now: () => Instant;
  /** A fresh token of at least 64 random bits, for branches (after z9hG4bK) and To tags. */
  readonly mintToken: () => string;
  /** Hears what the listener threw, at most once a second; default nobody. */
  readonly onListenerFault?: (error: unknown) => void;
  /** Timer values; default RFC 3261 Table 4. */
  readonly timers?: TimerValues;
  /** When an INVITE gets its 100 by itself: `at-once` or `after-200-ms` (default, 17.2.1). */
  readonly trying?: "at-once" | "after-200-ms";
  /** Live transactions of both kinds, default 200 000; beyond it new requests get a 503. */
  readonly transactionsMax?: number;
  /** Open TCP connections, default 4096; beyond it new ones are closed at once. */
  readonly connectionsMax?: number;
  /** A TCP connection without traffic for this long is closed, default 15 min. */
  readonly connectionIdleMs?: number;
}

/** What the layer above may ask of the endpoint; {@link SipEndpoint} implements it. */
export interface SipSender {
  /**
   * Sends a request in a new transaction (not ACK, not CANCEL). The endpoint puts its Via on top;
   * the caller sets everything else, Max-Forwards too. With `destination.flow` the request goes over
   * that TCP connection if it is open, else over one to host and port. Requests above 1300 bytes
   * stay on the transport that `destination` names. DEVIATION: RFC 3261 18.1.1 changes to TCP there.
   */
  sendRequest(
    request: SipRequest,
    destination: Endpoint,
    listener: ClientListener,
  ): ClientTransaction;
  /** Sends the ACK of a 2xx outside any transaction: the answer to `onStrayResponse`. */
  sendAck(ack: SipRequest, destination: Endpoint): void;
  /** Host and port that peers reach us at over this transport: for Via and Contact. */
  sentBy(transport: Endpoint["transport"]): ListenAddress;
}
