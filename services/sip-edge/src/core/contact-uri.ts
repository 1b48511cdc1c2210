/**
 * When two Contact URIs are the same binding (RFC 3261 10.3 step 7, 19.1.4). Does not own: reading.
 */
import type { SipUri } from "./message/uri.ts";

/** Parameters that never match when only one of the URIs has them. RFC 3261 19.1.4. */
const MUST_BE_IN_BOTH = ["user", "ttl", "method", "maddr", "transport"] as const;

/** True when both name the same place. Header parts (`?`) are compared as sets. */
export function isSameContact(left: SipUri, right: SipUri): boolean {
  if (left.scheme !== right.scheme || left.user !== right.user) return false;
  if (left.host !== right.host || left.port !== right.port) return false;
  for (const name of MUST_BE_IN_BOTH) {
    if (left.params.has(name) !== right.params.has(name)) return false;
  }
  for (const [name, value] of left.params) {
    const other = right.params.get(name);
    if (other !== undefined && other.toLowerCase() !== value.toLowerCase()) return false;
  }
  if (left.headers.size !== right.headers.size) return false;
  return [...left.headers].every(([name, value]) => right.headers.get(name) === value);
}
