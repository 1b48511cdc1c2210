/** Rating on a real nats-server and a real PostgreSQL: what is booked, once, and what an invoice reads. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import fc from "fast-check";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Postgres, startPostgres } from "../../../tools/cluster/postgres.ts";
import { type Database, isStoreFault, openDatabase } from "../../lib/runtime/database.ts";
import { ensureStream } from "../../lib/runtime/jetstream.ts";
import { connectNats } from "../../lib/runtime/nats.ts";
import type { CallRecord } from "../../lib/telephony/call-detail-record.ts";
import type { CallId, CompanyId } from "../../lib/telephony/ids.ts";
import { addMonths, type CivilDate, type CivilMonth } from "../../lib/telephony/tokyo-time.ts";
import { startNatsServer } from "../../lib/testkit/nats-server.ts";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import { encodeRecord } from "../../lib/wire/record-codec.ts";
import { RECORDS_STREAM, RECORDS_SUBJECT } from "../../lib/wire/subjects.ts";
import { invoiceMonthOf, isAdjustment } from "../src/core/rating/billing-month.ts";
import type { Stored, StoreRecords } from "../src/ports.ts";
import { ledgerOf } from "../src/shell/booking.ts";
import { RecordConsumer } from "../src/shell/consumer.ts";
import { callTotals, unratedCount } from "../src/shell/ledger-readings.ts";
import { importDeck } from "../src/shell/rate-decks.ts";
import { readRateFile } from "../src/shell/rate-file.ts";
import { createRater } from "../src/shell/rater.ts";
import { rerate } from "../src/shell/rerate.ts";
import { asideStore, recordStore } from "../src/shell/sink.ts";
import { listUnrated } from "../src/shell/unrated.ts";
import { billedRecord, OCTOBER, rateCsv, soundRates } from "./billed-records.ts";

const DAY_MS = 86_400_000;
const MIGRATIONS = new URL("../migrations", import.meta.url);
const ALL = { companyId: null, from: null, until: null };

const folder = mkdtempSync(join(tmpdir(), "kakehashi-rating-"));
chmodSync(folder, 0o755);

let postgres: Postgres;
let database: Database;
let clock = OCTOBER;
const rating = { findRates: createRater(), now: () => clock };

const open = (): Database =>
  openDatabase({
    url: postgres.url,
    schema: "cdr_collector",
    migrations: MIGRATIONS,
    application: "test",
    onFault: () => undefined,
  });

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: join(folder, "data"), port: 0, durable: false });
  database = open();
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
  clock = OCTOBER + DAY_MS;
  await sql(
    `truncate call_records, leg_records, undecodable_messages, charges, unrated, rates, rate_decks
     cascade`,
  );
});

async function sql(
  text: string,
  schema = "cdr_collector",
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({
    connectionString: postgres.url,
    options: `-c search_path=${schema}`,
  });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const sound = <T>(result: T): Exclude<T, { readonly kind: "store-fault" }> => {
  if (isStoreFault(result)) throw new Error(result.problem);
  return result as Exclude<T, { readonly kind: "store-fault" }>;
};

async function store(...records: readonly CallRecord[]): Promise<Stored> {
  const received = records.map((record) => ({ record, message: encodeRecord(record) }));
  return sound(await recordStore(database, rating)(received)) as Stored;
}

const importRates = (mobileYen: number, validFrom = "2026-10-01", plan = "standard") =>
  importDeck(
    database,
    {
      plan,
      validFrom: validFrom as CivilDate,
      rates: soundRates(readRateFile(rateCsv(mobileYen))),
    },
    { at: clock, write: true },
  ).then(sound);

const ledger = async (callId: string) =>
  sound(await database.run((query) => ledgerOf(query, [callId as CallId])));

/** Number of legs, of differences, and charges as they were and as they should be. */
async function rerated(write: boolean, selection: Parameters<typeof rerate>[1] = ALL) {
  const sums = { legs: 0, different: 0, entries: 0 };
  for await (const step of rerate({ database, ...rating }, selection, write)) {
    const { legs, assessed } = sound(step) as Exclude<typeof step, { kind: "store-fault" }>;
    sums.legs += legs.length;
    sums.different += assessed.filter(({ added }) => added.length > 0).length;
    sums.entries += assessed.flatMap(({ added }) => added).length;
  }
  return sums;
}

