/**
 * The tenant registry: owns companies, numbers, terminals, groups, contracts and trunks. Joins the parts
 * and decides the order of start and stop; every rule is elsewhere.
 *
 * M1  The process serves gRPC once the tables are up to date; until then, and while the database is
 *     away, it lives, is not ready, and tries again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { exitOnFaults, helpOnRequest } from "../../lib/runtime/config.ts";
import { drainOnSignal, exitOnUncaught } from "../../lib/runtime/drain.ts";
import { type GrpcServer, serveGrpc } from "../../lib/runtime/grpc.ts";
import { serveObservation } from "../../lib/runtime/http.ts";
import { createLogger } from "../../lib/runtime/log.ts";
import { createMetrics } from "../../lib/runtime/metrics.ts";
import { TenantServiceService } from "../../lib/wire/tenant.ts";
import { config, SETTINGS } from "./config.ts";
import { type ChangeFeed, followChanges } from "./shell/change-feed.ts";
import { isStoreFault, openDatabase } from "./shell/database.ts";
import { tenantService } from "./shell/grpc.ts";
import { listenForChanges } from "./shell/listener.ts";
import { createReadings } from "./shell/readings.ts";
import { registryMetrics } from "./shell/registry-metrics.ts";
import { createChanges } from "./shell/store.ts";

const SERVICE = "tenant-registry";
const MIGRATE_AGAIN_MS = 1000;
/** Running unary calls end in this time; Watch streams never do, their clients resume elsewhere. */
const CLOSE_GRACE_MS = 500;

helpOnRequest(SERVICE, SETTINGS, process.argv);
const settings = exitOnFaults(SERVICE, config());
const log = createLogger({ service: SERVICE, node: settings.nodeId, level: settings.logLevel });
exitOnUncaught(log);

const metrics = createMetrics({ service: SERVICE, node: settings.nodeId });
const database = openDatabase(settings.databaseUrl, (fault) =>
  log.warn({ fault }, "an idle database connection broke"),
);
let feed: ChangeFeed | null = null;
let server: GrpcServer | null = null;
let stopping = false;
const registered = registryMetrics(metrics, () => feed?.trouble() === null);

const observation = await serveObservation({
  host: settings.httpHost,
  port: settings.httpPort,
  metrics,
  probes: {
    database: () => (feed === null ? "tables are not up to date yet" : feed.trouble()),
    grpc: () => (server === null || stopping ? "not serving" : null),
  },
});
if (!observation.ok) {
  log.fatal(observation.message);
  process.exit(1);
}

const listener = { stop: async (): Promise<void> => undefined };
drainOnSignal({
  log,
  boundMs: settings.drainMs,
  steps: [
    {
      name: "refuse new calls",
      run: async () => {
        stopping = true;
        await server?.close(CLOSE_GRACE_MS);
      },
    },
    { name: "stop following changes", run: () => feed?.stop() },
    { name: "stop listening", run: () => listener.stop() },
    { name: "close the database", run: () => database.close() },
    { name: "close the observation port", run: () => observation.server.close() },
  ],
});

for (let reported = ""; !stopping; ) {
  const fault = await database.migrate();
  if (!isStoreFault(fault)) break;
  if (fault.problem !== reported)
    log.warn({ fault }, "the tables cannot be made yet; trying again");
  reported = fault.problem;
  await sleep(MIGRATE_AGAIN_MS);
}

const readings = createReadings(database);
const following = followChanges(readings, (fault) => {
  if (fault === null) log.info("the database answers");
  else log.warn({ fault }, "the database does not answer; known routes are served by caches");
});
feed = following;
listener.stop = listenForChanges(settings.databaseUrl, () => following.wake()).stop;

const served = await serveGrpc({
  listen: settings.grpcListen,
  services: [
    {
      definition: TenantServiceService,
      implementation: tenantService({
        changes: createChanges(database),
        readings,
        log: readings,
        feed: following,
        metrics: registered,
        onFault: (error) => log.error({ err: error }, "a request failed inside"),
      }),
    },
  ],
});
if (!served.ok) {
  log.fatal(served.message);
  process.exit(1);
}
server = served.server;
log.info({ grpc: served.server.address, http: observation.server.port }, "serving");
