/**
 * A process's connection to NATS: boot, loss, publishing and requests as values.
 *
 * N1  Boot waits a bounded time; after that the connection is never given up and never ends the process.
 * N2  While disconnected nothing is buffered: publish answers "disconnected" at once. What must not be
 *     lost is kept by its owner (the edge's unacknowledged inputs, the journal), who knows its bound.
 * N3  A subscriber that throws is reported and the next message is delivered.
 */
import {
  connect,
  errors,
  headers,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type Status,
} from "@nats-io/transport-node";

export type { Msg, MsgHdrs, NatsConnection } from "@nats-io/transport-node";

const RECONNECT_MS = 200;
const RECONNECT_JITTER_MS = 200;
const DIAL_TIMEOUT_MS = 2000;
/** A dead peer is noticed after two unanswered pings. */
const PING_EVERY_MS = 5000;
const BOOT_RETRY_MS = 250;
const BOOT_WAIT_MS = 30_000;

/** What happened to the connection. */
export type NatsEvent =
  | { readonly kind: "disconnected" }
  | { readonly kind: "reconnected" }
  | { readonly kind: "closed" }
  | { readonly kind: "fault"; readonly message: string };

interface NatsOptions {
  readonly url: string;
  /** Shown in the server's connection list. */
  readonly name: string;
  readonly bootWaitMs?: number;
  readonly onEvent?: (event: NatsEvent) => void;
}

/** What to send along with a message. */
export interface Envelope {
  readonly traceparent?: string;
  readonly reply?: string;
}

/** Result of a publish: `sent` means handed to the socket, no more. */
export type Published = "sent" | "disconnected" | "refused";

/** Result of a request. */
export type Reply =
  | { readonly kind: "reply"; readonly message: Msg }
  | { readonly kind: "no-responders" }
  | { readonly kind: "timed-out" }
  | { readonly kind: "disconnected" };

/** A connection; `connection` itself is for JetStream and KV clients. */
export interface NatsLink {
  readonly connection: NatsConnection;
  readonly isConnected: () => boolean;
  readonly publish: (subject: string, data: Uint8Array, envelope?: Envelope) => Published;
  readonly request: (
    subject: string,
    data: Uint8Array,
    options: { readonly timeoutMs: number; readonly traceparent?: string },
  ) => Promise<Reply>;
  /** Subscribes; the function returned ends it. */
  readonly subscribe: (
    subject: string,
    queue: string | null,
    onMessage: (message: Msg) => void,
  ) => () => void;
  /** Delivers what is subscribed, sends what is written, then closes; bounded by the caller. */
  readonly close: () => Promise<void>;
}

/** Result of {@link connectNats}. */
export type NatsResult =
  | { readonly ok: true; readonly nats: NatsLink }
  | { readonly ok: false; readonly message: string };

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** The URL without user and password, for logs and errors. */
export function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//");
}

const TRACEPARENT = "traceparent";

/** True for the server's own answer that nobody listens on the subject that a reply was asked of. */
export const isNoResponders = (message: Msg): boolean =>
  message.data.length === 0 && message.headers?.code === 503;

/** Message headers that carry a trace context. */
export function traceHeaders(traceparent: string): MsgHdrs {
  const carried = headers();
  carried.set(TRACEPARENT, traceparent);
  return carried;
}

async function dial(options: NatsOptions): Promise<NatsConnection> {
  return connect({
    servers: options.url,
    name: options.name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: RECONNECT_JITTER_MS,
    timeout: DIAL_TIMEOUT_MS,
    pingInterval: PING_EVERY_MS,
    maxPingOut: 2,
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
  });
}

