/**
 * Reads one entry of `numbers:`: what it rings, when, and for whom. Owns the fields of a number; whether
 * its kind fits what it rings is in checks.ts.
 */
import { parseGroupId, parseTrunkId } from "../../../lib/telephony/ids.ts";
import type { OwnNumber } from "../../../lib/telephony/route-snapshot.ts";
import type { CallersDraft, NumberDraft, OutOfHoursDraft } from "./draft.ts";
import { FORM, FORMS } from "./form-faults.ts";
import type { NumberBook } from "./numbering.ts";
import { callerNumber, extension, ownNumber, RELAY_FIELDS, relayOf } from "./read-target.ts";
import * as reading from "./reading.ts";

type Spot = reading.Spot;

/** Kinds of numbers (DOMAIN 0). */
export const KINDS = ["standard", "representative", "ivr"] as const;
/** What becomes of anonymous callers. */
export const ANONYMOUS = ["accept", "refuse"] as const;
/** Numbers in one list of callers. */
export const CALLERS_MAX = 1000;

/** Fields of a number. */
export const NUMBER_FIELDS = [
  "number",
  "kind",
  "trunk",
  "group",
  "extension",
  "schedule",
  "outOfHours",
  "callers",
] as const;
/** Fields of what rings out of hours. */
export const OUT_OF_HOURS_FIELDS = ["group", ...RELAY_FIELDS] as const;
/** Fields of whom a number lets through. */
export const CALLERS_FIELDS = ["deny", "allow", "anonymous"] as const;

/** A representative or IVR number rings a group, a standard number its terminal (DOMAIN 0). */
function readRings(
  spot: Spot,
  at: (name: "group" | "extension") => Spot,
): OwnNumber["rings"] | null {
  const found = reading.oneOf(spot, at, ["group", "extension"]);
  if (found === null) return null;
  if (found.name === "group") {
    const groupId = reading.parsed(found.field, parseGroupId, FORMS.id);
    return groupId && { kind: "group", groupId };
  }
  const terminal = extension(found.field);
  return terminal && { kind: "terminal", extension: terminal };
}

function readOutOfHours(spot: Spot, book: NumberBook): OutOfHoursDraft | null {
  const at = reading.fields(spot, OUT_OF_HOURS_FIELDS);
  const found = reading.oneOf(spot, at, ["group", "targets"]);
  if (found?.name === "group") {
    for (const name of ["ringSelf", "followMemberRelay"] as const) {
      if (!reading.isAbsent(at(name))) reading.fault(at(name), FORM.unknownField(["group"]));
    }
    const groupId = reading.parsed(found.field, parseGroupId, FORMS.id);
    return groupId && { kind: "group", groupId };
  }
  const relay = relayOf(at, book);
  return found && { kind: "relay", relay };
}

function readCallers(spot: Spot): CallersDraft {
  const at = reading.fields(spot, CALLERS_FIELDS);
  return {
    deny: reading.items(at("deny"), CALLERS_MAX, callerNumber),
    allow: reading.items(at("allow"), CALLERS_MAX, callerNumber),
    refuseAnonymous: reading.choice(at("anonymous"), ANONYMOUS, "accept") === "refuse",
  };
}

/** Reads a number; null when its number, kind, trunk or what it rings cannot be read. */
export function readNumber(spot: Spot, book: NumberBook): NumberDraft | null {
  const at = reading.fields(spot, NUMBER_FIELDS);
  const number = ownNumber(at("number"), book);
  const kind = reading.choice(at("kind"), KINDS, null);
  const trunkId = reading.parsed(at("trunk"), parseTrunkId, FORMS.id);
  const rings = readRings(spot, at);
  const rest = {
    scheduleId: reading.optional(at("schedule"), reading.token),
    outOfHours: reading.optional(at("outOfHours"), (field) => readOutOfHours(field, book)),
    callers: reading.optional(at("callers"), readCallers) ?? {
      deny: [],
      allow: [],
      refuseAnonymous: false,
    },
  };
  if (number === null || kind === null || trunkId === null || rings === null) return null;
  return { number, kind, trunkId, rings, ...rest };
}
