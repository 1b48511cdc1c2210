/**
 * Companies and trunks in PostgreSQL: the one way to change them. Owns the order of a change: lock,
 * check against what is stored, write, log the revision, notify. Reading is in readings.ts.
 *
 * A1  A change is stored whole with its revision, or not at all; a change of nothing makes no revision.
 * A2  What is checked is what is stored: check and write happen under the lock of the counter
 *     (revisions.ts V1), so of two companies that claim a number at once one is refused.
 */

import { z } from "zod";
import type { Database, Query } from "../../../lib/runtime/database.ts";
import type { CarrierTrunk } from "../../../lib/telephony/carrier-trunk.ts";
import type { Extension } from "../../../lib/telephony/ids.ts";
import { companyChanges, trunkChanges } from "../core/changes.ts";
import type { Company } from "../core/company.ts";
import { type CheckedDocument, checkDocument, type ReadDocument } from "../core/document.ts";
import type { StoredCompany } from "../core/resolve.ts";
import type { Change, ChangeOptions, ChangeOutcome, Changes, RemovalOutcome } from "../ports.ts";
import { conflicts } from "./conflicts.ts";
import { type DigestSecrets, digestSecrets } from "./digest.ts";
import { readCompanyRow, readTrunkRows } from "./read-rows.ts";
import { lockRevisions, logRevision } from "./revisions.ts";
import { deleteCompany, deleteTrunk, writeCompany, writeTrunk } from "./write-rows.ts";

/** What a document meets in the database. */
interface Stored {
  readonly trunks: readonly CarrierTrunk[];
  readonly company: StoredCompany | null;
  /** Digests of the company's terminals that stay good: none when its domain changes. */
  readonly secrets: ReadonlyMap<Extension, DigestSecrets>;
}

/** One thing to write, with its lines for people. */
interface Step {
  readonly changed: Change["changed"];
  readonly changes: readonly string[];
  readonly write: (query: Query, revision: number) => Promise<void>;
}

const secretRow = z.object({ extension: z.string(), ha1_md5: z.string(), ha1_sha256: z.string() });

async function readSecrets(
  query: Query,
  company: Company,
): Promise<ReadonlyMap<Extension, DigestSecrets>> {
  const sql = "select extension, ha1_md5, ha1_sha256 from terminals where company_id = $1";
  const rows = (await query(sql, [company.id])).map((row) => secretRow.parse(row));
  const byName = new Map(rows.map((row) => [row.extension, row]));
  return new Map(
    company.terminals.flatMap(({ extension }) => {
      const row = byName.get(extension);
      if (row === undefined) return [];
      return [[extension, { ha1Md5: row.ha1_md5, ha1Sha256: row.ha1_sha256 }]];
    }),
  );
}

async function readStored(query: Query, { draft }: ReadDocument): Promise<Stored> {
  const id = draft.company?.id ?? null;
  const company = id === null ? null : await readCompanyRow(query, id);
  const keepsDomain = company !== null && company.company.domain === draft.company?.domain;
  return {
    trunks: await readTrunkRows(query, null),
    company,
    secrets: keepsDomain ? await readSecrets(query, company.company) : new Map(),
  };
}

function companyStep(company: Company, document: CheckedDocument, stored: Stored): Step {
  const set = document.passwords.map(({ extension, password }) => ({
    extension,
    secrets: digestSecrets(extension, company.domain, password),
  }));
  const secrets = new Map([
    ...stored.secrets,
    ...set.map(({ extension, secrets: digests }) => [extension, digests] as const),
  ]);
  const renewed = set
    .filter(
      ({ extension, secrets: { ha1Sha256 } }) =>
        stored.secrets.get(extension)?.ha1Sha256 !== ha1Sha256,
    )
    .map(({ extension }) => extension);
  return {
    changed: { kind: "company", companyId: company.id },
    changes: companyChanges(stored.company?.company ?? null, company, renewed),
    write: (query, revision) => writeCompany(query, company, secrets, revision),
  };
}

