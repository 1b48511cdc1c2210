/**
 * Readers for single fields: each returns the value in its domain type or refuses it by path.
 * Used inside `decoding` only. proto3 cannot tell 0 or "" from absent, so where a field must be
 * present, 0 and "" are refused.
 */
import type { E164 } from "../telephony/e164.ts";
import { isE164Fault, parseE164 } from "../telephony/e164.ts";
import type {
  CallId,
  CompanyId,
  Extension,
  GroupId,
  IdFault,
  LegId,
  NodeId,
  TrunkId,
} from "../telephony/ids.ts";
import {
  isIdFault,
  parseCallId,
  parseCompanyId,
  parseExtension,
  parseGroupId,
  parseLegId,
  parseNodeId,
  parseTrunkId,
} from "../telephony/ids.ts";
import { INSTANT_MAX, type Instant } from "../telephony/instant.ts";
import { refuse } from "./fault.ts";

const reader =
  <T extends string>(what: string, parse: (text: string) => T | IdFault) =>
  (text: string, path: string): T => {
    const id = parse(text);
    return isIdFault(id) ? refuse(path, `not a ${what}: ${JSON.stringify(text.slice(0, 80))}`) : id;
  };

export const callId: (text: string, path: string) => CallId = reader("CallId", parseCallId);
export const legId: (text: string, path: string) => LegId = reader("LegId", parseLegId);
export const companyId: (text: string, path: string) => CompanyId = reader(
  "CompanyId",
  parseCompanyId,
);
export const trunkId: (text: string, path: string) => TrunkId = reader("TrunkId", parseTrunkId);
export const groupId: (text: string, path: string) => GroupId = reader("GroupId", parseGroupId);
export const nodeId: (text: string, path: string) => NodeId = reader("NodeId", parseNodeId);
export const extension: (text: string, path: string) => Extension = reader(
  "Extension",
  parseExtension,
);

/** An E.164 number. */
export function e164(text: string, path: string): E164 {
  const number = parseE164(text);
  return isE164Fault(number)
    ? refuse(path, `not an E.164 number: ${JSON.stringify(text.slice(0, 80))}`)
    : number;
}

/** "" means null; anything else must be a T. */
export const nullable = <T>(
  text: string,
  path: string,
  read: (text: string, path: string) => T,
): T | null => (text === "" ? null : read(text, path));

/** A message field that must be there. */
export const present = <T>(value: T | undefined, path: string): T =>
  value === undefined ? refuse(path, "missing") : value;

/** A whole number within `min` and `max`. */
export const within = (value: number, min: number, max: number, path: string): number =>
  Number.isSafeInteger(value) && value >= min && value <= max
    ? value
    : refuse(path, `${value} is not within ${min} and ${max}`);

/** A count from 0. */
export const count = (value: number, path: string): number =>
  within(value, 0, Number.MAX_SAFE_INTEGER, path);

/** A number from 1. */
export const positive = (value: number, path: string): number =>
  within(value, 1, Number.MAX_SAFE_INTEGER, path);

/** A moment that must be there. */
export const instant = (ms: number, path: string): Instant => within(ms, 1, INSTANT_MAX, path);

/** A moment, 0 meaning that it never came. */
export const instantOrNull = (ms: number, path: string): Instant | null =>
  ms === 0 ? null : instant(ms, path);

/** One of a closed set of words. */
export function word<const W extends string>(words: readonly W[], text: string, path: string): W {
  for (const known of words) if (known === text) return known;
  return refuse(path, `not one of ${words.join(", ")}: ${JSON.stringify(text.slice(0, 80))}`);
}

/** Reads each element of a repeated field of at most `max` elements, with its index in the path. */
export function list<W, T>(
  values: readonly W[],
  path: string,
  max: number,
  read: (value: W, path: string) => T,
): readonly T[] {
  if (values.length > max) refuse(path, `${values.length} elements, at most ${max}`);
  const out: T[] = [];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    if (value !== undefined) out.push(read(value, `${path}[${i}]`));
  }
  return out;
}
