/** Reads one entry of `schedules:`. Owns the fields of business hours, their forms and limits. */
import type { OpenHours } from "../../../lib/telephony/business-hours.ts";
import { parseCivilDate } from "../../../lib/telephony/tokyo-time.ts";
import type { NamedSchedule } from "./company.ts";
import { FORM, FORMS } from "./form-faults.ts";
import { NAME_MAX } from "./read-target.ts";
import * as reading from "./reading.ts";

type Spot = reading.Spot;

/** Days of the week by their weekday number less one. */
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
/** What national holidays are. */
export const HOLIDAYS = ["closed", "as-usual"] as const;
/** Windows of one schedule. */
export const WINDOWS_MAX = 100;
/** Closed dates of one schedule: some years of them. */
export const CLOSED_DATES_MAX = 1000;

/** Fields of a schedule. */
export const SCHEDULE_FIELDS = ["id", "name", "open", "holidays", "closedOn"] as const;
/** Fields of a window. */
export const WINDOW_FIELDS = ["days", "from", "until"] as const;

/** A time of day; 24:00 is its end. */
export const TIME = /^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/;

const parseTime = (text: string): string | null => (TIME.test(text) ? text : null);

/** Minutes after midnight; null and a fault when it is no time. */
function minute(spot: Spot): number | null {
  const [hours, minutes] = (reading.parsed(spot, parseTime, FORMS.time) ?? "").split(":");
  return minutes === undefined ? null : Number(hours) * 60 + Number(minutes);
}

function readWindow(spot: Spot): OpenHours | null {
  const at = reading.fields(spot, WINDOW_FIELDS);
  const days = reading.someItems(at("days"), DAYS.length, (day) => reading.choice(day, DAYS, null));
  const fromMinute = minute(at("from"));
  const untilMinute = minute(at("until"));
  if (fromMinute === null || untilMinute === null) return null;
  if (untilMinute <= fromMinute) reading.fault(at("until"), FORM.hoursPassMidnight());
  const weekdays = new Set(days.map(({ value }) => DAYS.indexOf(value) + 1));
  return { weekdays: [...weekdays].toSorted((x, y) => x - y), fromMinute, untilMinute };
}

/** Reads a schedule; null when its id cannot be read. */
export function readSchedule(spot: Spot): NamedSchedule | null {
  const at = reading.fields(spot, SCHEDULE_FIELDS);
  const id = reading.token(at("id"));
  const schedule = {
    name: reading.text(at("name"), NAME_MAX) ?? "",
    open: reading.values(reading.someItems(at("open"), WINDOWS_MAX, readWindow)),
    openOnHolidays: reading.choice(at("holidays"), HOLIDAYS, "closed") === "as-usual",
    closedDates: reading.values(
      reading.items(at("closedOn"), CLOSED_DATES_MAX, (day) =>
        reading.parsed(day, parseCivilDate, FORMS.date),
      ),
    ),
  };
  return id === null ? null : { id, ...schedule };
}
