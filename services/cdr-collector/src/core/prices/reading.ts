/**
 * Reads the values of a price file (maps, lists, scalars as text) and collects every fault with its
 * place, in English and Japanese. Owns the kinds of values; does not know what a price is.
 *
 * G1  A reader never stops at a fault: it notes it and goes on with a stand-in, so that one run names
 *     all faults. A file with a fault is never used, so no stand-in ever prices anything.
 */
import { type CivilDate, parseCivilDate } from "../../../../lib/telephony/tokyo-time.ts";

/** Steps from the file's root to a value: keys, and places in lists from 0. */
export type Path = readonly (string | number)[];

/** One thing to correct. */
export interface Fault {
  readonly path: Path;
  readonly message: string;
  readonly messageJa: string;
}

/** A value of the file, where it stands, and where its faults go. */
export interface Spot {
  readonly value: unknown;
  readonly path: Path;
  readonly faults: Fault[];
}

/** Notes a fault at a spot. */
export function fault(spot: Spot, message: string, messageJa: string): void {
  spot.faults.push({ path: spot.path, message, messageJa });
}

const isAbsent = ({ value }: Spot): boolean =>
  value === undefined || value === null || value === "";

/** Path as people read it: plans[0].monthly.terminal. */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");

/** The fields of a map; one that is not in `known` is a fault. An absent map is a map without fields. */
export function fields(spot: Spot, known: readonly string[]): (name: string) => Spot {
  const { value } = spot;
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  const names = known.join(", ");
  if (!isMap && !isAbsent(spot)) {
    fault(spot, `must be a map with ${names}`, `${names} を持つマップで書いてください`);
  }
  const entries = new Map<string, unknown>(isMap ? Object.entries(value) : []);
  for (const name of entries.keys()) {
    if (known.includes(name)) continue;
    fault(
      { ...spot, path: [...spot.path, name] },
      `is not known here; use one of ${names}`,
      `ここでは使えない項目です。使える項目: ${names}`,
    );
  }
  return (name) => ({ ...spot, value: entries.get(name), path: [...spot.path, name] });
}

/** The items of a list of 1 to `max`; an empty or longer one is a fault. */
export function items<T>(spot: Spot, max: number, read: (item: Spot) => T): readonly T[] {
  const values: readonly unknown[] = Array.isArray(spot.value) ? spot.value : [];
  if (values.length === 0 || values.length > max) {
    fault(spot, `must be a list of 1 to ${max} items`, `1～${max} 件のリストで書いてください`);
  }
  return values
    .slice(0, max)
    .map((value, index) => read({ value, path: [...spot.path, index], faults: spot.faults }));
}

const MISSING = "is missing";
const MISSING_JA = "書かれていません";

/** Text of 1 to `max` characters, not all of them blank, without control characters. */
export function text(spot: Spot, max: number): string {
  const { value } = spot;
  const isBlank = typeof value === "string" && value.trim() === "";
  if (isAbsent(spot) || isBlank) fault(spot, MISSING, MISSING_JA);
  else if (typeof value !== "string" || value.length > max || /\p{Cc}/u.test(value)) {
    fault(
      spot,
      `must be 1 to ${max} characters without control characters`,
      `制御文字を含まない 1～${max} 文字で書いてください`,
    );
  } else return value;
  return "";
}

/** What `parse` makes of the text, else a fault that says which `form` it must have. */
export function parsed<T>(
  spot: Spot,
  parse: (written: string) => T | null,
  form: readonly [english: string, japanese: string],
): T | null {
  const written = typeof spot.value === "string" ? spot.value : "";
  const value = written === "" ? null : parse(written);
  if (value !== null) return value;
  const [english, japanese] = form;
  if (isAbsent(spot)) {
    fault(spot, `${MISSING}; it must be ${english}`, `${MISSING_JA}。${japanese}で書いてください`);
  } else {
    fault(spot, `must be ${english}`, `${japanese}で書いてください`);
  }
  return null;
}

/** A whole number from `min` to `max`; absent gives `missing`, or is a fault when that is null. */
export function wholeNumber(
  spot: Spot,
  { min, max }: { readonly min: number; readonly max: number },
  missing: number | null,
): number {
  if (isAbsent(spot) && missing !== null) return missing;
  const within = (written: string): number | null => {
    const number = /^[0-9]{1,9}$/.test(written) ? Number(written) : Number.NaN;
    return number >= min && number <= max ? number : null;
  };
  const form = [`a whole number from ${min} to ${max}`, `${min}～${max} の整数`] as const;
  return parsed(spot, within, form) ?? missing ?? min;
}

/** true or false; absent gives `missing`. */
export function flag(spot: Spot, missing: boolean): boolean {
  return choice(spot, ["true", "false"], missing ? "true" : "false") === "true";
}

/** One of a few words; absent gives `missing`. */
export function choice<W extends string>(spot: Spot, words: readonly W[], missing: W): W {
  if (isAbsent(spot)) return missing;
  const known = (written: string): W | null => words.find((word) => word === written) ?? null;
  const form = [`one of ${words.join(", ")}`, `${words.join(", ")} のいずれか`] as const;
  return parsed(spot, known, form) ?? missing;
}

/** A day of Tokyo's calendar; null when faulty. */
export const date = (spot: Spot): CivilDate | null =>
  parsed(spot, parseCivilDate, ["a date like 2026-10-01", "2026-10-01 のような日付"]);