const unrated = async () => sound(await listUnrated(database, null, 100));

describe("storing", () => {
  it("R14, 5.1: a record is charged when it is stored, by the class of its destination", async () => {
    await importRates(16);
    const stored = await store(
      billedRecord({ callId: "mobile" }),
      billedRecord({ callId: "landline", destination: "+81311112222", class: "landline" }),
      billedRecord({ callId: "ip", destination: "+815022223333", class: "ip-phone" }),
      billedRecord({ callId: "lost", billable: false }),
    );
    expect(stored.booked.map(({ callId, yen }) => [callId, yen])).toEqual([
      ["mobile", 32],
      ["landline", 8],
      ["ip", 10],
    ]);
    expect(await ledger("mobile")).toEqual(
      stored.booked.slice(0, 1).map((entry) => ({ ...entry, bookedAt: clock })),
    );
  });

  it("A22: a call to a number of the service is booked at 0 and counted", async () => {
    await importRates(16);
    await store(billedRecord({ onNet: true }));
    expect(await ledger("call-1")).toMatchObject([{ calls: 1, billedS: 61, yen: 0, onNet: true }]);
  });

  it("5.1: the deck of the answer is used, not the deck of the storing", async () => {
    await importRates(16);
    await importRates(20, "2026-11-01");
    clock = OCTOBER + 40 * DAY_MS;
    await store(
      billedRecord({
        callId: "before",
        answeredAt: Temporal.Instant.from("2026-10-31T14:59:59Z").epochMilliseconds,
      }),
      billedRecord({
        callId: "after",
        answeredAt: Temporal.Instant.from("2026-10-31T15:00:00Z").epochMilliseconds,
      }),
    );
    expect(await ledger("before")).toMatchObject([{ yen: 32 }]);
    expect(await ledger("after")).toMatchObject([{ yen: 40 }]);
  });

  it("a deck that another collector imports is used from the next batch on", async () => {
    await importRates(16);
    await store(billedRecord({ callId: "old" }));
    const other = open();
    const rates = soundRates(readRateFile(rateCsv(20)));
    const deck = { plan: "standard", validFrom: "2026-10-01" as CivilDate, rates };
    expect(await importDeck(other, deck, { at: clock, write: true })).toMatchObject({ version: 2 });
    expect(await importDeck(other, deck, { at: clock, write: true })).toEqual({
      version: 2,
      unchanged: true,
    });
    await other.close();
    await store(billedRecord({ callId: "new" }));
    expect((await ledger("old")).map(({ yen }) => yen)).toEqual([32]);
    expect((await ledger("new")).map(({ yen }) => yen)).toEqual([40]);
  });

  it("5.4: a record of a higher epoch books the difference, in every order of epochs", async () => {
    await importRates(16);
    const versions = [
      billedRecord({ epoch: 1, talkMs: 30_000 }),
      billedRecord({ epoch: 2, billable: false }),
      billedRecord({ epoch: 3, talkMs: 181_000, source: "+815011110001" }),
    ];
    const orders = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [0, 2, 1],
    ] as const;
    for (const [n, order] of orders.entries()) {
      const callId = `order-${n}` as CallId;
      for (const index of order) await store({ ...versions[index]!, callId });
      const entries = await ledger(callId);
      const sum = (of: "calls" | "billedS" | "yen") =>
        entries.reduce((total, entry) => total + entry[of], 0);
      expect([sum("calls"), sum("billedS"), sum("yen")]).toEqual([1, 181, 64]);
    }
    expect((await ledger("order-0")).map(({ yen, reason }) => [yen, reason])).toEqual([
      [16, "rated"],
      [-16, "record-replaced"],
      [64, "record-replaced"],
    ]);
  });

  it("a record whose charge is refused is not stored either", async () => {
    await importRates(16);
    await sql("alter table charges add constraint refuse_dear check (yen < 1000)");
    try {
      const record = billedRecord({ talkMs: 10_000_000 });
      const received = { record, message: encodeRecord(record) };
      expect(await recordStore(database, rating)([received])).toMatchObject({ cause: "refused" });
      expect(await sql("select * from call_records")).toEqual([]);
    } finally {
      await sql("alter table charges drop constraint refuse_dear");
    }
  });

  it("the database itself refuses to change what is booked, and the decks it was booked by", async () => {
    await importRates(16);
    await store(billedRecord({}));
    for (const change of [
      "update charges set yen = 0",
      "delete from charges",
      "update rates set unit_yen = 0",
      "delete from rate_decks",
    ]) {
      await expect(sql(change)).rejects.toThrow(/is only ever added to/);
    }
  });
});

