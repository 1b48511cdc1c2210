/**
 * Companies and trunks in PostgreSQL: the one way to change them. Owns the order of a change: lock,
 * check against what is stored, write with what is kept for invoices, log the revision, notify. Reading
 * is in readings.ts.
 *
 * A1  A change is stored whole with its revision, or not at all; a change of nothing makes no revision.
 * A2  What is checked is what is stored: check and write happen under the lock of the counter
 *     (revisions.ts V1), so of two companies that claim a number at once one is refused.
 * A3  A change is made at one moment, read from the clock under the lock and never before that of the last
 *     change (revisions.ts V4): its date in Tokyo is the day from which a contract may change, and its
 *     history bears it.
 */

import { z } from "zod";
import type { Database, Query } from "../../../lib/runtime/database.ts";
import type { CarrierTrunk } from "../../../lib/telephony/carrier-trunk.ts";
import type { ContractTerm } from "../../../lib/telephony/contract.ts";
import type { E164 } from "../../../lib/telephony/e164.ts";
import type { CompanyId, Extension, TrunkId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { dateOf } from "../../../lib/telephony/tokyo-time.ts";
import { companyChanges, trunkChanges } from "../core/changes.ts";
import type { Company } from "../core/company.ts";
import { type CheckedDocument, checkDocument, type ReadDocument } from "../core/document.ts";
import type { StoredCompany } from "../core/resolve.ts";
import { endedAfter } from "../core/term-versions.ts";
import type { Change, ChangeOptions, ChangeOutcome, Changes, RemovalOutcome } from "../ports.ts";
import { conflicts } from "./conflicts.ts";
import { type DigestSecrets, digestSecrets } from "./digest.ts";
import {
  countsOf,
  type Recorded,
  readTerms,
  writeCounts,
  writeName,
  writeTerms,
} from "./history-rows.ts";
import { readCompanyRow } from "./read-company-rows.ts";
import { lockRevisions, logNumberMoves, logRevision, momentOfChange } from "./revisions.ts";
import { deleteTrunk, readTrunkRows, writeTrunk } from "./trunk-rows.ts";
import { deleteCompany, writeCompany } from "./write-company-rows.ts";

/** What a document meets in the database. */
interface Stored {
  readonly trunks: readonly CarrierTrunk[];
  readonly company: StoredCompany | null;
  /** Terms of its contract that are held for true; a deleted company has some too. */
  readonly contracts: readonly ContractTerm[];
  /** Digests of the company's terminals that stay good: none when its domain changes. */
  readonly secrets: ReadonlyMap<Extension, DigestSecrets>;
}

/** One thing to write, with its lines for people. */
interface Step {
  readonly changed: Change["changed"];
  readonly changes: readonly string[];
  readonly write: (query: Query, recorded: Recorded) => Promise<void>;
  /** Numbers that the company got or gives up. */
  readonly moved: readonly E164[];
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
    contracts: id === null ? [] : await readTerms(query, id),
    secrets: keepsDomain ? await readSecrets(query, company.company) : new Map(),
  };
}

const numbersOf = (stored: StoredCompany | null): ReadonlySet<E164> =>
  new Set(stored?.company.numbers.map(({ number }) => number));

/** Numbers of one of two sets alone. */
const differing = (before: ReadonlySet<E164>, after: ReadonlySet<E164>): readonly E164[] => [
  ...[...before].filter((number) => !after.has(number)),
  ...[...after].filter((number) => !before.has(number)),
];

async function storeCompany(
  query: Query,
  company: Company,
  secrets: ReadonlyMap<Extension, DigestSecrets>,
  recorded: Recorded,
): Promise<void> {
  await writeCompany(query, company, secrets, recorded.revision);
  await writeName(query, company);
  await writeTerms(query, company.id, company.contracts, recorded);
  await writeCounts(query, company.id, countsOf(company), recorded);
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
    write: (query, recorded) => storeCompany(query, company, secrets, recorded),
    moved: differing(
      numbersOf(stored.company),
      new Set(company.numbers.map(({ number }) => number)),
    ),
  };
}

/** Trunks first: the company's numbers refer to them. */
function steps(document: CheckedDocument, stored: Stored): readonly Step[] {
  const before = new Map(stored.trunks.map((trunk) => [trunk.id, trunk]));
  const trunks = document.trunks.map(
    (trunk): Step => ({
      changed: { kind: "trunk", trunkId: trunk.id },
      changes: trunkChanges(before.get(trunk.id) ?? null, trunk),
      write: (query, { revision }) => writeTrunk(query, trunk, revision),
      moved: [],
    }),
  );
  const company =
    document.company === null ? [] : [companyStep(document.company, document, stored)];
  return [...trunks, ...company].filter(({ changes }) => changes.length > 0);
}

