/**
 * The state of one call: a plain value that survives JSON (state-codec.ts), so that it can be printed,
 * asserted, stored at the anchor and taken up by another controller. A field exists only in the phases
 * that have it.
 *
 * C1  Timers run on the controller's clock (`head.now`), records on the anchor's (`moment`): skew
 *     between two machines never changes a talk time. `now` and `seen` never go backwards.
 * C2  A leg's life only moves forward; `ended` and `skipped` are final.
 * C3  The lease of a leg is freed only after its life is final (or it never was dialled).
 */
import type {
  CallRecord,
  Disposition,
  Fault,
} from "../../../../lib/telephony/call-detail-record.ts";
import type { CallId, LegId, NodeId } from "../../../../lib/telephony/ids.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import type { EndCause, Offer } from "../../../../lib/telephony/leg.ts";
import type { RouteKey } from "../../../../lib/telephony/route-snapshot.ts";
import type { Refusal, RefusalRule } from "../refusal.ts";
import type { RingState } from "../ring/strategy.ts";
import type { PlannedTarget, Route } from "../ring-plan.ts";

/** Who the call is, who holds it, and how far it has come; in every phase. */
export interface CallHead {
  readonly callId: CallId;
  readonly anchor: NodeId;
  readonly controller: NodeId;
  readonly epoch: number;
  /** Number of the last fact taken; 0 before the first. */
  readonly lastSeq: number;
  /** Latest moment of the controllers' clocks. */
  readonly now: Instant;
  /** Latest moment of the anchor's clock that a fact told. */
  readonly seen: Instant;
  /** How far the anchor's clock was ahead of ours when that fact was taken, ms. */
  readonly lead: number;
  /** Calls of one caller, called and source number within LOOP_WINDOW_MS (DOMAIN 4.5 d); 0: any. */
  readonly loopCallsMax: number;
}

/** The present on the anchor's clock: what stands in records (C1). */
export const moment = (head: CallHead): Instant => head.now + head.lead;

/** A question to the allocator or registry, or a debt, that waits for its answer. */
export interface Ask {
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  /** How often it was asked, from 1. */
  readonly count: number;
}

/** A channel, as far as the call knows. */
export type Lease =
  /** Extension, or an outside leg whose turn has not come. */
  | { readonly phase: "none" }
  | { readonly phase: "asked"; readonly ask: Ask }
  | { readonly phase: "held"; readonly takenAt: Instant }
  /** Expired under a leg that is up; asked for again at each renewal. `heldMs`: until it was missed. */
  | { readonly phase: "lost"; readonly heldMs: number }
  /** Also after a take without an answer: it may have been granted. */
  | { readonly phase: "releasing"; readonly ask: Ask; readonly heldMs: number }
  | { readonly phase: "freed"; readonly heldMs: number };

/** Moments of a leg that was dialled. */
export interface LegTimes {
  readonly invitedAt: Instant;
  readonly ringingAt: Instant | null;
  readonly answeredAt: Instant | null;
}

/** What has become of a B-leg. */
export type LegLife =
  | { readonly phase: "planned" }
  /** Never dialled and never will be. `reason`: rule or limit. */
  | {
      readonly phase: "skipped";
      readonly at: Instant;
      readonly cause: EndCause;
      readonly reason: string;
    }
  | { readonly phase: "reserving" }
  | { readonly phase: "inviting"; readonly times: LegTimes }
  | { readonly phase: "ringing"; readonly times: LegTimes }
  /** CANCEL ordered; 487 and 200 may both still come. */
  | {
      readonly phase: "cancelling";
      readonly times: LegTimes;
      readonly cause: EndCause;
      readonly ask: Ask;
    }
  /** The bridge winner. */
  | { readonly phase: "talking"; readonly times: LegTimes }
  /** Answered, BYE ordered, end not yet confirmed. */
  | {
      readonly phase: "hanging-up";
      readonly times: LegTimes;
      readonly cause: EndCause;
      readonly ask: Ask;
    }
  | {
      readonly phase: "ended";
      readonly times: LegTimes;
      readonly at: Instant;
      readonly cause: EndCause;
      readonly status: number;
      readonly q850: number;
    };

/** A B-leg: what was planned, its life and its channel. */
export interface Leg {
  readonly target: PlannedTarget;
  readonly life: LegLife;
  readonly lease: Lease;
}

/** What was offered, kept for the record and for the INVITEs. */
export interface Offered {
  readonly offer: Offer;
  readonly startedAt: Instant;
  /**
   * Before this moment of the controller's clock the call is answered or refused: ANSWER_WITHIN_MS
   * after the offer, or when the time of the called list is up.
   */
  readonly answerBy: Instant;
}

/** How the call ended; decided once, at the moment `endedAt`. */
export interface Outcome {
  readonly disposition: Disposition;
  readonly endedBy: CallRecord["endedBy"];
  readonly fault: Fault;
  readonly sipStatus: number;
  readonly q850: number;
  readonly answeredAt: Instant | null;
  readonly endedAt: Instant;
  /** The bridge winner of an answered call. */
  readonly winner: LegId | null;
  /** The company's wish by which the caller was turned away. */
  readonly refusedBy: RefusalRule | null;
}

/** The A-leg while the call settles. */
export type CallerLife =
  | { readonly phase: "refusing"; readonly refusal: Refusal; readonly ask: Ask }
  | { readonly phase: "hanging-up"; readonly cause: EndCause; readonly ask: Ask }
  | { readonly phase: "ended" };

/** The record's way to the stream. */
export type RecordDebt =
  /** Not complete: a leg is not ended. */
  | { readonly phase: "open" }
  | { readonly phase: "writing"; readonly ask: Ask }
  | { readonly phase: "written" };

/** Nothing known but the assignment. */
export interface NewCall {
  readonly phase: "new";
  readonly head: CallHead;
}
/** The registry was asked. */
export interface RoutingCall {
  readonly phase: "routing";
  readonly head: CallHead;
  readonly offered: Offered;
  readonly query: RouteKey;
  readonly ask: Ask;
}
/** Targets are being reserved for, dialled and rung. */
export interface RingingCall {
  readonly phase: "ringing";
  readonly head: CallHead;
  readonly offered: Offered;
  readonly route: Route;
  readonly legs: readonly Leg[];
  readonly ring: RingState;
  /** Set once the caller got its 180. */
  readonly ringingAt: Instant | null;
}
/** Bridged: the caller and `winner`. */
export interface TalkingCall {
  readonly phase: "talking";
  readonly head: CallHead;
  readonly offered: Offered;
  readonly route: Route;
  readonly legs: readonly Leg[];
  readonly ringingAt: Instant | null;
  readonly winner: LegId;
  readonly answeredAt: Instant;
  readonly hangUpAt: Instant;
}
/** The outcome stands; legs, channels and record are being cleared (settlement.ts). */
export interface SettlingCall {
  readonly phase: "settling";
  readonly head: CallHead;
  readonly offered: Offered;
  /** Null when the call belongs to no company. */
  readonly route: Route | null;
  readonly legs: readonly Leg[];
  readonly ringingAt: Instant | null;
  readonly outcome: Outcome;
  readonly caller: CallerLife;
  readonly record: RecordDebt;
}
/** All is acknowledged; the anchor forgets the call. */
export interface OverCall {
  readonly phase: "over";
  readonly head: CallHead;
  readonly outcome: Outcome;
}

/** See the file header. */
export type CallState = NewCall | RoutingCall | RingingCall | TalkingCall | SettlingCall | OverCall;
