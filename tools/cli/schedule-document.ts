/** Business hours as a company's document writes them: days by their names, times as 09:00. */
import { refuse } from "../../services/lib/wire/fault.ts";
import type { OpenHours, Schedule } from "../../services/lib/wire/tenant.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const MINUTES_A_DAY = 1440;

/** A window that comes again every week. */
interface OpenValue {
  readonly days: readonly string[];
  readonly from: string;
  readonly until: string;
}

/** One entry of `schedules:`. */
export interface ScheduleValue {
  readonly id: string;
  readonly name: string;
  readonly open: readonly OpenValue[];
  readonly holidays: "closed" | "as-usual";
  readonly closedOn: readonly string[];
}

/** Minutes after midnight as 09:00; the day's end is 24:00. */
function clock(minute: number, path: string): string {
  if (minute > MINUTES_A_DAY) refuse(path, `no minute of a day: ${minute}`);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

const openValue = ({ weekdays, fromMinute, untilMinute }: OpenHours, path: string): OpenValue => ({
  days: weekdays.map((day) => DAYS[day - 1] ?? refuse(`${path}.weekdays`, `no weekday: ${day}`)),
  from: clock(fromMinute, `${path}.from_minute`),
  until: clock(untilMinute, `${path}.until_minute`),
});

/** A schedule as the document says it; only inside `decoding`. */
export const scheduleValue = (schedule: Schedule, path: string): ScheduleValue => ({
  id: schedule.id,
  name: schedule.name,
  open: schedule.open.map((one, at) => openValue(one, `${path}.open[${at}]`)),
  holidays: schedule.openOnHolidays ? "as-usual" : "closed",
  closedOn: schedule.closedDates,
});

/** `mon-fri 09:00-18:00, sat 10:00-12:00`. */
export const hoursText = ({ open }: ScheduleValue): string =>
  open.map(({ days, from, until }) => `${daysText(days)} ${from}-${until}`).join(", ") || "never";

/** Days in a row as mon-fri, others one by one. */
function daysText(days: readonly string[]): string {
  const places = days.map((day) => DAYS.findIndex((one) => one === day)).sort((a, b) => a - b);
  const [first = 0] = places;
  const last = places.at(-1) ?? 0;
  const isRow = places.length > 2 && last - first === places.length - 1;
  const names = places.map((place) => DAYS[place] ?? "?");
  return isRow ? `${DAYS[first]}-${DAYS[last]}` : names.join(" ");
}
