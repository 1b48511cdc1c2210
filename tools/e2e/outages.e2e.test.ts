/**
 * S10: each part of the cluster but the edge is killed with kill -9 under 20 calls a second and started
 * again 5 s later. What must hold is the failure table of ARCHITECTURE.md, row by row: as both sides of
 * each call saw it, as the records tell it and as the metrics count it.
 *
 * A call must have a record when a controller took it. Here that is each call but those that the edge
 * itself refused with 503 because it could ask no controller.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";
import type { Service } from "../cluster/services.ts";
import { CALLS, type Load, type Outage, type Seen, startLoad } from "./outage.ts";
import type { LoggedCall } from "./sipp-log.ts";
import { type ShownRecord, startWorld, type World } from "./world.ts";

const NET = 24;
/** Twice what the load needs: 40 long talks and 60 short ones at a time. */
const CHANNELS = 200;
/** The cluster takes calls normally again so soon after a restart. */
const RECOVERED_WITHIN_MS = 5_000;
/** A BYE passes at once, whoever is away; far below the length of an outage. */
const BYE_PASSES_WITHIN_MS = 2_000;
/** Between the clocks of two SIPp logs. */
const CLOCKS_DIFFER_MS = 50;
/** Talk time in a record against that of the log. */
const TALK_DIFFERS_MS = 1_000;
const BOUND_MS = 20_000;
/** Timers B, F, J and L of RFC 3261 17 are 64*T1 = 32 s. */
const TRANSACTIONS_END_WITHIN_MS = 40_000;
/** A number that no cache of the cluster knows before it is called. */
const NEVER_CALLED = "05055551011";

interface Row {
  readonly killed: string;
  readonly offered: number;
  readonly answered: number;
  readonly refused: string;
  readonly "established cut": number;
  readonly "slowest answer, ms": number;
  readonly "refused until, ms after restart": number;
}

let world: World;
let load: Load;
const table: Row[] = [];

beforeAll(async () => {
  world = await startWorld({ net: NET, allocators: 2, carrierPort: 0 });
  await world.withChannels(CHANNELS);
  await world.telephone("1001", { kind: "ring" });
  const dir = join(import.meta.dirname, "../../.run/e2e", String(NET));
  load = startLoad(world, `127.0.${NET}.101`, dir);
});

afterAll(async () => {
  await load?.end();
  await world?.end();
  console.table(table);
});

const isAnswered = ({ final }: LoggedCall): boolean => final?.status === 200;
const refusedOf = ({ calls }: Seen) => calls.filter((call) => !isAnswered(call));
const answeredOf = ({ calls }: Seen) => calls.filter(isAnswered);

/** True when its own BYE ended it, confirmed, and the mobile heard of that at once. */
function endedAsPlanned(call: LoggedCall, { legsOf }: Seen): boolean {
  const legs = legsOf(call).filter(isAnswered);
  const heardAt = legs[0]?.byeGotAt ?? null;
  if (legs.length !== 1 || heardAt === null || call.byeSentAt === null) return false;
  const passedMs = heardAt - call.byeSentAt;
  const isInTime = passedMs >= -CLOCKS_DIFFER_MS && passedMs <= BYE_PASSES_WITHIN_MS;
  return isInTime && call.byeGotAt === null && call.byeStatus === 200;
}

const refusalOf = ({ final }: LoggedCall): string =>
  final === null
    ? "no answer"
    : `${final.status}${final.retryAfter === "" ? "" : " with Retry-After"}`;

function rowOf(killed: string, seen: Seen): Row {
  const answered = answeredOf(seen);
  const refused = refusedOf(seen);
  const kinds = Map.groupBy(refused, refusalOf);
  const last = Math.max(seen.restartedAt, ...refused.map(({ offeredAt }) => offeredAt));
  const waits = answered.map(({ final, offeredAt }) => (final?.at ?? offeredAt) - offeredAt);
  return {
    killed,
    offered: seen.calls.length,
    answered: answered.length,
    refused: [...kinds].map(([kind, calls]) => `${calls.length} x ${kind}`).join(", "),
    "established cut": answered.filter((call) => !endedAsPlanned(call, seen)).length,
    "slowest answer, ms": Math.max(...waits),
    "refused until, ms after restart": last - seen.restartedAt,
  };
}

/** Records of the calls of an outage, by caller. */
async function recordsOf(seen: Seen): Promise<ReadonlyMap<string, readonly ShownRecord[]>> {
  const from = new Date(seen.startedAt).toISOString();
  const listed = await world.json("cdr", "list", "--limit", "1000", "--from", from);
  const { records } = listed as { records: readonly (ShownRecord & { callerNumber: string })[] };
  const offered = new Set(seen.calls.map(({ from: caller }) => caller));
  const ours = records.map((record) => {
    return { ...record, callerNumber: record.callerNumber.replace(/^\+81/, "0") };
  });
  const known = ours.filter(({ callerNumber }) => offered.has(callerNumber));
  return Map.groupBy(known, ({ callerNumber }) => callerNumber);
}

async function single(kind: Service["kind"]): Promise<Service> {
  const [service] = world.cluster.of(kind);
  if (service === undefined) throw new Error(`no ${kind}`);
  return service;
}

