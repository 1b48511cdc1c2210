/**
 * Which invoice a charge stands on (DOMAIN 5.2). An invoice is named by the month of its issue, K; its
 * calls are those answered in the month before.
 *
 * B1  A call belongs to the month of its answer in Tokyo, whole, however long it lasted.
 * B2  The calls of invoice K are closed on day `closeDay` of K at 00:00: what is booked from that moment
 *     on goes to the first invoice that closes after the booking, as an adjustment.
 * B3  The invoice of an entry follows from the two moments and `closeDay` alone; nothing is remembered.
 */
import type { Instant } from "../../../../lib/telephony/instant.ts";
import {
  addMonths,
  type CivilMonth,
  dayOfMonth,
  monthOf,
  startOfDate,
} from "../../../../lib/telephony/tokyo-time.ts";

/** Day of the close where no price file says another (DOMAIN 5.2). */
export const CLOSE_DAY_USUAL = 3;

/** The moments of a ledger entry that decide its invoice. */
export interface Booking {
  readonly answeredAt: Instant;
  readonly bookedAt: Instant;
}

/** From this moment on nothing is added to the invoice; `closeDay` 1 to 28. */
export const closeOf = (invoice: CivilMonth, closeDay: number): Instant =>
  startOfDate(dayOfMonth(invoice, closeDay));

/** Month whose calls the invoice is for. */
export const callMonthOf = (invoice: CivilMonth): CivilMonth => addMonths(invoice, -1);

/** Month of the invoice that an entry stands on (B2). */
export function invoiceMonthOf({ answeredAt, bookedAt }: Booking, closeDay: number): CivilMonth {
  const own = addMonths(monthOf(answeredAt), 1);
  const booked = monthOf(bookedAt);
  const open = bookedAt < closeOf(booked, closeDay) ? booked : addMonths(booked, 1);
  return own > open ? own : open;
}

/** True when the entry missed the invoice of its own month. */
export const isAdjustment = (booking: Booking, closeDay: number): boolean =>
  callMonthOf(invoiceMonthOf(booking, closeDay)) !== monthOf(booking.answeredAt);
