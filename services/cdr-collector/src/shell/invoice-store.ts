/**
 * Price files and issued invoices in PostgreSQL. Owns their tables and the numbering; what an invoice
 * says is core/invoice's.
 *
 * V1  Prices are applied and invoices issued one after the other (advisory lock), so an invoice is made
 *     of prices that are the newest when it gets its number.
 * V2  Numbers have no gaps within a year: a number is taken in the transaction that writes the invoice.
 * V3  Before it reads what is owed, who issues waits for charges that are being booked: one that was booked
 *     before the close stands on the invoice, however late it is committed.
 */
import { z } from "zod";
import type { Query } from "../../../lib/runtime/database.ts";
import type { CompanyId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { type CivilMonth, parseCivilMonth } from "../../../lib/telephony/tokyo-time.ts";
import type { Invoice, PriceVersion } from "../core/invoice/invoice.ts";
import { KeptInvoice } from "./invoice-document.ts";
import { readPriceDocument } from "./price-document.ts";
import { lockWriters } from "./rows.ts";

/** Key of the lock: "kkinv" in ASCII. */
const INVOICE_LOCK = 0x6b_6b_69_6e_76;
const SERIAL_DIGITS = 6;

/** A price file as it was applied. */
export interface AppliedPrices extends PriceVersion {
  readonly document: string;
  readonly appliedAt: Instant;
}

const PriceRow = z.object({
  version: z.coerce.number(),
  document: z.string(),
  applied_at: z.date(),
});

/** A stored file was free of faults when it was applied; a fault here is damage in the database. */
function appliedPrices(row: unknown): AppliedPrices {
  const { version, document, applied_at } = PriceRow.parse(row);
  const read = readPriceDocument(document);
  if (read.kind === "faulty") throw new TypeError(`price file ${version} does not read any more`);
  return { version, document, appliedAt: applied_at.getTime(), file: read.file };
}

/** Waits until no one else applies prices or issues; held until the transaction ends (V1). */
export const lockInvoices = (query: Query): Promise<unknown> =>
  query("select pg_advisory_xact_lock($1)", [INVOICE_LOCK]);

/** Waits also until no charge is being booked (V3); in this order, so that nobody waits in a ring. */
export async function lockIssuing(query: Query): Promise<void> {
  await lockInvoices(query);
  await lockWriters(query);
}

/** The price file that holds now; null before the first. */
export async function newestPrices(query: Query): Promise<AppliedPrices | null> {
  const [row] = await query("select * from price_files order by version desc limit 1");
  return row === undefined ? null : appliedPrices(row);
}

/** Price files by their versions. */
export async function pricesByVersion(
  query: Query,
  versions: readonly number[],
): Promise<ReadonlyMap<number, PriceVersion>> {
  const rows = await query("select * from price_files where version = any($1)", [versions]);
  return new Map(rows.map(appliedPrices).map((prices) => [prices.version, prices]));
}

/** Keeps a price file under the next version. */
export async function insertPrices(
  query: Query,
  version: number,
  document: string,
): Promise<number> {
  await query("insert into price_files (version, document) values ($1, $2)", [version, document]);
  return version;
}

/** True when any invoice was issued. */
export async function hasInvoices(query: Query): Promise<boolean> {
  return (await query("select 1 from invoices limit 1")).length > 0;
}

const civilMonth = z.string().transform((text, context) => {
  const month = parseCivilMonth(text);
  if (month !== null) return month;
  context.addIssue(`not a month: ${text}`);
  return z.NEVER;
});
const IssuedRow = z.object({ month: civilMonth, price_version: z.coerce.number() });

/** Months of a company with an issued invoice, and by which version of prices. */
export async function issuedMonths(
  query: Query,
  companyId: CompanyId,
): Promise<ReadonlyMap<CivilMonth, number>> {
  const rows = await query("select month, price_version from invoices where company_id = $1", [
    companyId,
  ]);
  return new Map(
    rows
      .map((row) => IssuedRow.parse(row))
      .map(({ month, price_version }) => [month, price_version]),
  );
}

const DocumentRow = z.object({ document: KeptInvoice });

/** An issued invoice; null when there is none. */
export async function issuedInvoice(
  query: Query,
  companyId: CompanyId,
  month: CivilMonth,
): Promise<z.infer<typeof KeptInvoice> | null> {
  const [row] = await query("select document from invoices where company_id = $1 and month = $2", [
    companyId,
    month,
  ]);
  return row === undefined ? null : DocumentRow.parse(row).document;
}

const SerialRow = z.object({ serial: z.coerce.number() });

/** Gives a draft the next number of its year and keeps it (V2); the lock must be held. */
export async function insertInvoice(query: Query, draft: Invoice): Promise<Invoice> {
  const year = Number(draft.month.slice(0, 4));
  const [row] = await query(
    "select coalesce(max(serial), 0) + 1 as serial from invoices where year = $1",
    [year],
  );
  const { serial } = SerialRow.parse(row);
  const number = `${year}-${String(serial).padStart(SERIAL_DIGITS, "0")}`;
  const issued = { ...draft, number };
  await query(
    `insert into invoices (company_id, month, year, serial, price_version, document)
     values ($1, $2, $3, $4, $5, $6)`,
    [draft.companyId, draft.month, year, serial, draft.priceVersion, JSON.stringify(issued)],
  );
  return issued;
}
