/**
 * One contained instance of the `sip` package: its own socket, its own port.
 * Owns: the sockets the package opens, the next hop of every request, the raw wire tap.
 * Does not own: calls and dialogs (outgoing.ts, incoming.ts, dialog.ts).
 * S1. Nothing the package throws leaves this file: its sockets are seen through Node's diagnostics
 *     channels, get an error listener, and their emit/send/write are contained. What was contained is
 *     reported as a fault.
 * S2. A message that the package could not write (stringify throws) or a hop that is no IPv4 address
 *     with a port never reaches it: it would throw from a timer, out of anybody's reach.
 * S3. Every request is sent to an explicit hop, as a flow URI on top of Route: the package removes it
 *     before sending. Otherwise it takes every URI with our own address for one of its own flows.
 */
import { createSocket, Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, isIPv4, Server } from "node:net";
import {
  type CheckedHeaders,
  create,
  type Flow,
  type Instance,
  type Request,
  type Response,
  stringify,
} from "sip";
import { contain, contained, errorText, readSocket, whileWatching } from "./containment.ts";
import { createStreams, type Streams } from "./streams.ts";

export type Transport = "udp" | "tcp";

/** An IPv4 address and a port. */
export interface Hop {
  readonly host: string;
  readonly port: number;
}

/** What a stack tells its phone. */
export interface StackListener {
  readonly onRequest: (request: Request<CheckedHeaders>) => void;
  readonly onWire: (direction: "in" | "out", remote: string, raw: string) => void;
  readonly onFault: (text: string) => void;
}

/** A running stack. */
export interface Stack {
  readonly address: Hop;
  readonly transport: Transport;
  /** Starts a client transaction; a request that cannot be sent is answered 503 locally (S2). */
  request(request: Request, hop: Hop, onResponse: (rs: Response<CheckedHeaders>) => void): void;
  /** Sends the ACK of a 2xx: no transaction, no answer (RFC 3261 13.2.2.4). */
  acknowledge(ack: Request, hop: Hop): void;
  /** Answers in the server transaction that the response's Via, Call-ID and CSeq name. */
  respond(response: Response): void;
  close(): Promise<void>;
}

const PORT_ATTEMPTS = 8;

/** Binds (port 0: a free one) and starts; rejects with a readable text when the port is taken. */
export async function openStack(
  bind: Hop,
  transport: Transport,
  listener: StackListener,
): Promise<Stack> {
  if (!isIPv4(bind.host) || bind.host === "0.0.0.0") {
    throw new Error(`bind ${bind.host}: give one IPv4 address of this machine, such as 127.0.0.1`);
  }
  for (let attempt = 1; ; attempt += 1) {
    const port = bind.port === 0 ? await findFreePort(bind.host, transport) : bind.port;
    try {
      return await start({ host: bind.host, port }, transport, listener);
    } catch (error) {
      if (bind.port === 0 && attempt < PORT_ATTEMPTS) continue;
      throw new Error(`bind ${transport} ${bind.host}:${port}: ${errorText(error)}`, {
        cause: error,
      });
    }
  }
}

/** The package takes port 0 for 5060, so a free one is found first; a lost race is tried again. */
async function findFreePort(host: string, transport: Transport): Promise<number> {
  if (transport === "udp") {
    const probe = createSocket("udp4").bind(0, host);
    await once(probe, "listening");
    const { port } = probe.address();
    probe.close();
    return port;
  }
  const probe = createServer().listen(0, host);
  await once(probe, "listening");
  const bound = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof bound === "object" && bound !== null ? bound.port : 0;
}

