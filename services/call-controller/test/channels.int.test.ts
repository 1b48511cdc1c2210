/** The stream to the allocators over real gRPC: servers that answer, stand by, or are silent. */
import { type ServerDuplexStream } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import {
  CHANNEL_OPTIONS,
  type GrpcServer,
  insecureCredentials,
  serveGrpc,
} from "../../lib/runtime/grpc.ts";
import { attemptLeg, type CallId } from "../../lib/telephony/ids.ts";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import {
  AllocatorServiceClient,
  AllocatorServiceService,
  type HoldRequest,
  type HoldResponse,
} from "../../lib/wire/trunk.ts";
import type { HeldByCall, TakeAnswer } from "../src/ports.ts";
import { AllocatorStream } from "../src/shell/channels.ts";

type Behave = (request: HoldRequest) => HoldResponse["kind"] | null;

let servers: GrpcServer[] = [];
let streams: AllocatorStream[] = [];

afterEach(async () => {
  for (const stream of streams) stream.stop();
  await Promise.all(servers.map((server) => server.close(100)));
  servers = [];
  streams = [];
});

/** An allocator that does as `behave` says; null is silence. */
async function allocator(behave: Behave, heard: HoldRequest[] = []): Promise<string> {
  const hold = (stream: ServerDuplexStream<HoldRequest, HoldResponse>): void => {
    stream.on("error", () => undefined);
    stream.on("data", (request: HoldRequest) => {
      heard.push(request);
      const kind = behave(request);
      if (kind !== null) stream.write({ requestId: request.requestId, kind });
    });
  };
  const services = [{ definition: AllocatorServiceService, implementation: { hold } }];
  const result = await serveGrpc({ listen: { host: "127.0.0.1", port: 0 }, services });
  if (!result.ok) throw new Error(result.message);
  servers.push(result.server);
  return result.server.address;
}

const grants: Behave = ({ kind }) =>
  kind?.$case === "take"
    ? { $case: "taken", value: { granted: kind.value.legs.map(({ leg }) => leg), refused: [] } }
    : { $case: "renewed", value: { lost: [] } };
const silence: Behave = () => null;

function open(addresses: readonly string[], told: string[] = []): AllocatorStream {
  const stream = new AllocatorStream({
    addresses,
    now: () => performance.now(),
    connect: (address) =>
      new AllocatorServiceClient(address, insecureCredentials(), CHANNEL_OPTIONS),
    onLost: () => undefined,
    log: (message) => told.push(message),
  });
  streams.push(stream);
  return stream;
}

const holder = { callId: "c1" as CallId, epoch: 1, traceparent: "" };
const scope = { id: "company:x", limit: 1, revision: 1, onlyWhenFree: true };
const rate = { id: "loop:a>b>c", limit: 5, windowMs: 10_000 };
const wanted = { claims: [{ leg: attemptLeg(1), scopes: [scope] }], rates: [rate] };

const take = (stream: AllocatorStream): Promise<TakeAnswer> =>
  new Promise((resolve) => {
    stream.take(holder, wanted, resolve);
  });

describe("the stream to the allocators", () => {
  it("a leader that is connected and silent is left: the take is answered by the next, in time", async () => {
    const told: string[] = [];
    // The stream starts with the second address.
    const addresses = [await allocator(grants), await allocator(silence)];
    const stream = open(addresses, told);
    expect(await take(stream)).toMatchObject({ kind: "taken", granted: ["b1"] });
    expect(told).toEqual(["allocator stream lost", "allocator stream is back"]);
  });

  it("a take says every scope, its guard, and every rate", async () => {
    const heard: HoldRequest[] = [];
    const stream = open([await allocator(grants, heard)]);
    await take(stream);
    const takes = heard.flatMap(({ kind }) => (kind?.$case === "take" ? [kind.value] : []));
    expect(takes).toMatchObject([{ callId: "c1", legs: wanted.claims, rates: [rate] }]);
  });

  it("with nobody who answers, a take counts as unreachable", async () => {
    const stream = open([await allocator(silence), await allocator(silence)]);
    expect(await take(stream)).toEqual({ kind: "unreachable" });
  });

  it("a standby sends us on before a call asks anything", async () => {
    const heard: HoldRequest[] = [];
    const leader = await allocator(grants, heard);
    const standsBy: Behave = () => ({ $case: "notLeader", value: { leaderAddress: leader } });
    const stream = open([leader, await allocator(standsBy)]);
    await waitFor(() => stream.isUp, "the leader answers");
    expect(heard.map(({ kind }) => kind)).toEqual([{ $case: "renew", value: { held: [] } }]);
  });

  it("a renewal of many legs comes in messages that the allocator takes", async () => {
    const heard: HoldRequest[] = [];
    const stream = open([await allocator(grants, heard)]);
    const legs = Array.from({ length: 20 }, (_, n) => attemptLeg(n + 1));
    const held: HeldByCall[] = Array.from({ length: 120 }, (_, n) => ({
      callId: `c${n}` as CallId,
      epoch: 1,
      legs,
    }));
    stream.renew(held);
    expect(await take(stream)).toMatchObject({ kind: "taken" });
    const sizes = heard.flatMap(({ kind }) =>
      kind?.$case === "renew"
        ? [kind.value.held.reduce((sum, one) => sum + one.legs.length, 0)]
        : [],
    );
    expect(sizes.filter((size) => size > 0)).toEqual([1_000, 1_000, 400]);
  });
});
