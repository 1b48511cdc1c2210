/**
 * Bare sockets that say to an edge what no SIP stack would. Owns: the bytes and what comes back.
 * Does not own: what the edge must make of it (hostile.e2e.test.ts).
 *
 * HO1  Text is latin1: one character is one byte, so that any byte can be sent.
 */
import { randomBytes } from "node:crypto";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";

/** An address and port. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** A request as text, its parts as wished. */
export interface Wish {
  readonly method: string;
  readonly uri: string;
  /** The sender: goes into Via, Contact and, with `user`, into From. */
  readonly here: Place;
  readonly transport?: "UDP" | "TCP";
  readonly from?: string;
  readonly contact?: string;
  readonly callId?: string;
  readonly branch?: string;
  /** Whole header lines, each with its CRLF. */
  readonly extra?: string;
  readonly body?: string;
}

/** A fresh token. */
export const token = (): string => randomBytes(8).toString("hex");

/** A session description that a caller could send. */
export const OFFER = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "c=IN IP4 127.0.0.1",
  "t=0 0",
  "m=audio 40000 RTP/AVP 0",
  "",
].join("\r\n");

/** The text of a request. */
export function request(wish: Wish): string {
  const { method, uri, here, transport = "UDP", extra = "", body = "" } = wish;
  const at = `${here.host}:${here.port}`;
  const from = wish.from ?? `<sip:0399990000@${here.host}>`;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${at};branch=${wish.branch ?? `z9hG4bK${token()}`}`,
    `From: ${from};tag=hostile`,
    `To: <${uri}>`,
    `Call-ID: ${wish.callId ?? token()}`,
    `CSeq: 1 ${method}`,
    `Contact: ${wish.contact ?? `<sip:hostile@${at}>`}`,
    "Max-Forwards: 70",
    `${extra}${body === "" ? "" : "Content-Type: application/sdp\r\n"}Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

/** Status of a response's text; 0 for anything else. */
export const statusOf = (text: string): number =>
  Number(/^SIP\/2\.0 (\d{3}) /.exec(text)?.[1] ?? 0);

/** Value of a header as it stands in a message's text; empty when it is not there. */
export const headerOf = (text: string, name: string): string =>
  new RegExp(`^${name}:[ ]*(.*)$`, "im").exec(text)?.[1]?.trim() ?? "";

/** A UDP socket that remembers what it got. */
export class HostileUdp {
  readonly received: string[] = [];
  readonly #socket: UdpSocket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
  readonly #host: string;
  #port = 0;

  constructor(host: string) {
    this.#host = host;
    this.#socket.on("message", (bytes) => this.received.push(bytes.toString("latin1")));
  }

  get here(): Place {
    return { host: this.#host, port: this.#port };
  }

  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.bind(0, this.#host, () => {
        this.#port = this.#socket.address().port;
        resolve();
      });
    });
  }

  /** Resolves when the kernel took it. */
  send(text: string, to: Place): Promise<void> {
    return new Promise((resolve, reject) => {
      const bytes = Buffer.from(text, "latin1");
      this.#socket.send(bytes, to.port, to.host, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Final responses of a Call-ID, repetitions too. */
  finals(callId: string): readonly string[] {
    return this.received.filter(
      (text) => statusOf(text) >= 200 && headerOf(text, "Call-ID") === callId,
    );
  }

  /** Sends a request and waits for its final response. */
  async ask(wish: Omit<Wish, "here">, to: Place, boundMs?: number): Promise<string> {
    const callId = wish.callId ?? token();
    await this.send(request({ ...wish, callId, here: this.here }), to);
    return waitFor(() => this.finals(callId)[0], `an answer to ${wish.method}`, boundMs);
  }

  /** The ACK of a final response; without it the edge repeats that. */
  async acknowledge(wish: Omit<Wish, "here" | "method">, final: string, to: Place): Promise<void> {
    const ack = request({ ...wish, method: "ACK", here: this.here });
    await this.send(ack.replace(/^To: .*$/m, `To: ${headerOf(final, "To")}`), to);
  }

  /** 200 to a request that came. */
  async accept(received: string, to: Place): Promise<void> {
    const copied = ["Via", "From", "To", "Call-ID", "CSeq"].map(
      (name) => `${name}: ${headerOf(received, name)}`,
    );
    await this.send(["SIP/2.0 200 OK", ...copied, "Content-Length: 0", "", ""].join("\r\n"), to);
  }

  stop(): void {
    this.#socket.close();
  }
}

/** A TCP connection that remembers what it got. */
export class HostileTcp {
  readonly #socket: Socket;
  #text = "";
  #isClosed = false;

  constructor(to: Place, from: string) {
    this.#socket = connect({ ...to, localAddress: from, noDelay: true });
    this.#socket.on("data", (bytes) => {
      this.#text += bytes.toString("latin1");
    });
    this.#socket.on("error", () => this.#socket.destroy());
    this.#socket.on("close", () => {
      this.#isClosed = true;
    });
  }

  get text(): string {
    return this.#text;
  }

  /** Responses so far with that status. */
  answers(status: number): number {
    return this.#text.split(`SIP/2.0 ${status} `).length - 1;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  write(text: string): void {
    if (!this.#isClosed) this.#socket.write(Buffer.from(text, "latin1"));
  }

  stop(): void {
    this.#socket.destroy();
  }
}
