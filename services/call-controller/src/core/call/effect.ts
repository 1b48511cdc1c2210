/**
 * What a call's actor can ask for: orders to the anchor edge, and the work of the controller itself.
 *
 * X1  Every effect is keyed by (call, leg) or (call, epoch): carrying it out twice changes nothing.
 * X2  An effect may get lost; what the state still owes is issued again by deadline or on adoption.
 */
import type { CallRecord } from "../../../../lib/telephony/call-detail-record.ts";
import type { LegId } from "../../../../lib/telephony/ids.ts";
import type { LegOrder } from "../../../../lib/telephony/leg.ts";
import type { RouteKey } from "../../../../lib/telephony/route-snapshot.ts";

/** One limit that an outside leg counts against, with the registry revision it was read at. */
export interface ChannelScope {
  readonly id: string;
  readonly limit: number;
  readonly revision: number;
}

/** The channel wanted for one leg: all its scopes or none. */
export interface ChannelClaim {
  readonly leg: LegId;
  readonly scopes: readonly ChannelScope[];
}

/** Everything that {@link import("../call.ts").step} returns. */
export type CallEffect =
  /** To the anchor, in the same message as the state. */
  | LegOrder
  /** Answered by `route-found`, `route-unknown` or `registry-unreachable`. */
  | { readonly kind: "look-up-route"; readonly query: RouteKey }
  /** Partial policy first-in-order. Answered by `channels-taken` or `allocator-unreachable`. */
  | { readonly kind: "take-channels"; readonly claims: readonly ChannelClaim[] }
  /** Claims the leases of an adopted call under the new epoch; no answer is waited for. */
  | { readonly kind: "renew-channels"; readonly legs: readonly LegId[] }
  /** Answered by `channels-released`; unknown leases are fine. */
  | { readonly kind: "release-channels"; readonly legs: readonly LegId[] }
  /** Answered by `record-written`. */
  | { readonly kind: "write-record"; readonly record: CallRecord };