/** Trunks first: the company's numbers refer to them. */
function steps(document: CheckedDocument, stored: Stored): readonly Step[] {
  const before = new Map(stored.trunks.map((trunk) => [trunk.id, trunk]));
  const trunks = document.trunks.map(
    (trunk): Step => ({
      changed: { kind: "trunk", trunkId: trunk.id },
      changes: trunkChanges(before.get(trunk.id) ?? null, trunk),
      write: (query, revision) => writeTrunk(query, trunk, revision),
    }),
  );
  const company =
    document.company === null ? [] : [companyStep(document.company, document, stored)];
  return [...trunks, ...company].filter(({ changes }) => changes.length > 0);
}

async function writeSteps(query: Query, from: number, todo: readonly Step[]): Promise<number> {
  let revision = from;
  for (const { changed, changes, write } of todo) {
    revision += 1;
    await write(query, revision);
    await logRevision(query, { revision, changed }, changes);
  }
  return revision;
}

/** Revision of what the document replaces: its company, else its one trunk; 0 when there is none. */
function replacedRevision({ draft }: ReadDocument, stored: Stored): number {
  if (draft.company !== null) return stored.company?.revision ?? 0;
  const id = draft.trunks[0]?.value.id;
  return stored.trunks.find((trunk) => trunk.id === id)?.revision ?? 0;
}

async function change(
  query: Query,
  read: ReadDocument,
  options: ChangeOptions,
): Promise<ChangeOutcome> {
  const { revision } = await lockRevisions(query);
  const stored = await readStored(query, read);
  const replaced = replacedRevision(read, stored);
  if (options.expectedRevision !== 0 && options.expectedRevision !== replaced) {
    return { kind: "outdated", revision: replaced };
  }
  const result = checkDocument(read, {
    trunks: new Set(stored.trunks.map(({ id }) => id)),
    withPassword: new Set(stored.secrets.keys()),
  });
  const claimed = await conflicts(query, read.draft);
  if (result.kind === "faulty" || claimed.length > 0) {
    const faults = [...(result.kind === "faulty" ? result.faults : []), ...claimed];
    return { kind: "faulty", revision, faults };
  }
  const todo = steps(result.document, stored);
  const changes = todo.flatMap((step) => step.changes);
  if (options.dryRun) return { kind: "stored", revision, changes };
  return { kind: "stored", revision: await writeSteps(query, revision, todo), changes };
}

async function removeCompany(query: Query, companyId: string): Promise<RemovalOutcome> {
  const { revision } = await lockRevisions(query);
  if ((await query("select 1 from companies where id = $1", [companyId])).length === 0) {
    return { kind: "absent" };
  }
  const step: Step = {
    changed: { kind: "company", companyId },
    changes: [`company ${companyId} removed`],
    write: (run) => deleteCompany(run, companyId),
  };
  return { kind: "removed", revision: await writeSteps(query, revision, [step]) };
}

const userRow = z.object({ company_id: z.string(), numbers: z.coerce.number() });

async function removeTrunk(query: Query, trunkId: string): Promise<RemovalOutcome> {
  const { revision } = await lockRevisions(query);
  if ((await query("select 1 from trunks where id = $1", [trunkId])).length === 0) {
    return { kind: "absent" };
  }
  const users = await query(
    `select company_id, count(*) as numbers from numbers where trunk_id = $1
     group by company_id order by company_id limit 5`,
    [trunkId],
  );
  if (users.length > 0) {
    const who = users.map((row) => userRow.parse(row));
    const list = who.map((user) => `${user.company_id} (${user.numbers})`).join(", ");
    const reason = `numbers use this trunk, move them first; company (numbers): ${list}`;
    return { kind: "blocked", reason };
  }
  const step: Step = {
    changed: { kind: "trunk", trunkId },
    changes: [`trunk ${trunkId} removed`],
    write: (run) => deleteTrunk(run, trunkId),
  };
  return { kind: "removed", revision: await writeSteps(query, revision, [step]) };
}

const removed = (outcome: RemovalOutcome): boolean => outcome.kind === "removed";

/** The changing half of the store. */
export const createChanges = (database: Database): Changes => ({
  change: (read, options) =>
    database.transaction<ChangeOutcome>(
      (query) => change(query, read, options),
      (outcome) => outcome.kind === "stored" && outcome.changes.length > 0 && !options.dryRun,
    ),
  removeCompany: (id) =>
    database.transaction<RemovalOutcome>((query) => removeCompany(query, id), removed),
  removeTrunk: (id) =>
    database.transaction<RemovalOutcome>((query) => removeTrunk(query, id), removed),
});
