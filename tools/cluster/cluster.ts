/**
 * A whole cluster on loopback: nats-server, PostgreSQL and the five services as separate processes.
 * Used by `make run`, the end-to-end tests and the load scripts, which differ only in their options.
 *
 * U1  Everything runs on the addresses of its options: two clusters with different addresses live
 *     side by side.
 * U2  `stop` ends every process that `start` started, also after a failed start.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Child } from "./child.ts";
import { type Postgres, startPostgres } from "./postgres.ts";

const ROOT = join(import.meta.dirname, "../..");

/** What cluster to start. */
export interface ClusterOptions {
  /** Data and logs; made when missing. */
  readonly dir: string;
  /** Loopback address of each edge, all on the SIP port. */
  readonly edges: readonly string[];
  readonly sipPort: number;
  readonly controllers: number;
  readonly allocators: number;
  /** Fixed ports from this one on, in order of start; 0 takes free ones. */
  readonly firstPort: number;
  /** PostgreSQL and JetStream survive a power cut. */
  readonly durable: boolean;
  /** More environment for every service. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One service process with its addresses; a port of 0 means that it has none. */
export interface Service {
  readonly kind: "edge" | "controller" | "allocator" | "registry" | "collector";
  readonly id: string;
  readonly child: Child;
  readonly http: string;
  readonly grpc: string;
}

/** A running cluster. */
export interface Cluster {
  readonly options: ClusterOptions;
  readonly nats: Child;
  readonly natsUrl: string;
  readonly postgres: () => Postgres;
  readonly postgresPort: number;
  readonly services: readonly Service[];
  readonly of: (kind: Service["kind"]) => readonly Service[];
  /** Stops and starts PostgreSQL on the same data and port. */
  readonly stopPostgres: () => Promise<void>;
  readonly startPostgres: () => Promise<void>;
  /** Environment with which the CLI finds this cluster. */
  readonly cliEnv: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

interface Ports {
  take(): Promise<number>;
}

function ports(first: number): Ports {
  let next = first;
  return {
    take: async () => {
      if (first === 0) return freePort();
      next += 1;
      return next - 1;
    },
  };
}

/** A TCP port on 127.0.0.1 that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

const answersOk = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
};

async function natsServer(
  options: ClusterOptions,
  take: Ports,
): Promise<{ child: Child; url: string }> {
  const port = await take.take();
  const monitor = await take.take();
  const config = join(options.dir, "nats.conf");
  const sync = options.durable ? "always" : "2m";
  writeFileSync(
    config,
    `listen: 127.0.0.1:${port}
http: 127.0.0.1:${monitor}
jetstream { store_dir: "${join(options.dir, "jetstream")}", sync_interval: "${sync}" }
`,
  );
  const child = new Child({
    name: "nats-server",
    command: process.env["NATS_SERVER"] ?? join(ROOT, ".run/bin/nats-server"),
    args: ["-c", config],
    env: environment({}),
    logFile: join(options.dir, "nats-server.log"),
    isReady: () => answersOk(`http://127.0.0.1:${monitor}/healthz`),
  });
  return { child, url: `nats://127.0.0.1:${port}` };
}

/** Our own environment without what would change a service, plus what it is given. */
function environment(given: Readonly<Record<string, string>>): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith("KK_"),
  );
  return { ...Object.fromEntries(inherited), ...given };
}

interface ServiceStart {
  readonly kind: Service["kind"];
  readonly folder: string;
  readonly id: string;
  readonly http: number;
  readonly grpc: number;
  readonly env: Readonly<Record<string, string>>;
}

function service(options: ClusterOptions, natsUrl: string, start: ServiceStart): Service {
  const { kind, folder, id, http, grpc } = start;
  const env = environment({
    KK_NODE_ID: id,
    KK_NATS_URL: natsUrl,
    KK_HTTP_PORT: String(http),
    ...(grpc === 0 ? {} : { KK_GRPC_LISTEN: `127.0.0.1:${grpc}` }),
    ...start.env,
    ...options.env,
  });
  const child = new Child({
    name: id,
    command: process.execPath,
    args: [join(ROOT, "services", folder, "src/main.ts")],
    env,
    logFile: join(options.dir, `${id}.log`),
    isReady: () => answersOk(`http://127.0.0.1:${http}/readyz`),
  });
  return {
    kind,
    id,
    child,
    http: `127.0.0.1:${http}`,
    grpc: grpc === 0 ? "" : `127.0.0.1:${grpc}`,
  };
}

