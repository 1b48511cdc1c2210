/**
 * The way back of one server transaction: where its responses go and the last one as text. Owns:
 * serializing, counting, repeating. Does not own: when a response is sent (core/transaction).
 *
 * RP1  What may be repeated is kept as text: a Buffer of it would hold all of Node's 64 kB pool that it
 *      was cut from, for 32 s.
 */

import { topVia } from "../core/message/fields.ts";
import type { Endpoint, SipRequest, SipResponse } from "../core/message/message.ts";
import { serialize } from "../core/message/serialize.ts";
import { responseTarget } from "../core/transaction/hop.ts";
import type { TransactionHost } from "./transaction-host.ts";
import type { Sent, UdpSocket } from "./udp.ts";

/** Sends the responses of one request, RFC 3261 18.2.2. */
export class ResponsePath {
  readonly #host: TransactionHost;
  readonly #target: Endpoint;
  readonly #socket: UdpSocket | null;
  readonly #sent: Sent;
  #last: string | null = null;
  #lastStatus = 0;

  /** `socket` is the one the request came in by (RFC 3581 4); null for TCP. */
  constructor(host: TransactionHost, arrival: Arrival, sent: Sent) {
    this.#host = host;
    this.#target = responseTarget(topVia(arrival.request), arrival.source);
    this.#socket = arrival.socket;
    this.#sent = sent;
  }

  /** Sends a response and remembers it. */
  send(response: SipResponse): void {
    this.#last = serialize(response);
    this.#lastStatus = response.status;
    this.#host.counters.response("responsesOut", response.status);
    this.#host.transmit(this.#last, this.#target, this.#socket, this.#sent);
  }

  /** Sends the last response again, if there is one. */
  repeat(): void {
    if (this.#last === null) return;
    this.#host.counters.response("responsesRepeatedOut", this.#lastStatus);
    this.#host.transmit(this.#last, this.#target, this.#socket, this.#sent);
  }

  /** Lets the last response go: nothing will ask for it again. */
  forget(): void {
    this.#last = null;
  }
}

/** A request and where it came in. */
export interface Arrival {
  readonly request: SipRequest;
  readonly source: Endpoint;
  readonly socket: UdpSocket | null;
}
