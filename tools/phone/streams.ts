/**
 * The TCP connections of one stack, both directions.
 * Owns: connecting, the wire tap of each connection, closing them all. Does not own: the package's
 * transactions on them (stack.ts).
 * C1. A connection that we make starts at the phone's own address (a carrier is known by it; the
 *     package would take any) and is then given to the package as if its server had accepted it: it
 *     finds it by the remote address and port.
 * C2. The package drops a connection idle for 120 s; a registered telephone keeps its own.
 * C3. A fault while reading leaves the package's parser broken: the connection is closed.
 */
import { type Server, Socket } from "node:net";
import { contain, errorText } from "./containment.ts";
import { createSplitter } from "./framing.ts";
import type { Hop, StackListener } from "./stack.ts";

/** How long a connection may take to be made. */
const CONNECT_MS = 5_000;

/** The connections of one stack. */
export interface Streams {
  /** Runs `action` once connected to `hop` (at once when it is), or `onFailure` with the reason. */
  reach(hop: Hop, action: () => void, onFailure: (reason: string) => void): void;
  close(): void;
}

/** Watches every connection of the package's server and makes those that are asked for (C1). */
export function createStreams(server: Server, host: string, listener: StackListener): Streams {
  const open = new Set<Socket>();
  const ours = new Map<string, Socket>();

  server.on("connection", (stream: Socket) => {
    open.add(stream);
    stream.on("close", () => open.delete(stream));
    watch(stream, listener);
  });

  const connect = (hop: Hop): Socket => {
    const key = `${hop.host}:${hop.port}`;
    const stream = new Socket();
    ours.set(key, stream);
    open.add(stream);
    const giveUp = setTimeout(() => stream.destroy(new Error("no connection in time")), CONNECT_MS);
    stream.once("connect", () => {
      clearTimeout(giveUp);
      server.emit("connection", stream);
    });
    stream.once("close", () => {
      clearTimeout(giveUp);
      open.delete(stream);
      ours.delete(key);
    });
    return stream.connect({ host: hop.host, port: hop.port, localAddress: host });
  };

  return {
    reach: (hop, action, onFailure) => {
      const known = ours.get(`${hop.host}:${hop.port}`);
      const stream = known ?? connect(hop);
      if (!stream.connecting) return action();
      const onError = (error: Error): void => onFailure(errorText(error));
      stream.once("error", onError);
      stream.once("connect", () => {
        stream.off("error", onError);
        action();
      });
    },
    close: () => {
      for (const stream of open) stream.destroy();
    },
  };
}

function watch(stream: Socket, { onWire, onFault }: StackListener): void {
  const remote = `${stream.remoteAddress}:${stream.remotePort}`;
  const split = createSplitter();
  stream.prependListener("data", (data) => {
    for (const raw of split(data.toString("latin1"))) onWire("in", remote, raw);
  });
  stream.on("error", (error) => onFault(`${remote}: ${errorText(error)}`));
  stream.setNoDelay(true);
  stream.setTimeout(0);
  const onParserFault = (fault: string): void => {
    onFault(`${remote}: ${fault}`);
    stream.destroy();
  };
  contain(stream, "emit", onParserFault);
  contain(stream, "write", onParserFault);
}
