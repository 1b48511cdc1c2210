import { describe, expect, it } from "vitest";
import { dateOf, startOfDate } from "../../../lib/telephony/tokyo-time.ts";
import { holidaysFrom } from "./holidays.ts";

const at = (text: string): number => Date.parse(text);
const inYear = (year: number): readonly string[] =>
  holidaysFrom(at("2026-06-01T00:00:00Z")).filter((date) => date.startsWith(`${year}-`));

describe("national holidays as the Cabinet Office lists them", () => {
  it("of 2026: May 6 stands in for Sunday May 3, September 22 lies between two holidays", () => {
    expect(inYear(2026)).toEqual(
      (
        "01-01 01-12 02-11 02-23 03-20 04-29 05-03 05-04 05-05 05-06 07-20 08-11 " +
        "09-21 09-22 09-23 10-12 11-03 11-23"
      )
        .split(" ")
        .map((day) => `2026-${day}`),
    );
  });

  it("of 2027: March 22 stands in for Sunday March 21", () => {
    expect(inYear(2027)).toEqual(
      (
        "01-01 01-11 02-11 02-23 03-21 03-22 04-29 05-03 05-04 05-05 07-19 08-11 " +
        "09-20 09-23 10-11 11-03 11-23"
      )
        .split(" ")
        .map((day) => `2027-${day}`),
    );
  });
});

it("this year and the next five, by Tokyo's calendar", () => {
  const years = (text: string): readonly string[] => [
    ...new Set(holidaysFrom(at(text)).map((date) => date.slice(0, 4))),
  ];
  expect(years("2026-12-31T14:59:59Z")).toEqual(["2026", "2027", "2028", "2029", "2030", "2031"]);
  expect(years("2026-12-31T15:00:00Z")).toEqual(["2027", "2028", "2029", "2030", "2031", "2032"]);
});

it("are days of Tokyo's calendar, in order", () => {
  const days = holidaysFrom(at("2026-06-01T00:00:00Z"));
  expect(days).toEqual(days.toSorted());
  expect(days.map((date) => dateOf(startOfDate(date)))).toEqual(days);
});