const numbered = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index + 1);

interface Plan {
  readonly services: readonly Service[];
  readonly cliEnv: Readonly<Record<string, string>>;
}

async function planServices(
  options: ClusterOptions,
  natsUrl: string,
  databaseUrl: string,
  take: Ports,
): Promise<Plan> {
  const place = async () => ({ http: await take.take(), grpc: await take.take() });
  const make = (start: ServiceStart): Service => service(options, natsUrl, start);
  const database = { KK_DATABASE_URL: databaseUrl };
  const registry = make({
    ...(await place()),
    kind: "registry",
    folder: "tenant-registry",
    id: "registry-1",
    env: database,
  });
  const collector = make({
    ...(await place()),
    kind: "collector",
    folder: "cdr-collector",
    id: "collector-1",
    env: database,
  });
  const allocators: Service[] = [];
  for (const n of numbered(options.allocators)) {
    const id = `allocator-${n}`;
    const at = await place();
    allocators.push(make({ ...at, kind: "allocator", folder: "trunk-allocator", id, env: {} }));
  }
  const shared = {
    KK_REGISTRY_ADDRESS: registry.grpc,
    KK_ALLOCATOR_ADDRESSES: allocators.map(({ grpc }) => grpc).join(","),
  };
  const controllers: Service[] = [];
  for (const n of numbered(options.controllers)) {
    const id = `controller-${n}`;
    const at = await place();
    const env = shared;
    controllers.push(make({ ...at, kind: "controller", folder: "call-controller", id, env }));
  }
  const edges: Service[] = [];
  for (const [index, address] of options.edges.entries()) {
    const sip = `${address}:${options.sipPort}`;
    const env = { KK_REGISTRY_ADDRESS: registry.grpc, KK_SIP_UDP: sip, KK_SIP_TCP: sip };
    const at = { http: await take.take(), grpc: 0 };
    edges.push(make({ ...at, kind: "edge", folder: "sip-edge", id: `edge-${index + 1}`, env }));
  }
  return {
    services: [registry, collector, ...allocators, ...controllers, ...edges],
    cliEnv: {
      KK_REGISTRY_ADDRESS: registry.grpc,
      KK_COLLECTOR_ADDRESS: collector.grpc,
      KK_ALLOCATOR_ADDRESSES: allocators.map(({ grpc }) => grpc).join(","),
      KK_CONTROLLER_ADDRESSES: controllers.map(({ grpc }) => grpc).join(","),
    },
  };
}

/** Starts everything and waits until every service says that it is ready. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  mkdirSync(options.dir, { recursive: true });
  const take = ports(options.firstPort);
  const { child: nats, url: natsUrl } = await natsServer(options, take);
  const postgresPort = await take.take();
  const startDatabase = (): Promise<Postgres> =>
    startPostgres({
      dataDir: join(options.dir, "postgres"),
      port: postgresPort,
      durable: options.durable,
    });
  let database: Postgres | null = null;
  let plan: Plan = { services: [], cliEnv: {} };
  const stop = async (): Promise<void> => {
    await Promise.all([...plan.services].reverse().map(({ child }) => child.stop()));
    await nats.stop();
    await database?.stop();
  };
  try {
    const [started] = await Promise.all([startDatabase(), nats.start()]);
    database = started;
    plan = await planServices(options, natsUrl, started.url, take);
    for (const { child } of plan.services) child.launch();
    await Promise.all(plan.services.map(({ child }) => child.untilReady()));
  } catch (error) {
    await stop();
    throw error;
  }
  const { services, cliEnv } = plan;
  return {
    options,
    nats,
    natsUrl,
    postgres: () => {
      if (database === null) throw new Error("PostgreSQL is stopped");
      return database;
    },
    postgresPort,
    services,
    of: (kind) => services.filter((one) => one.kind === kind),
    stopPostgres: async () => {
      await database?.stop();
      database = null;
    },
    startPostgres: async () => {
      database = await startDatabase();
    },
    cliEnv,
    stop,
  };
}