describe("re-rating", () => {
  it("a leg without rates waits unrated, and is charged when a deck has come; then nothing differs", async () => {
    expect(await store(billedRecord({}))).toMatchObject({ booked: [], unrated: 1 });
    expect(await unrated()).toMatchObject({
      total: 1,
      legs: [{ callId: "call-1", reason: "no rates of plan standard are valid on 2026-10-05" }],
    });
    await importRates(16);
    expect(await rerated(false)).toEqual({ legs: 1, different: 1, entries: 1 });
    expect(await ledger("call-1")).toEqual([]);
    expect(await rerated(true)).toEqual({ legs: 1, different: 1, entries: 1 });
    expect(await ledger("call-1")).toMatchObject([{ yen: 32, reason: "rated" }]);
    expect((await unrated()).total).toBe(0);
    expect(await rerated(true)).toEqual({ legs: 1, different: 0, entries: 0 });
  });

  it("a corrected deck books the differences, of the selected company and days only", async () => {
    await importRates(16);
    await store(
      billedRecord({ callId: "mine" }),
      billedRecord({ callId: "later", answeredAt: OCTOBER + DAY_MS }),
      billedRecord({ callId: "theirs", companyId: "company-2" }),
    );
    await importRates(15);
    const companyId = "company-1" as CompanyId;
    const selection = { companyId, from: null, until: OCTOBER + DAY_MS };
    expect(await rerated(true, selection)).toEqual({ legs: 1, different: 1, entries: 1 });
    expect(await ledger("mine")).toMatchObject([{ yen: 32 }, { yen: -2, reason: "re-rated" }]);
    expect(await rerated(true)).toEqual({ legs: 3, different: 2, entries: 2 });
    expect(await rerated(true)).toEqual({ legs: 3, different: 0, entries: 0 });
  });

  it("goes through more legs than a page holds, each once", async () => {
    const calls = Array.from({ length: 1203 }, (_, n) =>
      billedRecord({
        callId: `call-${n}`,
        companyId: `company-${n % 3}`,
        answeredAt: OCTOBER + (n % 7),
      }),
    );
    await store(...calls);
    await importRates(16);
    expect(await rerated(true)).toEqual({ legs: 1203, different: 1203, entries: 1203 });
    expect(await sql("select count(*)::int as n, sum(yen)::int as yen from charges")).toEqual([
      { n: 1203, yen: 1203 * 32 },
    ]);
  });

  it("while records arrive and are replaced, nothing is lost or booked twice", async () => {
    await importRates(16);
    const last = new Map<string, number>();
    const storing = async (worker: number): Promise<void> => {
      for (let round = 0; round < 12; round += 1) {
        const records = Array.from({ length: 20 }, (_, n) => {
          const talkMs = (1 + ((round * 7 + n + worker) % 5)) * 60_000;
          const callId = `call-${n}`;
          const epoch = 1 + round * 2 + worker;
          if (epoch === 24) last.set(callId, talkMs);
          return billedRecord({ callId, epoch, talkMs });
        });
        await store(...records);
      }
    };
    const rerating = async (): Promise<void> => {
      for (const yen of [17, 18, 19, 20, 21]) {
        await importRates(yen);
        await rerated(true);
      }
    };
    await Promise.all([storing(0), storing(1), rerating(), rerating()]);
    await rerated(true);
    expect(await rerated(false)).toEqual({ legs: 20, different: 0, entries: 0 });
    const sums = await sql("select call_id, sum(yen)::int as yen from charges group by call_id");
    const [deck] = await sql(
      `select unit_yen::int as yen from rates join rate_decks on version = deck_version
       where class = 'mobile' order by version desc limit 1`,
    );
    const yen = Number(deck?.["yen"]);
    for (const { call_id, yen: sum } of sums) {
      expect(sum).toBe((last.get(String(call_id))! / 60_000) * yen);
    }
    expect(sums).toHaveLength(20);
  });
});

