/**
 * Single values of rows, read into domain types, and the SQL that gathers rows into one value. A value
 * that is not what the tables promise throws, and the store answers `internal`.
 */
import { z } from "zod";
import { DESTINATION_CLASSES } from "../../../lib/telephony/destination-class.ts";
import { type E164, isE164Fault, parseE164 } from "../../../lib/telephony/e164.ts";
import {
  type IdFault,
  parseCompanyId,
  parseExtension,
  parseGroupId,
  parseTrunkId,
} from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { type CivilDate, parseCivilDate } from "../../../lib/telephony/tokyo-time.ts";

const id = <T extends string>(parse: (text: string) => T | IdFault) =>
  z.string().transform((text, context): T => {
    const value = parse(text);
    if (typeof value === "string") return value;
    context.addIssue(`not a ${value.what}: ${text}`);
    return z.NEVER;
  });

export const companyId = id(parseCompanyId);
export const trunkId = id(parseTrunkId);
export const extension = id(parseExtension);
export const groupId = id(parseGroupId);

/** An E.164 number. */
export const e164 = z.string().transform((text, context): E164 => {
  const value = parseE164(text);
  if (!isE164Fault(value)) return value;
  context.addIssue(`not an E.164 number: ${text}`);
  return z.NEVER;
});

/** A `date` as JSON. */
export const civilDate = z.string().transform((text, context): CivilDate => {
  const value = parseCivilDate(text);
  if (value !== null) return value;
  context.addIssue(`not a date: ${text}`);
  return z.NEVER;
});

/** PostgreSQL's bigint arrives as text; revisions and moments stay far below 2^53. */
export const bigint = z.coerce.number().int().nonnegative();

export const destinationClass = z.enum(DESTINATION_CLASSES);

/** A moment as the parameter of a `timestamptz`. */
export const timestamp = (at: Instant): string => new Date(at).toISOString();

/** A `timestamptz` column in milliseconds since the Unix epoch. */
export const instantSql = (column: string): string =>
  `(extract(epoch from ${column}) * 1000)::bigint`;

/** Rows of `from` as one JSON list. */
export const listSql = (item: string, order: string, from: string): string =>
  `(select coalesce(json_agg(${item} order by ${order}), '[]') from ${from})`;

/** A JSON object whose keys are given with their SQL. */
export const objectSql = (fields: Readonly<Record<string, string>>): string =>
  `json_build_object(${Object.entries(fields)
    .map(([key, sql]) => `'${key}', ${sql}`)
    .join(", ")})`;
