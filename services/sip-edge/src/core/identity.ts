/**
 * Who a B-leg's INVITE says is calling (DOMAIN 4.2, R8). Owns: every header of that INVITE but those
 * of the dialog. Does not own: the session description (mask.ts), the choice of the source number
 * (controller), who owns a number (registry; asked by the shell).
 *
 * ID1  The headers are built from the order alone: nothing of the caller's INVITE is copied, so
 *      nothing of it can leak.
 * ID2  Outside, presented = source number in From and in the identity header. Privacy is `none` or
 *      absent, as the identity is the company's own: a caller's wish for it does not spread (A17).
 * ID3  A colleague sees the caller, or Anonymous when the number is withheld (DOMAIN 4.3).
 */

import type { CarrierTrunk } from "../../../lib/telephony/carrier-trunk.ts";
import type { E164 } from "../../../lib/telephony/e164.ts";
import { nationalForm } from "../../../lib/telephony/e164.ts";
import type { Destination } from "../../../lib/telephony/leg.ts";
import { divertingHeaders } from "./diverting.ts";
import { formatNameAddr } from "./message/name-addr.ts";
import { NO_PARAMS } from "./message/scan.ts";
import type { HeaderPair } from "./message/serialize.ts";

/** How a carrier wants to be spoken to. */
export interface TrunkProfile
  extends Pick<CarrierTrunk, "identity" | "format" | "privacy" | "diversion" | "userPhone"> {
  /** Host of the URIs in Request-URI, From, To and identity. */
  readonly domain: string;
}

/** Request-URI and headers of an INVITE; From without tag. */
export interface Introduction {
  readonly requestUri: string;
  readonly headers: readonly HeaderPair[];
}

/** What the order says about the INVITE beyond its destination. */
export interface Limits {
  readonly expiresS: number;
  readonly maxForwards: number;
}

type Outside = Extract<Destination, { kind: "outside" }>;
type Inside = Extract<Destination, { kind: "extension" }>;

/** The INVITE to an outside number. */
export function introduceOutside(
  { number, source, diverting }: Outside,
  profile: TrunkProfile,
  limits: Limits,
): Introduction {
  const shown = (e164: E164): string => (profile.format === "national" ? nationalForm(e164) : e164);
  const phone = profile.userPhone ? ";user=phone" : "";
  const uri = (e164: E164): string => `sip:${shown(e164)}@${profile.domain}${phone}`;
  const identity = `<${uri(source)}>`;
  const uris = { diverting: uri(diverting?.number ?? source), target: uri(number) };
  return {
    requestUri: uris.target,
    headers: [
      ["Max-Forwards", String(limits.maxForwards)],
      ["From", identity],
      ["To", `<${uris.target}>`],
      ...identityHeaders(profile, identity),
      ...divertingHeaders(diverting, profile.diversion, uris),
      ["Expires", String(limits.expiresS)],
    ],
  };
}

/** RFC 3325 9.1, 9.2; RFC 3323 4.2. */
function identityHeaders(
  { identity, privacy }: TrunkProfile,
  value: string,
): readonly HeaderPair[] {
  const asserted: readonly HeaderPair[] =
    identity === "from-only"
      ? []
      : [[identity === "pai" ? "P-Asserted-Identity" : "P-Preferred-Identity", value]];
  return privacy === "none" ? [...asserted, ["Privacy", "none"]] : asserted;
}

/** The INVITE to one contact of an extension; `host` is ours, for From and To. */
export function introduceInside(
  { extension, caller }: Inside,
  place: { readonly contactUri: string; readonly host: string },
  limits: Limits,
): Introduction {
  const isAnonymous = caller.withheld || caller.number === "";
  const uri = isAnonymous
    ? "sip:anonymous@anonymous.invalid"
    : `sip:${shownNumber(caller.number)}@${place.host}`;
  const display = isAnonymous ? "Anonymous" : caller.display;
  const privacy: readonly HeaderPair[] = caller.withheld ? [["Privacy", "id"]] : [];
  return {
    requestUri: place.contactUri,
    headers: [
      ["Max-Forwards", String(limits.maxForwards)],
      ["From", formatNameAddr({ display, uri, params: NO_PARAMS })],
      ["To", `<sip:${extension}@${place.host}>`],
      ...privacy,
      ["Expires", String(limits.expiresS)],
    ],
  };
}

/** Telephones in Japan show and dial the 0-form. */
const shownNumber = (number: string): string =>
  number.startsWith("+81") ? `0${number.slice(3)}` : number;
