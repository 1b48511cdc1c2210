/**
 * Who a B-leg's INVITE says is calling (DOMAIN 4.2, R8). Owns: every header of that INVITE but those
 * of the dialog, and the masking of session descriptions. Does not own: the choice of the source
 * number (controller), who owns a number (registry; asked by the shell).
 *
 * ID1  The headers are built from the order alone: nothing of the caller's INVITE is copied, so
 *      nothing of it can leak. The session description, which must pass, loses every name.
 * ID2  Outside, presented = source number in From and in the identity header; Privacy is `none`, as
 *      the identity is the company's own (A17).
 * ID3  A colleague sees the caller, or Anonymous when the number is withheld (DOMAIN 4.3).
 */

import type { E164 } from "../../../lib/telephony/e164.ts";
import { nationalForm } from "../../../lib/telephony/e164.ts";
import type { Destination } from "../../../lib/telephony/leg.ts";
import { formatNameAddr } from "./message/name-addr.ts";
import { NO_PARAMS } from "./message/scan.ts";
import { readSdp, scrubSdp } from "./message/sdp.ts";
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

/** What takes the names out of the session descriptions of one leg. */
export interface Mask {
  /** Session id of all descriptions of this leg, digits. */
  readonly sessionId: string;
  /** Digits of the caller that must not leave; lines that hold them go. */
  readonly hidden: readonly string[];
}

type Outside = Extract<Destination, { kind: "outside" }>;
type Inside = Extract<Destination, { kind: "extension" }>;

/** Japanese subscriber numbers have 9 or 10 digits after +81; 110, 118, 119 and all 1XY have 3. */
const JAPANESE = /^\+81[1-9][0-9]{8,9}$/;
const FOREIGN = /^\+(?!81)[1-9][0-9]{7,14}$/;
/** A number shorter than this is an extension: not secret, and likely to occur by chance. */
const HIDDEN_DIGITS_MIN = 6;

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

/** The forms in which these numbers of the caller could stand in a text; none for an extension. */
export function hiddenDigits(numbers: readonly string[]): readonly string[] {
  const forms = numbers.flatMap((number) => {
    const digits = number.startsWith("+") ? number.slice(1) : number;
    if (number.startsWith("+81")) return [digits, digits.slice(2)];
    return digits.startsWith("0") ? [digits, digits.slice(1)] : [digits];
  });
  return [...new Set(forms)].filter((form) => form.length >= HIDDEN_DIGITS_MIN);
}

/** A session description as it may leave on this leg; "" stays "". */
export function masked(sdp: string, mask: Mask): string {
  if (sdp === "") return "";
  const { address } = readSdp(sdp);
  const scrubbed = scrubSdp(sdp, {
    sessionId: mask.sessionId,
    ...(address === undefined ? {} : { address }),
    hidden: mask.hidden,
  });
  return scrubbed
    .split("\r\n")
    .map((line) => withoutHidden(line, mask.hidden))
    .filter((line) => line !== null)
    .join("\r\n");
}

/** What the scrubbing left: the version of the origin is cut, media and address must stay. */
function withoutHidden(line: string, hidden: readonly string[]): string | null {
  if (!hidden.some((digits) => line.includes(digits))) return line;
  const [origin = "", id = "", version = "", ...rest] = line.split(" ");
  switch (line.slice(0, 2)) {
    case "o=":
      return [origin, id, version.slice(-(HIDDEN_DIGITS_MIN - 1)), ...rest].join(" ");
    case "t=":
      return "t=0 0";
    case "m=":
    case "c=":
      return line;
    default:
      return null;
  }
}