describe("an invoice's reading of the ledger", () => {
  it("5.2: every entry is on the invoice that the pure rule names, summed by number and class", async () => {
    await importRates(16, "2026-01-01");
    const random = fc.sample(
      fc.record({
        daysIn: fc.integer({ min: 0, max: 120 }),
        late: fc.constantFrom(0, 1, 20, 35, 70),
        talkMs: fc.nat(400_000),
        class: fc.constantFrom("mobile" as const, "landline" as const),
        onNet: fc.boolean(),
        source: fc.constantFrom("+815011110000", "+815011110001"),
        companyId: fc.constantFrom("company-1", "company-2"),
      }),
      300,
    );
    const byLate = Map.groupBy(random.entries(), ([, { daysIn, late }]) => daysIn + late);
    for (const [day, calls] of byLate) {
      clock = OCTOBER + day * DAY_MS;
      const records = calls.map(([n, { daysIn, late: _, ...call }]) =>
        billedRecord({ ...call, callId: `call-${n}`, answeredAt: OCTOBER + daysIn * DAY_MS }),
      );
      await store(...records);
    }
    await importRates(19, "2026-01-01");
    clock = OCTOBER + 60 * DAY_MS;
    await rerated(true);

    const ids = random.map((_, n) => `call-${n}` as CallId);
    const entries = sound(await database.run((query) => ledgerOf(query, ids)));
    expect(entries.length).toBeGreaterThan(300);
    for (const closeDay of [1, 3, 28]) {
      for (const companyId of ["company-1", "company-2"] as CompanyId[]) {
        let total = 0;
        for (let n = 0; n < 9; n += 1) {
          const invoiceMonth = addMonths("2026-10" as CivilMonth, n);
          const own = entries.filter(
            (entry) =>
              entry.companyId === companyId && invoiceMonthOf(entry, closeDay) === invoiceMonth,
          );
          const sums = sound(
            await database.run((query) => callTotals(query, { companyId, invoiceMonth, closeDay })),
          );
          const late = own.filter((entry) => isAdjustment(entry, closeDay));
          const yenOf = (of: readonly { readonly yen: number }[]): number =>
            of.reduce((sum, { yen }) => sum + yen, 0);
          expect(yenOf(sums)).toBe(yenOf(own));
          expect(yenOf(sums.filter((each) => each.isAdjustment))).toBe(yenOf(late));
          expect(sums.reduce((sum, { calls }) => sum + calls, 0)).toBe(
            own.reduce((sum, { calls }) => sum + calls, 0),
          );
          total += yenOf(sums);
        }
        const owned = entries.filter((entry) => entry.companyId === companyId);
        expect(total).toBe(owned.reduce((sum, { yen }) => sum + yen, 0));
      }
    }
  });

  it("5.2: a re-rating after the close stands on the next invoice, under the month of the answer", async () => {
    await importRates(16);
    await store(billedRecord({}));
    clock = OCTOBER + 40 * DAY_MS;
    await importRates(15);
    await rerated(true);
    const selection = { companyId: "company-1" as CompanyId, closeDay: 3 };
    const of = async (invoiceMonth: string) =>
      sound(
        await database.run((query) =>
          callTotals(query, { ...selection, invoiceMonth: invoiceMonth as CivilMonth }),
        ),
      );
    expect(await of("2026-11")).toEqual([
      {
        answeredMonth: "2026-10",
        sourceNumber: "+815011110000",
        sourceClass: "standard",
        destinationClass: "mobile",
        onNet: false,
        isAdjustment: false,
        calls: 1,
        billedS: 61,
        yen: 32,
      },
    ]);
    expect(await of("2026-12")).toMatchObject([
      { answeredMonth: "2026-10", isAdjustment: true, calls: 0, billedS: 0, yen: -2 },
    ]);
  });

  it("unrated legs count against the invoice on which they would have been", async () => {
    await store(billedRecord({ callId: "in-time" }));
    clock = OCTOBER + 40 * DAY_MS;
    await store(billedRecord({ callId: "late" }));
    await store(
      billedRecord({ callId: "again", epoch: 1 }),
      billedRecord({ callId: "again", epoch: 2 }),
    );
    const count = async (invoiceMonth: string) =>
      sound(
        await database.run((query) =>
          unratedCount(query, {
            companyId: "company-1" as CompanyId,
            invoiceMonth: invoiceMonth as CivilMonth,
            closeDay: 3,
          }),
        ),
      );
    expect([await count("2026-10"), await count("2026-11")]).toEqual([0, 1]);
    expect([await count("2026-12"), await count("2027-01")]).toEqual([2, 0]);
  });
});

