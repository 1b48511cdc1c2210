/**
 * Output for programs: JSON and CSV. Moments are ISO 8601 in UTC, numbers E.164, durations milliseconds.
 */
import { utc, utcFromMicroseconds } from "./time.ts";

/** Fields of milliseconds or microseconds since 1970 become ISO text, and lose their unit. */
function written(key: string, value: unknown): readonly [string, unknown] {
  if (value instanceof Uint8Array) return [key, Buffer.from(value).toString("base64")];
  if (typeof value !== "number") return [key, value];
  if (key.endsWith("AtUs")) return [key.slice(0, -2), utcFromMicroseconds(value)];
  if (key.endsWith("AtMs")) return [key.slice(0, -2), utc(value)];
  return [key, key.endsWith("At") ? utc(value) : value];
}

/** One JSON document; fields that end in `At`, `AtMs` or `AtUs` are written as moments. */
export function jsonText(value: unknown, spaces = 2): string {
  const replace = (_: string, inner: unknown): unknown =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).map(([key, one]) => written(key, one)))
      : inner;
  return JSON.stringify(value, replace, spaces);
}

/** A cell that a spreadsheet would take for a formula. A signed number is none. */
const FORMULA = /^[=@+\-\t\r](?![0-9.]+$)/;

/** Records of RFC 4180, CRLF included; cells that a spreadsheet would run get an apostrophe in front. */
export function csvText(rows: readonly (readonly (string | number | boolean)[])[]): string {
  const cell = (value: string | number | boolean): string => {
    const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
