/**
 * cdr-collector: keeps the call records with what they cost, makes invoices of them, and keeps the traces
 * of the last calls. Joins the parts.
 *
 * M1  Records are taken from the stream once the tables are up to date; until then, and while the
 *     database is away, the process lives, is not ready, and tries again.
 */
import { boot, openToTheWorld, orBootFault } from "../../lib/runtime/boot.ts";
import { exitOnFaults, helpOnRequest } from "../../lib/runtime/config.ts";
import {
  type DatabaseSettings,
  migrateWhileNeeded,
  openDatabase,
} from "../../lib/runtime/database.ts";
import { serveGrpc } from "../../lib/runtime/grpc.ts";
import { ensureStream } from "../../lib/runtime/jetstream.ts";
import { now } from "../../lib/runtime/system-clock.ts";
import { isWireFault } from "../../lib/wire/fault.ts";
import { decodeSpans } from "../../lib/wire/span-codec.ts";
import { RECORDS_STREAM, RECORDS_SUBJECT, SPANS_SUBJECT } from "../../lib/wire/subjects.ts";
import { readSettings, SETTINGS } from "./config.ts";
import { billingService, closeDayOf } from "./shell/billing-service.ts";
import { RecordConsumer } from "./shell/consumer.ts";
import { recordService } from "./shell/grpc.ts";
import { createHistoryReader } from "./shell/invoice-history.ts";
import { createRater } from "./shell/rater.ts";
import { createReadings } from "./shell/readings.ts";
import { asideStore, recordStore } from "./shell/sink.ts";
import { Traces } from "./shell/traces.ts";
import { countUnrated } from "./shell/unrated.ts";
import { createWatch } from "./shell/watch.ts";

const SERVICE = "cdr-collector";
/** A month of a large company is summed in seconds (1.5 s for a million calls); no call waits for it. */
const ACCOUNTS_LIMIT_MS = 60_000;

helpOnRequest(SERVICE, SETTINGS, process.argv);
const config = exitOnFaults(SERVICE, readSettings());
const base = await boot(SERVICE, config);
const { log, nats } = base;

const replicas = config.natsReplicas;
const stream = { name: RECORDS_STREAM, subjects: [RECORDS_SUBJECT], replicas };
await orBootFault(log, ensureStream(nats, stream));
const tables: DatabaseSettings = {
  url: config.databaseUrl,
  schema: "cdr_collector",
  migrations: new URL("../migrations", import.meta.url),
  application: SERVICE,
  onFault: (fault) => log.warn({ fault }, "an idle database connection broke"),
};
const database = openDatabase(tables);
const accounts = openDatabase({ ...tables, queryLimitMs: ACCOUNTS_LIMIT_MS });

const traces = new Traces(config.tracedCalls);
nats.subscribe(SPANS_SUBJECT, null, (message) => {
  const spans = decodeSpans(message.data);
  if (isWireFault(spans)) log.warn({ fault: spans }, "spans that do not decode");
  else traces.add(spans);
});
const watch = createWatch(base, traces);
const onFault = (error: unknown): void => log.error({ err: error }, "a request failed inside");
const history = createHistoryReader(config.registry);
const rating = { findRates: createRater(), now };
const readings = createReadings(database);
const closeDay = () => closeDayOf(database);
const services = [
  recordService({ readings, traces, closeDay, onFault }),
  billingService({
    rates: { database, ...rating, onBooked: watch.onBooked, onFault },
    invoices: { database: accounts, readHistory: history.read, now, onFault },
  }),
];
const serving = serveGrpc({ listen: config.grpcListen, services });
const { server } = await orBootFault(log, serving);
log.info({ grpc: server.address }, "serving");

let consumer: RecordConsumer | null = null;
let unfollow = (): void => undefined;
let stopping = false;
await openToTheWorld(base, {
  probes: {
    records: () => (consumer === null ? "tables are not up to date yet" : watch.trouble()),
  },
  drain: [
    {
      name: "stop taking records",
      run: async () => {
        stopping = true;
        unfollow();
        await consumer?.stop();
      },
    },
    { name: "close gRPC", run: () => server.close(1000) },
    { name: "leave the registry", run: async () => history.close() },
    { name: "close the accounts", run: () => accounts.close() },
    { name: "close the database", run: () => database.close() },
  ],
});

await migrateWhileNeeded(database, log, () => !stopping);
if (!stopping) {
  const { onStored, onSetAside, onTrouble } = watch;
  consumer = new RecordConsumer({
    nats,
    storeRecords: recordStore(database, rating),
    setAside: asideStore(database),
    onStored,
    onSetAside,
    onTrouble,
  });
  consumer.start();
  unfollow = watch.follow(consumer, () => countUnrated(database));
  log.info("taking records");
}
