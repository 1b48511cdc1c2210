/**
 * A trunk as an edge sees it: who may send calls in by it, where calls go out, and how numbers are
 * written there. Owned by the tenant registry; the allocator's limit is `channels`.
 */
import type { TrunkId } from "./ids.ts";

/** Where calls of a trunk are sent. */
export interface Gateway {
  readonly host: string;
  readonly port: number;
  readonly transport: "udp" | "tcp";
}

/** The link to one carrier. */
export interface CarrierTrunk {
  readonly id: TrunkId;
  /** IPv4 addresses from which its calls come; an address names one trunk only. */
  readonly sources: readonly string[];
  readonly gateways: readonly Gateway[];
  /** Simultaneous outbound calls. */
  readonly channels: number;
  /** Header that carries the source number: P-Asserted-, P-Preferred-Identity or none (DOMAIN 4.2). */
  readonly identity: "pai" | "ppi" | "from-only";
  /** +81... or 0... in the Request-URI and the identity. */
  readonly format: "e164" | "national";
  /** `Privacy: none`, or no Privacy header: the identity is ours and never withheld (A17). */
  readonly privacy: "none" | "absent";
  /** Tells the far end that the call is forwarded, by numbers of the company only (DOMAIN 4.2). */
  readonly diversion: "off" | "diversion" | "history-info";
  /** `;user=phone` behind telephone numbers (RFC 3261 19.1.1). */
  readonly userPhone: boolean;
  /** Registry revision of its last change. */
  readonly revision: number;
}
