/**
 * A service's PostgreSQL database: pool, transactions, migrations. Owns what a failing database looks
 * like to the rest (StoreFault). Does not know any table.
 *
 * D1  No failure of the database ends the process; each call answers within its query limit and the wait
 *     for a connection.
 * D2  At most WAITING_MAX calls wait for a connection; more are refused at once.
 * D3  Each service has a schema of its own, so that they may share a database.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { z } from "zod";
import type { Logger } from "./log.ts";

/** One query's limit: far above a healthy one's few ms, below the callers' patience. */
const QUERY_LIMIT_MS = 5000;
const CONNECT_LIMIT_MS = 2000;
const CONNECTIONS_MAX = 10;
const WAITING_MAX = 500;
const MIGRATE_AGAIN_MS = 500;

/** The database could not do it: `unavailable` may be tried again, `refused` is about the data. */
export interface StoreFault {
  readonly kind: "store-fault";
  readonly cause: "unavailable" | "refused" | "internal";
  readonly problem: string;
}

/** Runs SQL and gives the rows, not yet checked. */
export type Query = (sql: string, values?: readonly unknown[]) => Promise<readonly unknown[]>;

/** A way to the database; nothing of it throws. */
export interface Database {
  readonly run: <T>(work: (query: Query) => Promise<T>) => Promise<T | StoreFault>;
  /** Commits when `keep` says so of the result, else rolls back. */
  readonly transaction: <T>(
    work: (query: Query) => Promise<T>,
    keep: (result: T) => boolean,
  ) => Promise<T | StoreFault>;
  /** Brings the tables up to date; one process at a time, others wait. */
  readonly migrate: () => Promise<null | StoreFault>;
  readonly close: () => Promise<void>;
}

/** Which database a connection is for, and whose. */
export interface ConnectionTarget {
  readonly url: string;
  /** Schema of the service's tables; made when missing. */
  readonly schema: string;
  /** Shown in the server's list of connections. */
  readonly application: string;
  /** One query's limit in milliseconds, where its usual one is too short for the work. */
  readonly queryLimitMs?: number;
}

/** A service's database. */
export interface DatabaseSettings extends ConnectionTarget {
  /** Folder of plain SQL migrations. */
  readonly migrations: URL;
  /** Hears of idle connections that broke. */
  readonly onFault: (fault: StoreFault) => void;
}

/** True for an answer that the database could not give. */
export const isStoreFault = (value: unknown): value is StoreFault =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "store-fault";

/** Settings of every connection, the pool's and a listener's. */
export function connectionSettings(settings: ConnectionTarget): pg.ClientConfig {
  const limitMs = settings.queryLimitMs ?? QUERY_LIMIT_MS;
  return {
    connectionString: settings.url,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    query_timeout: limitMs,
    statement_timeout: limitMs,
    idle_in_transaction_session_timeout: 2 * QUERY_LIMIT_MS,
    options: `-c search_path=${settings.schema}`,
    keepAlive: true,
    application_name: settings.application,
  };
}

/** SQLSTATE classes of a server that is away, starting, stopping, full, or too slow. */
const PASSING = /^(08|25P03|40|53|55|57|58)/;
/** Data exception, integrity constraint violation. */
const ABOUT_THE_DATA = /^2[23]/;

/** Sorts an error: without SQLSTATE it is the connection's, or ours, as a row that is not what it should be. */
export function storeFault(error: unknown): StoreFault {
  const said = error instanceof Error ? error.message || error.name : String(error);
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    const problem = `${said} (${error.code})`;
    if (ABOUT_THE_DATA.test(error.code)) return { kind: "store-fault", cause: "refused", problem };
    const cause = PASSING.test(error.code) ? "unavailable" : "internal";
    return { kind: "store-fault", cause, problem };
  }
  const isOurs = [TypeError, RangeError, z.ZodError].some((ours) => error instanceof ours);
  return { kind: "store-fault", cause: isOurs ? "internal" : "unavailable", problem: said };
}

const queryOf =
  (client: pg.Pool | pg.PoolClient): Query =>
  async (sql, values = []) => {
    const rows: readonly unknown[] = (await client.query(sql, [...values])).rows;
    return rows;
  };

async function inTransaction<T>(
  client: pg.PoolClient,
  work: (query: Query) => Promise<T>,
  keep: (result: T) => boolean,
): Promise<T> {
  await client.query("begin");
  const result = await work(queryOf(client));
  await client.query(keep(result) ? "commit" : "rollback");
  return result;
}

async function migrate(settings: DatabaseSettings): Promise<null> {
  await runner({
    databaseUrl: { ...connectionSettings(settings), statement_timeout: 0, query_timeout: 0 },
    dir: fileURLToPath(settings.migrations),
    migrationsTable: "migrations",
    schema: settings.schema,
    createSchema: true,
    direction: "up",
    advisoryLockMode: "wait",
    log: () => undefined,
  });
  return null;
}

/** A connection that breaks between two queries of a transaction: the next one fails and says so (D1). */
const ignore = (): void => undefined;

/** Opens the pool; connects only when asked something. */
export function openDatabase(settings: DatabaseSettings): Database {
  const pool = new pg.Pool({ ...connectionSettings(settings), max: CONNECTIONS_MAX });
  pool.on("error", (error) => settings.onFault(storeFault(error)));
  const guarded = async <T>(work: () => Promise<T>): Promise<T | StoreFault> => {
    if (pool.waitingCount >= WAITING_MAX) {
      const problem = `${WAITING_MAX} calls wait for the database already`;
      return { kind: "store-fault", cause: "unavailable", problem };
    }
    try {
      return await work();
    } catch (error) {
      return storeFault(error);
    }
  };
  return {
    run: (work) => guarded(() => work(queryOf(pool))),
    transaction: (work, keep) =>
      guarded(async () => {
        const client = await pool.connect();
        client.on("error", ignore);
        try {
          const result = await inTransaction(client, work, keep);
          client.release();
          return result;
        } catch (error) {
          client.release(true);
          throw error;
        } finally {
          client.off("error", ignore);
        }
      }),
    migrate: () => guarded(() => migrate(settings)),
    close: () => pool.end(),
  };
}

/** Tries until the tables are up to date, or there is no need any more; logs each new problem once. */
export async function migrateWhileNeeded(
  database: Pick<Database, "migrate">,
  log: Logger,
  isNeeded: () => boolean,
): Promise<void> {
  for (let reported = ""; isNeeded(); ) {
    const fault = await database.migrate();
    if (!isStoreFault(fault)) return;
    if (fault.problem !== reported)
      log.warn({ fault }, "the tables cannot be made yet; trying again");
    reported = fault.problem;
    await sleep(MIGRATE_AGAIN_MS);
  }
}
