/**
 * One question to a service: tries its addresses in turn and turns every failure into one line.
 *
 * R1  The next address is asked only after unavailable or no answer in time: a refusal is final, so
 *     nothing is applied twice.
 * R2  A standby allocator names the leader; the leader is then asked first.
 */
import type { ChannelCredentials, ChannelOptions, Client } from "@grpc/grpc-js";
import {
  CHANNEL_OPTIONS,
  callUnary,
  type GrpcAnswer,
  type GrpcStatus,
  insecureCredentials,
  type UnaryMethod,
} from "../../services/lib/runtime/grpc.ts";
import type { ServicePlace } from "./addresses.ts";
import { type Failure, refusal, unreachableService } from "./outcome.ts";
import { callStream, type StreamMethod } from "./stream-call.ts";

/** Longest wait for one address. */
const ANSWER_WITHIN_MS = 5000;
/** A large company or rate deck takes its time to be checked and stored. */
export const APPLY_WITHIN_MS = 30_000;
/** Some months of millions of calls are summed. */
export const INVOICE_WITHIN_MS = 90_000;
/** All calls of a large service for a year. */
export const RERATE_WITHIN_MS = 600_000;

/** Generated client class. */
type ClientClass<C extends Client> = new (
  address: string,
  credentials: ChannelCredentials,
  options: ChannelOptions,
) => C;

/** A service's API at its addresses. */
export interface Remote<C extends Client> {
  readonly place: ServicePlace;
  readonly addresses: readonly string[];
  readonly client: ClientClass<C>;
}

/** Asks; `method` binds the method to the client: `(client) => client.plan.bind(client)`. */
export const ask = <C extends Client, Request, Response>(
  remote: Remote<C>,
  method: (client: C) => UnaryMethod<Request, Response>,
  request: Request,
  deadlineMs: number = ANSWER_WITHIN_MS,
): Promise<Response | Failure> =>
  inTurn(remote, deadlineMs, (client) => callUnary(method(client), request, { deadlineMs }));

/** Asks for a stream and waits for all of it; `method` as for {@link ask}. */
export const askAll = <C extends Client, Request, Response>(
  remote: Remote<C>,
  method: (client: C) => StreamMethod<Request, Response>,
  request: Request,
  deadlineMs: number,
): Promise<readonly Response[] | Failure> =>
  inTurn(remote, deadlineMs, (client) => callStream(method(client), request, deadlineMs));

async function inTurn<C extends Client, Response>(
  remote: Remote<C>,
  deadlineMs: number,
  question: (client: C) => Promise<GrpcAnswer<Response>>,
): Promise<Response | Failure> {
  const waiting = [...remote.addresses];
  const tried = new Map<string, Silence>();
  for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
    if (tried.has(address)) continue;
    const client = new remote.client(address, insecureCredentials(), CHANNEL_OPTIONS);
    const answer = await question(client);
    client.close();
    if (answer.ok) return answer.value;
    const reason = silence(answer, deadlineMs);
    if (reason === null) return refusal(refusalText(remote.place, answer));
    tried.set(address, reason);
    const leader = /the leader is (\S+)$/.exec(answer.message)?.[1];
    if (leader !== undefined) waiting.unshift(leader);
  }
  return unreachableService(silenceText(remote.place, tried));
}

type Refused = Extract<GrpcAnswer<never>, { readonly ok: false }>;

/** Why an address gave no answer. `isHeard`: somebody answered there and said so. */
interface Silence {
  readonly reason: string;
  readonly isHeard: boolean;
}

const TRANSPORT_FAULTS: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, "connection refused"],
  [/name resolution failed|ENOTFOUND|EAI_AGAIN/i, "no such host"],
  [/ECONNRESET|connection dropped|RST_STREAM/i, "connection lost"],
  [/no connection established/i, "no connection"],
];

/** Null when the service refused: that is an answer. */
function silence({ status, message }: Refused, deadlineMs: number): Silence | null {
  if (status === "deadline-exceeded") {
    return { reason: `no answer within ${deadlineMs / 1000} s`, isHeard: false };
  }
  if (status !== "unavailable") return null;
  const fault = TRANSPORT_FAULTS.find(([pattern]) => pattern.test(message));
  return { reason: fault?.[1] ?? message, isHeard: fault === undefined };
}

function silenceText({ name }: ServicePlace, tried: ReadonlyMap<string, Silence>): string {
  const places = [...tried].map(([address, { reason }]) => `${address} (${reason})`).join(", ");
  return [...tried.values()].every(({ isHeard }) => isHeard)
    ? `${name} cannot answer now at ${places}: try again in a few seconds`
    : `cannot reach ${name} at ${places}: is the cluster up? try make run`;
}

const ADVICE: Partial<Readonly<Record<GrpcStatus, string>>> = {
  unimplemented: "service and command line are of different versions: update the older one",
  "resource-exhausted": "ask for less at a time, or try again later",
};

function refusalText({ name }: ServicePlace, { status, message }: Refused): string {
  const advice = ADVICE[status];
  return advice === undefined ? message : `${name} refused: ${message}; ${advice}`;
}
