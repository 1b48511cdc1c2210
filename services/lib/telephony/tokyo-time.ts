/**
 * Civil time in Asia/Tokyo, in which contracts, business hours and billing months are written
 * (DOMAIN 5.2). Owns the way between instants and dates; no clock is read here.
 *
 * Z1  A span of dates or moments has its first moment and not its last: from 00:00 until 00:00.
 */
import type { Instant } from "./instant.ts";

declare const brand: unique symbol;

/** A day like 2026-10-01; compares as text. */
export type CivilDate = string & { readonly [brand]: "CivilDate" };
/** A month like 2026-10; compares as text. */
export type CivilMonth = string & { readonly [brand]: "CivilMonth" };

/** Where contracts and invoices are made. */
export const TOKYO = "Asia/Tokyo";

/** A day of the years 2000 to 2199, or null. */
export function parseCivilDate(text: string): CivilDate | null {
  if (!/^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}$/.test(text)) return null;
  try {
    return Temporal.PlainDate.from(text, { overflow: "reject" }).toString() as CivilDate;
  } catch {
    return null;
  }
}

/** A month of the years 2000 to 2199, or null. */
export const parseCivilMonth = (text: string): CivilMonth | null =>
  /^2[01][0-9]{2}-(0[1-9]|1[0-2])$/.test(text) ? (text as CivilMonth) : null;

/** The day of a moment. */
export const dateOf = (at: Instant): CivilDate =>
  tokyoTime(at).toPlainDate().toString() as CivilDate;

/** The month of a moment: a call belongs to the month of its answer (DOMAIN 5.2). */
export const monthOf = (at: Instant): CivilMonth => dateOf(at).slice(0, 7) as CivilMonth;

/** First moment of a day. */
export const startOfDate = (date: CivilDate): Instant =>
  Temporal.PlainDate.from(date).toZonedDateTime(TOKYO).epochMilliseconds;

/** First moment of a month. */
export const startOfMonth = (month: CivilMonth): Instant => startOfDate(dayOfMonth(month, 1));

/** The day `day` (1 to 28) of a month. */
export const dayOfMonth = (month: CivilMonth, day: number): CivilDate =>
  `${month}-${String(day).padStart(2, "0")}` as CivilDate;

/** The month that is `count` months later (negative: earlier). */
export const addMonths = (month: CivilMonth, count: number): CivilMonth =>
  Temporal.PlainYearMonth.from(month).add({ months: count }).toString() as CivilMonth;

/** The day that is `count` days later (negative: earlier). */
export const addDays = (date: CivilDate, count: number): CivilDate =>
  Temporal.PlainDate.from(date).add({ days: count }).toString() as CivilDate;

/** Number of days of a month. */
export const daysInMonth = (month: CivilMonth): number =>
  Temporal.PlainYearMonth.from(month).daysInMonth;

/** Day of the week, 1 = Monday to 7 = Sunday, and minutes after midnight of a moment. */
export function timeOfWeek(at: Instant): { readonly weekday: number; readonly minute: number } {
  const { dayOfWeek, hour, minute } = tokyoTime(at);
  return { weekday: dayOfWeek, minute: hour * 60 + minute };
}

const tokyoTime = (at: Instant): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(TOKYO);
