import { expect, it } from "vitest";
import { isOpen, type Schedule } from "./business-hours.ts";
import type { CivilDate } from "./tokyo-time.ts";

const at = (tokyo: string): number => Temporal.Instant.from(`${tokyo}+09:00`).epochMilliseconds;
const HOLIDAYS = ["2026-11-23" as CivilDate];

const OFFICE: Schedule = {
  id: "office",
  open: [
    { weekdays: [1, 2, 3, 4, 5], fromMinute: 9 * 60, untilMinute: 12 * 60 },
    { weekdays: [1, 2, 3, 4, 5], fromMinute: 13 * 60, untilMinute: 18 * 60 },
    { weekdays: [6], fromMinute: 0, untilMinute: 1440 },
  ],
  openOnHolidays: false,
  closedDates: ["2026-12-30" as CivilDate],
};

it.each([
  ["a weekday", "2026-11-20T10:00:00", true],
  ["its first moment", "2026-11-20T09:00:00", true],
  ["a moment before", "2026-11-20T08:59:59.999", false],
  ["its last moment", "2026-11-20T17:59:59.999", true],
  ["closing time", "2026-11-20T18:00:00", false],
  ["the break", "2026-11-20T12:30:00", false],
  ["a Saturday until midnight", "2026-11-21T23:59:59", true],
  ["a Sunday", "2026-11-22T10:00:00", false],
  ["a national holiday on a Monday", "2026-11-23T10:00:00", false],
  ["a day of the company's own holidays", "2026-12-30T10:00:00", false],
])("2.3: %s", (_, moment, open) => {
  expect(isOpen(OFFICE, HOLIDAYS, at(moment))).toBe(open);
});

it("2.3: a schedule that is open on holidays takes them as the weekday they are", () => {
  const shop = { ...OFFICE, openOnHolidays: true };
  expect(isOpen(shop, HOLIDAYS, at("2026-11-23T10:00:00"))).toBe(true);
  expect(isOpen(shop, HOLIDAYS, at("2026-11-23T08:00:00"))).toBe(false);
});
