import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRegistryClient, type RegistryClient } from "../../lib/registry-client/index.ts";
import { createLogger } from "../../lib/runtime/log.ts";
import { createMetrics, type Metrics } from "../../lib/runtime/metrics.ts";
import { contractAt } from "../../lib/telephony/contract.ts";
import { addDays, dateOf, startOfDate } from "../../lib/telephony/tokyo-time.ts";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import type { WatchResponse } from "../../lib/wire/tenant.ts";
import { ask, good, openStage, type RegistryProcess, type Stage } from "./registry-process.ts";
import { sampleCompany, sampleTrunk } from "./sample-company.ts";

const REP = "+815055550100" as never;
const UNKNOWN = "+815055559999" as never;
const EXTENSION = "1001" as never;

let stage: Stage;
/** The client's registry; tests kill it. `other` is a second replica that stays. */
let registry: RegistryProcess;
let other: RegistryProcess;
let client: RegistryClient;
let metrics: Metrics;

beforeAll(async () => {
  stage = await openStage();
  [registry, other] = await Promise.all([stage.startRegistry(), stage.startRegistry()]);
  await apply(sampleTrunk());
  await apply(sampleCompany("quiet", { number: "050-5555-0700" }));
});
afterAll(() => stage.close());
beforeEach(async () => {
  if (!registry.child.isRunning) await registry.child.start();
  await apply(sampleTrunk());
  await followed(await apply(sampleCompany("demo")));
  metrics = createMetrics({ service: "test", node: "test" });
  const log = createLogger({ service: "test", node: "test", level: "error" });
  const address = { host: "127.0.0.1", port: registry.port };
  client = createRegistryClient({ address, log, metrics });
  await waitFor(() => client.ready() === null, "the client is ready");
});
afterEach(() => client.close());

async function apply(document: string): Promise<number> {
  const method = other.client.apply.bind(other.client);
  const { faults, revision } = good(await ask(method, { document, dryRun: false }));
  expect(faults).toEqual([]);
  return revision;
}

/** Waits until the client's registry has told its watchers of a revision: nothing older comes later. */
const followed = (revision: number): Promise<boolean> =>
  waitFor(
    () =>
      new Promise<boolean>((resolve) => {
        const stream = registry.client.watch({ afterRevision: 0 });
        stream.on("error", () => resolve(false));
        stream.on("data", (first: WatchResponse) => {
          resolve(first.revision >= revision);
          stream.cancel();
        });
      }),
    `the registry follows revision ${revision}`,
  );

