/**
 * A UDP hop that loses what it is told to lose: the caller sends to it, it passes on to the callee
 * and back. Owns: two sockets. Does not own: SIP; it looks at the first line only.
 */
import { createSocket, type Socket } from "node:dgram";
import type { Endpoint } from "../src/core/message/message.ts";

/** Passes datagrams between a caller and one callee, except those that `isLost` picks. */
export class LossyRelay {
  readonly #near: Socket = createSocket("udp4");
  readonly #far: Socket = createSocket("udp4");
  readonly #isLost: (firstLine: string, seenBefore: number) => boolean;
  readonly #seen = new Map<string, number>();
  #caller: { readonly address: string; readonly port: number } | null = null;

  /** `isLost` gets the first line and how often that line has come already. */
  constructor(isLost: (firstLine: string, seenBefore: number) => boolean) {
    this.#isLost = isLost;
  }

  /** Binds; resolves with the address that the caller sends to. */
  async start(callee: Endpoint): Promise<Endpoint> {
    await Promise.all([bind(this.#near), bind(this.#far)]);
    this.#near.on("message", (bytes, from) => {
      this.#caller = from;
      if (!this.#loses(bytes)) this.#far.send(bytes, callee.port, callee.host);
    });
    this.#far.on("message", (bytes) => {
      if (this.#caller === null || this.#loses(bytes)) return;
      this.#near.send(bytes, this.#caller.port, this.#caller.address);
    });
    return { transport: "udp", host: "127.0.0.1", port: this.#near.address().port };
  }

  stop(): void {
    this.#near.close();
    this.#far.close();
  }

  /** How often a first line with that start has come. */
  count(start: string): number {
    let sum = 0;
    for (const [line, count] of this.#seen) if (line.startsWith(start)) sum += count;
    return sum;
  }

  #loses(bytes: Buffer): boolean {
    const line = bytes.toString("latin1").split("\r\n", 1)[0] ?? "";
    const seenBefore = this.#seen.get(line) ?? 0;
    this.#seen.set(line, seenBefore + 1);
    return this.#isLost(line, seenBefore);
  }
}

function bind(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
}
