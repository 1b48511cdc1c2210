/**
 * The one global counter of changes and the log of what each revision changed.
 *
 * V1  A change locks the counter's row before it reads anything, until it commits: changes happen one
 *     after the other, and revisions become visible in their order.
 * V2  Each company or trunk changed has a revision of its own.
 * V3  So has each company that forwards to a number which became, or is no more, a number of the service
 *     (DOMAIN A19, A22): what it stores stays, what its routes show does not. One entry a company, however
 *     many numbers, and one statement for all.
 * V4  Moments do not go back from one revision to the next, whichever replica's clock is behind: a day that
 *     has passed for one replica has passed for all.
 */
import { z } from "zod";
import type { Query } from "../../../lib/runtime/database.ts";
import { type E164, nationalForm } from "../../../lib/telephony/e164.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Change } from "../ports.ts";
import { TARGET_TABLES } from "./read-company-rows.ts";
import { bigint, instantSql, timestamp } from "./row-values.ts";

/** PostgreSQL channel that is notified after each commit with a change. */
export const NOTIFY_CHANNEL = "tenant_registry_changed";

/** The counter as it stands. */
export interface Revisions {
  readonly revision: number;
  /** The last revision that changed a trunk. */
  readonly trunkRevision: number;
}

const stateRow = z
  .object({ revision: bigint, trunk_revision: bigint })
  .transform((row): Revisions => ({ revision: row.revision, trunkRevision: row.trunk_revision }));

const STATE_SQL = "select revision, trunk_revision from registry_state";

/** Reads the counter. */
export const readRevisions = async (query: Query): Promise<Revisions> =>
  stateRow.parse((await query(STATE_SQL))[0]);

/** Reads and locks the counter (V1). */
export const lockRevisions = async (query: Query): Promise<Revisions> =>
  stateRow.parse((await query(`${STATE_SQL} for update`))[0]);

const madeRow = z.object({ made_at: bigint });

/** The moment of a change that is made now, after the revision that is locked (V4). */
export async function momentOfChange(
  query: Query,
  { revision }: Revisions,
  now: Instant,
): Promise<Instant> {
  const sql = `select ${instantSql("made_at")} as made_at from revisions where revision = $1`;
  const [last] = await query(sql, [revision]);
  return last === undefined ? now : Math.max(now, madeRow.parse(last).made_at);
}

async function moveTo(query: Query, revision: number, isTrunk: boolean): Promise<void> {
  await query(
    `update registry_state set revision = $1,
       trunk_revision = case when $2 then $1 else trunk_revision end`,
    [revision, isTrunk],
  );
  await query("select pg_notify($1, $2)", [NOTIFY_CHANNEL, String(revision)]);
}

/** A change with its lines for people and its moment. */
export interface LogEntry extends Change {
  readonly changes: readonly string[];
  readonly at: Instant;
}

/** Writes the log entry of one revision and moves the counter. */
export async function logRevision(query: Query, entry: LogEntry): Promise<void> {
  const { revision, changed, changes, at } = entry;
  const isTrunk = changed.kind === "trunk";
  await query(
    `insert into revisions (revision, company_id, trunk_id, changes, made_at)
     values ($1, $2, $3, $4, $5)`,
    [
      revision,
      isTrunk ? null : changed.companyId,
      isTrunk ? changed.trunkId : null,
      changes,
      timestamp(at),
    ],
  );
  await moveTo(query, revision, isTrunk);
}

/** Numbers that a company got or gave up at a revision. */
export interface NumberMoves {
  readonly companyId: string;
  readonly numbers: readonly E164[];
  readonly revision: number;
  readonly at: Instant;
}

const FORWARDERS_SQL = TARGET_TABLES.map(
  (table) => `select company_id from ${table} where outside = any($1)`,
).join(" union ");

const ON_NET_SQL = `
with affected as (
  select company_id, $3 + row_number() over (order by company_id) as revision
  from (${FORWARDERS_SQL}) x where company_id <> $2
), moved as (
  update companies c set route_revision = a.revision from affected a where c.id = a.company_id
)
insert into revisions (revision, company_id, changes, made_at)
select revision, company_id, array[$4], $5 from affected returning revision`;

/** Numbers that are named in a log entry. */
const NAMED_MAX = 5;

/** Gives each other company that forwards to the numbers a revision (V3); the last one. */
export async function logNumberMoves(query: Query, moves: NumberMoves): Promise<number> {
  const { companyId, numbers, revision, at } = moves;
  if (numbers.length === 0) return revision;
  const named = numbers.slice(0, NAMED_MAX).map(nationalForm).join(", ");
  const more = numbers.length > NAMED_MAX ? ` and ${numbers.length - NAMED_MAX} more` : "";
  const line = `company ${companyId} added or removed ${named}${more}`;
  const values = [numbers, companyId, revision, line, timestamp(at)];
  const rows = await query(ON_NET_SQL, values);
  if (rows.length === 0) return revision;
  await moveTo(query, revision + rows.length, false);
  return revision + rows.length;
}

const changeRow = z
  .object({ revision: bigint, company_id: z.string().nullable(), trunk_id: z.string().nullable() })
  .transform(
    (row): Change => ({
      revision: row.revision,
      changed:
        row.company_id !== null
          ? { kind: "company", companyId: row.company_id }
          : { kind: "trunk", trunkId: row.trunk_id ?? "" },
    }),
  );

/** At most `limit` changes after a revision, oldest first. */
export async function readChanges(
  query: Query,
  after: number,
  limit: number,
): Promise<readonly Change[]> {
  const rows = await query(
    `select revision, company_id, trunk_id from revisions
     where revision > $1 order by revision limit $2`,
    [after, limit],
  );
  return rows.map((row) => changeRow.parse(row));
}