describe("from the stream", () => {
  let stop: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const each of stop.toReversed()) await each();
    stop = [];
  });

  it("a collector that dies between commit and acknowledgement leaves nothing to be booked twice", async () => {
    await importRates(16);
    const server = await startNatsServer();
    stop.push(() => server.stop());
    const connected = await connectNats({ url: server.url, name: "test" });
    if (!connected.ok) throw new Error(connected.message);
    const { nats } = connected;
    stop.push(() => nats.connection.close());
    await ensureStream(nats, { name: RECORDS_STREAM, subjects: [RECORDS_SUBJECT], replicas: 1 });
    for (let n = 0; n < 50; n += 1) {
      const record = billedRecord({ callId: `call-${n}` });
      await jetstream(nats.connection).publish(RECORDS_SUBJECT, encodeRecord(record));
    }
    const consume = (storeRecords: StoreRecords): RecordConsumer => {
      const quiet = (): void => undefined;
      const consumer = new RecordConsumer({
        nats,
        storeRecords,
        setAside: asideStore(database),
        onStored: quiet,
        onSetAside: quiet,
        onTrouble: quiet,
      });
      consumer.start();
      return consumer;
    };
    const dying = consume(async (batch) => {
      await recordStore(database, rating)(batch);
      return { kind: "store-fault", cause: "unavailable", problem: "the process dies here" };
    });
    const charges = async () => (await sql("select count(*)::int as n from charges"))[0]?.["n"];
    await waitFor(async () => (await charges()) === 50, "all are booked");
    await dying.stop();
    const second = consume(recordStore(database, rating));
    stop.push(() => second.stop());
    const left = async () =>
      (await (await jetstreamManager(nats.connection)).streams.info(RECORDS_STREAM)).state.messages;
    await waitFor(async () => (await left()) === 0, "the stream is empty", 15_000);
    expect(await charges()).toBe(50);
    expect(await sql("select * from undecodable_messages")).toEqual([]);
  });
});

it("records from before rating are kept, and their billable legs stand unrated", async () => {
  const schema = "older";
  const migrate = (count: number): Promise<unknown> =>
    runner({
      databaseUrl: postgres.url,
      dir: fileURLToPath(MIGRATIONS),
      migrationsTable: "migrations",
      schema,
      createSchema: true,
      direction: "up",
      count,
      log: () => undefined,
    });
  await migrate(1);
  await sql(
    `insert into call_records
     select 'call-1', 1, 1, 'company-1', 1, '', null, null, '', false, '', 'relay', 'external', t, t, t, t,
       0, 0, 'answered', 'caller', 'none', 200, 16, 'edge-1', 'controller-1', '' from now() as t;
     insert into leg_records
     select 'call-1', 'b1', null, 1, 'outside', '+819011112222', '+815011110000', 'standard', 'D4', 'trunk-1',
       t, t, t, t, 1000, 200, 16, 'answered', 1000, true, '' from now() as t`,
    schema,
  );
  await migrate(Number.POSITIVE_INFINITY);
  expect(
    await sql("select company_id, on_net, destination_class from leg_records", schema),
  ).toEqual([{ company_id: "company-1", on_net: false, destination_class: null }]);
  expect(await sql("select call_id, company_id, reason from unrated", schema)).toEqual([
    {
      call_id: "call-1",
      company_id: "company-1",
      reason: "the record does not say the class of the destination",
    },
  ]);
});
