/** Prices and invoices over gRPC, on a real PostgreSQL and a server that answers for the registry. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Postgres, startPostgres } from "../../../tools/cluster/postgres.ts";
import { type Database, isStoreFault, openDatabase } from "../../lib/runtime/database.ts";
import {
  answered,
  callUnary,
  type GrpcServer,
  insecureCredentials,
  refused,
  serveGrpc,
  unary,
} from "../../lib/runtime/grpc.ts";
import type { BillingHistory, CountVersion } from "../../lib/telephony/billing-history.ts";
import type { E164 } from "../../lib/telephony/e164.ts";
import type { CompanyId } from "../../lib/telephony/ids.ts";
import type { CivilDate } from "../../lib/telephony/tokyo-time.ts";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import {
  BillingServiceClient,
  BillingServiceService,
  type InvoiceMessage,
  InvoiceSectionMessage,
} from "../../lib/wire/billing.ts";
import { billingHistoryToWire } from "../../lib/wire/billing-history-codec.ts";
import { encodeRecord } from "../../lib/wire/record-codec.ts";
import { type GetBillingHistoryRequest, TenantServiceService } from "../../lib/wire/tenant.ts";
import { invoiceHalf } from "../src/shell/invoice-grpc.ts";
import { createHistoryReader, type HistoryReader } from "../src/shell/invoice-history.ts";
import { importDeck } from "../src/shell/rate-decks.ts";
import { readRateFile } from "../src/shell/rate-file.ts";
import { createRater } from "../src/shell/rater.ts";
import { rerate } from "../src/shell/rerate.ts";
import { type Rating, recordStore } from "../src/shell/sink.ts";
import { type BilledCall, billedRecord, soundRates } from "./billed-records.ts";

const DEMO = new URL("../../../deploy/demo/", import.meta.url);
const PRICES = readFileSync(new URL("prices.sample.yaml", DEMO), "utf8");
const RATES = readFileSync(new URL("rates.sample.csv", DEMO), "utf8");
const REP = "+815055550100" as E164;
const DEADLINE = { deadlineMs: 10_000 };

/** A moment of Tokyo's clock. */
const at = (text: string): number => Date.parse(`${text}+09:00`);

const folder = mkdtempSync(join(tmpdir(), "kakehashi-invoice-"));
chmodSync(folder, 0o755);
let postgres: Postgres;
let database: Database;
let registry: GrpcServer;
let reader: HistoryReader;
let server: GrpcServer;
let client: BillingServiceClient;
let clock = 0;
const histories = new Map<string, BillingHistory>();
const rating = { findRates: createRater(), now: () => clock };

const listen = { host: "127.0.0.1", port: 0 };
async function serve(
  ...services: Parameters<typeof serveGrpc>[0]["services"]
): Promise<GrpcServer> {
  const result = await serveGrpc({ listen, services });
  if (!result.ok) throw new Error(result.message);
  return result.server;
}

const fail = (error: unknown): never => {
  throw error;
};

