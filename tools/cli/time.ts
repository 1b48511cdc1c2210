/**
 * Moments and durations as people read and write them. Moments are shown in Asia/Tokyo (UTC+9, no
 * daylight saving) with the offset; for programs in ISO 8601, UTC.
 */

const TOKYO_MS = 9 * 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const tokyoIso = (ms: number): string => new Date(ms + TOKYO_MS).toISOString();

/** `2026-10-31 23:59:59.123 +09:00`; empty for 0, which says that it did not happen. */
export const tokyo = (ms: number): string =>
  ms === 0 ? "" : `${tokyoIso(ms).slice(0, 23).replace("T", " ")} +09:00`;

/** `2026-10-31 23:59:59 +09:00`. */
export const tokyoSecond = (ms: number): string =>
  ms === 0 ? "" : `${tokyoIso(ms).slice(0, 19).replace("T", " ")} +09:00`;

/** `2026-10-31T14:59:59.123Z`; null for 0. */
export const utc = (ms: number): string | null => (ms === 0 ? null : new Date(ms).toISOString());

/** As {@link utc}, from microseconds and with six digits. */
export const utcFromMicroseconds = (us: number): string | null =>
  us === 0
    ? null
    : `${new Date(Math.floor(us / 1000)).toISOString().slice(0, 23)}${String(us % 1000).padStart(3, "0")}Z`;

/** A duration in ms: `850 ms`, `61.234 s`, `1 h 02 min 03 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${trimmed(ms, 3)} ms`;
  if (ms < 120_000) return `${trimmed(ms / 1000, 3)} s`;
  const seconds = Math.floor(ms / 1000);
  const rest = `${two(Math.floor(seconds / 60) % 60)} min ${two(seconds % 60)} s`;
  return seconds < 3600 ? rest.replace(/^0/, "") : `${Math.floor(seconds / 3600)} h ${rest}`;
}

const two = (value: number): string => String(value).padStart(2, "0");
const trimmed = (value: number, digits: number): string =>
  String(Math.round(value * 10 ** digits) / 10 ** digits);

/** `ms` after `from`: `+1.234 s`; empty when it did not happen (0 or null). */
export const offset = (from: number, ms: number | null): string =>
  ms === null || ms === 0 ? "" : `+${((ms - from) / 1000).toFixed(3)} s`;

const AGO = /^(\d{1,6})\s*(s|min|m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: MINUTE_MS,
  min: MINUTE_MS,
  h: 60 * MINUTE_MS,
  d: DAY_MS,
};
const WRITTEN =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2}(?:\.\d{1,3})?))?)?\s*(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Reads a moment: `2026-10-31`, `2026-10-31 09:00`, ISO 8601, `today`, `now`, or `30min`, `2h`, `7d` ago.
 * Without an offset it is Tokyo time; a date alone is its midnight. Null when it is none of these.
 */
export function readMoment(text: string, now: number): number | null {
  const written = text.normalize("NFKC").trim();
  if (written === "now") return now;
  if (written === "today") return Math.floor((now + TOKYO_MS) / DAY_MS) * DAY_MS - TOKYO_MS;
  const ago = AGO.exec(written);
  if (ago !== null) return now - Number(ago[1]) * (UNIT_MS[ago[2] ?? ""] ?? 0);
  const [, day, clock = "00:00", second = "00", zone = "+09:00"] = WRITTEN.exec(written) ?? [];
  if (day === undefined) return null;
  const ms = Date.parse(`${day}T${clock}:${second}${zone}`);
  return Number.isNaN(ms) || !isRealDay(day) ? null : ms;
}

/** Date.parse takes February 30 for March 2. */
const isRealDay = (day: string): boolean =>
  new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) === day;
