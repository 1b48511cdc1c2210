/**
 * All live transactions of one endpoint. Owns: the tables, their bound, starting transactions, the
 * Via of what we send. Does not own: sockets (transports.ts), reading what arrives (reception.ts).
 *
 * TT1  Live transactions are bounded; `isFull` says so before one is added.
 * TT2  A branch is minted per client transaction and per ACK of a 2xx (RFC 3261 8.1.1.7, 13.2.2.4);
 *      CANCEL and the ACK of a refusal carry the branch of their INVITE.
 */

import { Alarms } from "../../../lib/actor/alarms.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { topVia } from "../core/message/fields.ts";
import type { Endpoint, SipRequest } from "../core/message/message.ts";
import { serialize, withTopVia } from "../core/message/serialize.ts";
import { hostText } from "../core/transaction/hop.ts";
import { clientKey, MAGIC_COOKIE } from "../core/transaction/match.ts";
import { RFC_TIMERS, type Timing } from "../core/transaction/timers.ts";
import type { Counters } from "./counters.ts";
import type {
  ClientListener,
  ClientTransaction,
  EndpointListener,
  EndpointOptions,
} from "./endpoint-ports.ts";
import { GuardedListener } from "./guarded-listener.ts";
import { InviteClientEntry, type InviteHost } from "./invite-client-entry.ts";
import { InviteServerEntry } from "./invite-server-entry.ts";
import { NonInviteClientEntry } from "./non-invite-client-entry.ts";
import { NonInviteServerEntry } from "./non-invite-server-entry.ts";
import type { Arrival } from "./response-path.ts";
import type { AckAwaiter } from "./transaction-host.ts";
import type { Transports } from "./transports.ts";
import type { Sent, UdpSocket } from "./udp.ts";

/** Bound of live transactions: they linger for 32 s, so this carries 2500 calls/s of both legs. */
const TRANSACTIONS_MAX = 200_000;

/** Listener of our CANCELs: their outcome is told by the INVITE itself (RFC 3261 9.1). */
const SILENT: ClientListener = { onResponse() {}, onTimeout() {}, onTransportError() {} };

/** A live server transaction. */
export type ServerEntry = InviteServerEntry | NonInviteServerEntry;
/** A live client transaction. */
export type ClientEntry = InviteClientEntry | NonInviteClientEntry;

/** The transactions of one endpoint. */
export class TransactionTable implements InviteHost {
  readonly alarms: Alarms;
  readonly counters: Counters;
  readonly listener: EndpointListener;
  readonly trying: "at-once" | "after-200-ms";
  readonly #options: EndpointOptions;
  readonly #transports: Transports;
  readonly #timings: Readonly<Record<Endpoint["transport"], Timing>>;
  readonly #servers = new Map<string, ServerEntry>();
  readonly #clients = new Map<string, ClientEntry>();
  readonly #ackAwaiters = new Map<string, AckAwaiter>();

