/**
 * Plausible audio descriptions (RFC 4566, RFC 3264) for a telephone that sends no media.
 * Owns: their text. Does not own: RTP; nothing listens at the port it names.
 * D1. One PCMU stream (RFC 3551 payload 0) with telephone-event (RFC 4733).
 * D2. An answer mirrors the offer's direction: sendonly by recvonly, inactive by inactive.
 */
export type MediaDirection = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** Where the audio would go, and which version of the description this is. */
export interface AudioDescription {
  readonly address: string;
  readonly port: number;
  readonly direction?: MediaDirection;
  /** Goes up by one with each changed description of one dialog (RFC 3264 8). */
  readonly version?: number;
}

/** An offer of one PCMU stream (D1). */
export function audioOffer(audio: AudioDescription): string {
  const lines = [
    "v=0",
    `o=phone ${audio.port} ${audio.version ?? 1} IN IP4 ${audio.address}`,
    "s=call",
    `c=IN IP4 ${audio.address}`,
    "t=0 0",
    `m=audio ${audio.port} RTP/AVP 0 101`,
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=fmtp:101 0-15",
    "a=ptime:20",
    `a=${audio.direction ?? "sendrecv"}`,
  ];
  return `${lines.join("\r\n")}\r\n`;
}

/** An answer to `offer`; an offer without a direction counts as sendrecv (RFC 3264 5.1). */
export function audioAnswer(offer: string, audio: AudioDescription): string {
  return audioOffer({ ...audio, direction: mirrored(readDirection(offer)) });
}

/** Direction of the first stream that states one. */
export function readDirection(sdp: string): MediaDirection {
  const found = /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(sdp)?.[1];
  return found === "sendonly" || found === "recvonly" || found === "inactive" ? found : "sendrecv";
}

/** Port of the first audio stream, null when there is none. */
export function readAudioPort(sdp: string): number | null {
  const port = /^m=audio (\d{1,5}) /m.exec(sdp)?.[1];
  return port === undefined ? null : Number(port);
}

function mirrored(direction: MediaDirection): MediaDirection {
  switch (direction) {
    case "sendonly":
      return "recvonly";
    case "recvonly":
      return "sendonly";
    case "sendrecv":
    case "inactive":
      return direction;
  }
}
