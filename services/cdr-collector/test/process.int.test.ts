/** The whole process, as it is run: killed in mid-stream, drained, asked over gRPC. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type Postgres, startPostgres } from "../../../tools/cluster/postgres.ts";
import { callUnary, insecureCredentials } from "../../lib/runtime/grpc.ts";
import { ensureStream } from "../../lib/runtime/jetstream.ts";
import { connectNats, type NatsLink, traceHeaders } from "../../lib/runtime/nats.ts";
import type { CallRecord } from "../../lib/telephony/call-detail-record.ts";
import type { CallId } from "../../lib/telephony/ids.ts";
import { arbitraryRecord } from "../../lib/testkit/arbitraries.ts";
import { freePort } from "../../lib/testkit/free-port.ts";
import { type NatsServer, startNatsServer } from "../../lib/testkit/nats-server.ts";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import { BillingServiceClient, type RerateResponse } from "../../lib/wire/billing.ts";
import { RecordServiceClient } from "../../lib/wire/cdr.ts";
import { encodeRecord, recordToWire } from "../../lib/wire/record-codec.ts";
import { RECORDS_STREAM, RECORDS_SUBJECT } from "../../lib/wire/subjects.ts";
import { contradictionIn } from "../src/core/accept.ts";
import { billedRecord, OCTOBER, rateCsv } from "./billed-records.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");
const TRACE = "0123456789abcdef0123456789abcdef";
const TRACEPARENT = `00-${TRACE}-0123456789abcdef-01`;
const DEADLINE = { deadlineMs: 5000 };

const folder = mkdtempSync(join(tmpdir(), "kakehashi-collector-"));
chmodSync(folder, 0o755);

let postgres: Postgres;
let server: NatsServer;
let nats: NatsLink;
let ports = { grpc: 0, http: 0 };
let children: ChildProcess[] = [];
let clients: (RecordServiceClient | BillingServiceClient)[] = [];

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: join(folder, "data"), port: 0, durable: false });
  server = await startNatsServer();
  const result = await connectNats({ url: server.url, name: "test" });
  if (!result.ok) throw new Error(result.message);
  nats = result.nats;
  const stream = { name: RECORDS_STREAM, subjects: [RECORDS_SUBJECT], replicas: 1 };
  await ensureStream(nats, stream);
  ports = { grpc: await freePort(), http: await freePort() };
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  for (const client of clients) client.close();
  children = [];
  clients = [];
});
afterAll(async () => {
  await nats.connection.close();
  await server.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
  rmSync(postgres.dataDir, { recursive: true, force: true });
});

const get = async (path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${ports.http}${path}`);

async function startCollector(): Promise<ChildProcess> {
  const env = {
    KK_NODE_ID: "collector-1",
    KK_NATS_URL: server.url,
    KK_DATABASE_URL: postgres.url,
    KK_GRPC_LISTEN: `127.0.0.1:${ports.grpc}`,
    KK_HTTP_PORT: String(ports.http),
    KK_REGISTRY_ADDRESS: "127.0.0.1:1",
    KK_LOG_LEVEL: "error",
  };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "inherit", "inherit"] });
  children.push(child);
  await waitFor(async () => (await get("/readyz")).ok, "the collector is ready", 20_000);
  return child;
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once("exit", (code) => resolve(code)));

function client(): RecordServiceClient {
  const made = new RecordServiceClient(`127.0.0.1:${ports.grpc}`, insecureCredentials());
  clients.push(made);
  return made;
}

function billing(): BillingServiceClient {
  const made = new BillingServiceClient(`127.0.0.1:${ports.grpc}`, insecureCredentials());
  clients.push(made);
  return made;
}

const sound = arbitraryRecord.filter((record) => contradictionIn(record) === null);
const records = (name: string, n: number): readonly CallRecord[] =>
  fc.sample(sound, n).map((record, i) => ({ ...record, callId: `${name}-${i}` as CallId }));

async function publish(given: readonly CallRecord[]): Promise<void> {
  const stream = jetstream(nats.connection);
  const headers = traceHeaders(TRACEPARENT);
  for (const record of given)
    await stream.publish(RECORDS_SUBJECT, encodeRecord(record), { headers });
}

const messagesLeft = async (): Promise<number> =>
  (await (await jetstreamManager(nats.connection)).streams.info(RECORDS_STREAM)).state.messages;

async function total(): Promise<number> {
  const of = client();
  const request = { companyId: "", fromMs: 0, untilMs: 0, limit: 1, pageToken: "" };
  const answer = await callUnary(of.listRecords.bind(of), request, DEADLINE);
  if (!answer.ok) throw new Error(answer.message);
  return answer.value.total;
}

/** Imports rates with this price of a mobile minute. */
async function importRates(mobileYen: number) {
  const of = billing();
  const csv = rateCsv(mobileYen);
  const request = { plan: "standard", validFrom: "2026-10-01", csv, dryRun: false };
  const answer = await callUnary(of.importRates.bind(of), request, DEADLINE);
  if (!answer.ok) throw new Error(answer.message);
  return answer.value;
}

