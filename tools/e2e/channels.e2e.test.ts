/**
 * S8: the trunk allocator as processes. 1000 takes at once on a limit of 10 by two clients, the leader
 * killed -9 in between; then the journal is read back entry by entry.
 *
 * The clients behave as controllers do: a question lives until it is answered, and is asked again on
 * every new stream. The journal is replayed with the allocator's own core: it is the judge.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callUnary, insecureCredentials } from "../../services/lib/runtime/grpc.ts";
import { connectNats, type NatsLink } from "../../services/lib/runtime/nats.ts";
import { freePort } from "../../services/lib/testkit/free-port.ts";
import { type NatsServer, startNatsServer } from "../../services/lib/testkit/nats-server.ts";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";
import { JOURNAL_SUBJECT } from "../../services/lib/wire/subjects.ts";
import {
  AllocatorServiceClient,
  type HoldRequest,
  type HoldResponse,
  type ListLeasesResponse,
  PartialPolicy,
} from "../../services/lib/wire/trunk.ts";
import { apply, emptyPool } from "../../services/trunk-allocator/src/core/channel-pool.ts";
import { openJournal } from "../../services/trunk-allocator/src/shell/journal.ts";
import { Child } from "../cluster/child.ts";
import { answersOk } from "../cluster/ports.ts";
import { environment } from "../cluster/services.ts";
import { Holder } from "./holder.ts";

const ROOT = join(import.meta.dirname, "../..");
const DIR = join(ROOT, ".run/e2e/23");
const LIMIT = 10;
const TRUNK_LIMIT = 500;
const CALLS = 1_000;
const CLIENTS = 2;
const BOUND_MS = 20_000;

interface Allocator {
  readonly id: string;
  readonly child: Child;
  readonly client: AllocatorServiceClient;
}

/** How one take was answered. */
type Verdict = "granted" | "refused";

let nats: NatsServer;
let link: NatsLink;
let allocators: readonly Allocator[] = [];

beforeAll(async () => {
  rmSync(DIR, { recursive: true, force: true });
  mkdirSync(DIR, { recursive: true });
  nats = await startNatsServer();
  const connected = await connectNats({ url: nats.url, name: "test" });
  if (!connected.ok) throw new Error(connected.message);
  link = connected.nats;
  allocators = await Promise.all(["allocator-1", "allocator-2"].map(allocatorProcess));
  await Promise.all(allocators.map(({ child }) => child.start()));
});

afterAll(async () => {
  for (const { client } of allocators) client.close();
  await Promise.all(allocators.map(({ child }) => child.stop()));
  await link?.close();
  await nats?.stop();
});

async function allocatorProcess(id: string): Promise<Allocator> {
  const [http, grpc] = [await freePort(), await freePort()];
  const address = `127.0.0.1:${grpc}`;
  const child = new Child({
    name: id,
    command: process.execPath,
    args: [join(ROOT, "services/trunk-allocator/src/main.ts")],
    env: environment({
      KK_NODE_ID: id,
      KK_NATS_URL: nats.url,
      KK_HTTP_PORT: String(http),
      KK_GRPC_LISTEN: address,
    }),
    logFile: join(DIR, `${id}.log`),
    isReady: () => answersOk(`http://127.0.0.1:${http}/readyz`),
  });
  const client = new AllocatorServiceClient(address, insecureCredentials(), {
    "grpc.initial_reconnect_backoff_ms": 50,
    "grpc.max_reconnect_backoff_ms": 200,
  });
  return { id, child, client };
}

/** What an allocator lists; null while it stands by or is down. */
const listAt = ({ client }: Allocator): Promise<ListLeasesResponse | null> =>
  callUnary(client.listLeases.bind(client), { scopeId: "" }, { deadlineMs: 500 }).then((answer) =>
    answer.ok ? answer.value : null,
  );

const leading = (): Promise<Allocator> =>
  waitFor(
    async () => {
      for (const one of allocators) if ((await listAt(one)) !== null) return one;
      return null;
    },
    "an allocator leads",
    BOUND_MS,
  );

async function leases(): Promise<ListLeasesResponse> {
  const listed = await listAt(await leading());
  if (listed === null) throw new Error("the leader changed while it was asked");
  return listed;
}

/** The other allocator than `one`. */
function standbyOf(one: Allocator): Allocator {
  const other = allocators.find(({ id }) => id !== one.id);
  if (other === undefined) throw new Error("there are two allocators");
  return other;
}

/** A client that asks `first` first. */
const holderAt = (first: Allocator): Holder => new Holder([first.client, standbyOf(first).client]);

const scopesOf = (round: string) => [
  { id: `company:${round}`, limit: LIMIT, revision: 1, onlyWhenFree: false },
  { id: "trunk:s8", limit: TRUNK_LIMIT, revision: 1, onlyWhenFree: false },
];

const takeOf = (round: string, call: number): NonNullable<HoldRequest["kind"]> => ({
  $case: "take",
  value: {
    callId: `${round}-${call}`,
    epoch: 1,
    policy: PartialPolicy.FIRST_IN_ORDER,
    legs: [{ leg: "b1", scopes: scopesOf(round) }],
    traceparent: "",
    rates: [],
  },
});

