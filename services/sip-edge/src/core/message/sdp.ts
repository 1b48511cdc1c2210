/**
 * The little of SDP that the edge needs (RFC 8866, RFC 3264 8.4): where media go, whether it is held,
 * and a body that names nobody (DOMAIN R8). Does not own: offer/answer, codecs, relaying of media.
 *
 * D1  Connection, media and attribute lines pass as they came, in their order; so do unknown types.
 *     But `a=ssrc` goes: its cname is a user at a host, and media flow without it (RFC 5576 6.1).
 * D2  Lines end in LF or CRLF on the way in, in CRLF on the way out.
 */

/** What an SDP body says about its first media line; `address` and `port` as written. */
export interface SdpSummary {
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly direction: "sendrecv" | "sendonly" | "recvonly" | "inactive";
}

/** What takes the place of the names; absent fields of the origin line stay as they came. */
export interface SdpMask {
  /** The origin's session id: digits, the same for all bodies of one leg (RFC 3264 8). */
  readonly sessionId?: string;
  /** The origin's address, IPv4 or IPv6 text. */
  readonly address?: string;
  /** The session name; "-" when absent. */
  readonly sessionName?: string;
  /** Digits that must not leave: attribute lines that hold one go. Shorter than 6 is ignored. */
  readonly hidden?: readonly string[];
}

const HIDDEN_DIGITS_MIN = 6;

/** Reads address, port and direction of the first media line. RFC 8866 5.7, 5.14, 6.7. */
export function readSdp(body: string): SdpSummary {
  let address: string | undefined;
  let port: number | undefined;
  let direction: SdpSummary["direction"] = "sendrecv";
  for (const line of sdpLines(body)) {
    if (line.startsWith("m=")) {
      if (port !== undefined) break;
      port = readPort(line);
    } else if (line.startsWith("c=")) address = line.split(" ")[2]?.split("/")[0] ?? address;
    else direction = readDirection(line) ?? direction;
  }
  return { address, port, direction };
}

/**
 * The body without the names of who made it: origin user and session name become "-"; information,
 * URI, e-mail, phone and source lines go; attributes with hidden digits go. RFC 8866 5.2-5.6.
 */
export function scrubSdp(body: string, mask: SdpMask = {}): string {
  const hidden = (mask.hidden ?? []).filter((digits) => digits.length >= HIDDEN_DIGITS_MIN);
  let scrubbed = "";
  for (const line of sdpLines(body)) {
    const kept = scrubLine(line, mask, hidden);
    if (kept !== undefined) scrubbed += `${kept}\r\n`;
  }
  return scrubbed;
}

function scrubLine(line: string, mask: SdpMask, hidden: readonly string[]): string | undefined {
  switch (line.slice(0, 2)) {
    case "o=":
      return scrubOrigin(line, mask);
    case "s=":
      return `s=${mask.sessionName ?? "-"}`;
    case "i=":
    case "u=":
    case "e=":
    case "p=":
      return undefined;
    case "a=":
      return isAboutSource(line) || hidden.some((digits) => line.includes(digits))
        ? undefined
        : line;
    default:
      return line;
  }
}

const isAboutSource = (line: string): boolean =>
  line.startsWith("a=ssrc:") || line.startsWith("a=ssrc-group:");

/** `o=user id version IN IP4 address`; the last five words count, a user may hold spaces. */
function scrubOrigin(line: string, mask: SdpMask): string {
  const words = line.split(" ").filter((word) => word !== "");
  const [id = "0", version = "0", network = "IN", kind = "IP4", address = "0.0.0.0"] =
    words.length > 5 ? words.slice(-5) : [];
  const shownKind = mask.address === undefined ? kind : ipKind(mask.address);
  const shownAddress = mask.address ?? address;
  return `o=- ${mask.sessionId ?? id} ${version} ${network} ${shownKind} ${shownAddress}`;
}

function ipKind(address: string): string {
  return address.includes(":") ? "IP6" : "IP4";
}

function readDirection(line: string): SdpSummary["direction"] | undefined {
  switch (line) {
    case "a=sendrecv":
      return "sendrecv";
    case "a=sendonly":
      return "sendonly";
    case "a=recvonly":
      return "recvonly";
    case "a=inactive":
      return "inactive";
    default:
      return undefined;
  }
}

function readPort(line: string): number | undefined {
  const text = line.split(" ")[1]?.split("/")[0] ?? "";
  const port = Number.parseInt(text, 10);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : undefined;
}

function sdpLines(body: string): readonly string[] {
  return body
    .split("\n")
    .map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line))
    .filter((line) => line !== "");
}
