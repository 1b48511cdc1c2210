/**
 * What takes a caller's names out of session descriptions on their way to another leg (DOMAIN R8).
 * Owns: which digits are hidden and where. Does not own: SDP syntax (message/sdp.ts), headers
 * (identity.ts).
 *
 * MK1  Media, address and direction pass as they came; every line that may name somebody is made
 *      anew, and one that still holds hidden digits goes.
 * MK2  All descriptions of one leg have one session id (RFC 3264 8).
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { Content } from "./leg/content.ts";
import { mediaType } from "./leg/content.ts";
import type { SideOrder } from "./leg/side.ts";
import { readSdp, scrubSdp } from "./message/sdp.ts";

/** What takes the names out of the session descriptions of one leg. */
export interface Mask {
  /** Session id of all descriptions of this leg, digits. */
  readonly sessionId: string;
  /** Digits of the caller that must not leave; lines that hold them go. */
  readonly hidden: readonly string[];
}

/** A number shorter than this is an extension: not secret, and likely to occur by chance. */
const HIDDEN_DIGITS_MIN = 6;

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

/** Session descriptions that pass later lose the caller's names as the first one did (R8). */
export function maskedOrder(order: SideOrder, mask: Mask): SideOrder {
  switch (order.kind) {
    case "request":
      return { kind: "request", request: withMaskedSdp(order.request, mask) };
    case "response":
      return { kind: "response", response: withMaskedSdp(order.response, mask) };
    case "dial":
    case "cancel":
    case "ring":
    case "answer":
    case "refuse":
    case "hang-up":
      return order;
    default:
      return unreachable(order);
  }
}

/** The body masked when it is a session description; any other passes as it is. */
function withMaskedSdp<M extends Content>(message: M, mask: Mask): M {
  const type = message.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1];
  const isSdp = mediaType(type) === "application/sdp";
  return isSdp ? { ...message, body: masked(message.body, mask) } : message;
}
