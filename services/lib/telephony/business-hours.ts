/**
 * Business hours of a number, judged in Asia/Tokyo (DOMAIN 2.3). Owns the judgement; national holidays
 * come in as dates.
 */
import type { Instant } from "./instant.ts";
import type { CivilDate } from "./tokyo-time.ts";
import { dateOf, timeOfWeek } from "./tokyo-time.ts";

/** A window that comes again every week; within one day. */
export interface OpenHours {
  /** 1 = Monday to 7 = Sunday. */
  readonly weekdays: readonly number[];
  /** Minutes after midnight, 0 to 1440; `untilMinute` is the first that is closed again. */
  readonly fromMinute: number;
  readonly untilMinute: number;
}

/** When a number is served. */
export interface Schedule {
  readonly id: string;
  readonly open: readonly OpenHours[];
  /** National holidays are days like others; else they are closed. */
  readonly openOnHolidays: boolean;
  readonly closedDates: readonly CivilDate[];
}

/** Whether the schedule is open at a moment; `holidays` are the national ones around it. */
export function isOpen(schedule: Schedule, holidays: readonly CivilDate[], at: Instant): boolean {
  const date = dateOf(at);
  if (schedule.closedDates.includes(date)) return false;
  if (!schedule.openOnHolidays && holidays.includes(date)) return false;
  const { weekday, minute } = timeOfWeek(at);
  return schedule.open.some(
    ({ weekdays, fromMinute, untilMinute }) =>
      weekdays.includes(weekday) && fromMinute <= minute && minute < untilMinute,
  );
}
