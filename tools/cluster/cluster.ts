/**
 * A whole cluster on loopback: nats-server, PostgreSQL and the five services as separate processes.
 * Used by `make run`, the end-to-end tests and the load scripts, which differ only in their options.
 *
 * U1  Everything runs on the addresses of its options: two clusters with different addresses live
 *     side by side.
 * U2  `stop` ends every process that `start` started, also after a failed start.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "./child.ts";
import { answersOk, type Ports, ports } from "./ports.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { environment, type Plan, planServices, type Service } from "./services.ts";

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
  readonly killPostgres: () => Promise<void>;
  /** Environment with which the CLI finds this cluster. */
  readonly cliEnv: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

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

/** PostgreSQL that can be stopped and started again on the same data and port. */
interface Database {
  readonly start: () => Promise<Postgres>;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
  readonly running: () => Postgres | null;
}

function databaseOf(options: ClusterOptions, port: number): Database {
  let running: Postgres | null = null;
  return {
    running: () => running,
    start: async () => {
      const dataDir = join(options.dir, "postgres");
      running = await startPostgres({ dataDir, port, durable: options.durable });
      return running;
    },
    stop: async () => {
      await running?.stop();
      running = null;
    },
    kill: async () => {
      await running?.kill();
      running = null;
    },
  };
}

/** Starts everything and waits until every service says that it is ready. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  mkdirSync(options.dir, { recursive: true });
  const take = ports(options.firstPort);
  const { child: nats, url: natsUrl } = await natsServer(options, take);
  const postgresPort = await take.take();
  const database = databaseOf(options, postgresPort);
  let plan: Plan = { services: [], cliEnv: {} };
  const stop = async (): Promise<void> => {
    await Promise.all([...plan.services].reverse().map(({ child }) => child.stop()));
    await nats.stop();
    await database.stop();
  };
  try {
    const [{ url: databaseUrl }] = await Promise.all([database.start(), nats.start()]);
    plan = await planServices(options, { natsUrl, databaseUrl, ports: take });
    await Promise.all(plan.services.map(({ child }) => child.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  const { services, cliEnv } = plan;
  return {
    options,
    nats,
    natsUrl,
    postgresPort,
    services,
    cliEnv,
    stop,
    postgres: () => {
      const running = database.running();
      if (running === null) throw new Error("PostgreSQL is stopped");
      return running;
    },
    of: (kind) => services.filter((one) => one.kind === kind),
    stopPostgres: database.stop,
    killPostgres: database.kill,
    startPostgres: async () => {
      await database.start();
    },
  };
}