async function leadingAllocator(): Promise<Service> {
  for (const service of world.cluster.of("allocator")) {
    if ((await world.metric(service.id, "kakehashi_leading_up")) === 1) return service;
  }
  throw new Error("no allocator leads");
}

/** kill -9 of the process that `find` gives at that moment, and the same again. */
function processDies(name: string, find: () => Promise<Pick<Service, "child">>): Outage {
  let killed: Service["child"] | null = null;
  const kill = async (): Promise<void> => {
    killed = (await find()).child;
    await killed.kill();
  };
  return { name, kill, start: async () => killed?.start() };
}

/** The cluster's calls and channels are all gone. */
const isQuiet = async (): Promise<boolean> => {
  const services = [...world.cluster.of("edge"), ...world.cluster.of("controller")];
  for (const { id } of services) {
    if ((await world.metric(id, "kakehashi_active_calls")) > 0) return false;
  }
  return (await world.channelsHeld()) === 0;
};

/** Claims about every outage; `mayRefuse`: new calls in the outage get 503 with Retry-After. */
function itHolds(outage: () => Outage, mayRefuse: boolean): void {
  let seen: Seen;

  beforeAll(async () => {
    const part = outage();
    seen = await load.run(part);
    table.push(rowOf(part.name, seen));
  });

  it("no established call is cut: each ends with its caller's BYE, which passes at once", () => {
    const stood = answeredOf(seen).filter(
      ({ final, byeSentAt }) =>
        (final?.at ?? 0) < seen.killedAt && (byeSentAt ?? 0) > seen.restartedAt,
    );
    expect(stood.length, "calls that stood through the outage").toBeGreaterThan(20);
    expect(answeredOf(seen).filter((call) => !endedAsPlanned(call, seen))).toEqual([]);
  });

  it("every call gets its answer, and no mobile is left talking to nobody", () => {
    expect(seen.hasEnded).toBe(true);
    expect(seen.calls).toHaveLength(CALLS);
    expect(seen.calls.filter(({ final }) => final === null)).toEqual([]);
    const up = seen.calls.flatMap(seen.legsOf).filter((leg) => isAnswered(leg) && !leg.byeGotAt);
    expect(up).toEqual([]);
  });

  it(
    mayRefuse
      ? "new calls get 503 with Retry-After, until 5 s after the restart at most"
      : "no caller notices",
    () => {
      const refused = refusedOf(seen);
      if (!mayRefuse) return expect(refused).toEqual([]);
      expect(new Set(refused.map(refusalOf))).toEqual(new Set(["503 with Retry-After"]));
      const moments = refused.map(({ offeredAt }) => offeredAt);
      expect(Math.min(...moments)).toBeGreaterThan(seen.killedAt - CLOCKS_DIFFER_MS);
      expect(Math.max(...moments)).toBeLessThan(seen.restartedAt + RECOVERED_WITHIN_MS);
    },
  );

  it("each call that was taken has one record with the talk time of the wire, no other has", async () => {
    const taken = answeredOf(seen);
    await waitFor(async () => (await recordsOf(seen)).size >= taken.length, "records", BOUND_MS);
    await waitFor(isQuiet, "no call and no channel is left", BOUND_MS);
    const records = await recordsOf(seen);
    expect([...records.keys()].sort()).toEqual(taken.map(({ from }) => from).sort());
    const wrong = taken.filter((call) => {
      const [record, ...more] = records.get(call.from) ?? [];
      const leg = seen.legsOf(call).find(isAnswered);
      const talkMs = (leg?.byeGotAt ?? 0) - (leg?.final?.at ?? 0);
      const differsMs = Math.abs((record?.billableMs ?? 0) - talkMs);
      return record?.disposition !== "answered" || more.length > 0 || differsMs > TALK_DIFFERS_MS;
    });
    expect(wrong).toEqual([]);
  });
}

describe("the leading allocator", () => {
  itHolds(() => processDies("allocator", leadingAllocator), false);
});

describe("the registry", () => {
  let unknown: number | null = null;
  itHolds(
    () => ({
      ...processDies("registry", () => single("registry")),
      during: async () => {
        unknown = await world.caller.call(NEVER_CALLED).failed(BOUND_MS);
      },
    }),
    false,
  );

  it("a number that no cache knows gets 503 meanwhile, and is connected afterwards", async () => {
    expect(unknown).toBe(503);
    const talk = await world.caller.call(NEVER_CALLED).answered(BOUND_MS);
    await talk.bye();
  });
});

describe("the collector", () => {
  itHolds(() => processDies("collector", () => single("collector")), false);
});

describe("PostgreSQL", () => {
  const database = (): Outage => ({
    name: "PostgreSQL",
    kill: world.cluster.killPostgres,
    start: world.cluster.startPostgres,
  });
  itHolds(database, false);
});

describe("nats-server", () => {
  itHolds(() => processDies("nats-server", async () => ({ child: world.cluster.nats })), true);
});

it("after all of it the edge holds no dialog and no transaction", async () => {
  const { id } = await single("edge");
  const left = async (name: string): Promise<number> => world.metric(id, `kakehashi_${name}`);
  const names = ["live_dialogs", "sip_server_transactions", "sip_client_transactions"];
  const all = async (): Promise<readonly number[]> => Promise.all(names.map(left));
  await expect.poll(all, { timeout: TRANSACTIONS_END_WITHIN_MS }).toEqual([0, 0, 0]);
});
