/**
 * The rows of a rate file, checked: all faults at once, each with its line and column.
 *
 * Y1  No class and prefix twice; units of 1 s to a day; prices of whole yen from 0.
 * Y2  Landline, mobile and IP phone have a row without prefix, so that no such call stays without a rate.
 *     International rows are as many as there are countries that may be called.
 */
import type { FileFault } from "../file-fault.ts";
import { RATE_CLASSES, type Rate, type RateClass } from "./rate-deck.ts";

/** Columns of the file. */
export const RATE_COLUMNS = ["class", "prefix", "unit_seconds", "unit_yen"] as const;
/** One of {@link RATE_COLUMNS}. */
export type RateColumn = (typeof RATE_COLUMNS)[number];
/** One row as text. */
export interface RateRow extends Readonly<Record<RateColumn, string>> {
  /** From 1. */
  readonly line: number;
}

/** A day: a longer unit is a slip of the pen. */
const UNIT_S_MAX = 86_400;
const UNIT_YEN_MAX = 1_000_000;
const GENERAL: readonly RateClass[] = ["landline", "mobile", "ip-phone"];
/** More are counted, not listed. */
const FAULTS_MAX = 500;

const isRateClass = (text: string): text is RateClass =>
  RATE_CLASSES.some((known) => known === text);

type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly en: string; readonly ja: string };

const good = <T>(value: T): Read<T> => ({ ok: true, value });
const bad = (en: string, ja: string): Read<never> => ({ ok: false, en, ja });

function readClass(text: string): Read<RateClass> {
  if (isRateClass(text)) return good(text);
  const known = RATE_CLASSES.join(", ");
  return bad(`"${text}" is none of ${known}`, `「${text}」は ${known} のいずれでもありません`);
}

/** Without a class that is known only the form can be checked. */
function readPrefix(text: string, rateClass: RateClass | null): Read<string> {
  if (text === "") return good(text);
  if (!/^\+[1-9][0-9]{0,14}$/.test(text)) {
    return bad(
      `"${text}" is not the beginning of a number like +8190`,
      `「${text}」は +8190 のような番号の先頭部分ではありません`,
    );
  }
  if (rateClass === null) return good(text);
  const isAbroad = rateClass === "international";
  if (isAbroad && text.startsWith("+81")) {
    return bad(
      `${text} is in Japan, so it is never international`,
      `${text} は国内番号のため international には該当しません`,
    );
  }
  if (!isAbroad && !text.startsWith("+81")) {
    return bad(
      `${text} is not in Japan (+81), so it is never ${rateClass}`,
      `${text} は国内番号 (+81) ではないため ${rateClass} には該当しません`,
    );
  }
  return good(text);
}

function readWhole(text: string, [min, max]: readonly [number, number]): Read<number> {
  const value = /^-?[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return good(value);
  return bad(
    `"${text}" is not a whole number from ${min} to ${max}`,
    `「${text}」は ${min} から ${max} までの整数ではありません`,
  );
}

/** Reads one row; what is wrong goes to `faults`. */
function readRow(row: RateRow, faults: FileFault[]): Rate | null {
  const take = <T>(place: RateColumn, read: Read<T>): T | null => {
    if (read.ok) return read.value;
    faults.push({ line: row.line, place, message: read.en, messageJa: read.ja });
    return null;
  };
  const rateClass = take("class", readClass(row.class));
  const prefix = take("prefix", readPrefix(row.prefix, rateClass));
  const unitS = take("unit_seconds", readWhole(row.unit_seconds, [1, UNIT_S_MAX]));
  const unitYen = take("unit_yen", readWhole(row.unit_yen, [0, UNIT_YEN_MAX]));
  if (rateClass === null || prefix === null || unitS === null || unitYen === null) return null;
  return { class: rateClass, prefix, unitS, unitYen };
}

/** Rows that say the same class and prefix as one before them (Y1); rows with other faults count too. */
function duplicates(rows: readonly RateRow[]): readonly FileFault[] {
  const lines = new Map<string, number>();
  return rows.flatMap((row) => {
    const key = `${row.class} ${row.prefix}`;
    const first = lines.get(key);
    if (first === undefined) {
      lines.set(key, row.line);
      return [];
    }
    const message = `the same class and prefix as in line ${first}`;
    const messageJa = `${first} 行目と class・prefix が重複しています`;
    return [{ line: row.line, place: "prefix", message, messageJa }];
  });
}

/** Classes that have no row for all their numbers (Y2). */
function missing(rows: readonly RateRow[]): readonly FileFault[] {
  const general = new Set(rows.filter(({ prefix }) => prefix === "").map((row) => row.class));
  return GENERAL.filter((rateClass) => !general.has(rateClass)).map((rateClass) => ({
    line: 0,
    place: "class",
    message: `a row for ${rateClass} without prefix is missing`,
    messageJa: `prefix が空の ${rateClass} の行がありません`,
  }));
}

const inOrder = (a: Rate, b: Rate): number =>
  RATE_CLASSES.indexOf(a.class) - RATE_CLASSES.indexOf(b.class) ||
  (a.prefix < b.prefix ? -1 : Number(a.prefix > b.prefix));

/** Keeps a list of faults short enough to be read. */
export function bounded(faults: readonly FileFault[]): readonly FileFault[] {
  if (faults.length <= FAULTS_MAX) return faults;
  const more = faults.length - FAULTS_MAX;
  const message = `${more} more faults are not listed`;
  const rest = { line: 0, place: "file", message, messageJa: `ほかに ${more} 件の誤りがあります` };
  return [...faults.slice(0, FAULTS_MAX), rest];
}

/** Rates in the order of class and prefix, or every fault in the order of lines. */
export function readRateRows(
  rows: readonly RateRow[],
): { readonly rates: readonly Rate[] } | { readonly faults: readonly FileFault[] } {
  const faults: FileFault[] = [];
  const rates = rows.flatMap((row) => readRow(row, faults) ?? []);
  faults.push(...duplicates(rows), ...missing(rows));
  if (faults.length === 0) return { rates: rates.toSorted(inOrder) };
  return { faults: bounded(faults.toSorted((a, b) => a.line - b.line)) };
}
