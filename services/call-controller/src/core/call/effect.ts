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

/** One limit that an outside leg counts against; of two statements the one of the higher revision holds. */
export interface ChannelScope {
  readonly id: string;
  readonly limit: number;
  readonly revision: number;
  /** Refused while a leg of another call holds a channel of it (DOMAIN 4.5 b). */
  readonly onlyWhenFree: boolean;
}

/** At most so many calls within any window; each call counts once (DOMAIN 4.5 d). */
export interface CallRate {
  readonly id: string;
  readonly limit: number;
  readonly windowMs: number;
}

/** The channel wanted for one leg: all its scopes or none. */
export interface ChannelClaim {
  readonly leg: LegId;
  readonly scopes: readonly ChannelScope[];
}

/** The channels wanted for some legs at once. Over a rate, no leg gets one. */
export interface ChannelTake {
  readonly claims: readonly ChannelClaim[];
  readonly rates: readonly CallRate[];
}

/** Everything that {@link import("../call.ts").step} returns. */
export type CallEffect =
  /** To the anchor, in the same message as the state. */
  | LegOrder
  /** Answered by `route-found`, `route-unknown` or `registry-unreachable`. */
  | { readonly kind: "look-up-route"; readonly query: RouteKey }
  /** Partial policy first-in-order. Answered by `channels-taken` or `allocator-unreachable`. */
  | ({ readonly kind: "take-channels" } & ChannelTake)
  /** Claims the leases of an adopted call under the new epoch; no answer is waited for. */
  | { readonly kind: "renew-channels"; readonly legs: readonly LegId[] }
  /** Answered by `channels-released`; unknown leases are fine. */
  | { readonly kind: "release-channels"; readonly legs: readonly LegId[] }
  /** Answered by `record-written`. */
  | { readonly kind: "write-record"; readonly record: CallRecord };
