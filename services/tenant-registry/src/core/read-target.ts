/**
 * Reads lists of targets and what they are made of: extensions, telephone numbers, ring times. Owns
 * their forms, limits and defaults (DOMAIN 2.3).
 */
import type { E164 } from "../../../lib/telephony/e164.ts";
import { type Extension, parseExtension } from "../../../lib/telephony/ids.ts";
import type { RouteTarget } from "../../../lib/telephony/route-snapshot.ts";
import type { RelayDraft } from "./draft.ts";
import { FORMS } from "./form-faults.ts";
import {
  type NumberBook,
  type ReadNumber,
  readCallerNumber,
  readOutsideNumber,
  readOwnNumber,
} from "./numbering.ts";
import * as reading from "./reading.ts";

type Spot = reading.Spot;

/** Targets of one list: at most 20 in a plan. */
export const TARGETS_MAX = 20;
/** How long a target rings. */
export const RING = { min: 5, max: 120, unit: { en: "seconds", ja: "秒数" }, rule: "2.3" };
/** Ring time of a target that names none. */
export const RING_DEFAULT_S = 20;
/** Longest name, in characters. */
export const NAME_MAX = 100;
/** A telephone number with all that people put between its digits. */
export const NUMBER_TEXT_MAX = 64;

/** An extension; null and a fault when it is none. */
export const extension = (spot: Spot): Extension | null =>
  reading.parsed(spot, parseExtension, FORMS.extension);

/** A ring time in milliseconds. */
export const ringMs = (spot: Spot): number =>
  reading.wholeNumber(spot, RING, RING_DEFAULT_S) * 1000;

function number(spot: Spot, read: (text: string) => ReadNumber): E164 | null {
  const written = reading.text(spot, NUMBER_TEXT_MAX);
  if (written === null) return null;
  const result = read(written);
  if (result.kind === "number") return result.number;
  reading.fault(spot, result.text);
  return null;
}

/** A number of the company's own. */
export const ownNumber = (spot: Spot, book: NumberBook): E164 | null =>
  number(spot, (text) => readOwnNumber(text, book));

/** A number that may call us. */
export const callerNumber = (spot: Spot): E164 | null => number(spot, readCallerNumber);

/** Fields of a target. */
export const TARGET_FIELDS = ["extension", "outside", "ringSeconds"] as const;

function readTarget(spot: Spot, book: NumberBook): RouteTarget | null {
  const at = reading.fields(spot, TARGET_FIELDS);
  const ring = ringMs(at("ringSeconds"));
  const found = reading.oneOf(spot, at, ["extension", "outside"]);
  if (found === null) return null;
  if (found.name === "extension") {
    const target = extension(found.field);
    return target && { kind: "extension", extension: target, ringMs: ring };
  }
  const outside = number(found.field, (text) => readOutsideNumber(text, book));
  return outside && { kind: "outside", number: outside, ringMs: ring };
}

/** The targets of a list. */
export const readTargets = (spot: Spot, book: NumberBook): reading.Placed<RouteTarget>[] =>
  reading.items(spot, TARGETS_MAX, (item) => readTarget(item, book));

/** Fields of a terminal's relay. */
export const RELAY_FIELDS = ["targets", "ringSelf", "followMemberRelay"] as const;

/** A relay from the map whose fields are given. */
export const relayOf = (
  at: (name: (typeof RELAY_FIELDS)[number]) => Spot,
  book: NumberBook,
): RelayDraft => ({
  ringSelf: reading.flag(at("ringSelf"), true),
  followMemberRelay: reading.flag(at("followMemberRelay"), false),
  targets: readTargets(at("targets"), book),
});
