/**
 * What a call's actor can be told. Facts come from the anchor edge and are numbered; all others are
 * answers to effects of this call, the passing of time, or a change of hands. All in the past tense.
 *
 * N1  Any input may come twice, late, or not at all; no phase may rely on more than a deadline.
 */
import type { LegId, NodeId } from "../../../../lib/telephony/ids.ts";
import type { EdgeInput } from "../../../../lib/telephony/leg.ts";
import type { RouteSnapshot } from "../../../../lib/telephony/route-snapshot.ts";

/** A leg that got no channel, and the first scope without room (`company:demo`). */
export interface RefusedClaim {
  readonly leg: LegId;
  readonly scope: string;
}

/** Everything that {@link import("../call.ts").step} takes. */
export type CallInput =
  /** A fact from the anchor; one with a number already seen is ignored. */
  | { readonly kind: "edge-reported"; readonly input: EdgeInput }
  /** The registry knows the called number or extension. */
  | { readonly kind: "route-found"; readonly snapshot: RouteSnapshot }
  /** The registry answered that nothing has this number or extension. */
  | { readonly kind: "route-unknown" }
  /** Neither cache nor registry could answer. */
  | { readonly kind: "registry-unreachable" }
  /** The allocator's answer to `take-channels`. */
  | {
      readonly kind: "channels-taken";
      readonly granted: readonly LegId[];
      readonly refused: readonly RefusedClaim[];
    }
  /** No allocator could be asked for the channels of these legs. */
  | { readonly kind: "allocator-unreachable"; readonly legs: readonly LegId[] }
  /** At renewal the allocator did not hold the leases of these legs any more. */
  | { readonly kind: "channels-lost"; readonly legs: readonly LegId[] }
  /** The allocator's answer to `release-channels`. */
  | { readonly kind: "channels-released"; readonly legs: readonly LegId[] }
  /** The stream has the record of this epoch. */
  | { readonly kind: "record-written"; readonly epoch: number }
  /** The instant of {@link import("../call.ts").deadline} has come. */
  | { readonly kind: "deadline" }
  /** This controller took the call over (first input after the state was decoded). */
  | { readonly kind: "adopted"; readonly controller: NodeId; readonly epoch: number };
