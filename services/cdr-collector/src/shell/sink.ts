/**
 * Writes records into PostgreSQL, and what they cost. What is written follows from core/deduplicate.ts;
 * this file turns records into rows. Charges: booking.ts.
 *
 * S1  A batch is one transaction. Writers of several collectors go one after the other (advisory lock),
 *     so the epochs that a plan was made on still hold when it is carried out.
 * S2  Text columns never hold NUL, which PostgreSQL refuses; `message` holds the record unchanged.
 * S3  A record and its charge are committed together.
 */
import { z } from "zod";
import { type Database, isStoreFault, type Query } from "../../../lib/runtime/database.ts";
import type { CallRecord, LegRecord } from "../../../lib/telephony/call-detail-record.ts";
import { type CallId, isIdFault, parseCallId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { planWrites, type WritePlan } from "../core/deduplicate.ts";
import { billableLegOf } from "../core/rating/rating.ts";
import type { ReceivedRecord, SetAside, Stored, StoreRecords } from "../ports.ts";
import { assess, book } from "./booking.ts";
import type { FindRates } from "./rater.ts";
import { bytea, insert, lockWriters, type Row, time, timeOrNull, withoutNul } from "./rows.ts";

/** What charges are computed with: the rates, and the moment of booking. */
export interface Rating {
  readonly findRates: FindRates;
  readonly now: () => Instant;
}

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
  ringing_at: timeOrNull(record.ringingAt),
  answered_at: timeOrNull(record.answeredAt),
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
  price_plan: withoutNul(record.pricePlan),
  refused_by: withoutNul(record.refusedBy),
  message: bytea(message),
});

function memberColumns(member: LegRecord["member"]): Row {
  const outside = member.kind === "outside" ? member : null;
  const source = outside?.source ?? null;
  return {
    member_kind: member.kind,
    destination: member.kind === "outside" ? member.number : member.extension,
    source_number: source?.number ?? null,
    source_class: source?.class ?? null,
    source_rule: source?.rule ?? null,
    trunk_id: source?.trunkId ?? null,
    destination_class: outside?.class ?? null,
    on_net: outside?.onNet ?? false,
  };
}

const legRow = ({ callId, companyId }: CallRecord, leg: LegRecord): Row => ({
  call_id: callId,
  company_id: companyId,
  leg: leg.leg,
  parent_leg: leg.parentLeg,
  seq: leg.seq,
  ...memberColumns(leg.member),
  invited_at: timeOrNull(leg.invitedAt),
  ringing_at: timeOrNull(leg.ringingAt),
  answered_at: timeOrNull(leg.answeredAt),
  ended_at: time(leg.endedAt),
  talk_ms: leg.talkMs,
  sip_status: leg.sipStatus,
  q850_cause: leg.q850Cause,
  end_cause: leg.endCause,
  channel_held_ms: leg.channelHeldMs,
  billable: leg.billable,
  skipped: withoutNul(leg.skipped),
});

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
  const legs = plan.write.flatMap(({ record }) => record.legs.map((leg) => legRow(record, leg)));
  await insert(query, "leg_records", legs);
}

/** Books the charges of records that were written. */
async function charge(
  query: Query,
  plan: WritePlan<Incoming>,
  { findRates, now }: Rating,
): Promise<Pick<Stored, "booked" | "unrated">> {
  const replaced = new Set(plan.replace);
  const calls = plan.write.map(({ callId, record }) => ({
    callId,
    leg: billableLegOf(record),
    isNew: !replaced.has(callId),
  }));
  const assessed = await assess(query, findRates, calls, "record-replaced");
  await book(query, assessed, now());
  const unrated = assessed.filter(({ rating }) => rating?.kind === "unrated").length;
  return { booked: assessed.flatMap(({ added }) => added), unrated };
}

/** Writes batches of records with their charges (S1, S3). */
export const recordStore =
  (database: Database, rating: Rating): StoreRecords =>
  (received) =>
    database.transaction(
      async (query): Promise<Stored> => {
        await lockWriters(query);
        const batch = received.map(
          (each): Incoming => ({ ...each, callId: each.record.callId, epoch: each.record.epoch }),
        );
        const stored = await storedEpochs(
          query,
          batch.map(({ callId }) => callId),
        );
        const plan = planWrites(batch, stored);
        await write(query, plan);
        const charged = await charge(query, plan, rating);
        const written = plan.write.map(({ callId }) => callId);
        return { kind: "stored", ...plan.counts, written, ...charged };
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
