import { describe, expect, it } from "vitest";
import {
  duration,
  offset,
  readMoment,
  tokyo,
  tokyoSecond,
  utc,
  utcFromMicroseconds,
} from "./time.ts";

const AT = Date.UTC(2026, 9, 31, 14, 59, 59, 123);

describe("moments as shown", () => {
  it("people see Tokyo time with its offset, programs UTC", () => {
    expect(tokyo(AT)).toBe("2026-10-31 23:59:59.123 +09:00");
    expect(tokyo(AT + 877)).toBe("2026-11-01 00:00:00.000 +09:00");
    expect(tokyoSecond(AT)).toBe("2026-10-31 23:59:59 +09:00");
    expect(utc(AT)).toBe("2026-10-31T14:59:59.123Z");
    expect(utcFromMicroseconds(AT * 1000 + 7)).toBe("2026-10-31T14:59:59.123007Z");
  });

  it("what did not happen is empty, not 1970", () => {
    expect([tokyo(0), tokyoSecond(0), offset(AT, 0), offset(AT, null)]).toEqual(["", "", "", ""]);
    expect([utc(0), utcFromMicroseconds(0)]).toEqual([null, null]);
  });

  it.each([
    [0, "0 ms"],
    [0.25, "0.25 ms"],
    [850, "850 ms"],
    [1000, "1 s"],
    [61_234, "61.234 s"],
    [125_000, "2 min 05 s"],
    [3_723_000, "1 h 02 min 03 s"],
    [12 * 3_600_000, "12 h 00 min 00 s"],
  ])("%i ms is %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe("moments as typed", () => {
  it.each([
    ["2026-10-01", Date.UTC(2026, 8, 30, 15)],
    ["2026-10-01 09:00", Date.UTC(2026, 9, 1)],
    ["2026-10-01T09:00:01", Date.UTC(2026, 9, 1, 0, 0, 1)],
    ["2026-10-01T00:00:00Z", Date.UTC(2026, 9, 1)],
    ["2026-10-01T02:00:00.500+02:00", Date.UTC(2026, 9, 1, 0, 0, 0, 500)],
    ["２０２６-10-01", Date.UTC(2026, 8, 30, 15)],
    ["now", AT],
    ["today", Date.UTC(2026, 9, 30, 15)],
    ["90s", AT - 90_000],
    ["30min", AT - 1_800_000],
    ["2h", AT - 7_200_000],
    ["7d", AT - 604_800_000],
  ])("%s", (text, ms) => {
    expect(readMoment(text, AT)).toBe(ms);
  });

  it.each(["", "yesterday", "2026-02-30", "2026-13-01", "2026-10-01 25:00", "2h ago", "-2h"])(
    "%j is none",
    (text) => {
      expect(readMoment(text, AT)).toBeNull();
    },
  );
});
