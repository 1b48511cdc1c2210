/**
 * The whole language between an edge and a call's actor: facts about legs (past tense) and orders to
 * the anchor edge (imperative). No SIP header, no hunt group stands in it.
 *
 * L1  An outside destination has no field for the original caller (DOMAIN R8): it cannot leak.
 * L2  An order names its leg; carrying it out twice changes nothing.
 */
import type { E164 } from "./e164.ts";
import type { CompanyId, Extension, LegId, TrunkId } from "./ids.ts";
import type { Instant } from "./instant.ts";

/** Why a leg did not answer, or how an answered leg ended (DOMAIN 5.4 `endCause`). */
export const END_CAUSES = [
  "answered",
  "busy",
  "no-answer",
  "rejected",
  "not-found",
  "unavailable",
  "unregistered",
  "cancelled-elsewhere",
  "abandoned",
  "lost-race",
  "no-channel",
  "refused",
  "session-timeout",
  "crashed",
  "not-tried",
] as const;
/** One of {@link END_CAUSES}. */
export type EndCause = (typeof END_CAUSES)[number];

/** Where the A-leg came from, as the edge authenticated it. */
export type Origin =
  | { readonly kind: "trunk"; readonly trunkId: TrunkId }
  | { readonly kind: "extension"; readonly companyId: CompanyId; readonly extension: Extension };

/** The caller's identity as received; `number` is E.164 or an extension, empty when unknown. */
export interface Caller {
  readonly number: string;
  readonly display: string;
  readonly withheld: boolean;
}

/** A mark of a call that is not like others; `psap-callback`: emergency services call back (RFC 7090). */
export type CallPriority = "psap-callback";

/** A new call, as the edge offers it. */
export interface Offer {
  readonly origin: Origin;
  /** User part of the Request-URI as received (DOMAIN 4.2). */
  readonly called: string;
  readonly caller: Caller;
  /** Diversions that the call already had (DOMAIN 4.5). */
  readonly diversions: number;
  /** As marked by the trunk that the call came by; a telephone's mark counts for nothing. */
  readonly priority: CallPriority | null;
  readonly maxForwards: number;
  /** W3C traceparent of the `call setup` span; empty when not traced. */
  readonly traceparent: string;
}

/** Who let a leg go: the telephone at its far end, we, or the edge because the leg broke. */
export type LegEndedBy = "far-end" | "us" | "edge";

/** A fact about one leg, seen by the call's anchor. */
export type LegFact =
  | { readonly kind: "offered"; readonly offer: Offer }
  | { readonly kind: "leg-ringing"; readonly leg: LegId; readonly status: number }
  | { readonly kind: "leg-answered"; readonly leg: LegId }
  | {
      readonly kind: "leg-failed";
      readonly leg: LegId;
      /** SIP status; 0 when there was none (never dialled). */
      readonly status: number;
      /** Q.850 cause; 0 when unknown. */
      readonly q850: number;
      readonly cause: EndCause;
    }
  | {
      readonly kind: "leg-ended";
      readonly leg: LegId;
      readonly by: LegEndedBy;
      readonly cause: EndCause;
    }
  | { readonly kind: "caller-cancelled" };

/** A fact with its number (1, 2, 3 ... per call; 1 is `offered`) and the moment the edge saw it. */
export interface EdgeInput {
  readonly seq: number;
  readonly at: Instant;
  readonly fact: LegFact;
}

/** Why a call is passed on (RFC 5806, RFC 7544). */
export const DIVERTING_REASONS = [
  "unconditional",
  "user-busy",
  "no-answer",
  "unavailable",
  "not-found",
  "deflection",
] as const;
/** One of {@link DIVERTING_REASONS}. */
export type DivertingReason = (typeof DIVERTING_REASONS)[number];

/** For Diversion or History-Info, where the trunk wants it; `number` is the company's own (4.2). */
export interface Diverting {
  readonly number: E164;
  readonly reason: DivertingReason;
  /** Diversions of the call so far, this one included. */
  readonly counter: number;
}

/** Who a B-leg is for. */
export type Destination =
  | {
      readonly kind: "extension";
      readonly companyId: CompanyId;
      readonly extension: Extension;
      readonly caller: Caller;
    }
  | {
      readonly kind: "outside";
      readonly companyId: CompanyId;
      readonly trunkId: TrunkId;
      readonly number: E164;
      /** Presented = charged = source number (DOMAIN 1.2). */
      readonly source: E164;
      /** What the trunk may be told of the forwarding; null for a leg that forwards nothing. */
      readonly diverting: Diverting | null;
    };

/** An order to the anchor edge. */
export type LegOrder =
  | { readonly kind: "ring-caller"; readonly status: number }
  | {
      readonly kind: "dial";
      readonly leg: LegId;
      readonly destination: Destination;
      /** Expires header: bounds the ringing should every process of ours die. */
      readonly expiresS: number;
      readonly maxForwards: number;
    }
  | { readonly kind: "cancel-leg"; readonly leg: LegId; readonly cause: EndCause }
  | { readonly kind: "answer-caller"; readonly leg: LegId }
  | { readonly kind: "hang-up"; readonly leg: LegId; readonly cause: EndCause }
  | {
      readonly kind: "refuse-caller";
      readonly status: number;
      readonly reason: string;
      readonly q850: number;
      /** 0 = no Retry-After header. */
      readonly retryAfterS: number;
    };
