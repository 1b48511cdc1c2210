/**
 * Writes records into PostgreSQL. What is written follows from core/deduplicate.ts; this file turns
 * records into rows.
 *
 * S1  A batch is one transaction. Writers of several collectors go one after the other (advisory lock),
 *     so the epochs that a plan was made on still hold when it is carried out.
 * S2  Text columns never hold NUL, which PostgreSQL refuses; `message` holds the record unchanged.
 */
import { z } from "zod";
import { type Database, isStoreFault, type Query } from "../../../lib/runtime/database.ts";
import type { LegRecord } from "../../../lib/telephony/call-detail-record.ts";
import { type CallId, isIdFault, parseCallId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { planWrites, type WritePlan } from "../core/deduplicate.ts";
import type { ReceivedRecord, SetAside, Stored, StoreRecords } from "../ports.ts";

/** Key of the writers' lock: "kk" and "cdr" in ASCII. */
const WRITERS_LOCK = 0x6b_6b_63_64_72;

type Row = Readonly<Record<string, string | number | boolean | null>>;

const time = (at: Instant | null): string | null =>
  at === null ? null : new Date(at).toISOString();
const bytea = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString("hex")}`;
const withoutNul = (text: string): string => text.replaceAll("\0", "\u{fffd}");

const callRow = ({ record, message }: ReceivedRecord): Row => ({
  call_id: record.callId,
  epoch: record.epoch,
  schema_version: record.schemaVersion,
  company_id: record.companyId,
  revision: record.revision,
  trace_id: record.traceId,
  trunk_id: record.trunkId,
  caller_extension: record.callerExtension,
  caller_number: withoutNul(record.callerNumber),
  caller_withheld: record.callerWithheld,
  called_number: withoutNul(record.calledNumber),
  mode: record.mode,
  trigger: record.trigger,
  started_at: time(record.startedAt),
  ringing_at: time(record.ringingAt),
  answered_at: time(record.answeredAt),
  ended_at: time(record.endedAt),
  duration_ms: record.durationMs,
  billable_ms: record.billableMs,
  disposition: record.disposition,
  ended_by: record.endedBy,
  fault: record.fault,
  sip_status: record.sipStatus,
  q850_cause: record.q850Cause,
  anchor: record.anchor,
  controller: record.controller,
  message: bytea(message),
});

function memberColumns(member: LegRecord["member"]): Row {
  const source = member.kind === "outside" ? member.source : null;
  return {
    member_kind: member.kind,
    destination: member.kind === "outside" ? member.number : member.extension,
    source_number: source?.number ?? null,
    source_class: source?.class ?? null,
    source_rule: source?.rule ?? null,
    trunk_id: source?.trunkId ?? null,
  };
}

const legRow = (callId: CallId, leg: LegRecord): Row => ({
  call_id: callId,
  leg: leg.leg,
  parent_leg: leg.parentLeg,
  seq: leg.seq,
  ...memberColumns(leg.member),
  invited_at: time(leg.invitedAt),
  ringing_at: time(leg.ringingAt),
  answered_at: time(leg.answeredAt),
  ended_at: time(leg.endedAt),
  talk_ms: leg.talkMs,
  sip_status: leg.sipStatus,
  q850_cause: leg.q850Cause,
  end_cause: leg.endCause,
  channel_held_ms: leg.channelHeldMs,
  billable: leg.billable,
  skipped: withoutNul(leg.skipped),
});

/** Inserts rows of one shape; the names of the columns come from our own code. */
async function insert(query: Query, table: string, rows: readonly Row[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first).join(", ");
  await query(
    `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1)`,
    [JSON.stringify(rows)],
  );
}

const EpochRow = z.object({ call_id: z.string(), epoch: z.coerce.number() });

async function storedEpochs(
  query: Query,
  callIds: readonly CallId[],
): Promise<Map<CallId, number>> {
  const rows = await query("select call_id, epoch from call_records where call_id = any($1)", [
    callIds,
  ]);
  const epochs = new Map<CallId, number>();
  for (const row of rows) {
    const { call_id, epoch } = EpochRow.parse(row);
    const callId = parseCallId(call_id);
    if (!isIdFault(callId)) epochs.set(callId, epoch);
  }
  return epochs;
}

interface Incoming extends ReceivedRecord {
  readonly callId: CallId;
  readonly epoch: number;
}

async function write(query: Query, plan: WritePlan<Incoming>): Promise<void> {
  if (plan.replace.length > 0) {
    await query("delete from call_records where call_id = any($1)", [plan.replace]);
  }
  await insert(query, "call_records", plan.write.map(callRow));
  const legs = plan.write.flatMap(({ callId, record }) =>
    record.legs.map((leg) => legRow(callId, leg)),
  );
  await insert(query, "leg_records", legs);
}

/** Writes batches of records (S1). */
export const recordStore =
  (database: Database): StoreRecords =>
  (received) =>
    database.transaction(
      async (query): Promise<Stored> => {
        await query("select pg_advisory_xact_lock($1)", [WRITERS_LOCK]);
        const batch = received.map(
          (each): Incoming => ({ ...each, callId: each.record.callId, epoch: each.record.epoch }),
        );
        const stored = await storedEpochs(
          query,
          batch.map(({ callId }) => callId),
        );
        const plan = planWrites(batch, stored);
        await write(query, plan);
        return { kind: "stored", ...plan.counts, written: plan.write.map(({ callId }) => callId) };
      },
      () => true,
    );

/** Sets undecodable messages aside. */
export const asideStore =
  (database: Database): SetAside =>
  async (message) => {
    const result = await database.run((query) =>
      query(
        `insert into undecodable_messages (stream_sequence, received_at, subject, fault, data)
         values ($1, $2, $3, $4, $5) on conflict do nothing`,
        [
          message.streamSequence,
          time(message.receivedAt),
          message.subject,
          withoutNul(message.fault),
          Buffer.from(message.data),
        ],
      ),
    );
    return isStoreFault(result) ? result : null;
  };
