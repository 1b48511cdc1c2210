/**
 * How our values stand in columns, and the way rows are written: many at once, never one by one.
 *
 * W1  Text columns never hold NUL, which PostgreSQL refuses.
 * W2  Writers of records, charges and rate decks go one after the other, in this process and in others.
 *     Who freezes an invoice goes in the same line.
 */
import { z } from "zod";
import type { Query } from "../../../lib/runtime/database.ts";
import type { E164 } from "../../../lib/telephony/e164.ts";
import { isE164Fault, parseE164 } from "../../../lib/telephony/e164.ts";
import {
  type IdFault,
  isIdFault,
  parseCallId,
  parseCompanyId,
  parseLegId,
} from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";

/** Values of one row by column. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Key of the writers' lock: "kk" and "cdr" in ASCII. */
const WRITERS_LOCK = 0x6b_6b_63_64_72;

/** Waits until no other transaction writes; held until the transaction's end (W2). */
export const lockWriters = (query: Query): Promise<readonly unknown[]> =>
  query("select pg_advisory_xact_lock($1)", [WRITERS_LOCK]);

/** A moment as a timestamp. */
export const time = (at: Instant): string => new Date(at).toISOString();
/** A moment that may not have happened. */
export const timeOrNull = (at: Instant | null): string | null => (at === null ? null : time(at));
/** Bytes as PostgreSQL's text. */
export const bytea = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString("hex")}`;
/** See W1. */
export const withoutNul = (text: string): string => text.replaceAll("\0", "\u{fffd}");

/** Inserts rows of one shape; the names of the columns come from our own code. */
export async function insert(
  query: Query,
  table: string,
  rows: readonly Row[],
  conflict = "",
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first).join(", ");
  await query(
    `insert into ${table} (${columns})
     select ${columns} from jsonb_populate_recordset(null::${table}, $1) ${conflict}`,
    [JSON.stringify(rows)],
  );
}

const idColumn = <T extends string>(parse: (text: string) => T | IdFault) =>
  z.string().transform((text, context): T => {
    const id = parse(text);
    if (!isIdFault(id)) return id;
    context.addIssue(`not an id: ${text}`);
    return z.NEVER;
  });

/** A column with a call's id. */
export const callIdColumn = idColumn(parseCallId);
/** A column with a leg's id. */
export const legIdColumn = idColumn(parseLegId);
/** A column with a company's id. */
export const companyIdColumn = idColumn(parseCompanyId);
/** A column with an E.164 number. */
export const numberColumn = z.string().transform((text, context): E164 => {
  const number = parseE164(text);
  if (!isE164Fault(number)) return number;
  context.addIssue(`not a number: ${text}`);
  return z.NEVER;
});
/** A timestamp column. */
export const timeColumn = z.date().transform((date): Instant => date.getTime());
/** A bigint or sum; a value that a number cannot hold exactly is damage. */
export const wholeColumn = z.coerce.number().refine(Number.isSafeInteger, "beyond whole numbers");
