/**
 * The one global counter of changes and the log of what each revision changed.
 *
 * V1  A change locks the counter's row before it reads anything, until it commits: changes happen one
 *     after the other, and revisions become visible in their order.
 * V2  Each company or trunk changed has a revision of its own.
 */
import { z } from "zod";
import type { Query } from "../../../lib/runtime/database.ts";
import type { Change } from "../ports.ts";
import { bigint } from "./read-rows.ts";

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

/** Writes the log entry of one revision and moves the counter. */
export async function logRevision(
  query: Query,
  { revision, changed }: Change,
  changes: readonly string[],
): Promise<void> {
  const isTrunk = changed.kind === "trunk";
  await query(
    "insert into revisions (revision, company_id, trunk_id, changes) values ($1, $2, $3, $4)",
    [revision, isTrunk ? null : changed.companyId, isTrunk ? changed.trunkId : null, changes],
  );
  await query(
    `update registry_state set revision = $1,
       trunk_revision = case when $2 then $1 else trunk_revision end`,
    [revision, isTrunk],
  );
  await query("select pg_notify($1, $2)", [NOTIFY_CHANNEL, String(revision)]);
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