/** Writes the steps, each with a revision of its own; the last revision. */
async function writeSteps(query: Query, from: Recorded, todo: readonly Step[]): Promise<number> {
  const { at } = from;
  let { revision } = from;
  for (const { changed, changes, write, moved } of todo) {
    revision += 1;
    await write(query, { revision, at });
    await logRevision(query, { revision, changed, changes, at });
    if (changed.kind !== "company") continue;
    const { companyId } = changed;
    revision = await logNumberMoves(query, { companyId, numbers: moved, revision, at });
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
  now: () => Instant,
  read: ReadDocument,
  options: ChangeOptions,
): Promise<ChangeOutcome> {
  const locked = await lockRevisions(query);
  const { revision } = locked;
  const at = await momentOfChange(query, locked, now());
  const stored = await readStored(query, read);
  const replaced = replacedRevision(read, stored);
  if (options.expectedRevision !== 0 && options.expectedRevision !== replaced) {
    return { kind: "outdated", revision: replaced };
  }
  const result = checkDocument(read, {
    trunks: new Set(stored.trunks.map(({ id }) => id)),
    withPassword: new Set(stored.secrets.keys()),
    contracts: stored.contracts,
    today: dateOf(at),
  });
  const claimed = await conflicts(query, read.draft);
  if (result.kind === "faulty" || claimed.length > 0) {
    const faults = [...(result.kind === "faulty" ? result.faults : []), ...claimed];
    return { kind: "faulty", revision, faults };
  }
  const { document, warnings } = result;
  const todo = steps(document, stored);
  const changes = todo.flatMap((step) => step.changes);
  const last = options.dryRun ? revision : await writeSteps(query, { revision, at }, todo);
  return { kind: "stored", revision: last, changes, warnings };
}

/** What is kept of a company that goes: its contract ends with today, and there is nothing to count. */
async function closeHistory(query: Query, companyId: CompanyId, recorded: Recorded): Promise<void> {
  const terms = endedAfter(await readTerms(query, companyId), dateOf(recorded.at));
  await writeTerms(query, companyId, terms, recorded);
  await writeCounts(query, companyId, { users: 0, shared: [] }, recorded);
}

async function removeCompany(
  query: Query,
  now: () => Instant,
  companyId: CompanyId,
): Promise<RemovalOutcome> {
  const locked = await lockRevisions(query);
  const { revision } = locked;
  const stored = await readCompanyRow(query, companyId);
  if (stored === null) return { kind: "absent" };
  const at = await momentOfChange(query, locked, now());
  const step: Step = {
    changed: { kind: "company", companyId },
    changes: [`company ${companyId} removed`],
    write: async (run, recorded) => {
      await deleteCompany(run, companyId);
      await closeHistory(run, companyId, recorded);
    },
    moved: [...numbersOf(stored)],
  };
  return { kind: "removed", revision: await writeSteps(query, { revision, at }, [step]) };
}

const userRow = z.object({ company_id: z.string(), numbers: z.coerce.number() });

async function removeTrunk(
  query: Query,
  now: () => Instant,
  trunkId: TrunkId,
): Promise<RemovalOutcome> {
  const locked = await lockRevisions(query);
  const { revision } = locked;
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
    moved: [],
  };
  const at = await momentOfChange(query, locked, now());
  return { kind: "removed", revision: await writeSteps(query, { revision, at }, [step]) };
}

const removed = (outcome: RemovalOutcome): boolean => outcome.kind === "removed";

/** The changing half of the store; `now` is the moment of a change (A3). */
export const createChanges = (database: Database, now: () => Instant): Changes => ({
  change: (read, options) =>
    database.transaction<ChangeOutcome>(
      (query) => change(query, now, read, options),
      (outcome) => outcome.kind === "stored" && outcome.changes.length > 0 && !options.dryRun,
    ),
  removeCompany: (id) =>
    database.transaction<RemovalOutcome>((query) => removeCompany(query, now, id), removed),
  removeTrunk: (id) =>
    database.transaction<RemovalOutcome>((query) => removeTrunk(query, now, id), removed),
});