async function start(address: Hop, transport: Transport, listener: StackListener): Promise<Stack> {
  const { onFault, onWire } = listener;
  const sockets: (DatagramSocket | Server)[] = [];
  const opened = transport === "udp" ? "udp.socket" : "tracing:net.server.listen:asyncStart";
  const instance = whileWatching(
    opened,
    (message) => {
      const socket = readSocket(message);
      if (socket instanceof DatagramSocket || socket instanceof Server) sockets.push(socket);
    },
    () =>
      create(
        {
          address: address.host,
          port: address.port,
          udp: transport === "udp",
          tcp: transport === "tcp",
          logger: {
            send: (message, to) => onWire("out", `${to.address}:${to.port}`, stringify(message)),
            error: (error) => onFault(errorText(error)),
          },
        },
        (request) => listener.onRequest(request),
      ),
  );
  const socket = sockets[0];
  if (socket === undefined) throw new Error("the stack opened no socket that could be watched");
  try {
    await once(socket, "listening");
  } catch (error) {
    contained(onFault, () => instance.destroy());
    throw error;
  }
  socket.on("error", (error) => onFault(errorText(error)));
  if (socket instanceof DatagramSocket) tapDatagrams(socket, listener);
  const streams = socket instanceof Server ? createStreams(socket, address.host, listener) : null;
  return makeStack({ instance, address, transport, listener, streams, socket });
}

interface Running {
  readonly instance: Instance;
  readonly address: Hop;
  readonly transport: Transport;
  readonly listener: StackListener;
  /** null on UDP. */
  readonly streams: Streams | null;
  readonly socket: DatagramSocket | Server;
}

function makeStack(running: Running): Stack {
  const { instance, address, transport, listener, streams, socket } = running;
  const { onFault } = listener;
  let closed = false;

  const transmit = (rq: Request, hop: Hop, onResponse: (rs: Response<CheckedHeaders>) => void) => {
    const flow: Flow = {
      protocol: transport.toUpperCase(),
      address: hop.host,
      port: hop.port,
      local: { address: address.host, port: address.port },
    };
    const route = { uri: instance.encodeFlowUri(flow), params: {} };
    rq.headers.route = [route, ...(rq.headers.route ?? [])];
    contained(onFault, () => {
      instance.send(rq, (rs) => contained(onFault, () => onResponse(rs)));
    });
  };

  const send = (rq: Request, hop: Hop, onResponse: (rs: Response<CheckedHeaders>) => void) => {
    const refuse = (fault: string): void => {
      onFault(`${rq.method} to ${hop.host}:${hop.port} not sent: ${fault}`);
      queueMicrotask(() => contained(onFault, () => onResponse(createRefusal(rq, fault))));
    };
    const fault = closed ? "the phone is closed" : findFault(rq, hop);
    if (fault !== null) return refuse(fault);
    if (streams === null) return transmit(rq, hop, onResponse);
    streams.reach(hop, () => transmit(rq, hop, onResponse), refuse);
  };

  return {
    address,
    transport,
    request: send,
    acknowledge: (ack, hop) => send(ack, hop, () => {}),
    respond: (response) => {
      const fault = closed ? "the phone is closed" : findFault(response, null);
      if (fault === null) contained(onFault, () => instance.send(response));
      else onFault(`${response.status} not sent: ${fault}`);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      // Requests leave in the tick after send; a transaction that began later would outlive us.
      await new Promise((resolve) => setImmediate(resolve));
      const gone = once(socket, "close");
      instance.destroy();
      streams?.close();
      await gone;
    },
  };
}

/** What a request that never left is answered (S2); the package's own answers have the same shape. */
function createRefusal(rq: Request, reason: string): Response<CheckedHeaders> {
  const { from = NOBODY, to = NOBODY, cseq = { seq: 0, method: rq.method } } = rq.headers;
  const callId = rq.headers["call-id"] ?? "";
  return { status: 503, reason, headers: { via: [], from, to, "call-id": callId, cseq } };
}

const NOBODY = { uri: "sip:invalid", params: {} };

/** S2: why this message cannot be handed to the package, null when it can. */
function findFault(message: Request | Response, hop: Hop | null): string | null {
  if (hop !== null && !(isIPv4(hop.host) && hop.port >= 1 && hop.port <= 65_535)) {
    return `next hop ${hop.host}:${hop.port} is not an IPv4 address with a port`;
  }
  try {
    stringify(message);
    return null;
  } catch (error) {
    return `cannot be written: ${errorText(error)}`;
  }
}

function tapDatagrams(socket: DatagramSocket, { onWire, onFault }: StackListener): void {
  socket.prependListener("message", (data, from) => {
    onWire("in", `${from.address}:${from.port}`, data.toString("latin1"));
  });
  contain(socket, "emit", onFault);
  contain(socket, "send", onFault);
}
