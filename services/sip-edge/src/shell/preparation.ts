/**
 * From a destination to the INVITEs that reach it. Owns: the look-ups through the ports, the guard on
 * the identity of outside legs (DOMAIN 3.3, 4.5). Does not own: sending, the choice of destination.
 *
 * PR1  No outside INVITE leaves whose source or diverting number the company is not known to own, none
 *      that shows or reaches an emergency or service number, none of a call diverted too often. When
 *      nobody can tell who owns a number, the leg is unavailable.
 */
import type { LegId, NodeId } from "../../../lib/telephony/ids.ts";
import type { Destination, EndCause, Offer } from "../../../lib/telephony/leg.ts";
import { isSubscriberNumber } from "../../../lib/telephony/subscriber-number.ts";
import { DIVERSIONS_MAX } from "../core/diverting.ts";
import {
  type Introduction,
  introduceInside,
  introduceOutside,
  type Limits,
} from "../core/identity.ts";
import type { Peer } from "../core/leg/destination.ts";
import { hiddenDigits, type Mask, masked } from "../core/mask.ts";
import type { OwnerOf, Ports } from "../ports.ts";

/** Contacts of one extension that ring at once. */
const BRANCHES_MAX = 10;

type Outside = Extract<Destination, { kind: "outside" }>;

/** Where a leg goes. */
export type Preparation =
  | {
      readonly kind: "ready";
      readonly branches: readonly PreparedBranch[];
      readonly at: "once" | "in-order";
      readonly mask: Mask;
      /** Nothing of the caller may leave on it but media (R8). */
      readonly isOutside: boolean;
    }
  | {
      readonly kind: "undiallable";
      readonly status: number;
      readonly cause: EndCause;
      /** The leg would have shown, or reached, a number that it may not. */
      readonly isIdentityRefused: boolean;
    };

/** One INVITE of a leg. */
export interface PreparedBranch extends Introduction {
  readonly peer: Peer;
  readonly holder: NodeId;
  readonly sdp: string;
}

/** What the order and the caller's INVITE say. */
export interface Wish {
  readonly leg: LegId;
  readonly destination: Destination;
  readonly limits: Limits;
  readonly offer: Offer;
  readonly offerSdp: string;
  readonly callerNumbers: readonly string[];
  /** Digits for the session ids of this call. */
  readonly sessionId: string;
}

/** This edge, as INVITEs name it. */
export interface Here {
  readonly node: NodeId;
  readonly host: string;
}

const refused = (status: number, cause: EndCause): Preparation => ({
  kind: "undiallable",
  status,
  cause,
  isIdentityRefused: cause === "refused",
});

/** Finds out where a leg goes. */
export async function prepare(wish: Wish, ports: Ports, here: Here): Promise<Preparation> {
  const { destination } = wish;
  return destination.kind === "outside"
    ? await prepareOutside(wish, destination, ports, here)
    : prepareInside(wish, destination, ports, here);
}

async function prepareOutside(
  wish: Wish,
  destination: Outside,
  ports: Ports,
  here: Here,
): Promise<Preparation> {
  const fault = await guardFault(destination, ports.ownerOf);
  if (fault !== null) return fault;
  const trunk = ports.trunkById(destination.trunkId);
  if (trunk === undefined || trunk.gateways.length === 0) return refused(503, "unavailable");
  const hidden = hiddenDigits([wish.offer.caller.number, ...wish.callerNumbers]);
  const mask: Mask = { sessionId: wish.sessionId, hidden };
  const introduction = introduceOutside(destination, trunk, wish.limits);
  const sdp = masked(wish.offerSdp, mask);
  const branches = trunk.gateways.map((endpoint): PreparedBranch => {
    const peer: Peer = { endpoint, kind: "carrier" };
    return { ...introduction, peer, holder: here.node, sdp };
  });
  return { kind: "ready", branches, at: "in-order", mask, isOutside: true };
}

/** PR1; null when the leg may leave. */
async function guardFault(
  { number, source, diverting, companyId }: Outside,
  ownerOf: OwnerOf,
): Promise<Preparation | null> {
  const shown = [source, ...(diverting === null ? [] : [diverting.number])];
  if (![number, ...shown].every(isSubscriberNumber)) return refused(403, "refused");
  if (diverting !== null && diverting.counter > DIVERSIONS_MAX) return refused(403, "refused");
  const owners = await Promise.all([...new Set(shown)].map(ownerOf));
  if (owners.some((owner) => owner !== companyId && owner !== "unreachable")) {
    return refused(403, "refused");
  }
  return owners.includes("unreachable") ? refused(503, "unavailable") : null;
}

function prepareInside(
  wish: Wish,
  destination: Extract<Destination, { kind: "extension" }>,
  ports: Ports,
  here: Here,
): Preparation {
  const bindings = ports.bindingsOf(destination.companyId, destination.extension);
  if (bindings.length === 0) return refused(480, "unregistered");
  const hidden = destination.caller.withheld
    ? hiddenDigits([wish.offer.caller.number, ...wish.callerNumbers])
    : [];
  const mask: Mask = { sessionId: wish.sessionId, hidden };
  const sdp = masked(wish.offerSdp, mask);
  const branches = bindings.slice(0, BRANCHES_MAX).map((binding): PreparedBranch => {
    const { contactUri, endpoint, edge } = binding;
    const introduction = introduceInside(destination, { contactUri, host: here.host }, wish.limits);
    return { ...introduction, peer: { endpoint, kind: "telephone" }, holder: edge, sdp };
  });
  return { kind: "ready", branches, at: "once", mask, isOutside: false };
}
