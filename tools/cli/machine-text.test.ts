import { expect, it } from "vitest";
import { csvText, jsonText } from "./machine-text.ts";

it("JSON has moments as ISO 8601 in UTC, without their unit, null when they did not happen", () => {
  const value = {
    startedAtMs: 1_793_458_799_123,
    answeredAtMs: 0,
    durationMs: 5,
    legs: [{ endedAt: 1_793_458_799_123, startedAtUs: 1_793_458_799_123_456, seq: 1 }],
    data: new Uint8Array([1, 2]),
  };
  expect(JSON.parse(jsonText(value))).toEqual({
    startedAt: "2026-10-31T14:59:59.123Z",
    answeredAt: null,
    durationMs: 5,
    legs: [
      { endedAt: "2026-10-31T14:59:59.123Z", startedAt: "2026-10-31T14:59:59.123456Z", seq: 1 },
    ],
    data: "AQI=",
  });
  expect(jsonText({ a: [1] }, 0)).toBe('{"a":[1]}');
});

it("RFC 4180: commas, quotes and line breaks are quoted, lines end in CRLF", () => {
  expect(csvText([["a,b", 'say "hi"', "two\r\nlines", 5, true, ""]])).toBe(
    '"a,b","say ""hi""","two\r\nlines",5,true,\r\n',
  );
});

it("a cell that a spreadsheet would run is defused; numbers stay as they are", () => {
  const cells = [
    '=HYPERLINK("x")',
    "@SUM(1)",
    "+cmd|1",
    "-1+2",
    "+815012345678",
    "-5",
    "05012345678",
  ];
  expect(csvText([cells])).toBe(
    '"\'=HYPERLINK(""x"")",\'@SUM(1),\'+cmd|1,\'-1+2,+815012345678,-5,05012345678\r\n',
  );
});
