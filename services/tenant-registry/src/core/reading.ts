/**
 * Reads values of a document (maps, lists and scalars as text) and collects every fault with its
 * place. Owns the kinds of values; does not know what a company is.
 *
 * G1  A reader never stops at a fault: it notes it and goes on with a stand-in value, so that one run
 *     names all faults. A document with a fault is never used, so no stand-in is ever stored.
 */
import type { FaultText, Words } from "./fault-text.ts";
import { FORM, FORMS, type WholeRange } from "./form-faults.ts";

/** Steps from the document's root to a value: keys, and places in lists from 0. */
export type Path = readonly (string | number)[];

/** One thing to correct, and where. */
export interface Fault extends FaultText {
  readonly path: Path;
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

/** Faults that are told at once: more help nobody, and a wrong file must not fill the memory. */
export const FAULTS_MAX = 1000;

/** Notes a fault at a spot; of those beyond the bound one is kept, to tell that there are more. */
export function fault(spot: Spot, text: FaultText): void {
  if (spot.faults.length > FAULTS_MAX) return;
  spot.faults.push({ path: spot.path, ...text });
}

/** Words by which people leave a field out; `null` and `~` are YAML's own. */
const NOTHING: readonly unknown[] = [undefined, null, "", "null", "~"];

/** True when nothing was written there. */
export const isAbsent = (spot: Spot): boolean => NOTHING.includes(spot.value);

/** A field that may be left out: null then, and when it cannot be read. */
export const optional = <T>(spot: Spot, read: (spot: Spot) => T | null): T | null =>
  isAbsent(spot) ? null : read(spot);

/** Path as people read it: company.groups[0].targets[2].outside. */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");

/** The fields of a map; a field that is not in `known` is a fault. */
export function fields<K extends string>(spot: Spot, known: readonly K[]): (name: K) => Spot {
  const { value } = spot;
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap) fault(spot, FORM.notMap(known));
  const entries = new Map<string, unknown>(isMap ? Object.entries(value) : []);
  const names = new Set<string>(known);
  for (const name of entries.keys()) {
    if (names.has(name)) continue;
    fault({ ...spot, path: [...spot.path, name] }, FORM.unknownField(known));
  }
  return (name) => ({ ...spot, value: entries.get(name), path: [...spot.path, name] });
}

/** Exactly one of two fields must be there; its name and spot, or null and a fault. */
export function oneOf<A extends string, B extends string>(
  spot: Spot,
  at: (name: A | B) => Spot,
  names: readonly [A, B],
): { readonly name: A | B; readonly field: Spot } | null {
  const there = names.filter((name) => !isAbsent(at(name)));
  const [name] = there;
  if (name !== undefined && there.length === 1) return { name, field: at(name) };
  fault(spot, FORM.needsOne(names));
  return null;
}

/** The items of a list, empty when absent; more than `max` is one fault and the rest is not read. */
export function items<T>(spot: Spot, max: number, read: (item: Spot) => T | null): Placed<T>[] {
  if (isAbsent(spot)) return [];
  if (!Array.isArray(spot.value)) {
    fault(spot, FORM.notList());
    return [];
  }
  const values: readonly unknown[] = spot.value;
  if (values.length > max) fault(spot, FORM.tooMany(values.length, max));
  return values.slice(0, max).flatMap((value, index) => {
    const path = [...spot.path, index];
    const item = read({ value, path, faults: spot.faults });
    return item === null ? [] : [{ path, value: item }];
  });
}

/** {@link items}, of which there must be one at least. */
export function someItems<T>(spot: Spot, max: number, read: (item: Spot) => T | null): Placed<T>[] {
  const empty = isAbsent(spot) || (Array.isArray(spot.value) && spot.value.length === 0);
  if (empty) fault(spot, FORM.noEntry());
  return empty ? [] : items(spot, max, read);
}

/** The values of placed values. */
export const values = <T>(placed: readonly Placed<T>[]): readonly T[] =>
  placed.map(({ value }) => value);

/** Text of 1 to `max` characters without control characters; absent is a fault. */
export function text(spot: Spot, max: number): string | null {
  if (isAbsent(spot)) {
    fault(spot, FORM.missing());
    return null;
  }
  const { value } = spot;
  if (typeof value !== "string") {
    fault(spot, FORM.notText());
    return null;
  }
  if (value.length <= max && !/\p{Cc}/u.test(value)) return value;
  fault(spot, FORM.textLength(max));
  return null;
}

/** A whole number from `min` to `max`; absent gives `missing`, or is a fault when that is null. */
export function wholeNumber(spot: Spot, range: WholeRange, missing: number | null): number {
  if (isAbsent(spot) && missing !== null) return missing;
  const written = typeof spot.value === "string" ? spot.value : "";
  const number = /^[0-9]{1,9}$/.test(written) ? Number(written) : Number.NaN;
  if (number >= range.min && number <= range.max) return number;
  fault(spot, FORM.notWhole(range, isAbsent(spot)));
  return range.min;
}

/** true or false; absent gives `missing`. */
export function flag(spot: Spot, missing: boolean): boolean {
  if (isAbsent(spot)) return missing;
  if (spot.value === "true" || spot.value === "false") return spot.value === "true";
  fault(spot, FORM.notFlag());
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
  fault(spot, FORM.notChoice(words, isAbsent(spot)));
  return missing;
}

const isText = <R>(value: R): value is Extract<R, string> => typeof value === "string";

/** What a parser of lib/telephony makes of the text; `form` says how it must look. */
export function parsed<R extends string | { readonly kind: string } | null>(
  spot: Spot,
  parse: (written: string) => R,
  form: Words,
): Extract<R, string> | null {
  const written = text(spot, 64);
  if (written === null) return null;
  const value = parse(written);
  if (isText(value)) return value;
  fault(spot, FORM.form(written, form));
  return null;
}

/** A name of the document's own: of a user, a schedule, a price plan. */
export const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;

/** A {@link TOKEN}; null and a fault when it is none. */
export const token = (spot: Spot): string | null =>
  parsed(spot, (written) => (TOKEN.test(written) ? written : null), FORMS.id);
