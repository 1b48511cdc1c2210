/** The collector's parts on a real nats-server and a real PostgreSQL: what is stored, and what is never lost. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import fc from "fast-check";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Postgres, startPostgres } from "../../../tools/cluster/postgres.ts";
import { type Database, openDatabase } from "../../lib/runtime/database.ts";
import { ensureStream } from "../../lib/runtime/jetstream.ts";
import { connectNats, type NatsLink } from "../../lib/runtime/nats.ts";
import { now } from "../../lib/runtime/system-clock.ts";
import type { CallRecord } from "../../lib/telephony/call-detail-record.ts";
import type { CallId } from "../../lib/telephony/ids.ts";
import { arbitraryRecord } from "../../lib/testkit/arbitraries.ts";
import { freePort } from "../../lib/testkit/free-port.ts";
import { type NatsServer, startNatsServer } from "../../lib/testkit/nats-server.ts";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import { encodeRecord } from "../../lib/wire/record-codec.ts";
import { RECORDS_STREAM, RECORDS_SUBJECT } from "../../lib/wire/subjects.ts";
import { contradictionIn } from "../src/core/accept.ts";
import type { SetAside, StoreRecords } from "../src/ports.ts";
import { RecordConsumer } from "../src/shell/consumer.ts";
import { createRater } from "../src/shell/rater.ts";
import { createReadings } from "../src/shell/readings.ts";
import { asideStore, recordStore } from "../src/shell/sink.ts";

const folder = mkdtempSync(join(tmpdir(), "kakehashi-collector-"));
chmodSync(folder, 0o755);
const place = { dataDir: join(folder, "data"), port: 0, durable: false };

let postgres: Postgres;
let database: Database;
let server: NatsServer;
let nats: NatsLink;
let consumers: RecordConsumer[] = [];
let counts = { stored: 0, replaced: 0, duplicate: 0, aside: 0 };
const trouble = new Map<string, string | null>();
const rating = { findRates: createRater(), now };

beforeAll(async () => {
  place.port = await freePort();
  postgres = await startPostgres(place);
  database = openDatabase({
    url: postgres.url,
    schema: "cdr_collector",
    migrations: new URL("../migrations", import.meta.url),
    application: "test",
    onFault: () => undefined,
  });
  const fault = await database.migrate();
  if (fault !== null) throw new Error(fault.problem);
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
  rmSync(postgres.dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  counts = { stored: 0, replaced: 0, duplicate: 0, aside: 0 };
  trouble.clear();
  await sql("truncate call_records, leg_records, undecodable_messages, charges, unrated");
  server = await startNatsServer();
  const result = await connectNats({ url: server.url, name: "test" });
  if (!result.ok) throw new Error(result.message);
  nats = result.nats;
  const stream = { name: RECORDS_STREAM, subjects: [RECORDS_SUBJECT], replicas: 1 };
  const made = await ensureStream(nats, stream);
  if (!made.ok) throw new Error(made.message);
});
afterEach(async () => {
  for (const consumer of consumers) await consumer.stop();
  consumers = [];
  await nats.connection.close();
  await server.stop();
});

async function sql(text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({
    connectionString: postgres.url,
    options: "-c search_path=cdr_collector",
  });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function start(
  store: StoreRecords = recordStore(database, rating),
  setAside: SetAside = asideStore(database),
): RecordConsumer {
  const consumer = new RecordConsumer({
    nats,
    storeRecords: store,
    setAside,
    onStored: (_records, { stored, replaced, duplicate }) => {
      counts.stored += stored;
      counts.replaced += replaced;
      counts.duplicate += duplicate;
    },
    onSetAside: () => {
      counts.aside += 1;
    },
    onTrouble: (where, problem) => trouble.set(where, problem),
  });
  consumer.start();
  consumers.push(consumer);
  return consumer;
}

const drained = (): Promise<unknown> =>
  waitFor(
    async () => {
      const info = await (await jetstreamManager(nats.connection)).streams.info(RECORDS_STREAM);
      return info.state.messages === 0;
    },
    "the stream is empty",
    15_000,
  );

const publish = async (data: Uint8Array): Promise<void> => {
  await jetstream(nats.connection).publish(RECORDS_SUBJECT, data);
};

const sound = arbitraryRecord.filter((record) => contradictionIn(record) === null);
const records = (n: number): readonly CallRecord[] =>
  fc.sample(sound, n).map((record, i) => ({ ...record, callId: `call-${i}` as CallId, epoch: 2 }));

/** What the database has, in the API's eyes, by call id. */
async function kept(): Promise<ReadonlyMap<string, CallRecord>> {
  const all = { companyId: null, from: null, until: null };
  const page = await createReadings(database).records(all, 1000, null);
  if (!("records" in page)) throw new Error(page.problem);
  return new Map(page.records.map((record) => [record.callId, record]));
}

