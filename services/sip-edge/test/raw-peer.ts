/**
 * Bare sockets that say to the endpoint what no SIP stack would. Owns: the bytes. Does not own: SIP.
 */
import { createSocket } from "node:dgram";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Endpoint } from "../src/core/message/message.ts";

/** A request as text; `extra` are whole header lines. */
export function rawRequest(
  method: string,
  extra: string,
  uri = "sip:a@127.0.0.1",
  branch = "raw",
): string {
  const length = extra.startsWith("Content-Length") ? extra : `${extra}Content-Length: 0\r\n`;
  return (
    `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bK${branch}\r\n` +
    `From: <sip:x@127.0.0.1>;tag=x\r\nTo: <sip:a@127.0.0.1>\r\nCall-ID: raw-${branch}\r\n` +
    `CSeq: 1 ${method}\r\nContact: <sip:x@127.0.0.1:9>\r\nMax-Forwards: 70\r\n${length}\r\n`
  );
}

/** A UDP socket that remembers what it got. */
export class RawUdp {
  readonly received: string[] = [];
  readonly #socket = createSocket("udp4");

  start(): Promise<void> {
    this.#socket.on("message", (bytes) => this.received.push(bytes.toString("latin1")));
    return new Promise((resolve) => this.#socket.bind(0, "127.0.0.1", resolve));
  }

  send(text: string, to: Endpoint): void {
    this.#socket.send(Buffer.from(text, "latin1"), to.port, to.host);
  }

  stop(): void {
    this.#socket.close();
  }
}

/** A TCP client that remembers what it got. */
export class RawTcp {
  #socket: Socket | null = null;
  #text = "";
  #isClosed = false;

  start(to: Endpoint): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect({ host: to.host, port: to.port, noDelay: true }, resolve);
      socket.on("data", (bytes) => {
        this.#text += bytes.toString("latin1");
      });
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        this.#isClosed = true;
      });
      this.#socket = socket;
    });
  }

  write(text: string): void {
    this.#socket?.write(Buffer.from(text, "latin1"));
  }

  /** What has come so far. */
  text(): string {
    return this.#text;
  }

  isClosed(): boolean {
    return this.#isClosed;
  }

  /** Ends the connection with RST. */
  reset(): void {
    this.#socket?.resetAndDestroy();
  }

  stop(): void {
    this.#socket?.destroy();
  }
}

/** A TCP listener that accepts and never reads. */
export class SilentTcpServer {
  readonly #sockets: Socket[] = [];
  readonly #server: Server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    this.#sockets.push(socket);
  });

  start(): Promise<Endpoint> {
    return new Promise((resolve) => {
      this.#server.listen(0, "127.0.0.1", () => {
        const address = this.#server.address();
        const port = typeof address === "object" && address !== null ? address.port : 0;
        resolve({ transport: "tcp", host: "127.0.0.1", port });
      });
    });
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
