/**
 * Where a request goes (RFC 3261 8.1.2, 18.1.1), without DNS. Owns: the choice between the URI of the
 * next hop and the address that is known to get through.
 *
 * DE1  A telephone is reached where its requests came from: its Contact may lie behind a NAT, and a
 *      TCP flow is the only way back (RFC 5626 5.3).
 * DE2  A carrier's next hop is followed when it names an IP address. DEVIATION from RFC 3263: a host
 *      name is not resolved; the request goes to the gateway that the dialog runs through.
 */
import type { Endpoint } from "../message/message.ts";
import { readNameAddr } from "../message/name-addr.ts";
import { parseSipUri } from "../message/uri.ts";

const SIP_PORT = 5060;

/** Who is at the other end of a side. */
export interface Peer {
  readonly endpoint: Endpoint;
  readonly kind: "telephone" | "carrier";
}

/** The address for a request whose next hop is that URI; null: where the peer is. */
export function destinationOf(peer: Peer, nextHop: string | null): Endpoint {
  if (nextHop === null || peer.kind === "telephone") return peer.endpoint;
  const uri = parseSipUri(nextHop.includes("<") ? (readNameAddr(nextHop)?.uri ?? "") : nextHop);
  if (uri.kind === "uri-fault" || !isAddress(uri.host)) return peer.endpoint;
  const transport = uri.params.get("transport")?.toLowerCase() === "tcp" ? "tcp" : "udp";
  const host = uri.host.startsWith("[") ? uri.host.slice(1, -1) : uri.host;
  const port = uri.port ?? SIP_PORT;
  const { endpoint } = peer;
  const isSame = endpoint.host === host && endpoint.transport === transport;
  if (isSame && transport === "tcp" && endpoint.flow !== undefined) return endpoint;
  return { transport, host, port };
}

/** IPv4, or IPv6 in brackets. */
const isAddress = (host: string): boolean =>
  host.startsWith("[") || /^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(host);
