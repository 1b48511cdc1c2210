/**
 * The SIP endpoint: sockets below, transactions inside, the call-leg layer above (RFC 3261 17, 18).
 * Owns: putting its parts together, their start and stop. Does not own: dialogs, calls, where a URI
 * leads (the caller names the destination).
 *
 * E1  Live transactions are bounded by `transactionsMax`; beyond it a new request gets 503 without a
 *     transaction, and a request of ours is reported as a transport error.
 * E2  A retransmission never reaches the listener; a CANCEL is answered here.
 * E3  An exception of a listener is counted, told of and goes no further.
 *
 * Parts: transports.ts (udp.ts, tcp.ts, tcp-flow.ts), reception.ts, transaction-table.ts, one file
 * per kind of live transaction (*-entry.ts), alarms.ts.
 */
import type { Endpoint, SipRequest } from "../core/message/message.ts";
import { Counters, type EndpointCounters } from "./counters.ts";
import type {
  ClientListener,
  ClientTransaction,
  EndpointListener,
  EndpointOptions,
  ListenAddress,
  SipSender,
} from "./endpoint-ports.ts";
import { Reception } from "./reception.ts";
import { TransactionTable } from "./transaction-table.ts";
import { Transports } from "./transports.ts";

export type { EndpointCounters } from "./counters.ts";
export type * from "./endpoint-ports.ts";

/** One SIP endpoint. */
export class SipEndpoint implements SipSender {
  readonly #counters = new Counters();
  readonly #transports: Transports;
  readonly #table: TransactionTable;

  constructor(options: EndpointOptions, listener: EndpointListener) {
    this.#transports = new Transports(options, this.#counters);
    this.#table = new TransactionTable(options, listener, this.#transports, this.#counters);
  }

  /** Binds all addresses; rejects when one cannot be had (a boot fault). */
  async start(): Promise<void> {
    await this.#transports.start(new Reception(this.#table, this.#transports));
  }

  /** Closes all sockets; live transactions report nothing more. */
  async stop(): Promise<void> {
    this.#table.clear();
    await this.#transports.stop();
  }

  /** Addresses that are bound, in the order of the options. */
  bound(): { readonly udp: readonly ListenAddress[]; readonly tcp: readonly ListenAddress[] } {
    return this.#transports.bound;
  }

  sentBy(transport: Endpoint["transport"]): ListenAddress {
    return this.#transports.sentBy(transport);
  }

  sendRequest(
    request: SipRequest,
    destination: Endpoint,
    listener: ClientListener,
  ): ClientTransaction {
    return this.#table.sendRequest(request, destination, listener);
  }

  sendAck(ack: SipRequest, destination: Endpoint): void {
    this.#table.sendAck(ack, destination);
  }

  /** What was counted so far, and the gauges of this moment. */
  counters(): EndpointCounters {
    const { open, refused } = this.#transports.connections;
    const { servers, clients, accepted } = this.#table.sizes;
    return {
      ...this.#counters.snapshot(),
      serverTransactions: servers,
      clientTransactions: clients,
      acceptedInvites: accepted,
      connections: open,
      connectionsRefused: refused,
    };
  }
}
