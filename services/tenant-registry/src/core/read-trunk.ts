/**
 * Reads one entry of `trunks:`. Owns the fields of a trunk, their forms and limits; what must not
 * occur twice is in checks.ts.
 */
import type { Gateway } from "../../../lib/telephony/carrier-trunk.ts";
import { parseTrunkId } from "../../../lib/telephony/ids.ts";
import type { Trunk } from "./company.ts";
import {
  choice,
  fault,
  fields,
  isAbsent,
  items,
  parsed,
  type Spot,
  text,
  wholeNumber,
} from "./reading.ts";

/** A carrier's link has a handful of addresses; more is a mistake. */
const SOURCES_MAX = 64;
const GATEWAYS_MAX = 16;
const CHANNELS_MAX = 100_000;

const FIELDS = ["id", "sources", "gateways", "channels", "identity", "format"];

const isIpv4 = (written: string): boolean =>
  /^(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}$/.test(written);

function readSource(spot: Spot): string | null {
  const written = text(spot, 15);
  if (written === null || isIpv4(written)) return written;
  fault(spot, `"${written}" must be an IPv4 address like 192.0.2.10`);
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
  if (match !== null && isIpv4(host) && port >= 1 && port <= 65_535) {
    return { host, port, transport: match[3] === "tcp" ? "tcp" : "udp" };
  }
  const form = "an IPv4 address like 192.0.2.10:5060;transport=udp (udp or tcp)";
  fault(spot, `"${written}" must be ${form}; host names are not resolved`);
  return null;
}

function readAtLeastOne<T>(spot: Spot, max: number, read: (item: Spot) => T | null): readonly T[] {
  if (isAbsent(spot) || (Array.isArray(spot.value) && spot.value.length === 0)) {
    fault(spot, "must have at least one entry");
    return [];
  }
  return items(spot, max, read).map(({ value }) => value);
}

/** Reads a trunk; null when its id cannot be read. */
export function readTrunk(spot: Spot): Trunk | null {
  const at = fields(spot, FIELDS);
  const id = parsed(at("id"), parseTrunkId, "letters, digits, - and _ (at most 64)");
  const trunk = {
    sources: readAtLeastOne(at("sources"), SOURCES_MAX, readSource),
    gateways: readAtLeastOne(at("gateways"), GATEWAYS_MAX, readGateway),
    channels: wholeNumber(at("channels"), { min: 1, max: CHANNELS_MAX, unit: "channels" }, null),
    identity: choice(at("identity"), ["pai", "ppi", "from-only"], "pai") ?? "pai",
    format: choice(at("format"), ["e164", "national"], "e164") ?? "e164",
  } as const;
  return id === null ? null : { id, ...trunk };
}
