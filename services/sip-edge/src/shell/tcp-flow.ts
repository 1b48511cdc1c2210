/**
 * One TCP connection that carries SIP (RFC 3261 18.3, RFC 5626 flows). Owns: the socket, its read
 * buffer, the bound of its write queue, keep-alive. Does not own: which message goes over it.
 *
 * F1  No peer can end the process or make memory grow: reading stops at the framing's bounds, and
 *     a write that would queue more than `QUEUE_BYTES_MAX` is refused.
 * F2  A flow that framed badly is closed: where one message ends is lost for good.
 * F3  CRLFCRLF between messages is answered with CRLF (RFC 5626 3.5.1).
 */
import type { Socket } from "node:net";
import type { ParseFault } from "../core/message/fault.ts";
import { type FrameState, pushBytes, STREAM_START } from "../core/message/frame.ts";
import type { Endpoint, SipMessage } from "../core/message/message.ts";
import type { Sent } from "./udp.ts";

/** What may wait for a slow peer: about 800 messages. Beyond it sending fails as unreachable. */
const QUEUE_BYTES_MAX = 1024 * 1024;
/** How long a connection that is being closed may take to write its last answer. */
const LINGER_MS = 2000;
const PONG = Buffer.from("\r\n", "latin1");

/** What a connection reports. */
export interface FlowReceiver {
  /** One message. */
  onStreamMessage(message: SipMessage, flow: TcpFlow): void;
  /** One bad message that may deserve an answer; the flow may close after it. */
  onStreamFault(fault: ParseFault, flow: TcpFlow): void;
  /** The stream cannot be read on: the flow closes (F2). */
  onFramingFault(reason: string, flow: TcpFlow): void;
  /** The connection is gone. Reported once. */
  onFlowEnd(flow: TcpFlow): void;
  /** The receiver threw. */
  onSocketFault(reason: string): void;
}

/** One connection, inbound or outbound; `peer.flow` is its id. */
export class TcpFlow {
  readonly peer: Endpoint & { readonly flow: string };
  readonly #socket: Socket;
  readonly #receiver: FlowReceiver;
  #frames: FrameState = STREAM_START;
  #isOpen = true;

  constructor(
    socket: Socket,
    peer: Endpoint & { readonly flow: string },
    idleMs: number,
    receiver: FlowReceiver,
  ) {
    this.peer = peer;
    this.#socket = socket;
    this.#receiver = receiver;
    socket.setNoDelay(true);
    socket.setTimeout(idleMs, () => this.close());
    socket.on("data", (bytes) => this.#read(bytes.toString("latin1")));
    // The reason of an error reaches each waiting write; "close" follows and ends the flow.
    socket.on("error", () => this.close());
    socket.on("close", () => this.#end());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Queues one message. Returns the reason when it is refused here; later faults go to `sent`. */
  send(bytes: Buffer, sent: Sent): string | null {
    if (!this.#isOpen) return "connection is closed";
    if (this.#socket.writableLength + bytes.length > QUEUE_BYTES_MAX)
      return "peer reads too slowly";
    this.#socket.write(bytes, (error) => sent(error ?? null));
    return null;
  }

  /** Ends the connection at once; waiting writes fail. */
  close(): void {
    this.#socket.destroy();
    this.#end();
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#guard(() => this.#receiver.onFlowEnd(this));
  }

  #read(text: string): void {
    if (!this.#isOpen) return;
    const pushed = pushBytes(this.#frames, text);
    this.#frames = pushed.state;
    for (const message of pushed.messages) {
      this.#guard(() => this.#receiver.onStreamMessage(message, this));
    }
    for (const fault of pushed.faults) {
      this.#guard(() => this.#receiver.onStreamFault(fault, this));
    }
    for (let i = 0; i < pushed.pongs; i += 1) this.send(PONG, ignored);
    if (pushed.close === undefined) return;
    const { reason } = pushed.close;
    this.#guard(() => this.#receiver.onFramingFault(reason, this));
    this.#closeAfterWriting();
  }

  /** Lets the answer to a bad message out, but does not wait long for a peer that does not read. */
  #closeAfterWriting(): void {
    this.#socket.setTimeout(LINGER_MS);
    this.#socket.end(() => this.close());
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#receiver.onSocketFault(error instanceof Error ? error.message : "receiver threw");
    }
  }
}

/** A pong that is lost is asked for again. */
function ignored(): void {}
