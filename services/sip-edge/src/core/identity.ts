/**
 * Who a B-leg's INVITE says is calling (DOMAIN 4.2, R8). Owns: every header of that INVITE but those
 * of the dialog. Does not own: the session description (mask.ts), the choice of the source number
 * (controller), who owns a number (registry; asked by the shell).
 *
 * ID1  The headers are built from the order alone: nothing of the caller's INVITE is copied, so
 *      nothing of it can leak.
 * ID2  Outside, presented = source number in From and in the identity header; Privacy is `none`, as
 *      the identity is the company's own (A17).
 * ID3  A colleague sees the caller, or Anonymous when the number is withheld (DOMAIN 4.3).
 */

import type { E164 } from "../../../lib/telephony/e164.ts";
import { nationalForm } from "../../../lib/telephony/e164.ts";
import type { Destination } from "../../../lib/telephony/leg.ts";
import { formatNameAddr } from "./message/name-addr.ts";
import { NO_PARAMS } from "./message/scan.ts";
import type { HeaderPair } from "./message/serialize.ts";

/** How a carrier wants to be spoken to. */
export interface TrunkProfile {
  /** Header that carries our identity: P-Asserted-Identity, P-Preferred-Identity, or From alone. */
  readonly identity: "pai" | "ppi" | "from-only";
  /** Numbers as +81... or in 0-form. */
  readonly format: "e164" | "national";
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

/** Japanese subscriber numbers have 9 or 10 digits after +81; 110, 118, 119 and all 1XY have 3. */
const JAPANESE = /^\+81[1-9][0-9]{8,9}$/;
const FOREIGN = /^\+(?!81)[1-9][0-9]{7,14}$/;
/** False for emergency and service numbers, which no leg of ours may reach (DOMAIN 3.1, 4.5). */
export const isSubscriberNumber = (number: E164): boolean =>
  JAPANESE.test(number) || FOREIGN.test(number);

/** The INVITE to an outside number. */
export function introduceOutside(
  { number, source }: Outside,
  profile: TrunkProfile,
  limits: Limits,
): Introduction {
  const shown = (e164: E164): string => (profile.format === "national" ? nationalForm(e164) : e164);
  const uri = (e164: E164): string => `sip:${shown(e164)}@${profile.domain};user=phone`;
  const identity = `<${uri(source)}>`;
  return {
    requestUri: uri(number),
    headers: [
      ["Max-Forwards", String(limits.maxForwards)],
      ["From", identity],
      ["To", `<${uri(number)}>`],
      ...identityHeaders(profile.identity, identity),
      ["Expires", String(limits.expiresS)],
    ],
  };
}

function identityHeaders(identity: TrunkProfile["identity"], value: string): readonly HeaderPair[] {
  if (identity === "from-only") return [];
  const name = identity === "pai" ? "P-Asserted-Identity" : "P-Preferred-Identity";
  return [
    [name, value],
    ["Privacy", "none"],
  ];
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