/** Connects, waiting at most `bootWaitMs` (30 s) for the server. */
export async function connectNats(options: NatsOptions): Promise<NatsResult> {
  const bootWaitMs = options.bootWaitMs ?? BOOT_WAIT_MS;
  const giveUpAt = performance.now() + bootWaitMs;
  for (;;) {
    try {
      return {
        ok: true,
        nats: linkOver(await dial(options), options.onEvent ?? (() => undefined)),
      };
    } catch (error) {
      if (performance.now() + BOOT_RETRY_MS > giveUpAt) {
        const where = withoutSecrets(options.url);
        const message = `no NATS server at ${where} within ${bootWaitMs} ms (${messageOf(error)}); is nats-server running, is KK_NATS_URL right?`;
        return { ok: false, message };
      }
      await new Promise((resolve) => setTimeout(resolve, BOOT_RETRY_MS));
    }
  }
}

function eventOf(status: Status): NatsEvent | null {
  switch (status.type) {
    case "disconnect":
      return { kind: "disconnected" };
    case "reconnect":
      return { kind: "reconnected" };
    case "close":
      return { kind: "closed" };
    case "error":
      return { kind: "fault", message: status.error.message };
    case "staleConnection":
      return { kind: "fault", message: "the server does not answer pings" };
    case "slowConsumer":
      return { kind: "fault", message: `slow consumer on ${status.sub.getSubject()}` };
    case "reconnecting":
    case "update":
    case "ldm":
    case "ping":
    case "forceReconnect":
      return null;
  }
}

type Report = (error: unknown) => void;

/** Watches the connection; the function returned tells whether it is up. */
function watchStatus(
  connection: NatsConnection,
  onEvent: (event: NatsEvent) => void,
  report: Report,
): () => boolean {
  let isConnected = true;
  const watch = async (): Promise<void> => {
    for await (const status of connection.status()) {
      const event = eventOf(status);
      if (event === null) continue;
      if (event.kind === "reconnected") isConnected = true;
      if (event.kind === "disconnected" || event.kind === "closed") isConnected = false;
      onEvent(event);
    }
  };
  watch().catch(report);
  return () => isConnected;
}

function linkOver(connection: NatsConnection, onEvent: (event: NatsEvent) => void): NatsLink {
  const report: Report = (error) => onEvent({ kind: "fault", message: messageOf(error) });
  const isConnected = watchStatus(connection, onEvent, report);
  return {
    connection,
    isConnected,
    publish: (subject, data, envelope = {}) => {
      if (!isConnected()) return "disconnected";
      try {
        connection.publish(subject, data, {
          ...(envelope.reply === undefined ? {} : { reply: envelope.reply }),
          ...(envelope.traceparent ? { headers: traceHeaders(envelope.traceparent) } : {}),
        });
        return "sent";
      } catch (error) {
        if (error instanceof errors.ClosedConnectionError) return "disconnected";
        report(error);
        return "refused";
      }
    },
    request: async (subject, data, { timeoutMs, traceparent }) => {
      if (!isConnected()) return { kind: "disconnected" };
      try {
        const carried = traceparent ? { headers: traceHeaders(traceparent) } : {};
        const message = await connection.request(subject, data, { timeout: timeoutMs, ...carried });
        return { kind: "reply", message };
      } catch (error) {
        return replyFault(error, report);
      }
    },
    subscribe: (subject, queue, onMessage) => {
      const callback = delivering(onMessage, report);
      const options = queue === null ? { callback } : { callback, queue };
      const subscription = connection.subscribe(subject, options);
      return () => subscription.unsubscribe();
    },
    close: async () => {
      if (connection.isClosed()) return;
      if (isConnected()) await connection.drain();
      else await connection.close();
    },
  };
}

/** N3. */
const delivering =
  (onMessage: (message: Msg) => void, report: Report) =>
  (error: Error | null, message: Msg): void => {
    if (error !== null) return report(error);
    try {
      onMessage(message);
    } catch (thrown) {
      report(thrown);
    }
  };

function replyFault(error: unknown, report: Report): Reply {
  if (error instanceof errors.TimeoutError) return { kind: "timed-out" };
  if (error instanceof errors.NoRespondersError) return { kind: "no-responders" };
  if (error instanceof errors.RequestError) {
    return error.isNoResponders() ? { kind: "no-responders" } : { kind: "disconnected" };
  }
  report(error);
  return { kind: "disconnected" };
}
