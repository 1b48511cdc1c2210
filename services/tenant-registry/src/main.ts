/**
 * tenant-registry: owns companies, numbers, terminals, groups, contracts and trunks. Joins the parts.
 *
 * M1  The process serves gRPC once the tables are up to date; until then, and while the database is
 *     away, it lives, is not ready, and tries again.
 */
import { bootAlone, openToTheWorld, orBootFault } from "../../lib/runtime/boot.ts";
import { exitOnFaults, helpOnRequest } from "../../lib/runtime/config.ts";
import { migrateWhileNeeded, openDatabase } from "../../lib/runtime/database.ts";
import { type GrpcServer, serveGrpc } from "../../lib/runtime/grpc.ts";
import { now } from "../../lib/runtime/system-clock.ts";
import { TenantServiceService } from "../../lib/wire/tenant.ts";
import { readSettings, SETTINGS } from "./config.ts";
import { type ChangeFeed, followChanges } from "./shell/change-feed.ts";
import { tenantService } from "./shell/grpc.ts";
import { listenForChanges } from "./shell/listener.ts";
import { createReadings } from "./shell/readings.ts";
import { registryMetrics } from "./shell/registry-metrics.ts";
import { createChanges } from "./shell/store.ts";

const SERVICE = "tenant-registry";
/** Running unary calls end in this time; Watch streams never do, their clients resume elsewhere. */
const CLOSE_GRACE_MS = 500;

helpOnRequest(SERVICE, SETTINGS, process.argv);
const config = exitOnFaults(SERVICE, readSettings());
const ground = bootAlone(SERVICE, config);
const { log } = ground;

const tables = { url: config.databaseUrl, schema: "tenant_registry", application: SERVICE };
const database = openDatabase({
  ...tables,
  migrations: new URL("../migrations", import.meta.url),
  onFault: (fault) => log.warn({ fault }, "an idle database connection broke"),
});
let feed: ChangeFeed | null = null;
let server: GrpcServer | null = null;
let stopListening = async (): Promise<void> => undefined;
let stopping = false;
const metrics = registryMetrics(ground.metrics, () => feed?.trouble() === null);

await openToTheWorld(ground, {
  probes: {
    database: () => (feed === null ? "tables are not up to date yet" : feed.trouble()),
    grpc: () => (server === null || stopping ? "not serving" : null),
  },
  drain: [
    {
      name: "refuse new calls",
      run: async () => {
        stopping = true;
        await server?.close(CLOSE_GRACE_MS);
      },
    },
    { name: "stop following changes", run: () => feed?.stop() },
    { name: "stop listening", run: () => stopListening() },
    { name: "close the database", run: () => database.close() },
  ],
});

await migrateWhileNeeded(database, log, () => !stopping);

if (!stopping) {
  const readings = createReadings(database, now);
  const following = followChanges(readings, (fault) => {
    if (fault === null) log.info("the database answers");
    else log.warn({ fault }, "the database does not answer; known routes are served by caches");
  });
  feed = following;
  stopListening = listenForChanges(tables, () => following.wake()).stop;
  const implementation = tenantService({
    changes: createChanges(database, now),
    readings,
    log: readings,
    feed: following,
    metrics,
    onFault: (error) => log.error({ err: error }, "a request failed inside"),
  });
  const services = [{ definition: TenantServiceService, implementation }];
  const serving = serveGrpc({ listen: config.grpcListen, services });
  server = (await orBootFault(log, serving)).server;
  log.info({ grpc: server.address }, "serving");
}
