/**
 * What a document claims that another company or trunk owns already: numbers, domains, source
 * addresses. Runs under the lock of revisions.ts, so no two documents can claim the same at once.
 */
import { z } from "zod";
import type { Query } from "../../../lib/runtime/database.ts";
import { nationalForm } from "../../../lib/telephony/e164.ts";
import { CLAIMED } from "../core/check-faults.ts";
import type { DocumentDraft } from "../core/draft.ts";
import type { Fault } from "../core/reading.ts";

const ownedRow = z.object({ claim: z.string(), owner: z.string() });

/** Owners of the claimed things, by what is claimed. */
async function owners(
  query: Query,
  sql: string,
  claims: readonly string[],
  claimant: string,
): Promise<ReadonlyMap<string, string>> {
  if (claims.length === 0) return new Map();
  const rows = await query(sql, [claims, claimant]);
  return new Map(rows.map((row) => ownedRow.parse(row)).map(({ claim, owner }) => [claim, owner]));
}

const NUMBERS_SQL = `select number as claim, company_id as owner from numbers
  where number = any($1) and company_id <> $2`;
const DOMAINS_SQL = `select domain as claim, id as owner from companies
  where domain = any($1) and id <> $2`;
const SOURCES_SQL = `select address as claim, trunk_id as owner from trunk_sources
  where address = any($1) and trunk_id <> all(string_to_array($2, ','))`;

async function companyConflicts(
  query: Query,
  company: NonNullable<DocumentDraft["company"]>,
): Promise<readonly Fault[]> {
  const claimant = company.id ?? "";
  const numbers = company.numbers.map(({ value }) => value.number);
  const domains = company.domain === null ? [] : [company.domain];
  const numberOwners = await owners(query, NUMBERS_SQL, numbers, claimant);
  const domainOwners = await owners(query, DOMAINS_SQL, domains, claimant);
  const domainFaults = [...domainOwners].map(([domain, owner]) => ({
    path: ["company", "domain"],
    ...CLAIMED.domain(domain, owner),
  }));
  const numberFaults = company.numbers.flatMap(({ path, value }) => {
    const owner = numberOwners.get(value.number);
    if (owner === undefined) return [];
    return [{ path: [...path, "number"], ...CLAIMED.number(nationalForm(value.number), owner) }];
  });
  return [...domainFaults, ...numberFaults];
}

/** Every claim of the document that belongs to somebody else. */
export async function conflicts(query: Query, draft: DocumentDraft): Promise<readonly Fault[]> {
  const { company, trunks } = draft;
  const sources = trunks.flatMap(({ value }) => value.sources);
  const here = trunks.map(({ value }) => value.id).join(",");
  const sourceOwners = await owners(query, SOURCES_SQL, sources, here);
  const sourceFaults = trunks.flatMap(({ path, value }) =>
    value.sources.flatMap((address, index) => {
      const owner = sourceOwners.get(address);
      if (owner === undefined) return [];
      return [{ path: [...path, "sources", index], ...CLAIMED.source(address, owner) }];
    }),
  );
  return [...(company === null ? [] : await companyConflicts(query, company)), ...sourceFaults];
}
