/**
 * Reads values of a document (maps, lists and scalars as text) and collects every fault with its
 * place. Owns the kinds of values; does not know what a company is.
 *
 * G1  A reader never stops at a fault: it notes it and goes on with a stand-in value, so that one run
 *     names all faults. A document with a fault is never used, so no stand-in is ever stored.
 */

/** Steps from the document's root to a value: keys, and places in lists from 0. */
export type Path = readonly (string | number)[];

/** One thing to correct. `rule` is the domain rule broken (R18, D8, A19), empty for plain faults. */
export interface Fault {
  readonly path: Path;
  readonly message: string;
  readonly rule: string;
}

/** A value of the document, where it stands, and where its faults go. */
export interface Spot {
  readonly value: unknown;
  readonly path: Path;
  readonly faults: Fault[];
}

/** A read value and its place, for checks that look at several values together. */
export interface Placed<T> {
  readonly path: Path;
  readonly value: T;
}

/** Notes a fault at a spot. */
export function fault(spot: Spot, message: string, rule = ""): void {
  spot.faults.push({ path: spot.path, message, rule });
}

/** True when nothing was written there. */
export const isAbsent = (spot: Spot): boolean =>
  spot.value === undefined || spot.value === null || spot.value === "";

/** Path as people read it: company.groups[0].targets[2].outside. */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");

/** The fields of a map; a field that is not in `known` is a fault. */
export function fields(spot: Spot, known: readonly string[]): (name: string) => Spot {
  const { value } = spot;
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap) fault(spot, `must be a map with ${known.join(", ")}`);
  const entries = new Map<string, unknown>(isMap ? Object.entries(value) : []);
  for (const name of entries.keys()) {
    if (known.includes(name)) continue;
    const place = { ...spot, path: [...spot.path, name] };
    fault(place, `is not known here; take it out, or use one of ${known.join(", ")}`);
  }
  return (name) => ({ ...spot, value: entries.get(name), path: [...spot.path, name] });
}

/** The items of a list, empty when absent; more than `max` is one fault and the rest is not read. */
export function items<T>(spot: Spot, max: number, read: (item: Spot) => T | null): Placed<T>[] {
  if (isAbsent(spot)) return [];
  if (!Array.isArray(spot.value)) {
    fault(spot, "must be a list");
    return [];
  }
  const values: readonly unknown[] = spot.value;
  if (values.length > max) fault(spot, `has ${values.length} items; at most ${max} are allowed`);
  return values.slice(0, max).flatMap((value, index) => {
    const path = [...spot.path, index];
    const item = read({ value, path, faults: spot.faults });
    return item === null ? [] : [{ path, value: item }];
  });
}

/** Text of 1 to `max` characters without control characters; absent is a fault. */
export function text(spot: Spot, max: number): string | null {
  if (isAbsent(spot)) {
    fault(spot, "is missing");
    return null;
  }
  const { value } = spot;
  if (typeof value !== "string") {
    fault(spot, "must be text");
    return null;
  }
  if (value.length <= max && !/\p{Cc}/u.test(value)) return value;
  fault(spot, `must be 1 to ${max} characters without control characters`);
  return null;
}

/** A whole number from `min` to `max`; absent gives `missing`, or is a fault when that is null. */
export function wholeNumber(
  spot: Spot,
  range: {
    readonly min: number;
    readonly max: number;
    readonly unit: string;
    readonly rule?: string;
  },
  missing: number | null,
): number {
  if (isAbsent(spot) && missing !== null) return missing;
  const written = typeof spot.value === "string" ? spot.value : "";
  const number = /^[0-9]{1,9}$/.test(written) ? Number(written) : Number.NaN;
  if (number >= range.min && number <= range.max) return number;
  const absent = isAbsent(spot) ? "is missing; it " : "";
  fault(
    spot,
    `${absent}must be a whole number of ${range.unit} from ${range.min} to ${range.max}`,
    range.rule,
  );
  return range.min;
}

/** true or false; absent gives `missing`. */
export function flag(spot: Spot, missing: boolean): boolean {
  if (isAbsent(spot)) return missing;
  if (spot.value === "true" || spot.value === "false") return spot.value === "true";
  fault(spot, "must be true or false");
  return missing;
}

/** One of a few words; absent gives `missing`, or is a fault when that is null. */
export function choice<T extends string>(
  spot: Spot,
  words: readonly T[],
  missing: T | null,
): T | null {
  if (isAbsent(spot) && missing !== null) return missing;
  const word = words.find((candidate) => candidate === spot.value);
  if (word !== undefined) return word;
  fault(spot, `${isAbsent(spot) ? "is missing; it " : ""}must be one of ${words.join(", ")}`);
  return missing;
}

const isText = <R>(value: R): value is Extract<R, string> => typeof value === "string";

/** What a parser of lib/telephony makes of the text; `form` says how it must look. */
export function parsed<R extends string | { readonly kind: string }>(
  spot: Spot,
  parse: (written: string) => R,
  form: string,
): Extract<R, string> | null {
  const written = text(spot, 64);
  if (written === null) return null;
  const value = parse(written);
  if (isText(value)) return value;
  fault(spot, `"${written}" must be ${form}`);
  return null;
}