describe("records", () => {
  it("are stored with their legs, once, whatever is repeated and in whatever order", async () => {
    const given = records(30);
    const repeated = [...given, ...given.toReversed(), ...given.slice(0, 10)];
    for (const record of repeated) await publish(encodeRecord(record));
    start();
    await drained();
    expect(await kept()).toEqual(new Map(given.map((record) => [record.callId, record])));
    expect(counts).toEqual({ stored: 30, replaced: 0, duplicate: 40, aside: 0 });
    const [legs] = await sql("select count(*)::int from leg_records");
    expect(legs?.["count"]).toBe(given.flatMap((record) => record.legs).length);
  });

  it("of a higher epoch replace, of a lower one are ignored, in every order", async () => {
    const [a, b] = records(2);
    for (const epoch of [2, 3, 1]) await publish(encodeRecord({ ...a!, epoch }));
    start();
    await drained();
    for (const epoch of [3, 1, 2]) await publish(encodeRecord({ ...b!, epoch }));
    await drained();
    expect((await kept()).get(a!.callId)).toEqual({ ...a!, epoch: 3 });
    expect((await kept()).get(b!.callId)).toEqual({ ...b!, epoch: 3 });
    expect(counts).toEqual({ stored: 2, replaced: 1, duplicate: 3, aside: 0 });
  });

  it("have columns that say the same as the message", async () => {
    const [record] = records(1);
    await publish(
      encodeRecord({
        ...record!,
        callerNumber: "a\0b",
        startedAt: 1_790_000_000_123,
        endedAt: 1_790_000_009_000,
      }),
    );
    start();
    await drained();
    const [row] = await sql("select * from call_records");
    expect(row).toMatchObject({
      call_id: record!.callId,
      caller_number: "a\u{fffd}b",
      disposition: record!.disposition,
      started_at: new Date(1_790_000_000_123),
    });
    expect((await kept()).get(record!.callId)?.callerNumber).toBe("a\0b");
  });

  it("are listed newest first, page by page, and by company and time", async () => {
    const companyId = records(1)[0]!.companyId ?? null;
    const given = records(25).map((record, i) => ({
      ...record,
      companyId: i % 2 === 0 ? companyId : record.companyId,
      startedAt: 1_790_000_000_000 + (i % 5),
      answeredAt: null,
      billableMs: 0,
      endedAt: 1_790_000_100_000,
      legs: [],
    }));
    for (const record of given) await publish(encodeRecord(record));
    start();
    await drained();
    const readings = createReadings(database);
    const selection = { companyId: null, from: 1_790_000_000_001, until: 1_790_000_000_004 };
    const seen: CallRecord[] = [];
    for (;;) {
      const page = await readings.records(selection, 4, seen.at(-1) ?? null);
      if (!("records" in page)) throw new Error(page.problem);
      expect(page.total).toBe(15);
      if (page.records.length === 0) break;
      seen.push(...page.records);
    }
    const expected = given
      .filter(({ startedAt }) => startedAt >= selection.from && startedAt < selection.until)
      .sort((a, b) => b.startedAt - a.startedAt || (a.callId < b.callId ? 1 : -1));
    expect(seen.map(({ callId }) => callId)).toEqual(expected.map(({ callId }) => callId));
  });
});

