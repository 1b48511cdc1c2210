/**
 * Reads companies, trunks, routes, owners and credentials. Owns a bounded cache of whole companies, so
 * that a route costs one small query; each use checks that the cached company is still the stored one.
 *
 * R1  The revision beside an answer is read before the answer: the answer may be newer, never older.
 * R2  A cached company is good as long as its `route_revision` stands: that moves with its own changes and
 *     with those of others that its routes show (revisions.ts V3).
 * R3  A company that is not cached is read once, however many routes of it are asked for meanwhile.
 */
import { z } from "zod";
import type { Database, Query } from "../../../lib/runtime/database.ts";
import { parseCompanyId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { RouteKey, RouteSnapshot } from "../../../lib/telephony/route-snapshot.ts";
import { resolve, type StoredCompany } from "../core/resolve.ts";
import type { At, ChangeLog, Credential, Readings, RevisedCompany } from "../ports.ts";
import { readHistory } from "./history-rows.ts";
import { holidaysFrom } from "./holidays.ts";
import { readCompanyRow, readCompanyRows } from "./read-company-rows.ts";
import { readChanges, readRevisions } from "./revisions.ts";
import { bigint } from "./row-values.ts";
import { readTrunkRows } from "./trunk-rows.ts";

/** Companies kept whole in memory; the least recently used goes first. */
const COMPANIES_CACHED_MAX = 256;

interface CachedCompany {
  readonly trunkRevision: number;
  readonly stored: StoredCompany;
}

const at = async <T>(query: Query, read: () => Promise<T>): Promise<At<T>> => {
  const { revision } = await readRevisions(query);
  return { kind: "at", revision, value: await read() };
};

const revised = ({ company, revision }: StoredCompany): RevisedCompany => ({ company, revision });

const pointerRow = z.object({
  revision: bigint,
  trunk_revision: bigint,
  company_id: z.string().nullable(),
  company_revision: bigint.nullable(),
});

const NUMBER_SQL = `
select s.revision, s.trunk_revision, c.id as company_id, c.route_revision as company_revision
from registry_state s
  left join numbers n on n.number = $1
  left join companies c on c.id = n.company_id`;
const COMPANY_SQL = `
select s.revision, s.trunk_revision, c.id as company_id, c.route_revision as company_revision
from registry_state s left join companies c on c.id = $1`;

/** Whole companies by id, each good for one revision of its routes and of the trunks. */
function createCompanyCache() {
  const entries = new Map<string, CachedCompany>();
  const underWay = new Map<string, Promise<StoredCompany | null>>();
  const readOnce = (query: Query, id: string, version: string): Promise<StoredCompany | null> => {
    const key = `${id} ${version}`;
    const reading = underWay.get(key) ?? readCompanyRow(query, id);
    underWay.set(key, reading);
    return reading.finally(() => void underWay.delete(key));
  };
  return async (
    query: Query,
    pointer: { readonly id: string; readonly revision: number; readonly trunkRevision: number },
  ): Promise<StoredCompany | null> => {
    const { id, revision, trunkRevision } = pointer;
    const cached = entries.get(id);
    entries.delete(id);
    const fresh =
      cached?.stored.routeRevision === revision && cached.trunkRevision === trunkRevision
        ? cached.stored
        : await readOnce(query, id, `${revision} ${trunkRevision}`);
    if (fresh === null) return null;
    entries.set(id, { trunkRevision, stored: fresh });
    const oldest = entries.keys().next();
    if (entries.size > COMPANIES_CACHED_MAX && !oldest.done) entries.delete(oldest.value);
    return fresh;
  };
}

type CompanyCache = ReturnType<typeof createCompanyCache>;

async function readRoute(
  query: Query,
  key: RouteKey,
  companyOf: CompanyCache,
  at: Instant,
): Promise<At<RouteSnapshot | null>> {
  const [row] =
    key.kind === "number"
      ? await query(NUMBER_SQL, [key.number])
      : await query(COMPANY_SQL, [key.companyId]);
  const pointer = pointerRow.parse(row);
  const { revision, trunk_revision: trunkRevision, company_id: id } = pointer;
  const none: At<null> = { kind: "at", revision, value: null };
  if (id === null) return none;
  const company = await companyOf(query, {
    id,
    revision: pointer.company_revision ?? 0,
    trunkRevision,
  });
  return company === null
    ? none
    : { ...none, value: resolve(company, key, { at, holidays: holidaysFrom(at) }) };
}

const ownerRow = z.object({ company_id: z.string(), trunk_id: z.string() });
const credentialRow = z.object({
  company_id: z.string(),
  ha1_md5: z.string(),
  ha1_sha256: z.string(),
});

async function readCredential(
  query: Query,
  domain: string,
  extension: string,
): Promise<Credential | null> {
  const [row] = await query(
    `select t.company_id, t.ha1_md5, t.ha1_sha256 from terminals t
     join companies c on c.id = t.company_id where c.domain = $1 and t.extension = $2`,
    [domain, extension],
  );
  if (row === undefined) return null;
  const found = credentialRow.parse(row);
  const companyId = parseCompanyId(found.company_id);
  if (typeof companyId !== "string") return null;
  return { companyId, ha1Md5: found.ha1_md5, ha1Sha256: found.ha1_sha256 };
}

async function readOwner(
  query: Query,
  number: string,
): Promise<{ readonly companyId: string; readonly trunkId: string } | null> {
  const sql = "select company_id, trunk_id from numbers where number = $1";
  const [row] = await query(sql, [number]);
  if (row === undefined) return null;
  const owner = ownerRow.parse(row);
  return { companyId: owner.company_id, trunkId: owner.trunk_id };
}

/** The reading half of the store. */
export function createReadings(database: Database, now: () => Instant): Readings & ChangeLog {
  const companyOf = createCompanyCache();
  const read = <T>(work: (query: Query) => Promise<T>) =>
    database.run((query) => at(query, () => work(query)));
  return {
    company: (id) =>
      read(async (query) => {
        const stored = await readCompanyRow(query, id);
        return stored && revised(stored);
      }),
    companies: (afterId, limit) =>
      read(async (query) => (await readCompanyRows(query, afterId, limit)).map(revised)),
    trunks: (id) => read((query) => readTrunkRows(query, id)),
    route: (key) => database.run((query) => readRoute(query, key, companyOf, now())),
    billingHistory: (id) => read((query) => readHistory(query, id)),
    owner: (number) => read((query) => readOwner(query, number)),
    credential: (domain, extension) => read((query) => readCredential(query, domain, extension)),
    revision: () => read(() => Promise.resolve(null)),
    changesAfter: (revision, limit) => read((query) => readChanges(query, revision, limit)),
  };
}