const serveRegistry = (): Promise<GrpcServer> =>
  serve({
    definition: TenantServiceService,
    implementation: {
      getBillingHistory: unary(({ companyId }: GetBillingHistoryRequest) => {
        const history = histories.get(companyId);
        return history === undefined
          ? refused("not-found", `no company ${companyId}`)
          : answered(billingHistoryToWire(history, 1));
      }, fail),
    },
  });

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: join(folder, "data"), port: 0, durable: false });
  database = openDatabase({
    url: postgres.url,
    schema: "cdr_collector",
    migrations: new URL("../migrations", import.meta.url),
    application: "test",
    onFault: () => undefined,
  });
  const fault = await database.migrate();
  if (fault !== null) throw new Error(fault.problem);
  registry = await serveRegistry();
  reader = createHistoryReader({ host: "127.0.0.1", port: registry.port });
  const parts = { database, readHistory: reader.read, now: () => clock, onFault: fail };
  server = await serve({ definition: BillingServiceService, implementation: invoiceHalf(parts) });
  client = new BillingServiceClient(server.address, insecureCredentials());
});
afterAll(async () => {
  client.close();
  reader.close();
  await server.close(1000);
  await registry.close(1000);
  await database.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
  rmSync(postgres.dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  histories.clear();
  clock = at("2026-10-20T00:01");
  await sql(
    `truncate invoices, price_files, call_records, leg_records, charges, unrated, rates, rate_decks
     cascade`,
  );
});

async function sql(text: string): Promise<readonly Record<string, unknown>[]> {
  const of = new pg.Client({
    connectionString: postgres.url,
    options: "-c search_path=cdr_collector",
  });
  await of.connect();
  try {
    return (await of.query(text)).rows;
  } finally {
    await of.end();
  }
}

const counts = (moment: string, users: number): CountVersion => ({
  at: at(moment),
  revision: at(moment),
  users,
  shared: [REP],
});

/** A company with both parts since 1 October, 10:00. */
function company(id: string, ...versions: readonly CountVersion[]): void {
  histories.set(id, {
    companyId: id as CompanyId,
    name: "かけはし商事",
    terms: [
      {
        term: {
          from: "2026-10-01" as CivilDate,
          until: null,
          terminalForwarding: true,
          representativeForwarding: true,
          extraChannels: 3,
          channelsPerNumber: 3,
          internationalForwarding: false,
          pricePlan: "standard",
          addOns: [{ number: REP, units: 1 }],
        },
        recordedAt: at("2026-10-01T10:00"),
        supersededAt: null,
        revision: 1,
      },
    ],
    counts: [counts("2026-10-01T10:00", 10), ...versions],
  });
}

const applyPrices = (document: string, dryRun = false) =>
  callUnary(client.applyPrices.bind(client), { document, dryRun }, DEADLINE);
const ask = (companyId: string, month: string) =>
  callUnary(client.getInvoice.bind(client), { companyId, month }, DEADLINE);
const issue = (companyId: string, month: string) =>
  callUnary(client.issueInvoice.bind(client), { companyId, month }, DEADLINE);

async function invoiceOf(answer: ReturnType<typeof ask>): Promise<InvoiceMessage> {
  const got = await answer;
  if (!got.ok) throw new Error(got.message);
  return got.value.invoice!;
}

/** 10 users at 100, one REP at 500, its add-on unit at 300. */
const MONTHLY = 10 * 100 + 500 + 300;

async function importRates(): Promise<void> {
  const rates = soundRates(readRateFile(RATES));
  const deck = { plan: "standard", validFrom: "2024-10-01" as CivilDate, rates };
  const result = await importDeck(database, deck, { at: clock, write: true });
  if (isStoreFault(result)) throw new Error(result.problem);
}

const record = (...calls: readonly Partial<BilledCall>[]): Promise<void> => store(rating, ...calls);

async function store(by: Rating, ...calls: readonly Partial<BilledCall>[]): Promise<void> {
  const received = calls.map((call) => {
    const made = billedRecord({ companyId: "demo", source: REP, ...call });
    return { record: made, message: encodeRecord(made) };
  });
  const result = await recordStore(database, by)(received);
  if (isStoreFault(result)) throw new Error(result.problem);
}

describe("prices", () => {
  it("are applied whole or not at all, each fault with its line", async () => {
    const faulty = PRICES.replace("percent: 10", "percent: ten").replace("tel:", "fax:");
    expect(await applyPrices(faulty)).toMatchObject({
      ok: true,
      value: {
        version: 0,
        faults: [
          { place: "seller.fax", line: 10 },
          { place: "seller.tel", line: 6, message: "is missing", messageJa: "書かれていません" },
          { place: "taxRates[0].percent", line: 22 },
        ],
      },
    });
    expect(await applyPrices(`${PRICES}# \0`)).toMatchObject({
      ok: true,
      value: { version: 0, faults: [{ line: 33, message: "has a NUL character" }] },
    });
    const broken = await applyPrices("seller: {");
    expect(broken).toMatchObject({ ok: true, value: { version: 0, faults: [{ line: 1 }] } });
    const none = await callUnary(client.getPrices.bind(client), {}, DEADLINE);
    expect(none).toMatchObject({ ok: false, status: "failed-precondition" });
  });

  it("R25: are kept version by version, as they were written; the same content is no new one", async () => {
    expect(await applyPrices(PRICES, true)).toMatchObject({ value: { version: 0, faults: [] } });
    expect(await applyPrices(PRICES)).toMatchObject({ value: { version: 1, unchanged: false } });
    const same = `# said again\n${PRICES}`;
    expect(await applyPrices(same)).toMatchObject({ value: { version: 1, unchanged: true } });
    const dearer = PRICES.replace("terminal: 100", "terminal: 120");
    expect(await applyPrices(dearer)).toMatchObject({ value: { version: 2, unchanged: false } });
    const newest = await callUnary(client.getPrices.bind(client), {}, DEADLINE);
    expect(newest).toMatchObject({ ok: true, value: { version: 2, document: dearer } });
    await expect(sql("update price_files set document = '' where version = 1")).rejects.toThrow(
      /price_files/,
    );
    expect(await sql("select document from price_files order by version")).toEqual([
      { document: PRICES },
      { document: dearer },
    ]);
  });
});

describe("an invoice", () => {
  it("R16, 5.2: is a draft at any time, with the flat fees of its month and the calls of the last", async () => {
    company("demo");
    await applyPrices(PRICES);
    await importRates();
    await record({ callId: "mobile", answeredAt: at("2026-10-31T23:59:59") });
    await record({ callId: "next", answeredAt: at("2026-11-01T00:00") });
    const draft = await invoiceOf(ask("demo", "2026-11"));
    expect(draft).toMatchObject({
      number: "",
      seller: { registrationNumber: "T9000000000000" },
      buyerName: "かけはし商事",
      issueDate: "2026-11-20",
      callsFrom: "2026-10-01",
      callsTo: "2026-10-31",
      netYen: MONTHLY + 32,
      taxYen: Math.floor((MONTHLY + 32) / 10),
      obstacles: [
        "it is made out on 2026-11-20: wait until 00:01 in Tokyo",
        "the invoice of 2026-10 is not issued: issue that one first",
      ],
    });
    expect(draft.lines.at(-1)).toMatchObject({
      section: InvoiceSectionMessage.CALLS,
      sourceNumber: REP,
      destinationClass: "mobile",
      quantity: 1,
      billedS: 61,
      netYen: 32,
    });
    expect(await issue("demo", "2026-11")).toEqual({
      ok: false,
      status: "failed-precondition",
      message: `cannot be issued: ${draft.obstacles.join("; ")}`,
    });
  });

  it("waits a minute after its day began: what was changed just before may not be readable yet", async () => {
    company("demo", counts("2026-10-19T23:59:59", 12));
    const { counts: all, ...rest } = histories.get("demo")!;
    histories.set("demo", { ...rest, counts: all.slice(0, 1) });
    await applyPrices(PRICES);
    clock = at("2026-10-20T00:00:59.999");
    expect(await issue("demo", "2026-10")).toMatchObject({
      status: "failed-precondition",
      message: "cannot be issued: it is made out on 2026-10-20: wait until 00:01 in Tokyo",
    });
    histories.set("demo", { ...rest, counts: all });
    clock = at("2026-10-20T00:01");
    expect(await invoiceOf(issue("demo", "2026-10"))).toMatchObject({
      netYen: 2 * (12 * 100 + 800),
    });
  });

  it("is frozen when issued: neither prices nor history change it, nor does issuing it again", async () => {
    company("demo");
    await applyPrices(PRICES);
    const issued = await invoiceOf(issue("demo", "2026-10"));
    expect(issued).toMatchObject({ number: "2026-000001", netYen: 2 * MONTHLY, obstacles: [] });
    await applyPrices(PRICES.replace("terminal: 100", "terminal: 999"));
    company("demo", counts("2026-10-01T10:00", 1000));
    expect(await invoiceOf(issue("demo", "2026-10"))).toEqual(issued);
    expect(await invoiceOf(ask("demo", "2026-10"))).toEqual(issued);
    for (const change of ["update invoices set serial = 9", "delete from invoices"]) {
      await expect(sql(change)).rejects.toThrow(/invoices/);
    }
  });

  it("is numbered without a gap within its year, however many are issued at once or refused", async () => {
    await applyPrices(PRICES);
    const ids = Array.from({ length: 12 }, (_, index) => `company-${index}`);
    for (const id of ids) company(id);
    const answers = await Promise.all([
      ...ids.flatMap((id) => [issue(id, "2026-10"), issue(id, "2026-10"), issue(id, "2026-11")]),
    ]);
    const numbers = new Set(
      answers.flatMap((each) => (each.ok ? [each.value.invoice?.number] : [])),
    );
    const serials = ids.map((_, index) => `2026-${String(index + 1).padStart(6, "0")}`);
    expect([...numbers].toSorted()).toEqual(serials);
    clock = at("2027-01-20T00:01");
    for (const month of ["2026-11", "2026-12"]) await issue("company-0", month);
    expect(await invoiceOf(issue("company-0", "2027-01"))).toMatchObject({ number: "2027-000001" });
    const [years] = await sql(
      "select count(*)::int, max(serial)::int from invoices where year = 2026",
    );
    expect(years).toEqual({ count: 14, max: 14 });
  });

  it("5.2: waits for a batch that was booked before the close and is not committed yet", async () => {
    company("demo");
    await applyPrices(PRICES);
    await importRates();
    await issue("demo", "2026-10");
    const begun = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    const slow: Rating = {
      findRates: async (query, asked) => {
        begun.resolve();
        await open.promise;
        return rating.findRates(query, asked);
      },
      now: () => at("2026-11-02T23:59:59"),
    };
    const batch = store(slow, { callId: "october", answeredAt: at("2026-10-31T12:00") });
    await begun.promise;
    clock = at("2026-11-20T00:01");
    const issued = invoiceOf(issue("demo", "2026-11"));
    const waiting = "select 1 from pg_locks where locktype = 'advisory' and not granted";
    try {
      await waitFor(async () => (await sql(waiting)).length > 0, "issuing waits for the batch");
    } finally {
      open.resolve();
      await batch;
    }
    expect((await issued).netYen).toBe(MONTHLY + 32);
  });

  it("waits for its earlier ones, and for calls without a rate", async () => {
    company("demo");
    await applyPrices(PRICES);
    clock = at("2026-10-05T10:00");
    await record({ callId: "unrated", answeredAt: at("2026-10-05T09:00") });
    clock = at("2026-11-20T00:01");
    const obstacles = (await invoiceOf(ask("demo", "2026-11"))).obstacles;
    expect(obstacles).toEqual([
      "1 call has no rate: see `kakehashi rates unrated`, import rates, then run `kakehashi rerate --write`",
      "the invoice of 2026-10 is not issued: issue that one first",
    ]);
    await issue("demo", "2026-10");
    await importRates();
    const all = { companyId: null, from: null, until: null };
    for await (const step of rerate({ database, ...rating }, all, true)) {
      if (isStoreFault(step)) throw new Error(step.problem);
    }
    expect(await invoiceOf(issue("demo", "2026-11"))).toMatchObject({ netYen: MONTHLY });
    // It was rated after the close of 3 November, so it stands on the next invoice.
    const next = await invoiceOf(ask("demo", "2026-12"));
    expect(next.netYen).toBe(MONTHLY + 32);
    expect(next.lines.at(-1)).toMatchObject({
      section: InvoiceSectionMessage.ADJUSTMENT,
      month: "2026-10",
      netYen: 32,
    });
  });

  it("A14, 5.2: what grew after the invoice day, and a corrected price, stand on the next one", async () => {
    company("demo", counts("2026-10-25T09:00", 12));
    await applyPrices(PRICES);
    const first = await invoiceOf(issue("demo", "2026-10"));
    await applyPrices(PRICES.replace("terminal: 100", "terminal: 110"));
    clock = at("2026-11-20T00:01");
    const second = await invoiceOf(issue("demo", "2026-11"));
    const withGrowth = 12 * 110 + 800;
    // October and November at the corrected price, October also with its initial fees.
    expect(first.netYen + second.netYen).toBe(3 * withGrowth);
    expect([first.priceVersion, second.priceVersion]).toEqual([1, 2]);
    const adjusted = second.lines.filter(
      ({ section }) => section === InvoiceSectionMessage.ADJUSTMENT,
    );
    expect(adjusted.map(({ month, quantity, unitYen }) => [month, quantity, unitYen])).toEqual([
      ["2026-10", -10, 100],
      ["2026-10", 12, 110],
      ["2026-10", -10, 100],
      ["2026-10", 12, 110],
    ]);
  });

  it("5.2: comes out as in the worked example of docs/price-file.md", async () => {
    company("demo", counts("2026-10-25T09:00", 12));
    await applyPrices(PRICES);
    await importRates();
    clock = at("2026-11-01T00:01");
    await record({ callId: "in-time", answeredAt: at("2026-10-31T23:59:59"), talkMs: 61_000 });
    clock = at("2026-11-05T12:00");
    await record({ callId: "late", answeredAt: at("2026-10-10T10:00"), talkMs: 60_000 });
    const sums: (readonly number[])[] = [];
    for (const month of ["2026-10", "2026-11", "2026-12"]) {
      clock = at(`${month}-20T09:00`);
      const { netYen, taxYen, grossYen } = await invoiceOf(issue("demo", month));
      sums.push([netYen, taxYen, grossYen]);
    }
    expect(sums).toEqual([
      [3600, 360, 3960],
      [2432, 243, 2675],
      [2016, 201, 2217],
    ]);
  });

  it("bills a correction once when months that owed nothing have no invoice", async () => {
    company("demo");
    const [first] = histories.get("demo")!.terms;
    const term = { ...first!.term, until: "2026-10-15" as CivilDate };
    histories.set("demo", { ...histories.get("demo")!, terms: [{ ...first!, term }] });
    await applyPrices(PRICES);
    await importRates();
    await issue("demo", "2026-10");
    clock = at("2026-12-01T12:00");
    await record({ callId: "late", answeredAt: at("2026-10-10T10:00"), talkMs: 60_000 });
    clock = at("2026-12-20T09:00");
    const december = await invoiceOf(issue("demo", "2026-12"));
    expect(december.netYen).toBe(16);
    await applyPrices(PRICES.replace("terminal: 100", "terminal: 110"));
    expect((await invoiceOf(ask("demo", "2026-11"))).obstacles).toEqual([
      "the invoice of 2026-12 is issued already: what is owed stands there",
    ]);
    clock = at("2027-01-20T09:00");
    expect(await invoiceOf(issue("demo", "2027-01"))).toMatchObject({ netYen: 2 * 10 * 10 });
  });

  it("fixes the policies that decide which invoice an amount stands on", async () => {
    company("demo");
    await applyPrices(PRICES);
    const daily = PRICES.replace("proration: none", "proration: daily");
    expect(await applyPrices(daily, true)).toMatchObject({ value: { faults: [] } });
    await issue("demo", "2026-10");
    expect(await applyPrices(daily)).toMatchObject({
      value: { version: 0, faults: [{ place: "policies.proration", line: 15 }] },
    });
  });

  it("is refused without prices, for an unknown company, for what is not a month, for nothing owed", async () => {
    company("demo");
    expect(await ask("demo", "2026-10")).toMatchObject({
      status: "failed-precondition",
      message: expect.stringMatching(/kakehashi prices apply/),
    });
    await applyPrices(PRICES);
    expect(await ask("nobody", "2026-10")).toMatchObject({ status: "not-found" });
    expect(await ask("demo", "2026-13")).toMatchObject({ status: "invalid-argument" });
    expect(await ask("demo", "2028-01")).toMatchObject({ status: "invalid-argument" });
    expect(await issue("demo", "2026-09")).toMatchObject({
      status: "failed-precondition",
      message: "cannot be issued: nothing is owed: there is nothing to issue",
    });
  });

  it("needs the registry to be made, and says what to do without it; an issued one does not", async () => {
    company("demo");
    await applyPrices(PRICES);
    const issued = await invoiceOf(issue("demo", "2026-10"));
    const { port } = registry;
    await registry.close(0);
    expect(await ask("demo", "2026-11")).toMatchObject({
      ok: false,
      status: "unavailable",
      message: expect.stringMatching(
        new RegExp(`127\\.0\\.0\\.1:${port} .*start it, or correct KK_REG`),
      ),
    });
    expect(await invoiceOf(ask("demo", "2026-10"))).toEqual(issued);
  });
});
