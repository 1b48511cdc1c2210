/**
 * `make bill`: a month of call records through the real stream into the collector, rated on the way,
 * then one invoice of them. Prints time and memory; status 1 when a promise is broken.
 *
 * B1  The records are published to JetStream as controllers publish them, and the invoice is asked for
 *     by the command line; the yen are summed up beside it (month.ts).
 * B2  Memory is the collector's heap after a forced collection: with a tenth of the records stored,
 *     with all of them, and after the invoice.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { Command, InvalidArgumentError } from "commander";
import type { E164 } from "../services/lib/telephony/e164.ts";
import type { CompanyId } from "../services/lib/telephony/ids.ts";
import { addMonths, dateOf, monthOf, startOfMonth } from "../services/lib/telephony/tokyo-time.ts";
import { encodeRecord } from "../services/lib/wire/record-codec.ts";
import { RECORDS_SUBJECT } from "../services/lib/wire/subjects.ts";
import { type Cluster, startCluster } from "../tools/cluster/cluster.ts";
import { runCli } from "../tools/cluster/run-cli.ts";
import { type MonthPlan, recordOf } from "./month.ts";
import { lowestHeap, metric, usageOf } from "./processes.ts";

const ROOT = join(import.meta.dirname, "..");
const DIR = join(ROOT, ".run/bill");
const COMPANY = "bill";
const NUMBERS = Array.from({ length: 20 }, (_, index) => 50_555_530_00 + index);
/** Publishes that wait for their acknowledgement at the same time. */
const IN_FLIGHT = 1000;
const STORED_WITHIN_MS = 60 * 60_000;
const HEAP_GROWTH_MAX = 0.2;

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 100) throw new InvalidArgumentError("a number from 100");
  return value;
}

const { records: total } = new Command("bill")
  .description("Stores, rates and invoices the records of one month.")
  .option("--records <n>", "call records", count, 1_000_000)
  .parse()
  .opts<{ readonly records: number }>();

const companyFile = (today: string): string => `trunks:
  - id: carrier
    sources: [127.0.1.1]
    gateways: ["127.0.1.1:5060;transport=udp"]
    channels: 1000
company:
  id: ${COMPANY}
  name: 請求試験
  domain: bill.kakehashi.example
  contract:
    from: ${today.slice(0, 8)}01
    terminalForwarding: true
    representativeForwarding: true
    extraChannels: 1000
  numbers:
${NUMBERS.map((number) => `    - { number: 0${number}, kind: representative, trunk: carrier, group: all }`).join("\n")}
  terminals:
    - { extension: 1001, name: 席, password: bill-pass-1001 }
  groups:
    - { id: all, name: 一斉, mode: ring-all, targets: [{ extension: 1001 }] }
  users:
    - { id: one, name: 一人目, extensions: [1001] }
`;

async function cli(cluster: Cluster, ...args: readonly string[]): Promise<string> {
  const { status, text, output } = await runCli(cluster.cliEnv, args);
  if (status !== 0) throw new Error(`kakehashi ${args.join(" ")}: ${output}`);
  return text;
}