/** All messages of a re-rating. */
async function rerate(companyId: string, write: boolean): Promise<readonly RerateResponse[]> {
  const stream = billing().rerate({ companyId, fromMs: 0, untilMs: 0, write });
  const messages: RerateResponse[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}

it("kill -9 in mid-stream loses nothing, stores and books nothing twice", async () => {
  const companyId = "killed";
  const given = Array.from({ length: 1500 }, (_, n) =>
    billedRecord({ callId: `killed-${n}`, companyId }),
  );
  const first = await startCollector();
  expect(await importRates(16)).toMatchObject({ version: 1, faults: [] });
  const publishing = publish(given);
  await waitFor(async () => (await total()) > 0, "the first has stored some");
  first.kill("SIGKILL");
  await ended(first);
  await publishing;
  expect(await messagesLeft()).toBeGreaterThan(0);
  await startCollector();
  await waitFor(async () => (await messagesLeft()) === 0, "the second has stored the rest", 45_000);
  expect(await total()).toBe(given.length);
  const shown = await rerate(companyId, false);
  const yen = given.length * 32;
  expect(shown).toEqual([
    {
      differences: [],
      summary: {
        legs: given.length,
        different: 0,
        chargedYen: yen,
        reratedYen: yen,
        unrated: 0,
        written: false,
      },
    },
  ]);
  await importRates(15);
  const changed = await rerate(companyId, false);
  expect(changed.flatMap(({ differences }) => differences)).toHaveLength(1000);
  expect(changed.at(-1)?.summary).toMatchObject({
    different: given.length,
    reratedYen: yen - 3000,
  });
}, 90_000);

it("imports, lists and quotes rates, shows what is unrated, and re-rates, over gRPC", async () => {
  await startCollector();
  const of = billing();
  const faulty = {
    plan: "standard",
    validFrom: "2026-10-01",
    csv: rateCsv(-1),
    dryRun: false,
  };
  const refused = await callUnary(of.importRates.bind(of), faulty, DEADLINE);
  expect(refused).toMatchObject({
    ok: true,
    value: { version: 0, faults: [{ line: 3, place: "unit_yen" }] },
  });
  const tried = { ...faulty, csv: rateCsv(20), dryRun: true };
  const dry = await callUnary(of.importRates.bind(of), tried, DEADLINE);
  expect(dry).toMatchObject({ ok: true, value: { version: 0, faults: [], unchanged: false } });
  const { version } = await importRates(20);
  expect(await importRates(20)).toMatchObject({ version, unchanged: true });
  const decks = await callUnary(of.listRateDecks.bind(of), { plan: "standard" }, DEADLINE);
  expect(decks).toMatchObject({ ok: true, value: { decks: expect.any(Array) } });
  const listed = decks.ok ? decks.value.decks : [];
  expect(listed[0]).toMatchObject({ version, validFrom: "2026-10-01", rates: expect.any(Array) });
  expect(listed[0]?.rates).toContainEqual({ class: "mobile", prefix: "", unitS: 60, unitYen: 20 });

  const asked = { number: "+819011112222", class: "mobile", onNet: false };
  const quotes = {
    plan: "standard",
    atMs: OCTOBER,
    destinations: [asked, { ...asked, onNet: true }, { ...asked, class: "international" }],
  };
  const quoted = await callUnary(of.quoteRates.bind(of), quotes, DEADLINE);
  expect(quoted).toMatchObject({
    ok: true,
    value: {
      quotes: [
        { rate: { class: "mobile", unitS: 60, unitYen: 20 }, deckVersion: version, unrated: "" },
        { rate: { class: "on-net", unitYen: 0 } },
        { rate: undefined, deckVersion: 0, unrated: expect.stringMatching(/^no rate for the/) },
      ],
    },
  });

  await publish([
    billedRecord({ callId: "priced", source: "+815011110009" }),
    billedRecord({ callId: "unpriced", plan: "gold" }),
  ]);
  await waitFor(async () => (await messagesLeft()) === 0, "they are stored");
  const list = { companyId: "company-1", limit: 0 };
  const waiting = await callUnary(of.listUnrated.bind(of), list, DEADLINE);
  expect(waiting).toMatchObject({ ok: true, value: { total: 1, legs: [{ callId: "unpriced" }] } });
  expect(await (await get("/metrics")).text()).toMatch(
    /kakehashi_charges_booked_total\{reason="rated",[^}]*\} 1\n/,
  );

  await importRates(14);
  const difference = {
    callId: "priced",
    leg: "b1",
    companyId: "company-1",
    answeredAtMs: OCTOBER,
    chargedYen: 40,
    reratedYen: 28,
    unrated: "",
  };
  const sums = { legs: 2, chargedYen: 40, reratedYen: 28, unrated: 1 };
  expect(await rerate("company-1", false)).toEqual([
    { differences: [difference], summary: undefined },
    { differences: [], summary: { ...sums, different: 1, written: false } },
  ]);
  expect((await rerate("company-1", true)).at(-1)?.summary).toEqual({
    ...sums,
    different: 1,
    written: true,
  });
  expect(await rerate("company-1", true)).toEqual([
    { differences: [], summary: { ...sums, chargedYen: 28, different: 0, written: true } },
  ]);

  const ofRecords = client();
  const found = await callUnary(
    ofRecords.getRecord.bind(ofRecords),
    { callId: "priced" },
    DEADLINE,
  );
  expect(found).toMatchObject({
    ok: true,
    value: {
      charges: [
        { entry: 1, amountYen: 40, units: 2, deckVersion: version, reason: "rated" },
        { entry: 2, amountYen: -12, units: 2, reason: "re-rated" },
      ],
    },
  });
}, 60_000);

