/**
 * Reads the value under `company:`. Owns the fields of a company, their forms, limits and defaults
 * (DOMAIN 2.3); what only shows when several parts are looked at together is in checks.ts.
 */

import type { E164 } from "../../../lib/telephony/e164.ts";
import {
  type Extension,
  parseCompanyId,
  parseExtension,
  parseGroupId,
  parseTrunkId,
} from "../../../lib/telephony/ids.ts";
import type { OwnNumber, RouteTarget } from "../../../lib/telephony/route-snapshot.ts";
import type { User } from "./company.ts";
import type { CompanyDraft, GroupDraft, RelayDraft, TerminalDraft } from "./draft.ts";
import { type NumberBook, type ReadNumber, readOutsideNumber, readOwnNumber } from "./numbering.ts";
import * as reading from "./reading.ts";

type Spot = reading.Spot;

/** Sizes of one company: far above real ones, so that a wrong file cannot fill the database. */
const MAX = { numbers: 10_000, terminals: 10_000, groups: 1000, users: 10_000, channels: 100_000 };
/** Targets of one list: at most 20 in a plan. */
export const TARGETS_MAX = 20;
const NAME_MAX = 100;
/** Digest passwords can be guessed off line from one captured request; short ones are no defence. */
const PASSWORD_MIN = 8;

const RING = { min: 5, max: 120, unit: "seconds", rule: "2.3" };
const RING_DEFAULT_S = 20;
const TOTAL_RING = { min: 5, max: 170, unit: "seconds", rule: "2.3" };
const TOTAL_RING_DEFAULT_S = { "ring-all": 60, relay: 170 };

const EXTENSION_FORM = "2 to 8 digits";
const ID_FORM = "letters, digits, - and _ (at most 64)";
const KINDS = ["standard", "representative", "ivr"] as const;

const extension = (spot: Spot): Extension | null =>
  reading.parsed(spot, parseExtension, EXTENSION_FORM);

function ringMs(spot: Spot): number {
  return reading.wholeNumber(spot, RING, RING_DEFAULT_S) * 1000;
}

function number(spot: Spot, read: (text: string) => ReadNumber): E164 | null {
  const written = reading.text(spot, 64);
  if (written === null) return null;
  const result = read(written);
  if (result.kind === "number") return result.number;
  reading.fault(spot, result.message, result.reason === "not-ip-phone" ? "3.3" : "3.1");
  return null;
}

/** A field that may be left out: null then, and when it cannot be read. */
const optional = <T>(spot: Spot, read: (spot: Spot) => T | null): T | null =>
  reading.isAbsent(spot) ? null : read(spot);

/** Exactly one of two fields must be there; the spot of the one that is, or null and a fault. */
function oneOf(
  spot: Spot,
  at: (name: string) => Spot,
  names: readonly [string, string],
): Spot | null {
  const present = names.map(at).filter((field) => !reading.isAbsent(field));
  if (present.length !== 1) reading.fault(spot, `needs exactly one of ${names.join(" and ")}`);
  return present.length === 1 ? (present[0] ?? null) : null;
}

function readTarget(spot: Spot, book: NumberBook): RouteTarget | null {
  const at = reading.fields(spot, ["extension", "outside", "ringSeconds"]);
  const ring = ringMs(at("ringSeconds"));
  const field = oneOf(spot, at, ["extension", "outside"]);
  if (field === null) return null;
  if (field.path.at(-1) === "extension") {
    const target = extension(field);
    return target && { kind: "extension", extension: target, ringMs: ring };
  }
  const outside = number(field, (text) => readOutsideNumber(text, book));
  return outside && { kind: "outside", number: outside, ringMs: ring };
}

const readTargets = (spot: Spot, book: NumberBook): reading.Placed<RouteTarget>[] =>
  reading.items(spot, TARGETS_MAX, (item) => readTarget(item, book));

function readRelay(spot: Spot, book: NumberBook): RelayDraft {
  const at = reading.fields(spot, ["ringSelf", "followMemberRelay", "targets"]);
  return {
    ringSelf: reading.flag(at("ringSelf"), true),
    followMemberRelay: reading.flag(at("followMemberRelay"), false),
    targets: readTargets(at("targets"), book),
  };
}

function readPassword(spot: Spot): string | null {
  const written = reading.text(spot, 128);
  if (written !== null && written.length < PASSWORD_MIN) {
    reading.fault(spot, `must have at least ${PASSWORD_MIN} characters`);
  }
  return written;
}

const TERMINAL_FIELDS = [
  "extension",
  "name",
  "password",
  "number",
  "homeRepresentative",
  "ringSeconds",
  "relay",
];

function readTerminal(spot: Spot, book: NumberBook): TerminalDraft | null {
  const at = reading.fields(spot, TERMINAL_FIELDS);
  const own = (field: Spot): E164 | null => number(field, (text) => readOwnNumber(text, book));
  const id = extension(at("extension"));
  const terminal = {
    name: reading.text(at("name"), NAME_MAX) ?? "",
    password: optional(at("password"), readPassword),
    number: optional(at("number"), own),
    homeRepresentative: optional(at("homeRepresentative"), own),
    ringMs: ringMs(at("ringSeconds")),
    relay: optional(at("relay"), (field) => readRelay(field, book)),
  };
  return id && { extension: id, ...terminal };
}