  constructor(
    options: EndpointOptions,
    listener: EndpointListener,
    transports: Transports,
    counters: Counters,
  ) {
    const timers = options.timers ?? RFC_TIMERS;
    this.alarms = new Alarms(options.now, () => counters.dropped("listener-fault"));
    this.counters = counters;
    this.listener = new GuardedListener(listener, counters, options);
    this.trying = options.trying ?? "after-200-ms";
    this.#options = options;
    this.#transports = transports;
    this.#timings = {
      udp: { ...timers, isReliable: false },
      tcp: { ...timers, isReliable: true },
    };
  }

  /** Entries of each table. */
  get sizes(): { readonly servers: number; readonly clients: number; readonly accepted: number } {
    return {
      servers: this.#servers.size,
      clients: this.#clients.size,
      accepted: this.#ackAwaiters.size,
    };
  }

  /** Whether a new transaction would break the bound (TT1). */
  get isFull(): boolean {
    const max = this.#options.transactionsMax ?? TRANSACTIONS_MAX;
    return this.#servers.size + this.#clients.size >= max;
  }

  server(id: string): ServerEntry | undefined {
    return this.#servers.get(id);
  }

  client(id: string): ClientEntry | undefined {
    return this.#clients.get(id);
  }

  /** The 2xx that an ACK with this key belongs to. */
  ackAwaiter(key: string): AckAwaiter | undefined {
    return this.#ackAwaiters.get(key);
  }

  /** Starts the server transaction of a new INVITE. */
  addInvite(id: string, arrival: Arrival): InviteServerEntry {
    const entry = new InviteServerEntry(this, id, arrival);
    this.#servers.set(id, entry);
    return entry;
  }

  /** Starts the server transaction of a new request that is no INVITE. */
  addNonInvite(id: string, arrival: Arrival): NonInviteServerEntry {
    const entry = new NonInviteServerEntry(this, id, arrival);
    this.#servers.set(id, entry);
    return entry;
  }

  /** Starts a client transaction for a request without our Via. */
  sendRequest(request: SipRequest, to: Endpoint, listener: ClientListener): ClientTransaction {
    const sent = this.#withVia(request, to);
    const order = { request: sent, destination: to, listener };
    const id = keyOfSent(sent);
    const entry =
      request.method === "INVITE"
        ? new InviteClientEntry(this, id, order)
        : new NonInviteClientEntry(this, id, order);
    if (this.isFull) {
      this.counters.dropped("table-full");
      queueMicrotask(() => this.#refuse(entry, listener));
      return entry;
    }
    this.#clients.set(id, entry);
    entry.start();
    return entry;
  }

  /** Sends an ACK outside any transaction. */
  sendAck(ack: SipRequest, to: Endpoint): void {
    this.counters.request("requestsOut", "ACK");
    this.transmit(this.ackText(ack, to), to, null, () => this.counters.dropped("send-failed"));
  }

  /** Ends all transactions silently. */
  clear(): void {
    this.alarms.stop();
    this.#servers.clear();
    this.#clients.clear();
    this.#ackAwaiters.clear();
  }

  now(): Instant {
    return this.#options.now();
  }

  mintToken(): string {
    return this.#options.mintToken();
  }

  timing(transport: Endpoint["transport"]): Timing {
    return this.#timings[transport];
  }

  transmit(text: string, to: Endpoint, socket: UdpSocket | null, sent: Sent): void {
    this.#transports.transmit(text, to, socket, sent);
  }

  /** The CANCEL carries the Via of its INVITE already (TT2). It is sent even when the table is full. */
  sendCancel(cancel: SipRequest, to: Endpoint): void {
    const id = keyOfSent(cancel);
    if (this.#clients.has(id)) return;
    const order = { request: cancel, destination: to, listener: SILENT };
    const entry = new NonInviteClientEntry(this, id, order);
    this.#clients.set(id, entry);
    entry.start();
  }

  ackText(ack: SipRequest, to: Endpoint): string {
    return serialize(this.#withVia(ack, to));
  }

  awaitAck(key: string, waiter: AckAwaiter): void {
    this.#ackAwaiters.set(key, waiter);
  }

  forgetAck(key: string): void {
    this.#ackAwaiters.delete(key);
  }

  forgetServer(id: string): void {
    this.#servers.delete(id);
  }

  forgetClient(id: string): void {
    this.#clients.delete(id);
  }

  /** RFC 3261 8.1.1.7, 18.1.1; `rport` asks for the answer at our real port (RFC 3581 3). */
  #withVia(request: SipRequest, to: Endpoint): SipRequest {
    const { host, port } = this.#transports.sentBy(to.transport);
    const branch = `${MAGIC_COOKIE}${this.mintToken()}`;
    const { transport } = to;
    return withTopVia(request, { transport, host: hostText(host), port, branch, rport: "asked" });
  }

  #refuse(entry: ClientEntry, listener: ClientListener): void {
    try {
      listener.onTransportError("transaction table is full", entry);
    } catch {
      this.counters.dropped("listener-fault");
    }
  }
}

function keyOfSent(request: SipRequest): string {
  return clientKey(topVia(request)?.branch ?? "", request.method);
}
