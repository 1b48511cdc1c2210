/**
 * One UDP socket of the endpoint (RFC 3261 18). Owns: the dgram socket and its life. Does not own:
 * parsing, or whom a datagram is for.
 *
 * U1  No socket error and no datagram can end the process: each callback is guarded, and an address
 *     or port that cannot be sent to is refused before the call.
 * U2  The socket is never connected: an ICMP error of one peer must not disturb the others.
 * U3  Hosts are literal addresses: the loop never waits for DNS. A name is refused like any other host
 *     that cannot be sent to (U1); gateways are addresses by the registry's check.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIP, isIPv6 } from "node:net";
import type { ListenAddress } from "./endpoint-ports.ts";

/** Room for bursts while the event loop is busy; the kernel caps it at net.core.rmem_max. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

/** What a UDP socket reports. */
export interface UdpReceiver {
  /** One datagram, as latin1 text: one character is one byte. */
  onDatagram(text: string, host: string, port: number, socket: UdpSocket): void;
  /** The socket complained or the receiver threw. Counted; the socket goes on. */
  onSocketFault(reason: string): void;
}

/** Called with null when the datagram was handed to the kernel, else with the reason. */
export type Sent = (fault: Error | null) => void;

/** One bound UDP socket. */
export class UdpSocket {
  readonly #listen: ListenAddress;
  readonly #receiver: UdpReceiver;
  readonly #socket: Socket;
  readonly #isV6: boolean;
  #isOpen = false;

  constructor(listen: ListenAddress, receiver: UdpReceiver) {
    this.#listen = listen;
    this.#receiver = receiver;
    this.#isV6 = isIPv6(listen.host);
    const family = this.#isV6 ? 6 : 4;
    this.#socket = createSocket({
      type: this.#isV6 ? "udp6" : "udp4",
      // U3: the host is an address already, so the look-up answers itself, synchronously.
      lookup: (host, _options, done) => done(null, host, family),
    });
    this.#socket.on("message", (bytes, from) => this.#receive(bytes, from));
  }

  /** Binds; resolves with the bound address, rejects when it cannot be had (a boot fault). */
  start(): Promise<ListenAddress> {
    return new Promise((resolve, reject) => {
      this.#socket.once("error", reject);
      this.#socket.bind(this.#listen.port, this.#listen.host, () => {
        this.#socket.off("error", reject);
        this.#socket.on("error", (error) => this.#receiver.onSocketFault(error.message));
        this.#growBuffers();
        this.#isOpen = true;
        const { address, port } = this.#socket.address();
        resolve({ host: address, port });
      });
    });
  }

  /** Whether this socket can reach an address of that family. */
  reaches(host: string): boolean {
    return isIPv6(host) === this.#isV6;
  }

  /** Sends one datagram. Returns the reason when it is refused here; later faults go to `sent`. */
  send(bytes: Buffer, host: string, port: number, sent: Sent): string | null {
    if (!this.#isOpen) return "socket is closed";
    if (!Number.isInteger(port) || port < 1 || port > 65_535) return `no such port: ${port}`;
    if (isIP(host) === 0) return `not an IP address: ${host}`;
    if (!this.reaches(host)) return `wrong address family: ${host}`;
    try {
      this.#socket.send(bytes, port, host, sent);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : "send failed";
    }
  }

  /** Closes the socket; nothing is received after that. */
  stop(): Promise<void> {
    if (!this.#isOpen) return Promise.resolve();
    this.#isOpen = false;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #receive(bytes: Buffer, from: RemoteInfo): void {
    if (!this.#isOpen) return;
    try {
      this.#receiver.onDatagram(bytes.toString("latin1"), from.address, from.port, this);
    } catch (error) {
      this.#receiver.onSocketFault(error instanceof Error ? error.message : "receiver threw");
    }
  }

  /** Small buffers only lose packets under load; an operating system that refuses is no fault. */
  #growBuffers(): void {
    try {
      this.#socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
      this.#socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
    } catch (error) {
      this.#receiver.onSocketFault(error instanceof Error ? error.message : "buffer size refused");
    }
  }
}