const GROUP_FIELDS = [
  "id",
  "name",
  "extension",
  "representative",
  "mode",
  "totalRingSeconds",
  "followMemberRelay",
  "targets",
];

function readGroup(spot: Spot, book: NumberBook): GroupDraft | null {
  const at = reading.fields(spot, GROUP_FIELDS);
  const id = reading.parsed(at("id"), parseGroupId, ID_FORM);
  const mode = reading.choice(at("mode"), ["ring-all", "relay"], null) ?? "ring-all";
  const total = reading.wholeNumber(at("totalRingSeconds"), TOTAL_RING, TOTAL_RING_DEFAULT_S[mode]);
  const group = {
    name: reading.text(at("name"), NAME_MAX) ?? "",
    extension: optional(at("extension"), extension),
    representative: optional(at("representative"), (field) =>
      number(field, (text) => readOwnNumber(text, book)),
    ),
    mode,
    totalRingMs: total * 1000,
    followMemberRelay: reading.flag(at("followMemberRelay"), false),
    targets: readTargets(at("targets"), book),
  };
  return id && { id, ...group };
}

function readOwn(spot: Spot, book: NumberBook): OwnNumber | null {
  const at = reading.fields(spot, ["number", "kind", "trunk", "group", "extension"]);
  const own = number(at("number"), (text) => readOwnNumber(text, book));
  const kind = reading.choice(at("kind"), KINDS, null);
  const trunkId = reading.parsed(at("trunk"), parseTrunkId, ID_FORM);
  const rings = readRings(spot, at);
  if (own === null || kind === null || trunkId === null || rings === null) return null;
  return { number: own, kind, trunkId, rings };
}

/** A representative or IVR number rings a group, a standard number its terminal (DOMAIN 0). */
function readRings(spot: Spot, at: (name: string) => Spot): OwnNumber["rings"] | null {
  const field = oneOf(spot, at, ["group", "extension"]);
  if (field === null) return null;
  if (field.path.at(-1) === "group") {
    const groupId = reading.parsed(field, parseGroupId, ID_FORM);
    return groupId && { kind: "group", groupId };
  }
  const terminal = extension(field);
  return terminal && { kind: "terminal", extension: terminal };
}

function readUser(spot: Spot): User | null {
  const at = reading.fields(spot, ["id", "name", "extensions"]);
  const id = reading.parsed(at("id"), parseUserId, ID_FORM);
  const name = reading.text(at("name"), NAME_MAX) ?? "";
  const extensions = reading.items(at("extensions"), MAX.terminals, extension);
  return id === null ? null : { id, name, extensions: extensions.map(({ value }) => value) };
}

const parseUserId = (text: string): string | { readonly kind: string } =>
  /^[A-Za-z0-9_-]{1,64}$/.test(text) ? text : { kind: "id-fault" };

function readContract(spot: Spot): CompanyDraft["contract"] {
  const at = reading.fields(spot, [
    "terminalForwarding",
    "representativeForwarding",
    "extraChannels",
  ]);
  const channels = { min: 0, max: MAX.channels, unit: "channels", rule: "A15" };
  return {
    terminalForwarding: reading.flag(at("terminalForwarding"), false),
    representativeForwarding: reading.flag(at("representativeForwarding"), false),
    extraChannels: reading.wholeNumber(at("extraChannels"), channels, 0),
  };
}

/** True for a DNS name: labels of letters, digits and inner hyphens. */
const isHostName = (written: string): boolean =>
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/.test(written) &&
  written.length <= 253;

function readDomain(spot: Spot): string | null {
  const written = reading.text(spot, 253)?.toLowerCase() ?? null;
  if (written === null || isHostName(written)) return written;
  reading.fault(spot, `"${written}" must be a DNS name like demo.example.com`);
  return null;
}

const COMPANY_FIELDS = [
  "id",
  "name",
  "domain",
  "contract",
  "numbers",
  "terminals",
  "groups",
  "users",
];

/** Reads a company; faults go to the spot, unreadable parts are left out. */
export function readCompany(spot: Spot, book: NumberBook): CompanyDraft {
  const at = reading.fields(spot, COMPANY_FIELDS);
  const contract = at("contract");
  return {
    id: reading.parsed(at("id"), parseCompanyId, ID_FORM),
    name: reading.text(at("name"), NAME_MAX) ?? "",
    domain: readDomain(at("domain")),
    contract: readContract(reading.isAbsent(contract) ? { ...contract, value: {} } : contract),
    numbers: reading.items(at("numbers"), MAX.numbers, (item) => readOwn(item, book)),
    terminals: reading.items(at("terminals"), MAX.terminals, (item) => readTerminal(item, book)),
    groups: reading.items(at("groups"), MAX.groups, (item) => readGroup(item, book)),
    users: reading.items(at("users"), MAX.users, readUser),
  };
}
