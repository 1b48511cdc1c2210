/**
 * Books what calls cost, in the transaction of whoever stores or re-rates them. What is booked follows
 * from core/rating; this file reads and writes rows, a batch at a time.
 *
 * X1  The caller holds the writers' lock, so the ledger that entries were computed from still stands when
 *     they are written. Without the lock the second of two writers fails on the entry's number.
 */
import { z } from "zod";
import type { Query } from "../../../lib/runtime/database.ts";
import { DESTINATION_CLASSES } from "../../../lib/telephony/destination-class.ts";
import type { CallId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { monthOf } from "../../../lib/telephony/tokyo-time.ts";
import {
  BOOKING_REASONS,
  type BookingReason,
  byCall,
  type Entry,
  entriesFor,
} from "../core/rating/ledger.ts";
import { type BillableLeg, type RatedLeg, rated, type UnratedLeg } from "../core/rating/rating.ts";
import type { BookedEntry } from "../ports.ts";
import type { FindRates } from "./rater.ts";
import {
  callIdColumn,
  companyIdColumn,
  insert,
  legIdColumn,
  numberColumn,
  type Row,
  time,
  timeColumn,
  wholeColumn,
  withoutNul,
} from "./rows.ts";

/** A call and its leg that is to be charged, if it has one. */
export interface CallToBook {
  readonly callId: CallId;
  readonly leg: BillableLeg | null;
  /** Never stored before, so nothing is booked for it; the ledger's key would refuse a second first entry. */
  readonly isNew: boolean;
}

/** What a call should cost, what is booked for it, and the entries that make up the difference. */
export interface Assessed {
  readonly callId: CallId;
  readonly isNew: boolean;
  readonly rating: RatedLeg | UnratedLeg | null;
  readonly existing: readonly Entry[];
  readonly added: readonly Entry[];
}

const EntryRow = z.object({
  call_id: callIdColumn,
  entry: z.number(),
  leg: legIdColumn,
  company_id: companyIdColumn,
  source_number: z.string(),
  source_class: z.enum(["standard", "representative"]),
  destination: numberColumn,
  destination_class: z.enum(DESTINATION_CLASSES),
  on_net: z.boolean(),
  answered_at: timeColumn,
  calls: z.number(),
  billed_s: wholeColumn,
  yen: wholeColumn,
  units: z.number(),
  deck_version: wholeColumn.nullable(),
  reason: z.enum(BOOKING_REASONS),
  booked_at: timeColumn,
});

/** The ledger of these calls, in the order of booking. */
export async function ledgerOf(
  query: Query,
  callIds: readonly CallId[],
): Promise<readonly BookedEntry[]> {
  if (callIds.length === 0) return [];
  const rows = await query(
    "select * from charges where call_id = any($1) order by call_id, entry",
    [callIds],
  );
  return rows.map((row): BookedEntry => {
    const read = EntryRow.parse(row);
    return {
      callId: read.call_id,
      entry: read.entry,
      leg: read.leg,
      companyId: read.company_id,
      sourceNumber: read.source_number,
      sourceClass: read.source_class,
      destination: read.destination,
      destinationClass: read.destination_class,
      onNet: read.on_net,
      answeredAt: read.answered_at,
      calls: read.calls,
      billedS: read.billed_s,
      yen: read.yen,
      units: read.units,
      deckVersion: read.deck_version,
      reason: read.reason,
      bookedAt: read.booked_at,
    };
  });
}

const entryRow = (entry: Entry, bookedAt: Instant): Row => ({
  call_id: entry.callId,
  entry: entry.entry,
  leg: entry.leg,
  company_id: entry.companyId,
  source_number: entry.sourceNumber,
  source_class: entry.sourceClass,
  destination: entry.destination,
  destination_class: entry.destinationClass,
  on_net: entry.onNet,
  answered_at: time(entry.answeredAt),
  answered_month: monthOf(entry.answeredAt),
  calls: entry.calls,
  billed_s: entry.billedS,
  yen: entry.yen,
  units: entry.units,
  deck_version: entry.deckVersion,
  reason: entry.reason,
  booked_at: time(bookedAt),
  booked_month: monthOf(bookedAt),
});

const unratedRow = (leg: UnratedLeg, notedAt: Instant): Row => ({
  call_id: leg.callId,
  leg: leg.leg,
  company_id: leg.companyId,
  destination: leg.destination,
  answered_at: time(leg.answeredAt),
  reason: withoutNul(leg.reason),
  noted_at: time(notedAt),
});

/** One that is known keeps the moment at which it became known. */
const UNRATED_AGAIN = `on conflict (call_id) do update set leg = excluded.leg,
  company_id = excluded.company_id, destination = excluded.destination,
  answered_at = excluded.answered_at, reason = excluded.reason`;

/** Computes what is to be booked for calls; writes nothing. */
export async function assess(
  query: Query,
  findRates: FindRates,
  calls: readonly CallToBook[],
  occasion: BookingReason,
): Promise<readonly Assessed[]> {
  const legs = calls.flatMap(({ leg }) => leg ?? []);
  const found = await findRates(query, legs);
  const ratings = new Map<CallId, RatedLeg | UnratedLeg>();
  for (const [index, leg] of legs.entries()) {
    const rate = found[index] ?? { kind: "missing" as const, reason: "no rate was looked for" };
    ratings.set(leg.callId, rated(leg, rate));
  }
  const callIds = calls.filter(({ isNew }) => !isNew).map(({ callId }) => callId);
  const ledger = byCall(await ledgerOf(query, callIds));
  return calls.map(({ callId, isNew }) => {
    const rating = ratings.get(callId) ?? null;
    const existing = ledger.get(callId) ?? [];
    const owed = rating?.kind === "rated" ? rating : null;
    return { callId, isNew, rating, existing, added: entriesFor(existing, owed, occasion) };
  });
}

/** Writes what was computed (X1). */
export async function book(
  query: Query,
  assessed: readonly Assessed[],
  at: Instant,
): Promise<void> {
  const entries = assessed.flatMap(({ added }) => added);
  await insert(
    query,
    "charges",
    entries.map((entry) => entryRow(entry, at)),
  );
  const unrated = assessed.flatMap(({ rating }) => (rating?.kind === "unrated" ? rating : []));
  const settled = assessed.filter(({ isNew, rating }) => !isNew && rating?.kind !== "unrated");
  const ids = settled.map(({ callId }) => callId);
  if (ids.length > 0) await query("delete from unrated where call_id = any($1)", [ids]);
  await insert(
    query,
    "unrated",
    unrated.map((leg) => unratedRow(leg, at)),
    UNRATED_AGAIN,
  );
}