describe("messages that are no usable record", () => {
  it("are set aside with their fault, once, and do not hold up the others", async () => {
    const [good, twice] = records(2);
    const [leg] = fc
      .sample(
        sound.filter(({ legs }) => legs.some((each) => each.billable)),
        1,
      )[0]!
      .legs.filter((each) => each.billable);
    const contradictory = { ...twice!, legs: [{ ...leg!, answeredAt: null }] };
    await publish(new TextEncoder().encode("not protobuf at all"));
    await publish(encodeRecord(contradictory));
    await publish(encodeRecord(good!));
    start();
    await drained();
    expect([...(await kept()).keys()]).toEqual([good!.callId]);
    const found = await createReadings(database).undecodable(10);
    if (!("messages" in found)) throw new Error(found.problem);
    expect(found.total).toBe(2);
    expect(found.messages.map(({ fault }) => fault)[0]).toBe("legs[0]: billable without an answer");
    expect(Buffer.from(found.messages[1]!.data).toString()).toBe("not protobuf at all");
    expect(counts.aside).toBe(2);
  });

  it("a record of a moment that no clock says is set aside alone", async () => {
    const [before, odd, after] = records(3);
    await publish(encodeRecord(before!));
    await publish(encodeRecord({ ...odd!, startedAt: 9e15, endedAt: 9e15 }));
    await publish(encodeRecord(after!));
    start();
    await drained();
    expect((await kept()).size).toBe(2);
    const [aside] = await sql("select fault from undecodable_messages");
    expect(aside?.["fault"]).toMatch(/started_at_ms: 9000000000000000 is not within/);
  });

  it("a record whose data the database refuses is set aside alone", async () => {
    const given = records(5);
    const poison = {
      ...given[2]!,
      legs: [],
      revision: Number.MAX_SAFE_INTEGER,
      calledNumber: "poison",
    };
    await sql(
      "alter table call_records add constraint refuse_poison check (called_number <> 'poison')",
    );
    try {
      for (const record of [...given.slice(0, 2), poison, ...given.slice(3)])
        await publish(encodeRecord(record));
      start();
      await drained();
    } finally {
      await sql("alter table call_records drop constraint refuse_poison");
    }
    expect((await kept()).size).toBe(4);
    const [aside] = await sql("select fault from undecodable_messages");
    expect(aside?.["fault"]).toMatch(/refuse_poison/);
  });
});

describe("when something dies", () => {
  it("the database: records wait in the stream, and all are stored once when it is back", async () => {
    const given = records(60);
    const consumer = start();
    for (const record of given.slice(0, 20)) await publish(encodeRecord(record));
    await waitFor(() => counts.stored > 0, "some are stored");
    await postgres.stop();
    for (const record of given.slice(20)) await publish(encodeRecord(record));
    await waitFor(() => typeof trouble.get("database") === "string", "the loss is noticed");
    expect(await consumer.lag()).toBeGreaterThanOrEqual(40);
    postgres = await startPostgres(place);
    await drained();
    expect(await kept()).toEqual(new Map(given.map((record) => [record.callId, record])));
    expect(trouble.get("database")).toBeNull();
    expect(counts.aside).toBe(0);
  });

  it("the collector between commit and acknowledgement: the next one stores nothing twice", async () => {
    const given = records(20);
    for (const record of given) await publish(encodeRecord(record));
    const commitOnly: StoreRecords = async (batch) => {
      await recordStore(database, rating)(batch);
      return { kind: "store-fault", cause: "unavailable", problem: "the process dies here" };
    };
    const dying = start(commitOnly);
    await waitFor(async () => (await kept()).size === 20, "all are committed");
    await dying.stop();
    start();
    await drained();
    expect((await kept()).size).toBe(20);
    expect(counts).toEqual({ stored: 0, replaced: 0, duplicate: 20, aside: 0 });
  });

  it("nats-server: the consumer goes on after its return", async () => {
    const given = records(20);
    start();
    for (const record of given.slice(0, 10)) await publish(encodeRecord(record));
    await drained();
    await server.restart();
    await waitFor(() => nats.isConnected(), "connected again");
    for (const record of given.slice(10)) await publish(encodeRecord(record));
    await drained();
    expect((await kept()).size).toBe(20);
  });

  it("two collectors at once share the stream and store each record once", async () => {
    const given = records(200);
    start();
    start();
    await Promise.all(given.map((record) => publish(encodeRecord(record))));
    await drained();
    expect((await kept()).size).toBe(200);
    expect(counts).toEqual({ stored: 200, replaced: 0, duplicate: 0, aside: 0 });
  });
});
