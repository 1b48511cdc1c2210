/**
 * Reads the value under `company:`. Owns the fields of a company, its terminals, groups and users, their
 * forms, limits and defaults (DOMAIN 2.3); what only shows when several parts are looked at together is
 * in checks.ts.
 */
import { parseCompanyId, parseGroupId } from "../../../lib/telephony/ids.ts";
import type { User } from "./company.ts";
import type { CompanyDraft, GroupDraft, TerminalDraft } from "./draft.ts";
import { FORM, FORMS } from "./form-faults.ts";
import type { NumberBook } from "./numbering.ts";
import { readContract } from "./read-contract.ts";
import { readNumber } from "./read-number.ts";
import { readSchedule } from "./read-schedule.ts";
import {
  extension,
  NAME_MAX,
  ownNumber,
  RELAY_FIELDS,
  readTargets,
  relayOf,
  ringMs,
} from "./read-target.ts";
import * as reading from "./reading.ts";

type Spot = reading.Spot;

/** Sizes of one company: far above real ones, so that a wrong file cannot fill the database. */
export const MAX = {
  numbers: 10_000,
  terminals: 10_000,
  groups: 1000,
  users: 10_000,
  schedules: 1000,
};
/** Digest passwords can be guessed off line from one captured request; short ones are no defence. */
export const PASSWORD = { min: 8, max: 128 };
/** How long a whole list rings. */
export const TOTAL_RING = { min: 5, max: 170, unit: { en: "seconds", ja: "秒数" }, rule: "2.3" };
/** How a group rings, and how long in total when it does not say. */
export const MODES = ["ring-all", "relay"] as const;
const TOTAL_RING_DEFAULT_S = { "ring-all": 60, relay: 170 };

function readPassword(spot: Spot): string | null {
  const written = reading.text(spot, PASSWORD.max);
  if (written !== null && Array.from(written).length < PASSWORD.min) {
    reading.fault(spot, FORM.shortPassword(PASSWORD.min));
  }
  return written;
}

/** Fields of a terminal. */
export const TERMINAL_FIELDS = [
  "extension",
  "name",
  "password",
  "number",
  "homeRepresentative",
  "ringSeconds",
  "relay",
] as const;

function readTerminal(spot: Spot, book: NumberBook): TerminalDraft | null {
  const at = reading.fields(spot, TERMINAL_FIELDS);
  const own = (field: Spot) => ownNumber(field, book);
  const id = extension(at("extension"));
  const terminal = {
    name: reading.text(at("name"), NAME_MAX) ?? "",
    password: reading.optional(at("password"), readPassword),
    number: reading.optional(at("number"), own),
    homeRepresentative: reading.optional(at("homeRepresentative"), own),
    ringMs: ringMs(at("ringSeconds")),
    relay: reading.optional(at("relay"), (field) =>
      relayOf(reading.fields(field, RELAY_FIELDS), book),
    ),
  };
  return id && { extension: id, ...terminal };
}

/** Fields of a group. */
export const GROUP_FIELDS = [
  "id",
  "name",
  "extension",
  "representative",
  "mode",
  "totalRingSeconds",
  "followMemberRelay",
  "targets",
] as const;

function readGroup(spot: Spot, book: NumberBook): GroupDraft | null {
  const at = reading.fields(spot, GROUP_FIELDS);
  const id = reading.parsed(at("id"), parseGroupId, FORMS.id);
  const mode = reading.choice(at("mode"), MODES, null) ?? "ring-all";
  const total = reading.wholeNumber(at("totalRingSeconds"), TOTAL_RING, TOTAL_RING_DEFAULT_S[mode]);
  const group = {
    name: reading.text(at("name"), NAME_MAX) ?? "",
    extension: reading.optional(at("extension"), extension),
    representative: reading.optional(at("representative"), (field) => ownNumber(field, book)),
    mode,
    totalRingMs: total * 1000,
    followMemberRelay: reading.flag(at("followMemberRelay"), false),
    targets: readTargets(at("targets"), book),
  };
  return id && { id, ...group };
}

/** Fields of a user. */
export const USER_FIELDS = ["id", "name", "extensions"] as const;

function readUser(spot: Spot): User | null {
  const at = reading.fields(spot, USER_FIELDS);
  const id = reading.token(at("id"));
  const name = reading.text(at("name"), NAME_MAX) ?? "";
  const extensions = reading.items(at("extensions"), MAX.terminals, extension);
  return id === null ? null : { id, name, extensions: reading.values(extensions) };
}

/** Longest DNS name. */
export const DOMAIN_MAX = 253;

/** A DNS name: labels of letters, digits and inner hyphens. */
export const HOST_NAME =
  /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

function readDomain(spot: Spot): string | null {
  const written = reading.text(spot, DOMAIN_MAX)?.toLowerCase() ?? null;
  if (written === null || HOST_NAME.test(written)) return written;
  reading.fault(spot, FORM.form(written, FORMS.domain));
  return null;
}

/** Fields of a company. */
export const COMPANY_FIELDS = [
  "id",
  "name",
  "domain",
  "contract",
  "schedules",
  "numbers",
  "terminals",
  "groups",
  "users",
] as const;

/** Reads a company; faults go to the spot, unreadable parts are left out. */
export function readCompany(spot: Spot, book: NumberBook): CompanyDraft {
  const at = reading.fields(spot, COMPANY_FIELDS);
  return {
    id: reading.parsed(at("id"), parseCompanyId, FORMS.id),
    name: reading.text(at("name"), NAME_MAX) ?? "",
    domain: readDomain(at("domain")),
    contract: readContract(at("contract"), book),
    schedules: reading.items(at("schedules"), MAX.schedules, readSchedule),
    numbers: reading.items(at("numbers"), MAX.numbers, (item) => readNumber(item, book)),
    terminals: reading.items(at("terminals"), MAX.terminals, (item) => readTerminal(item, book)),
    groups: reading.items(at("groups"), MAX.groups, (item) => readGroup(item, book)),
    users: reading.items(at("users"), MAX.users, readUser),
  };
}
