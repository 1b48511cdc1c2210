/**
 * Bodies that pass between legs. Owns: finding the session description in a message, the headers that
 * travel with a relayed body. Does not own: what SDP says, nor hiding names in it (message/sdp.ts).
 *
 * CT1  Only headers that describe the body travel; no other header of one leg reaches another.
 * CT2  Of a message that makes or answers an offer only the session description travels.
 */
import { header } from "../message/fields.ts";
import type { SipMessage } from "../message/message.ts";
import type { HeaderPair } from "../message/serialize.ts";

const SDP = "application/sdp";
const OFFERING: readonly string[] = ["INVITE", "UPDATE", "ACK"];
const DIALLED: readonly string[] = ["application/dtmf-relay", "application/dtmf"];
const TRAVELLING = ["content-type", "content-disposition", "info-package"] as const;

/** A media type without its parameters, lower-case; "" when absent. */
export const mediaType = (contentType: string | undefined): string =>
  (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

/** The session description of a message: its body, or the first SDP part; "" when there is none. */
export function sdpOf(message: SipMessage): string {
  const described = header(message, "content-type");
  const type = mediaType(described);
  if (type === SDP) return message.body;
  return type.startsWith("multipart/") ? sdpPart(message.body, described ?? "") : "";
}

/** RFC 2046 5.1.1: parts between `--boundary` lines, headers, an empty line, content. */
function sdpPart(body: string, described: string): string {
  const at = described.toLowerCase().indexOf("boundary=");
  if (at === -1) return "";
  const rest = described.slice(at + "boundary=".length);
  const boundary = rest.startsWith('"') ? rest.slice(1).split('"')[0] : rest.split(";")[0]?.trim();
  if (boundary === undefined || boundary === "") return "";
  for (const part of `\r\n${body}`.split(`\r\n--${boundary}`).slice(1)) {
    const headEnd = part.indexOf("\r\n\r\n");
    if (headEnd === -1) continue;
    const lines = part.slice(0, headEnd).toLowerCase().split("\r\n");
    const isSdp = lines.some(
      (line) => line.startsWith("content-type:") && mediaType(line.slice(13)) === SDP,
    );
    if (isSdp) return `${part.slice(headEnd + 4)}\r\n`;
  }
  return "";
}

/** Headers and body of a message that we pass on. */
export interface Content {
  readonly headers: readonly HeaderPair[];
  readonly body: string;
}

/** What of a relayed message reaches the other leg (CT1, CT2). */
export function travelling(method: string, message: SipMessage): Content {
  if (OFFERING.includes(method)) return withSdp(sdpOf(message));
  const headers = message.headers
    .filter((line) => TRAVELLING.some((name) => name === line.name))
    .map((line): HeaderPair => [line.shown, line.value]);
  return { headers, body: message.body };
}

/** What the message says its body is. */
export const contentType = ({ headers }: Content): string | undefined =>
  headers.find(([name]) => name.toLowerCase() === "content-type")?.[1];

/**
 * True for a body that may leave on an outside leg: a session description (what it hides is masked),
 * and dialled digits, unless all of a hidden number is among them.
 */
export function mayLeave(content: Content, hidden: readonly string[]): boolean {
  const { body } = content;
  if (body === "") return true;
  const type = mediaType(contentType(content));
  if (type === SDP) return true;
  return DIALLED.includes(type) && !hidden.some((digits) => body.includes(digits));
}

/** Headers and body of a message that we make with a session description, or with none. */
export const withSdp = (sdp: string): Content =>
  sdp === "" ? { headers: [], body: "" } : { headers: [["Content-Type", SDP]], body: sdp };
