/** The loop guards of DOMAIN 4.5 through the allocator's real door: gRPC, journal on a real nats-server. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CHANNEL_OPTIONS,
  callUnary,
  type GrpcServer,
  insecureCredentials,
  serveGrpc,
} from "../../lib/runtime/grpc.ts";
import { connectNats, type NatsLink } from "../../lib/runtime/nats.ts";
import { type NatsServer, startNatsServer } from "../../lib/testkit/nats-server.ts";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import {
  AllocatorServiceClient,
  type HoldResponse,
  PartialPolicy,
  type Rate,
  type Scope,
  type Taken,
} from "../../lib/wire/trunk.ts";
import type { Election } from "../src/shell/election.ts";
import { allocatorService } from "../src/shell/grpc.ts";
import { startElection } from "./start-election.ts";

const SOURCE = "source:+81312345678";
const LOOP: Rate = { id: "loop:+8190>+8150>+8131", limit: 2, windowMs: 180_000 };

const scope = (id: string, limit = 9, onlyWhenFree = false): Scope => ({
  id,
  limit,
  revision: 1,
  onlyWhenFree,
});

let nats: NatsServer;
let links: NatsLink[] = [];
let elections: Election[] = [];
let servers: GrpcServer[] = [];
let clients: AllocatorServiceClient[] = [];

beforeEach(async () => {
  nats = await startNatsServer();
});

afterEach(async () => {
  for (const client of clients) client.close();
  for (const server of servers) await server.close(100);
  for (const election of elections) await election.stop();
  for (const link of links) await link.close();
  clients = [];
  servers = [];
  elections = [];
  links = [];
  await nats.stop();
});

interface Ask {
  readonly legs: readonly string[];
  readonly scopes: readonly Scope[];
  readonly rates?: readonly Rate[];
}

/** A leading allocator behind gRPC, and a controller's stream to it. */
async function leadingAllocator(id: string) {
  const connected = await connectNats({ url: nats.url, name: "test" });
  if (!connected.ok) throw new Error(connected.message);
  links.push(connected.nats);
  const election = await startElection(connected.nats, id);
  elections.push(election);
  const watch = { onTake: () => undefined, onStream: () => undefined, onFault: () => undefined };
  const services = [allocatorService(election, Date.now, watch)];
  const served = await serveGrpc({ listen: { host: "127.0.0.1", port: 0 }, services });
  if (!served.ok) throw new Error(served.message);
  servers.push(served.server);
  const { address } = served.server;
  const client = new AllocatorServiceClient(address, insecureCredentials(), CHANNEL_OPTIONS);
  clients.push(client);
  await waitFor(() => election.leader !== null, `${id} leads`);
  const stream = client.hold();
  const waiting = new Map<number, (response: HoldResponse) => void>();
  stream.on("error", () => undefined);
  stream.on("data", (response: HoldResponse) => waiting.get(response.requestId)?.(response));
  const take = async (callId: string, { legs, scopes, rates = [] }: Ask): Promise<Taken> => {
    const requestId = waiting.size + 1;
    const answer = new Promise<HoldResponse>((resolve) => waiting.set(requestId, resolve));
    const claims = legs.map((leg) => ({ leg, scopes }));
    const asked = { callId, epoch: 1, policy: PartialPolicy.FIRST_IN_ORDER, traceparent: "" };
    stream.write({
      requestId,
      kind: { $case: "take", value: { ...asked, legs: claims, rates } },
    });
    const { kind } = await answer;
    if (kind?.$case !== "taken") throw new Error(`answered ${kind?.$case}`);
    return kind.value;
  };
  const list = (scopeId: string) =>
    callUnary(client.listLeases.bind(client), { scopeId }, { deadlineMs: 2_000 });
  return { election, take, list };
}

