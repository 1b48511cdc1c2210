/**
 * What takes a caller's names out of what passes to another leg (DOMAIN R8). Owns: which digits are
 * hidden and where. Does not own: SDP syntax (message/sdp.ts), the INVITE's headers (identity.ts).
 *
 * MK1  Media, address and direction pass as they came; every line that may name somebody is made
 *      anew, and one that still holds hidden digits goes or loses its meaning (no address, no media).
 * MK2  All descriptions of one leg have one session id (RFC 3264 8).
 * MK3  Where digits are hidden, media go to an IP address: a host name can spell anything.
 * MK4  Requests and responses leave outside alike: a body that is neither a session description nor
 *      dialled digits stays here, and so do the caller's own words in headers and reason phrase.
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { Content } from "./leg/content.ts";
import { contentType, mayLeave, mediaType } from "./leg/content.ts";
import type { SideOrder } from "./leg/side.ts";
import { reasonPhrase } from "./message/reason-phrase.ts";
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
  const shown = address === undefined || isShown(address, mask) ? address : NOWHERE;
  const scrubbed = scrubSdp(sdp, {
    sessionId: mask.sessionId,
    ...(shown === undefined ? {} : { address: shown }),
    hidden: mask.hidden,
  });
  return scrubbed
    .split("\r\n")
    .map((line) => withoutHidden(line, mask))
    .filter((line) => line !== null)
    .join("\r\n");
}

/** Receives nothing (RFC 3264 8.4): stands for an address that may not leave. */
const NOWHERE = "0.0.0.0";
const IP_ADDRESS = /^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-f.]*:[0-9a-f:.]*)$/i;

const holdsAny = (text: string, hidden: readonly string[]): boolean =>
  hidden.some((digits) => text.includes(digits));

/** MK3. */
const isShown = (address: string, { hidden }: Mask): boolean =>
  hidden.length === 0 || (IP_ADDRESS.test(address) && !holdsAny(address, hidden));

/** What the scrubbing left: the version of the origin is cut, media and address lose their meaning. */
function withoutHidden(line: string, mask: Mask): string | null {
  const isHiding = holdsAny(line, mask.hidden);
  const kind = line.slice(0, 2);
  if (kind === "c=") {
    const address = line.split(" ")[2]?.split("/")[0] ?? "";
    return isHiding || !isShown(address, mask) ? `c=IN IP4 ${NOWHERE}` : line;
  }
  if (!isHiding) return line;
  switch (kind) {
    case "o=": {
      const [origin = "", id = "", version = "", ...place] = line.split(" ");
      const shown = holdsAny(place.join(" "), mask.hidden) ? ["IN", "IP4", NOWHERE] : place;
      return [origin, id, version.slice(-(HIDDEN_DIGITS_MIN - 1)), ...shown].join(" ");
    }
    case "t=":
      return "t=0 0";
    case "m=":
      // No port and no payload type is that long: a stream that is refused keeps the count (3264 6).
      return "m=audio 0 RTP/AVP 0";
    default:
      return null;
  }
}

/**
 * An order as it may reach an outside leg (MK4); null for a request with a body that may not: the
 * sender gets 415 instead. Of a response such a body is left out: its status must still arrive.
 */
export function leavingOrder(order: SideOrder, mask: Mask): SideOrder | null {
  switch (order.kind) {
    case "request": {
      const { request } = order;
      const isLeaving = mayLeave(request, mask.hidden);
      return isLeaving ? { kind: "request", request: leaving(request, mask) } : null;
    }
    case "response": {
      const { response } = order;
      const body = mayLeave(response, mask.hidden) ? response.body : "";
      const own = { ...response, reason: reasonPhrase(response.status), body };
      return { kind: "response", response: leaving(own, mask) };
    }
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

/** The media type alone describes a body that leaves, and a header that names nobody. */
function leaving<M extends Content>(message: M, mask: Mask): M {
  const { body } = message;
  const type = mediaType(contentType(message));
  const others = message.headers.filter(
    ([name, value]) => name.toLowerCase() === "info-package" && !holdsAny(value, mask.hidden),
  );
  if (body === "") return { ...message, headers: others };
  const headers = [["Content-Type", type] as const, ...others];
  return withMaskedSdp({ ...message, headers }, mask);
}

/** On a leg inside, session descriptions that pass later lose the caller's names as the first one did (R8). */
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
  const isSdp = mediaType(contentType(message)) === "application/sdp";
  return isSdp ? { ...message, body: masked(message.body, mask) } : message;
}
