/**
 * Reads one entry of `trunks:`. Owns the fields of a trunk, their forms and limits; what must not
 * occur twice is in checks.ts.
 */
import type { Gateway } from "../../../lib/telephony/carrier-trunk.ts";
import { parseTrunkId } from "../../../lib/telephony/ids.ts";
import type { Trunk } from "./company.ts";
import { FORM, FORMS } from "./form-faults.ts";
import {
  choice,
  fault,
  fields,
  flag,
  parsed,
  type Spot,
  someItems,
  text,
  values,
  wholeNumber,
} from "./reading.ts";

/** A carrier's link has a handful of addresses; more is a mistake. */
export const SOURCES_MAX = 64;
/** Gateways of one trunk. */
export const GATEWAYS_MAX = 16;
/** Simultaneous outbound calls. */
export const TRUNK_CHANNELS = { min: 1, max: 100_000, unit: { en: "channels", ja: "チャネル数" } };

/** Words of a trunk's profile (DOMAIN 4.2); the first of each is the default. */
export const PROFILE = {
  identity: ["pai", "ppi", "from-only"],
  format: ["e164", "national"],
  privacy: ["none", "absent"],
  diversion: ["off", "diversion", "history-info"],
} as const;

/** Fields of a trunk. */
export const TRUNK_FIELDS = [
  "id",
  "sources",
  "gateways",
  "channels",
  "identity",
  "format",
  "privacy",
  "diversion",
  "userPhone",
] as const;

/** An IPv4 address. */
export const IPV4 =
  /^(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}$/;

function readSource(spot: Spot): string | null {
  const written = text(spot, 15);
  if (written === null || IPV4.test(written)) return written;
  fault(spot, FORM.form(written, FORMS.ipv4));
  return null;
}

/**
 * `address`, `address:port` or `address:port;transport=udp|tcp`; port 5060 and UDP when left out. Host
 * names are refused: nothing resolves them when a call is placed.
 */
function readGateway(spot: Spot): Gateway | null {
  const written = text(spot, 280);
  if (written === null) return null;
  const match = /^([^:;]+)(?::([0-9]{1,5}))?(?:;transport=(udp|tcp))?$/.exec(written.toLowerCase());
  const host = match?.[1] ?? "";
  const port = Number(match?.[2] ?? "5060");
  if (match !== null && IPV4.test(host) && port >= 1 && port <= 65_535) {
    return { host, port, transport: match[3] === "tcp" ? "tcp" : "udp" };
  }
  fault(spot, FORM.gateway(written));
  return null;
}

/** One of the words of a profile, the first when there is none. */
const profile = <T extends string>(spot: Spot, words: readonly [T, ...T[]]): T =>
  choice(spot, words, words[0]) ?? words[0];

/** Reads a trunk; null when its id cannot be read. */
export function readTrunk(spot: Spot): Trunk | null {
  const at = fields(spot, TRUNK_FIELDS);
  const id = parsed(at("id"), parseTrunkId, FORMS.id);
  const trunk = {
    sources: values(someItems(at("sources"), SOURCES_MAX, readSource)),
    gateways: values(someItems(at("gateways"), GATEWAYS_MAX, readGateway)),
    channels: wholeNumber(at("channels"), TRUNK_CHANNELS, null),
    identity: profile(at("identity"), PROFILE.identity),
    format: profile(at("format"), PROFILE.format),
    privacy: profile(at("privacy"), PROFILE.privacy),
    diversion: profile(at("diversion"), PROFILE.diversion),
    userPhone: flag(at("userPhone"), true),
  };
  return id === null ? null : { id, ...trunk };
}
