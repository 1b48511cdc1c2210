/**
 * Whether a decoded record may be kept as a record. A record that contradicts itself would be billed
 * wrongly; it is set aside like one that does not decode, for a person to look at.
 *
 * A1  At most one leg is billable, and it was answered (DOMAIN 5.4).
 * A2  Without an answer nothing is charged: billable and talk time are 0; ring time never counts.
 * A3  What is charged is charged to someone: a billable leg goes outside, from a number of a company.
 * A4  No call is older than the calendar of rates and invoices: a clock that was never set says 1970, and
 *     no rate will ever be valid then.
 */
import type { CallRecord, LegRecord } from "../../../lib/telephony/call-detail-record.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";

/** 2000-01-01 in Tokyo. */
const CALENDAR_FROM: Instant = 946_652_400_000;

function legContradiction(leg: LegRecord): string | null {
  if (leg.answeredAt === null && leg.billable) return "billable without an answer";
  if (leg.answeredAt === null && leg.talkMs > 0) return "talk time without an answer";
  if (leg.answeredAt !== null && leg.answeredAt > leg.endedAt) return "answered after its end";
  if (leg.answeredAt !== null && leg.answeredAt < CALENDAR_FROM) return "answered before 2000";
  return null;
}

const hasAccount = ({ companyId }: CallRecord, { member }: LegRecord): boolean =>
  companyId !== null && member.kind === "outside" && member.source !== null;

/** What is contradictory in the record, with the field's path, or null when nothing is. */
export function contradictionIn(record: CallRecord): string | null {
  if (record.startedAt < CALENDAR_FROM) return "started_at_ms: before 2000";
  if (record.startedAt > record.endedAt) return "ended_at_ms: before started_at_ms";
  if (record.answeredAt === null && record.billableMs > 0) return "billable_ms: without an answer";
  if (record.billableMs > record.durationMs) return "billable_ms: longer than the call";
  const seen = new Set<string>();
  let billable = 0;
  for (const [index, leg] of record.legs.entries()) {
    const problem = seen.has(leg.leg) ? `a second leg ${leg.leg}` : legContradiction(leg);
    if (problem !== null) return `legs[${index}]: ${problem}`;
    seen.add(leg.leg);
    if (leg.billable && !hasAccount(record, leg)) {
      return `legs[${index}]: billable without company and source number`;
    }
    if (leg.billable) billable += 1;
  }
  return billable > 1 ? `legs: ${billable} are billable` : null;
}
