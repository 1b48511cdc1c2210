/**
 * The pool of PostgreSQL connections, transactions and migrations. Owns what a failing database looks
 * like to the rest (StoreFault). Does not know the tables: read-rows.ts and write-rows.ts.
 *
 * P1  No failure of the database ends the process; each call answers within QUERY_LIMIT_MS and the wait
 *     for a connection.
 * P2  At most WAITING_MAX calls wait for a connection; more are refused at once.
 */
import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";
import pg from "pg";
import type { StoreFault } from "../ports.ts";

/** One query's limit: far above a healthy one's few ms, below the callers' patience. */
const QUERY_LIMIT_MS = 5000;
const CONNECT_LIMIT_MS = 2000;
const CONNECTIONS_MAX = 10;
const WAITING_MAX = 500;
/** Own schema, so that other services may share the database. */
const SCHEMA = "tenant_registry";

/** Settings of every connection, the pool's and the listener's. */
export const connectionSettings = (url: string): pg.ClientConfig => ({
  connectionString: url,
  connectionTimeoutMillis: CONNECT_LIMIT_MS,
  query_timeout: QUERY_LIMIT_MS,
  statement_timeout: QUERY_LIMIT_MS,
  idle_in_transaction_session_timeout: 2 * QUERY_LIMIT_MS,
  options: `-c search_path=${SCHEMA}`,
  keepAlive: true,
  application_name: "tenant-registry",
});

/** Runs SQL and gives the rows, not yet checked. */
export type Query = (sql: string, values?: readonly unknown[]) => Promise<readonly unknown[]>;

/** A way to the database; {@link Database.run} and {@link Database.transaction} never throw. */
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

/** True for an answer that the database could not give. */
export const isStoreFault = (value: unknown): value is StoreFault =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "store-fault";

/** SQLSTATE classes of a server that is away, starting, stopping, full, or too slow. */
const PASSING = /^(08|25P03|40|53|55|57|58)/;

/** Sorts an error of the driver: without SQLSTATE it is the connection's. */
export function storeFault(error: unknown): StoreFault {
  const problem = error instanceof Error ? error.message || error.name : String(error);
  const sqlState = error instanceof pg.DatabaseError ? (error.code ?? "") : "";
  const passing = !(error instanceof pg.DatabaseError) || PASSING.test(sqlState);
  const programming = error instanceof TypeError || error instanceof RangeError;
  return {
    kind: "store-fault",
    cause: passing && !programming ? "unavailable" : "internal",
    problem: sqlState === "" ? problem : `${problem} (${sqlState})`,
  };
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

async function migrate(url: string): Promise<null> {
  await runner({
    databaseUrl: { ...connectionSettings(url), statement_timeout: 0, query_timeout: 0 },
    dir: fileURLToPath(new URL("../../migrations", import.meta.url)),
    migrationsTable: "migrations",
    schema: SCHEMA,
    createSchema: true,
    direction: "up",
    advisoryLockMode: "wait",
    log: () => undefined,
  });
  return null;
}

/** Opens the pool; connects only when asked something. `onFault` hears of idle connections that broke. */
export function openDatabase(url: string, onFault: (fault: StoreFault) => void): Database {
  const pool = new pg.Pool({ ...connectionSettings(url), max: CONNECTIONS_MAX });
  pool.on("error", (error) => onFault(storeFault(error)));
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
        try {
          const result = await inTransaction(client, work, keep);
          client.release();
          return result;
        } catch (error) {
          client.release(true);
          throw error;
        }
      }),
    migrate: () => guarded(() => migrate(url)),
    close: () => pool.end(),
  };
}