/** Publishes the records from `first` on, before `last`; resolves with their yen when the stream has them. */
async function publish(
  natsUrl: string,
  plan: MonthPlan,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<number> {
  const connection = await connect({ servers: natsUrl });
  const stream = jetstream(connection);
  let yen = 0;
  let next = first;
  const worker = async (): Promise<void> => {
    while (next < last) {
      const priced = recordOf(plan, next);
      next += 1;
      yen += priced.yen;
      const { callId, epoch } = priced.record;
      const msgID = `${callId}:${epoch}`;
      await stream.publish(RECORDS_SUBJECT, encodeRecord(priced.record), {
        msgID,
        timeout: 60_000,
      });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  await connection.close();
  return yen;
}

async function stored(http: string, wanted: number): Promise<void> {
  const until = performance.now() + STORED_WITHIN_MS;
  while ((await metric(http, "kakehashi_records_total")) < wanted) {
    if (performance.now() > until) throw new Error("the records are not stored in time");
    await delay(200);
  }
}

const seconds = (from: number): number => (performance.now() - from) / 1000;
const mib = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;

/** Company, prices and rates; the month is the one that runs. */
async function prepare(cluster: Cluster): Promise<MonthPlan> {
  const now = Date.now();
  const month = monthOf(now);
  const file = join(DIR, "company.yaml");
  writeFileSync(file, companyFile(dateOf(now)));
  await cli(cluster, "apply", "-f", file);
  await cli(cluster, "prices", "apply", "-f", join(ROOT, "deploy/demo/prices.sample.yaml"));
  const deck = join(ROOT, "deploy/demo/rates.sample.csv");
  await cli(cluster, "rates", "import", deck, "--plan", "standard", "--from", `${month}-01`);
  return {
    companyId: COMPANY as CompanyId,
    sources: NUMBERS.map((number) => `+81${number}` as E164),
    from: startOfMonth(month),
    until: startOfMonth(addMonths(month, 1)),
  };
}

interface Invoiced {
  readonly seconds: number;
  readonly lines: number;
  /** Of calls. */
  readonly yen: number;
}

async function invoiceOf(cluster: Cluster, { from }: MonthPlan): Promise<Invoiced> {
  const asked = performance.now();
  const month = addMonths(monthOf(from), 1);
  const text = await cli(cluster, "invoice", COMPANY, month, "--format", "json");
  const invoice: { readonly lines: readonly { section: string; netYen: number }[] } =
    JSON.parse(text);
  const yen = invoice.lines
    .filter(({ section }) => section === "calls")
    .reduce((sum, { netYen }) => sum + netYen, 0);
  return { seconds: seconds(asked), lines: invoice.lines.length, yen };
}

/** A promise and what came of it, on one line; true when it was kept. */
function claim(promised: string, seen: string, isKept: boolean): boolean {
  console.log(`${isKept ? "kept  " : "BROKEN"} ${promised}: ${seen}`);
  return isKept;
}

async function bill(cluster: Cluster): Promise<boolean> {
  const [collector] = cluster.of("collector");
  if (collector === undefined) throw new Error("the cluster has no collector");
  const { http, child } = collector;
  const heap = (): Promise<number> => lowestHeap(child.pid, http);
  const watched = [{ name: "collector", pid: child.pid, http: null }];
  const plan = await prepare(cluster);
  const [before] = await usageOf(watched);
  const start = performance.now();
  const tenth = Math.floor(total / 10);
  const early = await publish(cluster.natsUrl, plan, { first: 0, last: tenth });
  await stored(http, tenth);
  const earlyHeap = await heap();
  const late = await publish(cluster.natsUrl, plan, { first: tenth, last: total });
  await stored(http, total);
  const storedS = seconds(start);
  const lateHeap = await heap();
  const [after] = await usageOf(watched);
  const invoice = await invoiceOf(cluster, plan);
  const lastHeap = await heap();

  const cpu = ((after?.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0)) / (total / 1000);
  const memory = mib(after?.memoryBytes ?? 0);
  const rate = Math.round(total / storedS);
  console.log(`${total} records stored and rated in ${storedS.toFixed(1)} s, ${rate}/s`);
  console.log(`collector: ${cpu.toFixed(3)} CPU s per 1000 records, ${memory} of memory`);
  console.log(`invoice of ${invoice.lines} lines in ${invoice.seconds.toFixed(2)} s`);
  const yen = early + late;
  const growth = Math.max(lateHeap, lastHeap) / earlyHeap - 1;
  const heaps = `${mib(earlyHeap)} at ${tenth}, ${mib(lateHeap)} at ${total}, ${mib(lastHeap)} after the invoice`;
  return [
    claim(`calls of ${yen} yen`, `${invoice.yen} yen`, invoice.yen === yen),
    claim(`heap grows by less than ${HEAP_GROWTH_MAX * 100} %`, heaps, growth < HEAP_GROWTH_MAX),
  ].every(Boolean);
}

rmSync(DIR, { recursive: true, force: true });
mkdirSync(DIR, { recursive: true });
const cluster = await startCluster({
  dir: DIR,
  edges: [],
  sipPort: 0,
  controllers: 0,
  allocators: 0,
  firstPort: 0,
  durable: false,
  env: { NODE_OPTIONS: `--expose-gc --import=${join(ROOT, "loadtest/collect-garbage.ts")}` },
});
try {
  process.exitCode = (await bill(cluster)) ? 0 : 1;
} finally {
  await cluster.stop();
}
