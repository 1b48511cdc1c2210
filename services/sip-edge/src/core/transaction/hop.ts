/**
 * What one hop does to the top Via (RFC 3261 18.2, RFC 3581). Owns: noting the real source of a
 * request, and where its responses go. Does not own: sockets, or the Vias below the top one.
 */
import type { Endpoint, HeaderLine, SipRequest } from "../message/message.ts";
import { endOfFirstVia, formatVia, type Via } from "../message/via.ts";

/** The host as a header writes it: an IPv6 address in brackets. */
export function hostText(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

/**
 * The request with `received` and `rport` of its source in the top Via, 18.2.1 and RFC 3581 4; the
 * request itself when its sent-by host is the source and no rport was asked for.
 */
export function withSource(request: SipRequest, via: Via, source: Endpoint): SipRequest {
  const isPlain = via.received === undefined && via.rport === undefined;
  if (isPlain && via.host === hostText(source.host)) return request;
  // Port 0 can be neither written nor sent to: such a request gets no rport.
  const isPortNoted = via.rport !== undefined && source.port > 0;
  const rport = isPortNoted ? source.port : undefined;
  const noted: Via = { ...via, received: source.host, rport };
  const headers = withFirstVia(request.headers, formatVia(noted));
  const { checked } = request;
  if (checked === undefined) return { ...request, headers };
  // What the parser read holds on, but for this Via: nothing needs to be read twice.
  return { ...request, headers, checked: { ...checked, headers, via: noted } };
}

/**
 * Where the response goes, 18.2.2: over TCP to the flow it came from, and if that is gone to the
 * sent-by port of the source; over UDP to the source port when `rport` was asked for.
 * DEVIATION: `maddr` is not followed, so that a request cannot aim our responses at a third party.
 */
export function responseTarget(via: Via | undefined, source: Endpoint): Endpoint {
  if (via === undefined || (source.transport === "udp" && via.rport !== undefined)) return source;
  return { ...source, port: via.port ?? 5060 };
}

/** Replaces the first element of the first Via line; elements behind it on that line stay. */
function withFirstVia(headers: readonly HeaderLine[], value: string): readonly HeaderLine[] {
  const index = headers.findIndex((line) => line.name === "via");
  return headers.map((line, i) =>
    i === index ? { ...line, value: value + line.value.slice(endOfFirstVia(line.value)) } : line,
  );
}
