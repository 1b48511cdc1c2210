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
import { RecordServiceClient } from "../../lib/wire/cdr.ts";
import { encodeRecord, recordToWire } from "../../lib/wire/record-codec.ts";
import { RECORDS_STREAM, RECORDS_SUBJECT } from "../../lib/wire/subjects.ts";
import { contradictionIn } from "../src/core/accept.ts";

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
let clients: RecordServiceClient[] = [];

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

it("kill -9 in mid-stream loses nothing and stores nothing twice", async () => {
  const given = records("killed", 1500);
  const first = await startCollector();
  const publishing = publish(given);
  await waitFor(async () => (await total()) > 0, "the first has stored some");
  first.kill("SIGKILL");
  await ended(first);
  await publishing;
  expect(await messagesLeft()).toBeGreaterThan(0);
  await startCollector();
  await waitFor(async () => (await messagesLeft()) === 0, "the second has stored the rest", 45_000);
  expect(await total()).toBe(given.length);
}, 90_000);

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
  expect(metrics).toMatch(/kakehashi_database_up\{[^}]*\} 1\n/);

  collector.kill("SIGTERM");
  expect(await ended(collector)).toBe(0);
});