it("refuses moments, plans and limits that nothing could have, naming the field", async () => {
  await startCollector();
  const of = billing();
  const ofRecords = client();
  const never = { companyId: "", fromMs: 0, untilMs: 9e15 };
  const asked = { number: "+819011112222", class: "mobile", onNet: false };
  const quote = { plan: "standard", atMs: 9e15, destinations: [asked] };
  const list = { ...never, limit: 0, pageToken: "" };
  const answers = await Promise.all([
    callUnary(of.quoteRates.bind(of), quote, DEADLINE),
    callUnary(of.listRateDecks.bind(of), { plan: "a\0b" }, DEADLINE),
    callUnary(of.listUnrated.bind(of), { companyId: "", limit: 1001 }, DEADLINE),
    callUnary(ofRecords.listRecords.bind(ofRecords), list, DEADLINE),
  ]);
  expect(answers.map((answer) => (answer.ok ? "" : `${answer.status} ${answer.message}`))).toEqual([
    "invalid-argument at_ms: milliseconds since 1970, of the years to 2199; or 0",
    "invalid-argument plan: 1 to 64 letters, digits, and . _ -",
    "invalid-argument limit: at most 1000",
    "invalid-argument from_ms, until_ms: milliseconds since 1970, of the years to 2199; or 0",
  ]);
  const stream = billing().rerate({ ...never, write: true });
  await expect(stream.toArray()).rejects.toThrow(/INVALID_ARGUMENT: from_ms, until_ms: /);
});

it("answers records, traces and refusals over gRPC, counts in /metrics, and drains on SIGTERM", async () => {
  const collector = await startCollector();
  const [record] = records("asked", 1);
  await publish([record!]);
  await waitFor(async () => (await messagesLeft()) === 0, "it is stored");
  const of = client();
  const found = await callUnary(of.getRecord.bind(of), { callId: record!.callId }, DEADLINE);
  expect(found).toMatchObject({ ok: true, value: { record: recordToWire(record!) } });

  const trace = await waitFor(async () => {
    const answer = await callUnary(of.getTrace.bind(of), { id: record!.callId }, DEADLINE);
    return answer.ok && answer.value;
  }, "its span is kept");
  expect(trace).toMatchObject({
    traceId: TRACE,
    spans: [{ name: "store record", parentSpanId: "0123456789abcdef", service: "cdr-collector" }],
  });

  const unknown = await callUnary(of.getRecord.bind(of), { callId: "nobody" }, DEADLINE);
  expect(unknown).toEqual({ ok: false, status: "not-found", message: "no record of call nobody" });
  const token = { companyId: "", fromMs: 0, untilMs: 0, limit: 0, pageToken: "garbage" };
  const refused = await callUnary(of.listRecords.bind(of), token, DEADLINE);
  expect(refused).toMatchObject({ ok: false, status: "invalid-argument" });

  const metrics = await (await get("/metrics")).text();
  expect(metrics).toMatch(/kakehashi_records_total\{outcome="stored",[^}]*\} 1\n/);
  expect(metrics).toMatch(/kakehashi_unrated_legs\{[^}]*\} /);
  expect(metrics).toMatch(/kakehashi_database_up\{[^}]*\} 1\n/);

  collector.kill("SIGTERM");
  expect(await ended(collector)).toBe(0);
});
