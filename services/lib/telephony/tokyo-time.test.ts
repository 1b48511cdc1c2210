import fc from "fast-check";
import { expect, it } from "vitest";
import {
  addDays,
  addMonths,
  type CivilDate,
  type CivilMonth,
  dateOf,
  dayOfMonth,
  daysInMonth,
  monthOf,
  parseCivilDate,
  parseCivilMonth,
  startOfDate,
  startOfMonth,
  timeOfWeek,
} from "./tokyo-time.ts";

const at = (iso: string): number => Temporal.Instant.from(iso).epochMilliseconds;
const NINE_HOURS = 9 * 3_600_000;

it("5.2: a call answered at 14:59:59Z of 31 October is October's, one second later November's", () => {
  expect(monthOf(at("2026-10-31T14:59:59Z"))).toBe("2026-10");
  expect(monthOf(at("2026-10-31T15:00:00Z"))).toBe("2026-11");
  expect(startOfMonth("2026-11" as CivilMonth)).toBe(at("2026-10-31T15:00:00Z"));
});

it.each([
  ["2026-02-29", null],
  ["2028-02-29", "2028-02-29"],
  ["2026-13-01", null],
  ["2026-1-01", null],
  ["1999-12-31", null],
  ["", null],
])("%s reads as %s", (text, date) => {
  expect(parseCivilDate(text)).toBe(date);
});

it("a month is read in its one form", () => {
  expect(parseCivilMonth("2026-10")).toBe("2026-10");
  for (const text of ["2026-00", "2026-13", "2026-1", "2026", "2026-10-01"]) {
    expect(parseCivilMonth(text)).toBeNull();
  }
});

it("months and days are added over the ends of years", () => {
  const november = "2026-11" as CivilMonth;
  expect(addMonths(november, 2)).toBe("2027-01");
  expect(addMonths(november, -11)).toBe("2025-12");
  expect(addDays("2026-12-31" as CivilDate, 1)).toBe("2027-01-01");
  expect(daysInMonth("2028-02" as CivilMonth)).toBe(29);
  expect(dayOfMonth(november, 3)).toBe("2026-11-03");
});

it("weekday and minute are Tokyo's", () => {
  // Sunday evening in UTC is Monday morning in Tokyo.
  expect(timeOfWeek(at("2026-11-22T23:30:00Z"))).toEqual({ weekday: 1, minute: 8 * 60 + 30 });
  expect(timeOfWeek(at("2026-11-22T14:59:59Z"))).toEqual({ weekday: 7, minute: 23 * 60 + 59 });
});

it("Tokyo keeps no summer time: a day is 24 h and begins at 15:00Z, whatever the day", () => {
  const moments = fc.integer({ min: at("2001-01-01T00:00:00Z"), max: at("2150-01-01T00:00:00Z") });
  fc.assert(
    fc.property(moments, (moment) => {
      const date = dateOf(moment);
      const start = startOfDate(date);
      expect((start + NINE_HOURS) % 86_400_000).toBe(0);
      expect(start <= moment && moment < startOfDate(addDays(date, 1))).toBe(true);
      expect(startOfDate(addDays(date, 1)) - start).toBe(86_400_000);
      expect(monthOf(moment)).toBe(date.slice(0, 7));
    }),
  );
});
