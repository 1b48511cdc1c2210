/**
 * All sockets of one endpoint behind one door (RFC 3261 18). Owns: which socket a message leaves by,
 * what is written into Via, turning bytes into messages. Does not own: transactions.
 *
 * TR1  Nothing that comes from the network and no address that we are told to send to can throw out
 *      of here; a send fault reaches its `sent` callback later, never within the call.
 */

import type { ParseFault } from "../core/message/fault.ts";
import type { Endpoint, SipMessage } from "../core/message/message.ts";
import { parseMessage } from "../core/message/parse.ts";
import type { Counters } from "./counters.ts";
import type { EndpointOptions, ListenAddress } from "./endpoint-ports.ts";
import { TcpTransport } from "./tcp.ts";
import type { FlowReceiver, TcpFlow } from "./tcp-flow.ts";
import { type Sent, type UdpReceiver, UdpSocket } from "./udp.ts";

const CONNECTIONS_MAX = 4096;
const CONNECTION_IDLE_MS = 15 * 60_000;

/** What comes in; `socket` is the UDP socket it came by, null for TCP. */
export interface Arrivals {
  onMessage(message: SipMessage, source: Endpoint, socket: UdpSocket | null): void;
  onMalformed(fault: ParseFault, source: Endpoint, socket: UdpSocket | null): void;
  onFlowClosed(flow: string): void;
}

const NOBODY: Arrivals = { onMessage() {}, onMalformed() {}, onFlowClosed() {} };

/** UDP sockets and TCP connections of one endpoint. */
export class Transports implements UdpReceiver, FlowReceiver {
  readonly #options: EndpointOptions;
  readonly #counters: Counters;
  readonly #udp: readonly UdpSocket[];
  readonly #tcp: TcpTransport;
  #arrivals: Arrivals = NOBODY;
  #isStopped = false;
  #bound: { readonly udp: readonly ListenAddress[]; readonly tcp: readonly ListenAddress[] };

  constructor(options: EndpointOptions, counters: Counters) {
    this.#options = options;
    this.#counters = counters;
    this.#udp = options.udp.map((listen) => new UdpSocket(listen, this));
    this.#tcp = new TcpTransport(
      {
        life: options.mintToken(),
        connectionsMax: options.connectionsMax ?? CONNECTIONS_MAX,
        connectionIdleMs: options.connectionIdleMs ?? CONNECTION_IDLE_MS,
      },
      this,
    );
    this.#bound = { udp: options.udp, tcp: options.tcp };
  }

  /** Open TCP connections, and how many were refused by the cap. */
  get connections(): { readonly open: number; readonly refused: number } {
    return { open: this.#tcp.connections, refused: this.#tcp.refused };
  }

  /** Addresses in use; what was asked for until {@link start} is done. */
  get bound(): { readonly udp: readonly ListenAddress[]; readonly tcp: readonly ListenAddress[] } {
    return this.#bound;
  }

  /** Binds everything and reports to `arrivals`; rejects when an address cannot be had. */
  async start(arrivals: Arrivals): Promise<void> {
    this.#arrivals = arrivals;
    const udp = await Promise.all(this.#udp.map((socket) => socket.start()));
    const tcp = await Promise.all(this.#options.tcp.map((at) => this.#tcp.listen(at)));
    this.#bound = { udp, tcp };
  }

  /** Closes everything; nothing is reported after that. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#arrivals = NOBODY;
    await Promise.all([...this.#udp.map((socket) => socket.stop()), this.#tcp.stop()]);
  }

  /** Host and port for Via and Contact. */
  sentBy(transport: Endpoint["transport"]): ListenAddress {
    const { udp, tcp } = this.#bound;
    const bound = (transport === "udp" ? udp[0] : tcp[0]) ?? udp[0] ?? tcp[0];
    const { host, port } = this.#options.advertised ?? {};
    return { host: host ?? bound?.host ?? "invalid", port: port ?? bound?.port ?? 5060 };
  }

  /** Sends a message; `socket` is the UDP socket to use, null for the first that reaches (TR1). */
  transmit(text: string, to: Endpoint, socket: UdpSocket | null, sent: Sent): void {
    const bytes = Buffer.from(text, "latin1");
    const report: Sent = (fault) => {
      if (fault !== null) this.#report(sent, fault);
    };
    const refusal =
      to.transport === "udp"
        ? this.#sendUdp(bytes, to, socket, report)
        : this.#tcp.send(bytes, to, report);
    if (refusal !== null) queueMicrotask(() => report(new Error(refusal)));
  }

  onDatagram(text: string, host: string, port: number, socket: UdpSocket): void {
    const source: Endpoint = { transport: "udp", host, port };
    const message = parseMessage(text);
    if (message.kind !== "parse-fault") this.#arrivals.onMessage(message, source, socket);
    // An empty datagram is a keep-alive.
    else if (message.reason !== "empty") this.#arrivals.onMalformed(message, source, socket);
  }

  onStreamMessage(message: SipMessage, flow: TcpFlow): void {
    this.#arrivals.onMessage(message, flow.peer, null);
  }

  onStreamFault(fault: ParseFault, flow: TcpFlow): void {
    this.#arrivals.onMalformed(fault, flow.peer, null);
  }

  onFramingFault(): void {
    this.#counters.dropped("framing");
  }

  onFlowEnd(flow: TcpFlow): void {
    this.#arrivals.onFlowClosed(flow.peer.flow);
  }

  onSocketFault(): void {
    this.#counters.dropped("socket-fault");
  }

  #sendUdp(bytes: Buffer, to: Endpoint, socket: UdpSocket | null, sent: Sent): string | null {
    const chosen = socket ?? this.#udp.find((one) => one.reaches(to.host));
    if (chosen === undefined) return `no UDP socket reaches ${to.host}`;
    return chosen.send(bytes, to.host, to.port, sent);
  }

  #report(sent: Sent, fault: Error): void {
    if (this.#isStopped) return;
    try {
      sent(fault);
    } catch {
      this.#counters.dropped("listener-fault");
    }
  }
}
