/**
 * What stays of a company for ever: the versions of its contract's terms and of what invoices count.
 * Owns both tables; runs inside the transaction of a change when it writes.
 *
 * H1  A row is added or superseded, never changed or deleted; also when the company is deleted.
 * H2  Versions follow each other by revision, and their moments never go back (revisions.ts V4).
 */
import { z } from "zod";
import type { Query } from "../../../lib/runtime/database.ts";
import type { BillingHistory } from "../../../lib/telephony/billing-history.ts";
import type { ContractTerm } from "../../../lib/telephony/contract.ts";
import type { E164 } from "../../../lib/telephony/e164.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Company } from "../core/company.ts";
import { termVersions } from "../core/term-versions.ts";
import {
  bigint,
  civilDate,
  companyId,
  e164,
  instantSql,
  listSql,
  objectSql,
  timestamp,
} from "./row-values.ts";

/** A term of a contract as {@link CURRENT_TERMS_SQL} gives it. */
export const contractTerm = z.object({
  from: civilDate,
  until: civilDate.nullable(),
  terminalForwarding: z.boolean(),
  representativeForwarding: z.boolean(),
  extraChannels: z.number(),
  channelsPerNumber: z.number(),
  internationalForwarding: z.boolean(),
  pricePlan: z.string(),
  addOns: z.array(z.object({ number: e164, units: z.number() })),
});

const TERM_SQL = objectSql({
  from: "k.from_date",
  until: "k.until_date",
  terminalForwarding: "k.terminal_forwarding",
  representativeForwarding: "k.representative_forwarding",
  extraChannels: "k.extra_channels",
  channelsPerNumber: "k.channels_per_number",
  internationalForwarding: "k.international_forwarding",
  pricePlan: "k.price_plan",
  addOns: "k.add_ons",
});

/** Terms that are held for true of the company `c`, in order of time, as one list. */
export const CURRENT_TERMS_SQL = listSql(
  TERM_SQL,
  "k.from_date",
  "contract_terms k where k.company_id = c.id and k.superseded_at is null",
);

/** When and by which revision something was recorded. */
export interface Recorded {
  readonly revision: number;
  readonly at: Instant;
}

/** Terms that are held for true; also of a company that was deleted. */
export async function readTerms(query: Query, company: string): Promise<readonly ContractTerm[]> {
  const rows = await query(
    `select ${TERM_SQL} as term from contract_terms k
     where k.company_id = $1 and k.superseded_at is null order by k.from_date`,
    [company],
  );
  return rows.map((row) => z.object({ term: contractTerm }).parse(row).term);
}

/** Keeps a company's latest name for its invoices. */
export async function writeName(query: Query, { id, name }: Company): Promise<void> {
  await query(
    `insert into known_companies (company_id, name) values ($1, $2)
     on conflict (company_id) do update set name = excluded.name`,
    [id, name],
  );
}

const TERM_COLUMNS = `from_date, until_date, terminal_forwarding, representative_forwarding,
  extra_channels, channels_per_number, international_forwarding, price_plan, add_ons`;

/** Supersedes the stored terms that are none of `terms`, and records those of `terms` that are new. */
export async function writeTerms(
  query: Query,
  company: string,
  terms: readonly ContractTerm[],
  { revision, at }: Recorded,
): Promise<void> {
  const { superseded, recorded } = termVersions(await readTerms(query, company), terms);
  await query(
    `update contract_terms set superseded_at = $3
     where company_id = $1 and superseded_at is null and from_date = any($2::date[])`,
    [company, superseded.map(({ from }) => from), timestamp(at)],
  );
  const rows = recorded.map((term) => ({
    from_date: term.from,
    until_date: term.until,
    terminal_forwarding: term.terminalForwarding,
    representative_forwarding: term.representativeForwarding,
    extra_channels: term.extraChannels,
    channels_per_number: term.channelsPerNumber,
    international_forwarding: term.internationalForwarding,
    price_plan: term.pricePlan,
    add_ons: term.addOns,
  }));
  await query(
    `insert into contract_terms (company_id, ${TERM_COLUMNS}, revision, recorded_at)
     select $1, ${TERM_COLUMNS}, $3, $4 from jsonb_to_recordset($2::jsonb) as x(
       from_date date, until_date date, terminal_forwarding boolean,
       representative_forwarding boolean, extra_channels int, channels_per_number int,
       international_forwarding boolean, price_plan text, add_ons jsonb)`,
    [company, JSON.stringify(rows), revision, timestamp(at)],
  );
}

/** What there is to count (DOMAIN R22, A11, A12). */
export interface Counts {
  readonly users: number;
  /** Representative and IVR numbers. */
  readonly shared: readonly E164[];
}

/** What a company gives to count. */
export const countsOf = ({ users, numbers }: Company): Counts => ({
  users: users.length,
  shared: numbers
    .filter(({ kind }) => kind !== "standard")
    .map(({ number }) => number)
    .toSorted((a, b) => (a < b ? -1 : 1)),
});

/** Adds a version of the counts when they differ from the last one. */
export async function writeCounts(
  query: Query,
  company: string,
  { users, shared }: Counts,
  { revision, at }: Recorded,
): Promise<void> {
  await query(
    `insert into company_counts (company_id, revision, at, users, shared_numbers, shared)
     select $1, $2, $3, $4, cardinality($5::text[]), $5 where not exists (
       select from (
         select users, shared from company_counts where company_id = $1
         order by revision desc limit 1
       ) last where last.users = $4 and last.shared = $5)`,
    [company, revision, timestamp(at), users, shared],
  );
}

const historyRow = z
  .object({
    company_id: companyId,
    name: z.string(),
    terms: z.array(
      z.object({
        term: contractTerm,
        recordedAt: bigint,
        supersededAt: bigint.nullable(),
        revision: bigint,
      }),
    ),
    counts: z.array(
      z.object({ at: bigint, revision: bigint, users: z.number(), shared: z.array(e164) }),
    ),
  })
  .transform(({ company_id, ...rest }): BillingHistory => ({ companyId: company_id, ...rest }));

const HISTORY_SQL = `
select c.company_id, c.name,
  ${listSql(
    objectSql({
      term: TERM_SQL,
      recordedAt: instantSql("k.recorded_at"),
      supersededAt: instantSql("k.superseded_at"),
      revision: "k.revision",
    }),
    "k.revision, k.from_date",
    "contract_terms k where k.company_id = c.company_id",
  )} as terms,
  ${listSql(
    objectSql({
      at: instantSql("n.at"),
      revision: "n.revision",
      users: "n.users",
      shared: "n.shared",
    }),
    "n.revision",
    "company_counts n where n.company_id = c.company_id",
  )} as counts
from known_companies c where c.company_id = $1`;

/** Everything that an invoice counts; null for a company that was never stored. */
export async function readHistory(query: Query, company: string): Promise<BillingHistory | null> {
  const [row] = await query(HISTORY_SQL, [company]);
  return row === undefined ? null : historyRow.parse(row);
}
