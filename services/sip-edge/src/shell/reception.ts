/**
 * What arrives and where it goes (RFC 3261 17.1.3, 17.2.3, 18.2.1). Owns: matching each message to a
 * transaction, a 2xx, or the layer above. Does not own: transactions, sockets, dialogs.
 *
 * RE1  A repeated request never reaches the layer above.
 * RE2  A CANCEL is answered here: 200 when it matches, 481 when not (9.2).
 * RE3  A response is never answered; a bad request is, within the limit of stateless-replies.ts.
 */

import type { ParseFault } from "../core/message/fault.ts";
import { cseq, topVia } from "../core/message/fields.ts";
import type { Endpoint, SipMessage, SipRequest, SipResponse } from "../core/message/message.ts";
import { respond } from "../core/message/serialize.ts";
import type { Via } from "../core/message/via.ts";
import { hostText, withSource } from "../core/transaction/hop.ts";
import { ackKey, cancelledKey, clientKey, serverKey } from "../core/transaction/match.ts";
import { InviteServerEntry } from "./invite-server-entry.ts";
import type { Arrival } from "./response-path.ts";
import { StatelessReplies } from "./stateless-replies.ts";
import type { TransactionTable } from "./transaction-table.ts";
import type { Arrivals, Transports } from "./transports.ts";
import type { UdpSocket } from "./udp.ts";

/** Seconds after which a caller that got our 503 may try again. */
const RETRY_AFTER: readonly [name: string, value: string] = ["Retry-After", "5"];

/** Takes what the sockets bring. */
export class Reception implements Arrivals {
  readonly #table: TransactionTable;
  readonly #transports: Transports;
  readonly #replies: StatelessReplies;

  constructor(table: TransactionTable, transports: Transports) {
    this.#table = table;
    this.#transports = transports;
    this.#replies = new StatelessReplies(table);
  }

  onMessage(message: SipMessage, source: Endpoint, socket: UdpSocket | null): void {
    const via = topVia(message);
    if (via === undefined) return this.#table.counters.malformed("bad-via");
    if (message.kind === "response") return this.#onResponse(message, via, source);
    const request = withSource(message, via, source);
    this.#table.counters.request("requestsIn", request.method);
    const key = serverKey(message, via);
    if (request.method === "ACK") return this.#onAck(request, key, source);
    const known = this.#table.server(key);
    if (known !== undefined) {
      this.#table.counters.request("requestsRepeatedIn", request.method);
      return known.onRepeat();
    }
    this.#onNewRequest({ request, source, socket }, key, via);
  }

  onMalformed(fault: ParseFault, source: Endpoint, socket: UdpSocket | null): void {
    this.#table.counters.malformed(fault.reason);
    if (fault.partial === undefined || fault.status === undefined) return;
    this.#replies.send({ request: fault.partial, source, socket }, fault.status);
  }

  onFlowClosed(flow: string): void {
    this.#table.listener.onFlowClosed(flow);
  }

  #onNewRequest(arrival: Arrival, key: string, via: Via): void {
    if (this.#table.isFull) {
      this.#table.counters.dropped("table-full");
      return this.#replies.send(arrival, 503, [RETRY_AFTER]);
    }
    switch (arrival.request.method) {
      case "INVITE":
        return this.#table.listener.onRequest(arrival.request, this.#table.addInvite(key, arrival));
      case "CANCEL":
        return this.#onCancel(arrival, key, via);
      default:
        return this.#table.listener.onRequest(
          arrival.request,
          this.#table.addNonInvite(key, arrival),
        );
    }
  }

  /**
   * RFC 3261 9.2. After a final response the CANCEL is answered all the same but has no effect: that
   * is the race in which the caller hears both 200s and sends BYE.
   */
  #onCancel(arrival: Arrival, key: string, via: Via): void {
    const { request } = arrival;
    const cancel = this.#table.addNonInvite(key, arrival);
    const invite = this.#table.server(cancelledKey(request, via));
    if (!(invite instanceof InviteServerEntry)) {
      return cancel.respond(respond(request, 481, { toTag: this.#table.mintToken() }));
    }
    const toTag = invite.toTag ?? this.#table.mintToken();
    cancel.respond(respond(request, 200, { toTag }));
    if (invite.isCancellable) this.#table.listener.onCancel(invite, request);
  }

  /** The ACK of a 2xx is found by dialog, that of a refusal by the key of its INVITE. */
  #onAck(request: SipRequest, key: string, source: Endpoint): void {
    const awaiter = this.#table.ackAwaiter(ackKey(request));
    if (awaiter === undefined) {
      const invite = this.#table.server(key);
      if (invite instanceof InviteServerEntry) return invite.onAckOfRefusal();
    } else {
      awaiter.onAckOf2xx();
    }
    this.#table.listener.onAck(request, source);
  }

  #onResponse(response: SipResponse, via: Via, source: Endpoint): void {
    this.#table.counters.response("responsesIn", response.status);
    const { method } = cseq(response);
    const entry = this.#table.client(clientKey(via.branch ?? "", method));
    if (entry !== undefined) {
      // The listener of a client transaction is called in here (E3 of endpoint.ts).
      try {
        entry.onResponse(response);
      } catch {
        this.#table.counters.dropped("listener-fault");
      }
      return;
    }
    this.#table.counters.dropped("response-stray");
    const is2xx = response.status >= 200 && response.status < 300;
    if (is2xx && method === "INVITE" && this.#isOurs(via)) {
      this.#table.listener.onStrayResponse(response, source);
    }
  }

  /** 18.1.2: a response whose sent-by is not ours was not meant for us. */
  #isOurs(via: Via): boolean {
    const ours = this.#transports.sentBy(via.transport === "tcp" ? "tcp" : "udp");
    return via.host === hostText(ours.host).toLowerCase() && (via.port ?? 5060) === ours.port;
  }
}