function verdictOf({ kind }: HoldResponse): Verdict {
  if (kind?.$case !== "taken") throw new Error(`a take was answered with ${kind?.$case}`);
  return kind.value.granted.length === 1 ? "granted" : "refused";
}

/** Sends all takes at once over two clients; `onAnswer` hears the number of answers so far. */
async function takeAll(
  round: string,
  holders: readonly Holder[],
  onAnswer: (count: number) => void,
): Promise<ReadonlyMap<string, Verdict>> {
  let count = 0;
  const verdicts = new Map<string, Verdict>();
  await Promise.all(
    Array.from({ length: CALLS }, async (_, call) => {
      const holder = holders[call % CLIENTS];
      const response = await holder?.ask(call + 1, takeOf(round, call));
      if (response === undefined) throw new Error("there are two clients");
      verdicts.set(`${round}-${call}`, verdictOf(response));
      count += 1;
      onAnswer(count);
    }),
  );
  return verdicts;
}

/** Reads the journal back; most channels ever held in each scope, checked after every entry. */
async function auditJournal() {
  const pool = emptyPool();
  const most = new Map<string, number>();
  let reigns = 0;
  const journal = await openJournal(link.connection);
  const outcome = await journal.replay((entry) => {
    apply(pool, entry);
    if (entry.kind === "led") reigns += 1;
    for (const [scope, held] of pool.held) most.set(scope, Math.max(most.get(scope) ?? 0, held));
  });
  expect(outcome.kind).toBe("replayed");
  return { pool, most, reigns };
}

/** A lease without its expiry, which a new reign lengthens for all. */
const identityOf = ({
  callId,
  leg,
  epoch,
  scopeIds,
  takenAtMs,
}: ListLeasesResponse["leases"][number]) =>
  `${callId}/${leg} epoch ${epoch} ${scopeIds.join(" ")} since ${takenAtMs}`;

describe("S8: 1000 takes at once on a limit of 10, the leading allocator killed -9 in between", () => {
  /** When the leader dies: as soon as the takes are sent, at the first lease in the journal, later. */
  const moments = [
    "as the takes leave",
    "with its leases journalled and no answer heard",
    "after 300 answers",
  ];

  it.each(moments)("killed %s: exactly 10 are granted, never more are held", async (moment) => {
    const round = `round-${moments.indexOf(moment)}`;
    const first = await leading();
    const dying: Promise<void>[] = [];
    const kill = (): void => {
      if (dying.length === 0) dying.push(first.child.kill());
    };
    const unsubscribe = link.subscribe(JOURNAL_SUBJECT, null, (message) => {
      if (moment === moments[1] && message.string().includes(`${round}-`)) kill();
    });
    const holders = Array.from({ length: CLIENTS }, () => holderAt(first));
    if (moment === moments[1]) for (const holder of holders) holder.deafen();
    try {
      const taking = takeAll(round, holders, (count) => {
        if (moment === moments[2] && count >= 300) kill();
      });
      if (moment === moments[0]) setImmediate(kill);
      const verdicts = await taking;
      expect(dying).toHaveLength(1);
      await Promise.all(dying);
      expect((await leading()).id).toBe(standbyOf(first).id);
      expect(verdicts.size).toBe(CALLS);

      const granted = [...verdicts].filter(([, verdict]) => verdict === "granted");
      expect(granted).toHaveLength(LIMIT);
      const { pool, most } = await auditJournal();
      expect(most.get(`company:${round}`)).toBe(LIMIT);
      expect(most.get("trunk:s8")).toBeLessThanOrEqual(TRUNK_LIMIT);
      const ours = [...pool.leases.values()].filter(({ callId }) => callId.startsWith(round));
      expect(ours.map(({ callId }) => callId).sort()).toEqual(
        granted.map(([callId]) => callId).sort(),
      );
    } finally {
      unsubscribe();
      for (const holder of holders) holder.close();
      if (!first.child.isRunning) await first.child.start();
    }
  });

  it("both killed: the next life holds the same leases, and a release frees each once", async () => {
    const before = (await leases()).leases.map(identityOf).sort();
    expect(before).toHaveLength(LIMIT * moments.length);
    await Promise.all(allocators.map(({ child }) => child.kill()));
    await Promise.all(allocators.map(({ child }) => child.start()));
    const listed = await leases();
    expect(listed.leases.map(identityOf).sort()).toEqual(before);

    const holder = holderAt(await leading());
    const released = listed.leases.map(({ callId, leg }, index) =>
      holder.ask(index + 1, { $case: "release", value: { callId, epoch: 1, legs: [leg] } }),
    );
    await Promise.all(released);
    holder.close();
    expect((await leases()).leases).toEqual([]);
    const { pool, most, reigns } = await auditJournal();
    expect([...pool.held]).toEqual([]);
    expect(reigns).toBeGreaterThanOrEqual(moments.length + 2);
    const all = LIMIT * moments.length;
    const rounds = moments.map((_, n) => [`company:round-${n}`, LIMIT] as const);
    expect(Object.fromEntries(most)).toEqual({ "trunk:s8": all, ...Object.fromEntries(rounds) });
  });
});
