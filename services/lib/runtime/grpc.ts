/**
 * gRPC servers and calls as values.
 *
 * P1  A refused or failed call is a value with a status word; nothing throws.
 * P2  An unexpected error inside a handler reaches the client as `internal` without its text; the text
 *     goes to `onFault`.
 */
import {
  type CallOptions,
  type ChannelCredentials,
  type ChannelOptions,
  type ClientUnaryCall,
  credentials,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { type HostPort, hostPortText } from "./config.ts";

const MESSAGE_BYTES_MAX = 8 * 1024 * 1024;
const KEEPALIVE_EVERY_MS = 10_000;
const KEEPALIVE_TIMEOUT_MS = 5000;

/** Channel options of all our servers and clients. */
export const CHANNEL_OPTIONS: ChannelOptions = {
  "grpc.keepalive_time_ms": KEEPALIVE_EVERY_MS,
  "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.max_receive_message_length": MESSAGE_BYTES_MAX,
  "grpc.max_send_message_length": MESSAGE_BYTES_MAX,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.min_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 2000,
};

/** Credentials of all our clients until TLS is configured. */
export const insecureCredentials = (): ChannelCredentials => credentials.createInsecure();

const CODES = {
  cancelled: status.CANCELLED,
  unknown: status.UNKNOWN,
  "invalid-argument": status.INVALID_ARGUMENT,
  "deadline-exceeded": status.DEADLINE_EXCEEDED,
  "not-found": status.NOT_FOUND,
  "already-exists": status.ALREADY_EXISTS,
  "permission-denied": status.PERMISSION_DENIED,
  "resource-exhausted": status.RESOURCE_EXHAUSTED,
  "failed-precondition": status.FAILED_PRECONDITION,
  aborted: status.ABORTED,
  "out-of-range": status.OUT_OF_RANGE,
  unimplemented: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
  unavailable: status.UNAVAILABLE,
  "data-loss": status.DATA_LOSS,
  unauthenticated: status.UNAUTHENTICATED,
} as const;

/** gRPC status other than OK. */
export type GrpcStatus = keyof typeof CODES;

/** How a call went. */
export type GrpcAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: GrpcStatus; readonly message: string };

/** A good answer. */
export const answered = <T>(value: T): GrpcAnswer<T> => ({ ok: true, value });
/** A refusal. */
export const refused = (word: GrpcStatus, message: string): GrpcAnswer<never> => ({
  ok: false,
  status: word,
  message,
});

/** The word for a numeric status; `unknown` for one that gRPC does not have. */
export function statusWord(code: number): GrpcStatus {
  for (const [word, value] of Object.entries(CODES)) {
    if (value === code && isStatus(word)) return word;
  }
  return "unknown";
}

const isStatus = (word: string): word is GrpcStatus => word in CODES;

/** What a handler hears of a call besides its request. */
export interface CallContext {
  /** W3C trace context of the caller, empty when there is none. */
  readonly traceparent: string;
}

const traceparentIn = (metadata: Metadata): string => {
  const [value] = metadata.get("traceparent");
  return typeof value === "string" ? value : "";
};

/** Wraps a function as a unary handler (P2). */
export function unary<Request, Response>(
  respond: (
    request: Request,
    context: CallContext,
  ) => Promise<GrpcAnswer<Response>> | GrpcAnswer<Response>,
  onFault: (error: unknown) => void,
): handleUnaryCall<Request, Response> {
  const settle = async (request: Request, context: CallContext): Promise<GrpcAnswer<Response>> => {
    try {
      return await respond(request, context);
    } catch (error) {
      onFault(error);
      return refused("internal", "internal error; the log of the service says more");
    }
  };
  return (call, callback) => {
    const reply = async (): Promise<void> => {
      const answer = await settle(call.request, { traceparent: traceparentIn(call.metadata) });
      if (answer.ok) callback(null, answer.value);
      else callback({ code: CODES[answer.status], details: answer.message });
    };
    void reply();
  };
}

/** One service of a server. */
export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** A server that listens. */
export interface GrpcServer {
  /** host:port with the real port. */
  readonly address: string;
  readonly port: number;
  /** Refuses new calls, lets running ones end for at most `graceMs`, then cuts. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** Result of {@link serveGrpc}. */
export type GrpcServerResult =
  | { readonly ok: true; readonly server: GrpcServer }
  | { readonly ok: false; readonly message: string };

/** Starts a server; resolves when it listens or cannot. */
export function serveGrpc(options: {
  readonly listen: HostPort;
  readonly services: readonly GrpcService[];
  readonly credentials?: ServerCredentials;
}): Promise<GrpcServerResult> {
  const { host } = options.listen;
  const address = hostPortText(options.listen);
  const server = new Server(CHANNEL_OPTIONS);
  for (const { definition, implementation } of options.services) {
    server.addService(definition, implementation);
  }
  const by = options.credentials ?? ServerCredentials.createInsecure();
  return new Promise((resolve) => {
    server.bindAsync(address, by, (error, bound) => {
      if (error === null) {
        const close = (graceMs: number): Promise<void> => closeServer(server, graceMs);
        const boundAddress = hostPortText({ host, port: bound });
        resolve({ ok: true, server: { address: boundAddress, port: bound, close } });
      } else {
        resolve({ ok: false, message: `cannot serve gRPC on ${address}: ${error.message}` });
      }
    });
  });
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, graceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** A unary method of a generated client, bound to it: `client.resolve.bind(client)`. */
export type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

/** How long to wait, and the trace to continue. */
export interface CallBounds {
  readonly deadlineMs: number;
  readonly traceparent?: string;
}

/** Metadata that carries a trace context. */
export function traceMetadata(traceparent: string | undefined): Metadata {
  const metadata = new Metadata();
  if (traceparent) metadata.set("traceparent", traceparent);
  return metadata;
}

/** Calls a unary method once; retrying is the caller's decision. */
export function callUnary<Request, Response>(
  method: UnaryMethod<Request, Response>,
  request: Request,
  { deadlineMs, traceparent }: CallBounds,
): Promise<GrpcAnswer<Response>> {
  return new Promise((resolve) => {
    const deadline = new Date(Date.now() + deadlineMs);
    method(request, traceMetadata(traceparent), { deadline }, (error, response) => {
      if (error === null) resolve(answered(response));
      else resolve(refused(statusWord(error.code), error.details));
    });
  });
}
