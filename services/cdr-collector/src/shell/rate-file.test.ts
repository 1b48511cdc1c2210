import { expect, it } from "vitest";
import { readRateFile } from "./rate-file.ts";

const HEADER = "class,prefix,unit_seconds,unit_yen";
const GENERAL = ["landline,,180,8", "mobile,,60,16", "ip-phone,,180,10"];
const file = (...rows: readonly string[]): string => [HEADER, ...rows].join("\n");

const faultsOf = (csv: string) => {
  const read = readRateFile(csv);
  return read.ok ? [] : read.faults.map(({ line, place, message }) => [line, place, message]);
};

it("a sound file is read in the order of class and prefix, whatever the order of rows and columns", () => {
  const csv = [
    "\u{feff}# rates of October",
    "unit_yen,class,unit_seconds,prefix",
    " 9 , international , 60 , +1 ",
    "",
    "16,mobile,60,",
    "17,mobile,60,+8190",
    "10,ip-phone,180,",
    "8,landline,180,",
  ].join("\r\n");
  expect(readRateFile(csv)).toEqual({
    ok: true,
    rates: [
      { class: "landline", prefix: "", unitS: 180, unitYen: 8 },
      { class: "mobile", prefix: "", unitS: 60, unitYen: 16 },
      { class: "mobile", prefix: "+8190", unitS: 60, unitYen: 17 },
      { class: "ip-phone", prefix: "", unitS: 180, unitYen: 10 },
      { class: "international", prefix: "+1", unitS: 60, unitYen: 9 },
    ],
  });
});

it("all faults are told at once, each with its line and column", () => {
  const csv = file(
    "landline,,180,8",
    "fixed,,180,8",
    "mobile,+8190,0,-1",
    "mobile,+8190,60,1.5",
    "international,090,60,9",
    "international,+8190,60,9",
    "mobile,+44,86401,9",
  );
  expect(faultsOf(csv)).toEqual([
    [0, "class", "a row for mobile without prefix is missing"],
    [0, "class", "a row for ip-phone without prefix is missing"],
    [3, "class", '"fixed" is none of landline, mobile, ip-phone, international, on-net'],
    [4, "unit_seconds", '"0" is not a whole number from 1 to 86400'],
    [4, "unit_yen", '"-1" is not a whole number from 0 to 1000000'],
    [5, "unit_yen", '"1.5" is not a whole number from 0 to 1000000'],
    [5, "prefix", "the same class and prefix as in line 4"],
    [6, "prefix", '"090" is not the beginning of a number like +8190'],
    [7, "prefix", "+8190 is in Japan, so it is never international"],
    [8, "prefix", "+44 is not in Japan (+81), so it is never mobile"],
    [8, "unit_seconds", '"86401" is not a whole number from 1 to 86400'],
  ]);
});

it("every fault is told in Japanese too", () => {
  const read = readRateFile(file("fixed,x,0,-1", "fixed,x,0,-1"));
  const texts = read.ok ? [] : read.faults.map(({ messageJa }) => messageJa);
  expect(texts.length).toBeGreaterThan(8);
  for (const text of texts) expect(text).toMatch(/[ぁ-ん]/);
});

it.each([
  ["no header", "", [[0, "file", "nothing is in it"]]],
  [
    "a column that is missing, one that is unknown",
    `class,prefix,unit_seconds,price\n${GENERAL.join("\n")}`,
    [
      [1, "price", "the columns are class, prefix, unit_seconds, unit_yen, each once"],
      [1, "unit_yen", "this column is missing"],
    ],
  ],
  [
    "a row that is too short",
    file(...GENERAL, "mobile,+8190"),
    [[5, "row", "2 fields where the header has 4"]],
  ],
])("%s is a fault with its place", (_, csv, faults) => {
  expect(faultsOf(csv)).toEqual(faults);
});

it("an open quote is a fault that names its line", () => {
  expect(faultsOf(file(...GENERAL, '"mobile,+8190,60,1'))[0]?.slice(0, 2)).toEqual([5, "file"]);
});

it("a file that is too large is refused before its rows are read", () => {
  const rows = Array.from({ length: 20_001 }, (_, n) => `international,+1${n},60,9`);
  expect(faultsOf(file(...rows))).toEqual([[0, "file", "more than 20000 rows"]]);
  expect(faultsOf("#".repeat(3_000_000))).toEqual([[0, "file", "larger than 2097152 bytes"]]);
});

it("a file full of faults is answered with the first 500 and the number of the others", () => {
  const rows = Array.from({ length: 600 }, () => "fixed,,1,1");
  const faults = faultsOf(file(...GENERAL, ...rows));
  expect(faults).toHaveLength(501);
  expect(faults.at(-1)?.[2]).toBe("699 more faults are not listed");
});
