/**
 * Japan's national holidays, with substitute and citizen's holidays, from the table of holiday-jp (which
 * follows the Cabinet Office's list). Equinox days of later years are forecasts until February of the year
 * before; the table reaches to 2050, and years after it have none.
 */
import table from "@holiday-jp/holiday_jp";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { type CivilDate, dateOf, parseCivilDate } from "../../../lib/telephony/tokyo-time.ts";

/** Years after the present one that a snapshot knows: far longer than one stays remembered. */
const YEARS_AHEAD = 5;

const HOLIDAYS: readonly CivilDate[] = Object.keys(table.holidays).flatMap((text) => {
  const date = parseCivilDate(text);
  return date === null ? [] : [date];
});

/** Holidays of the year of a moment (in Tokyo) and of the next five, in order. */
export function holidaysFrom(at: Instant): readonly CivilDate[] {
  const year = Number(dateOf(at).slice(0, 4));
  const isNear = (date: CivilDate): boolean => {
    const distance = Number(date.slice(0, 4)) - year;
    return distance >= 0 && distance <= YEARS_AHEAD;
  };
  return HOLIDAYS.filter(isNear);
}