describe("loop guards over gRPC", () => {
  it("4.5b: a call from our own number gets no outside leg while that number holds one, then it does", async () => {
    const { take, election } = await leadingAllocator("a1");
    const first = await take("c1", { legs: ["b1"], scopes: [scope("trunk:t"), scope(SOURCE)] });
    expect(first.granted).toEqual(["b1"]);
    const back = { legs: ["b1", "b2"], scopes: [scope("trunk:t"), scope(SOURCE, 9, true)] };
    expect(await take("c2", back)).toEqual({
      granted: [],
      refused: [
        { leg: "b1", scopeId: SOURCE },
        { leg: "b2", scopeId: SOURCE },
      ],
    });
    expect(election.leader?.pool.held.get("trunk:t")).toBe(1);
    const release = { callId: "c1", epoch: 1, legs: ["b1"] };
    await new Promise((resolve) => election.leader?.ask({ kind: "release", release }, resolve));
    expect((await take("c2", back)).granted).toEqual(["b1", "b2"]);
  });

  it("4.5c: the third leg of a source number with two channels is refused under that number", async () => {
    const { take, list } = await leadingAllocator("a1");
    const scopes = [scope("company:x"), scope("trunk:t"), scope(SOURCE, 2)];
    const { granted, refused } = await take("c1", { legs: ["b1", "b2", "b3"], scopes });
    expect(granted).toEqual(["b1", "b2"]);
    expect(refused).toEqual([{ leg: "b3", scopeId: SOURCE }]);
    const listed = await list("");
    expect(listed).toMatchObject({ ok: true, value: { scopes: [{ held: 2 }, { held: 2 }] } });
    expect(await list(SOURCE)).toMatchObject({
      value: {
        scopes: [{ id: SOURCE, held: 2, limit: 2 }],
        leases: [{ leg: "b1" }, { leg: "b2" }],
      },
    });
  });

  it("4.5d: the third call is refused under the rate; a new leader keeps the leases and counts anew", async () => {
    const first = await leadingAllocator("a1");
    const asked = { legs: ["b1"], scopes: [scope("trunk:t")], rates: [LOOP] };
    for (const callId of ["c1", "c1", "c2"]) {
      expect((await first.take(callId, asked)).granted).toEqual(["b1"]);
    }
    const stopped = { granted: [], refused: [{ leg: "b1", scopeId: LOOP.id }] };
    expect(await first.take("c3", asked)).toEqual(stopped);
    expect(await first.take("c3", asked)).toEqual(stopped);
    await first.election.stop();
    const second = await leadingAllocator("a2");
    expect([...(second.election.leader?.pool.leases.keys() ?? [])]).toEqual(["c1/b1", "c2/b1"]);
    expect((await second.take("c3", asked)).granted).toEqual(["b1"]);
  });

  it("4.5d: a take may name 20 rates, one for each target, and the last one counts like the first", async () => {
    const { take } = await leadingAllocator("a1");
    const rates = Array.from({ length: 20 }, (_, i) => ({ ...LOOP, id: `loop:${i}`, limit: 1 }));
    const asked = { legs: ["b1"], scopes: [scope("trunk:t")] };
    expect((await take("c1", { ...asked, rates: rates.slice(19) })).granted).toEqual(["b1"]);
    expect(await take("c2", { ...asked, rates })).toEqual({
      granted: [],
      refused: [{ leg: "b1", scopeId: "loop:19" }],
    });
  });

  it.each([
    ["an empty id", { ...LOOP, id: "" }, 1],
    ["an id of 81 characters", { ...LOOP, id: "x".repeat(81) }, 1],
    ["a window of 0", { ...LOOP, windowMs: 0 }, 1],
    ["a window longer than calls are remembered", { ...LOOP, windowMs: 180_001 }, 1],
    ["21 rates", LOOP, 21],
  ])("4.5d: a take with %s is malformed and takes nothing", async (_, rate, times) => {
    const { take, election } = await leadingAllocator("a1");
    const rates = Array.from({ length: times }, () => rate);
    const { granted, refused } = await take("c1", { legs: ["b1"], scopes: [scope("x")], rates });
    expect(granted).toEqual([]);
    expect(refused).toEqual([{ leg: "b1", scopeId: "malformed" }]);
    expect(election.leader?.pool.leases.size).toBe(0);
  });
});