/** Sum of the samples of a metric whose labels hold all of `labels`. */
async function counted(name: string, ...labels: readonly string[]): Promise<number> {
  const { text } = await metrics.expose();
  return text
    .split("\n")
    .filter((line) => line.startsWith(`kakehashi_registry_${name}`))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

const fetches = (): Promise<number> => counted("lookups_total", 'outcome="fetched"');

async function extraChannels(): Promise<number | string> {
  const answer = await client.resolve({ kind: "number", number: REP });
  if (answer.kind !== "found") return answer.kind;
  return contractAt(answer.snapshot.contracts, Date.now())?.extraChannels ?? "nothing bought";
}

describe("in the steady state", () => {
  it("a known key is asked once, however often and by however many it is wanted (C1)", async () => {
    const wanted = Array.from({ length: 20 }, () =>
      client.resolve({ kind: "number", number: REP }),
    );
    expect((await Promise.all(wanted)).every(({ kind }) => kind === "found")).toBe(true);
    for (let n = 0; n < 20; n += 1) await client.resolve({ kind: "number", number: REP });
    expect(await fetches()).toBe(1);
  });

  it("answers every kind of question", async () => {
    expect(await client.owner(REP)).toEqual({
      kind: "found",
      owner: { companyId: "demo", trunkId: "carrier" },
    });
    expect(await client.credential("Demo.Example", EXTENSION)).toMatchObject({
      kind: "found",
      credential: { companyId: "demo", ha1Md5: expect.stringMatching(/^[0-9a-f]{32}$/) },
    });
    const key = { kind: "extension", companyId: "demo", extension: "2000" } as never;
    expect(await client.resolve(key)).toMatchObject({ kind: "found", snapshot: { entry: null } });
    expect(await client.owner(UNKNOWN)).toEqual({ kind: "unknown" });
    expect(await client.credential("nowhere.example", EXTENSION)).toEqual({ kind: "unknown" });
  });

  it("knows all trunks by source address, and hears of new ones", async () => {
    expect(client.bySource("192.0.2.1")).toMatchObject({ id: "carrier", channels: 30 });
    expect(client.bySource("192.0.2.2")).toBeNull();
    await apply(sampleTrunk("second", "192.0.2.2"));
    await waitFor(() => client.bySource("192.0.2.2") !== null, "the new trunk");
    expect(client.trunks().map(({ id }) => id)).toEqual(["carrier", "second"]);
    await apply(sampleTrunk("second", "192.0.2.3"));
    await waitFor(() => client.bySource("192.0.2.3") !== null, "the new address");
    expect(client.bySource("192.0.2.2")).toBeNull();
  });
});

describe("a change", () => {
  it("of a company, and of a trunk, reaches what was remembered", async () => {
    expect(await extraChannels()).toBe(2);
    await apply(sampleCompany("demo", { channels: 7 }));
    await waitFor(async () => (await extraChannels()) === 7, "the new contract");
    await apply(sampleTrunk("carrier", "192.0.2.1", 99));
    await waitFor(async () => {
      const answer = await client.resolve({ kind: "number", number: REP });
      return answer.kind === "found" && answer.snapshot.trunks[0]?.channels === 99;
    }, "the new capacity");
  });

  it("of one company leaves the answers of another alone", async () => {
    await extraChannels();
    const quiet = { kind: "number", number: "+815055550700" } as never;
    await waitFor(async () => (await client.resolve(quiet)).kind === "found", "the quiet company");
    const before = await fetches();
    await apply(sampleCompany("demo", { channels: 8 }));
    await waitFor(async () => (await extraChannels()) === 8, "the change");
    await client.resolve(quiet);
    expect(await fetches()).toBe(before + 1);
  });

  it("dated for tomorrow holds from Tokyo's midnight on, in what is remembered, without any event", async () => {
    const channelsAt = async (at: number): Promise<number | null> => {
      const answer = await client.resolve({ kind: "number", number: REP });
      if (answer.kind !== "found") throw new Error(answer.kind);
      return contractAt(answer.snapshot.contracts, at)?.extraChannels ?? null;
    };
    const tomorrow = addDays(dateOf(Date.now()), 1);
    const midnight = startOfDate(tomorrow);
    expect(await channelsAt(midnight)).toBe(2);
    const both = "terminalForwarding: true, representativeForwarding: true";
    const dated = sampleCompany("demo").replace(
      /contract: .*/,
      `contract: [{ ${both}, extraChannels: 2, until: ${tomorrow} },
                  { ${both}, extraChannels: 9, from: ${tomorrow} }]`,
    );
    await followed(await apply(dated));
    await waitFor(async () => (await channelsAt(midnight)) === 9, "tomorrow's term");
    const before = await fetches();
    expect(await channelsAt(midnight - 1)).toBe(2);
    expect(await channelsAt(midnight)).toBe(9);
    expect(await fetches()).toBe(before);
  });

  it("A19, A22: a destination that becomes a number of the service is on net, and no more when it goes", async () => {
    const seen = async (): Promise<unknown> => {
      const answer = await client.resolve({ kind: "number", number: REP });
      return answer.kind === "found" ? answer.snapshot.destinations : answer.kind;
    };
    const destination = { number: "+815055550750", class: "ip-phone" };
    await followed(await apply(sampleCompany("demo", { outside: "050-5555-0750" })));
    const outside = [{ ...destination, onNet: false }];
    await waitFor(async () => JSON.stringify(await seen()) === JSON.stringify(outside), "outside");
    const quiet = { kind: "number", number: "+815055550700" } as never;
    await client.resolve(quiet);
    const before = await fetches();
    await apply(sampleCompany("neighbour", { number: "050-5555-0750" }));
    const onNet = [{ ...destination, onNet: true }];
    await waitFor(async () => JSON.stringify(await seen()) === JSON.stringify(onNet), "on net");
    await client.resolve(quiet);
    expect(await fetches()).toBe(before + 1);
    good(await ask(other.client.deleteCompany.bind(other.client), { id: "neighbour" }));
    await waitFor(async () => JSON.stringify(await seen()) === JSON.stringify(outside), "outside");
  });

  it("makes an unknown number known", async () => {
    const number = "+815055550800" as never;
    expect(await client.owner(number)).toEqual({ kind: "unknown" });
    await apply(sampleCompany("new", { number: "050-5555-0800" }));
    await waitFor(async () => (await client.owner(number)).kind === "found", "the new number");
  });
});

describe("without the registry", () => {
  it("what is known is answered, what is not is unreachable, and the silence is measured", async () => {
    await extraChannels();
    await client.owner(REP);
    await client.credential("demo.example", EXTENSION);
    await registry.child.kill();
    expect(await extraChannels()).toBe(2);
    expect((await client.owner(REP)).kind).toBe("found");
    expect((await client.credential("demo.example", EXTENSION)).kind).toBe("found");
    expect(await client.owner(UNKNOWN)).toEqual({ kind: "unreachable" });
    expect(client.bySource("192.0.2.1")).toMatchObject({ id: "carrier" });
    expect(client.ready()).toBeNull();
    await waitFor(async () => (await counted("silent_seconds")) > 0.2, "silence");
  });

  it("a change made meanwhile is caught up with, and old answers are given until then", async () => {
    expect(await extraChannels()).toBe(2);
    await registry.child.kill();
    await apply(sampleCompany("demo", { channels: 9 }));
    expect(await extraChannels()).toBe(2);
    await registry.child.start();
    await waitFor(async () => (await extraChannels()) === 9, "the change made meanwhile");
  });

  it("one that hangs costs at most a question's deadline (C2)", async () => {
    await extraChannels();
    registry.child.signal("SIGSTOP");
    const before = performance.now();
    expect(await client.owner(UNKNOWN)).toEqual({ kind: "unreachable" });
    expect(performance.now() - before).toBeLessThan(3000);
    expect(await extraChannels()).toBe(2);
    registry.child.signal("SIGCONT");
    await waitFor(async () => (await client.owner(UNKNOWN)).kind === "unknown", "it answers again");
  });
});

it("without the registry's database, known keys are answered and unknown ones are unreachable", async () => {
  await extraChannels();
  await stage.stopPostgres();
  expect(await extraChannels()).toBe(2);
  expect(await client.owner(UNKNOWN)).toEqual({ kind: "unreachable" });
  await stage.startPostgres();
  await waitFor(async () => (await client.owner(UNKNOWN)).kind === "unknown", "it answers again");
});
