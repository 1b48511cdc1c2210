/**
 * The route set of a dialog (RFC 3261 12.1, 12.2.1.1). Owns: its order, and how Request-URI and
 * Route are made from it with loose and strict first hops. Does not own: resolving the next hop.
 */

import { recordRoutes } from "../message/fields.ts";
import type { SipMessage } from "../message/message.ts";
import { readNameAddr } from "../message/name-addr.ts";
import { parseSipUri } from "../message/uri.ts";

/** Request-URI, Route values, and the URI that the request is sent towards. */
export interface Placed {
  readonly uri: string;
  readonly routes: readonly string[];
  readonly nextHop: string;
}

/** Route set of the side that received the INVITE: Record-Route in order, 12.1.1. */
export function routesOfUas(invite: SipMessage): readonly string[] {
  return recordRoutes(invite);
}

/** Route set of the side that sent the INVITE: Record-Route of the response reversed, 12.1.2. */
export function routesOfUac(response: SipMessage): readonly string[] {
  return [...recordRoutes(response)].reverse();
}

/**
 * Request-URI and Route for a target, 12.2.1.1. With a loose first hop the target is the Request-URI.
 * A strict first hop becomes the Request-URI itself and the target the last Route.
 */
export function placed(routes: readonly string[], target: string): Placed {
  const first = routes[0];
  const hop = first === undefined ? undefined : readNameAddr(first)?.uri;
  if (hop === undefined) return { uri: target, routes: [], nextHop: target };
  if (isLoose(hop)) return { uri: target, routes, nextHop: hop };
  return { uri: hop, routes: [...routes.slice(1), `<${target}>`], nextHop: hop };
}

function isLoose(uri: string): boolean {
  const parsed = parseSipUri(uri);
  return parsed.kind === "sip-uri" && parsed.params.has("lr");
}
