/** Reads records and undecodable messages for the gRPC face. Rows are checked as they come in. */
import { z } from "zod";
import type { Database, Query } from "../../../lib/runtime/database.ts";
import type { CallRecord } from "../../../lib/telephony/call-detail-record.ts";
import { describeFault, isWireFault } from "../../../lib/wire/fault.ts";
import { decodeRecord } from "../../../lib/wire/record-codec.ts";
import type { Readings, RecordPlace, Selection, UndecodableMessage } from "../ports.ts";
import { ledgerOf } from "./booking.ts";
import { time } from "./rows.ts";

const RecordRow = z.object({ message: z.instanceof(Uint8Array) });
const CountRow = z.object({ count: z.coerce.number() });
const UndecodableRow = z.object({
  stream_sequence: z.coerce.number(),
  received_at: z.date(),
  subject: z.string(),
  fault: z.string(),
  data: z.instanceof(Uint8Array),
});

/** What was stored was decoded before; a fault here is damage in the database. */
function recordOf(row: unknown): CallRecord {
  const record = decodeRecord(RecordRow.parse(row).message);
  if (isWireFault(record)) throw new TypeError(`stored record: ${describeFault(record)}`);
  return record;
}

/** Conditions of a selection with their values, numbered from $1. */
function conditions(
  { companyId, from, until }: Selection,
  after: RecordPlace | null,
): { readonly where: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [];
  const place = (value: unknown): string => `$${values.push(value)}`;
  const terms = ["true"];
  if (companyId !== null) terms.push(`company_id = ${place(companyId)}`);
  if (from !== null) terms.push(`started_at >= ${place(time(from))}`);
  if (until !== null) terms.push(`started_at < ${place(time(until))}`);
  if (after !== null) {
    terms.push(`(started_at, call_id) < (${place(time(after.startedAt))}, ${place(after.callId)})`);
  }
  return { where: terms.join(" and "), values };
}

async function countOf(query: Query, from: string, values: readonly unknown[]): Promise<number> {
  const [row] = await query(`select count(*) from ${from}`, values);
  return CountRow.parse(row).count;
}

/** The readings over `database`. */
export const createReadings = (database: Database): Readings => ({
  records: (selection, limit, after) =>
    database.run(async (query) => {
      const all = conditions(selection, null);
      const page = conditions(selection, after);
      const rows = await query(
        `select message from call_records where ${page.where}
         order by started_at desc, call_id desc limit ${Math.trunc(limit)}`,
        page.values,
      );
      const total = await countOf(query, `call_records where ${all.where}`, all.values);
      return { records: rows.map(recordOf), total };
    }),
  record: (callId) =>
    database.run(async (query) => {
      const [row] = await query("select message from call_records where call_id = $1", [callId]);
      const charges = await ledgerOf(query, [callId]);
      return { record: row === undefined ? null : recordOf(row), charges };
    }),
  undecodable: (limit) =>
    database.run(async (query) => {
      const rows = await query(
        "select * from undecodable_messages order by received_at desc, stream_sequence desc limit $1",
        [limit],
      );
      const messages = rows.map((row): UndecodableMessage => {
        const { stream_sequence, received_at, subject, fault, data } = UndecodableRow.parse(row);
        const receivedAt = received_at.getTime();
        return { streamSequence: stream_sequence, receivedAt, subject, fault, data };
      });
      return { messages, total: await countOf(query, "undecodable_messages", []) };
    }),
});
