import { expect, it } from "vitest";
import { decoding } from "../../services/lib/wire/fault.ts";
import { hoursText, scheduleValue } from "./schedule-document.ts";

const schedule = (weekdays: readonly number[], fromMinute: number, untilMinute: number) => ({
  id: "office",
  name: "",
  open: [{ weekdays, fromMinute, untilMinute }],
  openOnHolidays: true,
  closedDates: [],
});
const read = (...given: Parameters<typeof schedule>) =>
  decoding("Schedule", () => hoursText(scheduleValue(schedule(...given), "schedule")) as never);

it.each([
  [[1, 2, 3, 4, 5], 540, 1080, "mon-fri 09:00-18:00"],
  [[7, 6], 0, 1440, "sat sun 00:00-24:00"],
  [[1, 3, 5], 605, 725, "mon wed fri 10:05-12:05"],
  [[7, 1, 2, 3, 4, 5, 6], 0, 1, "mon-sun 00:00-00:01"],
])("days %j from minute %i until %i are %s", (days, from, until, text) => {
  expect(read(days, from, until)).toBe(text);
});

it("hours that are no hours are a fault with their place, never a wrong time", () => {
  expect(read([8], 0, 60)).toMatchObject({ path: "schedule.open[0].weekdays" });
  expect(read([1], 0, 1441)).toMatchObject({ path: "schedule.open[0].until_minute" });
});
