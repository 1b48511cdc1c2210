/**
 * TCP of the endpoint (RFC 3261 18). Owns: listeners, the table of connections and its cap, finding
 * or opening the connection to a peer. Does not own: what a connection does (tcp-flow.ts), parsing.
 *
 * T1  A connection is found by flow id first, then by peer address, and only then opened.
 * T2  Connections are capped; beyond the cap an inbound one is closed at once and an outbound one
 *     is refused.
 * T3  No socket error can end the process.
 * T4  A flow id is never used again, not by a later life of the endpoint either: registrations and
 *     kept calls outlive us, and must not be sent over somebody else's connection.
 */
import { createServer, isIP, type Server, Socket } from "node:net";
import type { ParseFault } from "../core/message/fault.ts";
import type { Endpoint, SipMessage } from "../core/message/message.ts";
import type { ListenAddress } from "./endpoint-ports.ts";
import { type FlowReceiver, TcpFlow } from "./tcp-flow.ts";
import type { Sent } from "./udp.ts";

/** How long a peer may take to accept a connection; half of timer B. */
const CONNECT_MS = 16_000;

/** Bounds of the TCP side, and what makes its flow ids its own (T4). */
export interface TcpLimits {
  /** A fresh token; letters and digits. */
  readonly life: string;
  readonly connectionsMax: number;
  readonly connectionIdleMs: number;
}

/** All TCP connections and listeners of one endpoint. */
export class TcpTransport implements FlowReceiver {
  readonly #limits: TcpLimits;
  readonly #receiver: FlowReceiver;
  readonly #servers: Server[] = [];
  readonly #flows = new Map<string, TcpFlow>();
  readonly #byPeer = new Map<string, TcpFlow>();
  #minted = 0;
  #refused = 0;
  #isStopped = false;

  constructor(limits: TcpLimits, receiver: FlowReceiver) {
    this.#limits = limits;
    this.#receiver = receiver;
  }

  /** Open connections. */
  get connections(): number {
    return this.#flows.size;
  }

  /** Connections refused because of the cap (T2). */
  get refused(): number {
    return this.#refused;
  }

  /** Listens; resolves with the bound address, rejects when it cannot be had (a boot fault). */
  listen(at: ListenAddress): Promise<ListenAddress> {
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
      server.once("error", reject);
      server.listen(at.port, at.host, () => {
        server.off("error", reject);
        server.on("error", (error) => this.#receiver.onSocketFault(error.message));
        this.#servers.push(server);
        const address = server.address();
        const port = typeof address === "object" && address !== null ? address.port : at.port;
        resolve({ host: at.host, port });
      });
    });
  }

  /** Sends over the peer's connection, opening one when needed. Returns the reason of a refusal. */
  send(bytes: Buffer, to: Endpoint, sent: Sent): string | null {
    const flow = this.#find(to) ?? this.#connect(to);
    return typeof flow === "string" ? flow : flow.send(bytes, sent);
  }

  /** Closes listeners and connections. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const flow of this.#flows.values()) flow.close();
    await Promise.all(
      this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
  }

  onStreamMessage(message: SipMessage, flow: TcpFlow): void {
    this.#receiver.onStreamMessage(message, flow);
  }

  onStreamFault(fault: ParseFault, flow: TcpFlow): void {
    this.#receiver.onStreamFault(fault, flow);
  }

  onFramingFault(reason: string, flow: TcpFlow): void {
    this.#receiver.onFramingFault(reason, flow);
  }

  onFlowEnd(flow: TcpFlow): void {
    this.#flows.delete(flow.peer.flow);
    const peer = peerKey(flow.peer);
    if (this.#byPeer.get(peer) === flow) this.#byPeer.delete(peer);
    this.#receiver.onFlowEnd(flow);
  }

  onSocketFault(reason: string): void {
    this.#receiver.onSocketFault(reason);
  }

  #find(to: Endpoint): TcpFlow | undefined {
    const byFlow = to.flow === undefined ? undefined : this.#flows.get(to.flow);
    return byFlow ?? this.#byPeer.get(peerKey(to));
  }

  #connect(to: Endpoint): TcpFlow | string {
    if (this.#isStopped) return "endpoint is stopped";
    if (!Number.isInteger(to.port) || to.port < 1 || to.port > 65_535) {
      return `no such port: ${to.port}`;
    }
    if (isIP(to.host) === 0) return `not an IP address: ${to.host}`;
    if (this.#isFull()) return "too many connections";
    const socket = new Socket();
    const flow = this.#add(socket, to.host, to.port);
    const timer = setTimeout(() => flow.close(), CONNECT_MS).unref();
    socket.once("connect", () => clearTimeout(timer));
    socket.once("close", () => clearTimeout(timer));
    socket.connect({ host: to.host, port: to.port });
    return flow;
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    if (this.#isStopped || this.#isFull() || !remoteAddress || !remotePort) {
      socket.on("error", () => socket.destroy());
      socket.destroy();
      return;
    }
    this.#add(socket, remoteAddress, remotePort);
  }

  #isFull(): boolean {
    if (this.#flows.size < this.#limits.connectionsMax) return false;
    this.#refused += 1;
    return true;
  }

  #add(socket: Socket, host: string, port: number): TcpFlow {
    this.#minted += 1;
    const { life, connectionIdleMs } = this.#limits;
    const peer = { transport: "tcp", host, port, flow: `tcp-${life}-${this.#minted}` } as const;
    const flow = new TcpFlow(socket, peer, connectionIdleMs, this);
    this.#flows.set(peer.flow, flow);
    this.#byPeer.set(peerKey(peer), flow);
    return flow;
  }
}

function peerKey(peer: Endpoint): string {
  return `${peer.host} ${peer.port}`;
}
