/** Two allocators on a real nats-server: who leads, what the journal says, what a takeover keeps. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectNats, type NatsLink } from "../../lib/runtime/nats.ts";
import { type NatsServer, startNatsServer } from "../../lib/testkit/nats-server.ts";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import { apply, emptyPool, heldIn } from "../src/core/channel-pool.ts";
import type { Journal } from "../src/ports.ts";
import { type Election, SILENCE_MS } from "../src/shell/election.ts";
import { openJournal } from "../src/shell/journal.ts";
import type { Answer } from "../src/shell/leader.ts";
import { startElection } from "./start-election.ts";

const LIMIT = 10;

let server: NatsServer;
let connections: NatsLink[] = [];
let elections: Election[] = [];

beforeEach(async () => {
  server = await startNatsServer();
});

afterEach(async () => {
  for (const election of elections) await election.stop();
  for (const connection of connections) await connection.close();
  elections = [];
  connections = [];
  await server.stop();
});

async function link(): Promise<NatsLink> {
  const connected = await connectNats({ url: server.url, name: "test" });
  if (!connected.ok) throw new Error(connected.message);
  connections.push(connected.nats);
  return connected.nats;
}

/** Starts an allocator; `altered` may put something between it and its journal. */
async function startAllocator(
  id: string,
  altered?: (journal: Journal) => Journal,
): Promise<Election> {
  const election = await startElection(await link(), id, altered);
  elections.push(election);
  return election;
}

function takeOne(election: Election, callId: string): Promise<Answer> {
  const scopes = [{ id: "company:x", limit: LIMIT, revision: 1, onlyWhenFree: false }];
  const take = {
    callId,
    epoch: 1,
    policy: "first-in-order",
    legs: [{ leg: "b1", scopes }],
    rates: [],
  } as const;
  return new Promise((resolve) => {
    const { leader } = election;
    if (leader === null) resolve({ kind: "not-leading" });
    else leader.ask({ kind: "take", take }, resolve);
  });
}

const isGranted = (answer: Answer): boolean =>
  answer.kind === "taken" && answer.granted.length === 1;

/** Most channels held at any moment of the journal, and at its end. */
async function auditJournal(): Promise<{ most: number; atEnd: number }> {
  const nats = await link();
  const pool = emptyPool();
  let most = 0;
  const journal = await openJournal(nats.connection);
  const outcome = await journal.replay((entry) => {
    apply(pool, entry);
    most = Math.max(most, heldIn(pool, "company:x"));
  });
  expect(outcome.kind).toBe("replayed");
  return { most, atEnd: heldIn(pool, "company:x") };
}

describe("leadership", () => {
  it("of two allocators one leads; when it goes, the other does, with the same leases", async () => {
    const first = await startAllocator("a1");
    await waitFor(() => first.leader !== null, "the first leads");
    const second = await startAllocator("a2");
    expect(isGranted(await takeOne(first, "c1"))).toBe(true);
    expect(second.leader).toBeNull();
    await first.stop();
    await waitFor(() => second.leader !== null, "the second leads");
    expect(second.leader?.pool.leases.has("c1/b1")).toBe(true);
    expect(first.leader).toBeNull();
  });

  it("a leader that slept through a takeover is fenced: its next append changes nothing", async () => {
    const sleeper = await startAllocator("a1");
    await waitFor(() => sleeper.leader !== null, "the first leads");
    const leader = sleeper.leader;
    // Another reign starts on the same journal while the first still believes that it leads.
    const nats = await link();
    const journal = await openJournal(nats.connection);
    const replayed = await journal.replay(() => undefined);
    if (replayed.kind !== "replayed") throw new Error(replayed.problem);
    const led = { kind: "led", leader: "a2", term: 99, at: Date.now() } as const;
    expect((await journal.append([led], replayed.lastSequence)).kind).toBe("appended");
    expect(await takeOne(sleeper, "c1")).toEqual({ kind: "not-leading" });
    expect(sleeper.leader).not.toBe(leader);
    expect((await auditJournal()).atEnd).toBe(0);
  });

  it("S8: 1000 takes at once on a limit of 10, the leader killed in between: never more than 10 held", async () => {
    const first = await startAllocator("a1");
    await waitFor(() => first.leader !== null, "the first leads");
    const second = await startAllocator("a2");
    const dying = connections[0];
    const calls = Array.from({ length: 1_000 }, (_, n) => `c${n}`);
    const answers = await Promise.all(
      calls.map(async (callId, n) => {
        // Killed as a process is: its connection ends in the middle, no goodbye.
        if (n === 500) void dying?.connection.close();
        const answer = await takeOne(first, callId);
        if (answer.kind !== "not-leading") return answer;
        await waitFor(() => second.leader !== null, "the second leads", 10_000);
        return takeOne(second, callId);
      }),
    );
    expect(answers.filter(isGranted)).toHaveLength(LIMIT);
    expect(await auditJournal()).toEqual({ most: LIMIT, atEnd: LIMIT });
  });

  it("a restarted allocator reads its leases back exactly", async () => {
    const first = await startAllocator("a1");
    await waitFor(() => first.leader !== null, "the first leads");
    for (const call of ["c1", "c2", "c3"]) await takeOne(first, call);
    const before = [...(first.leader?.pool.leases.keys() ?? [])];
    await first.stop();
    const again = await startAllocator("a1");
    await waitFor(() => again.leader !== null, "it leads again");
    expect([...(again.leader?.pool.leases.keys() ?? [])]).toEqual(before);
  });

  it("one that takes long to read its journal is not taken for silent meanwhile", async () => {
    const slowly = (journal: Journal): Journal => ({
      ...journal,
      replay: async (onEntry) => {
        await new Promise((resolve) => setTimeout(resolve, SILENCE_MS * 2));
        return journal.replay(onEntry);
      },
    });
    const first = await startAllocator("a1", slowly);
    const second = await startAllocator("a2");
    await waitFor(() => first.leader !== null, "the slow one leads", 10_000);
    expect(second.leader).toBeNull();
    expect(isGranted(await takeOne(first, "c1"))).toBe(true);
  });

  it("one that cannot read the journal stands aside for one that can", async () => {
    const blind = (journal: Journal): Journal => ({
      ...journal,
      replay: async () => ({ kind: "unreadable", sequence: 1, problem: "another version" }),
    });
    const first = await startAllocator("a1", blind);
    const second = await startAllocator("a2");
    await waitFor(() => second.leader !== null, "the other one leads", 10_000);
    expect(first.leader).toBeNull();
  });
});
