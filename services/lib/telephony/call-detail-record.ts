/**
 * The call record: one per call, with all its legs (DOMAIN 5.4). Written by the controller, kept by
 * the collector. Durations are milliseconds; ring time is never part of `billableMs` or `talkMs`.
 */
import type { DestinationClass } from "./destination-class.ts";
import type { E164 } from "./e164.ts";
import type { CallId, CompanyId, Extension, LegId, NodeId, TrunkId } from "./ids.ts";
import type { Instant } from "./instant.ts";
import type { EndCause } from "./leg.ts";

/** Version of the record's shape. */
export const RECORD_SCHEMA_VERSION = 1;

/** How the targets of the call were rung (DOMAIN R1). */
export type RingMode = "direct" | "ring-all" | "relay" | "terminal-relay";
/** Outcome of the call as a whole. */
export const DISPOSITIONS = [
  "answered",
  "busy",
  "no-answer",
  "failed",
  "abandoned",
  "refused",
] as const;
/** One of {@link DISPOSITIONS}. */
export type Disposition = (typeof DISPOSITIONS)[number];
/** Who is at fault for a failure; chosen where it is known. */
export const FAULTS = [
  "none",
  "caller",
  "callee",
  "upstream",
  "internal",
  "indeterminate",
] as const;
/** One of {@link FAULTS}. */
export type Fault = (typeof FAULTS)[number];
/** Price class of a source number (DOMAIN R24). */
export type SourceClass = "standard" | "representative";
/** Row of the source number table (DOMAIN 1.2). */
export type SourceRule = "D1" | "D2" | "D3" | "D4" | "D5" | "D6" | "D7" | "D8" | "D9";

/** The account under which an outside leg runs. */
export interface SourceIdentity {
  readonly number: E164;
  readonly class: SourceClass;
  readonly rule: SourceRule;
  readonly trunkId: TrunkId;
}

/** One attempt, dialled or skipped. */
export interface LegRecord {
  readonly leg: LegId;
  readonly parentLeg: LegId | null;
  readonly seq: number;
  readonly member:
    | { readonly kind: "extension"; readonly extension: Extension }
    | {
        readonly kind: "outside";
        readonly number: E164;
        /** Null in a record from before classes were recorded. */
        readonly class: DestinationClass | null;
        /** The number belonged to a company of this service (DOMAIN A22). */
        readonly onNet: boolean;
        readonly source: SourceIdentity | null;
      };
  readonly invitedAt: Instant | null;
  readonly ringingAt: Instant | null;
  readonly answeredAt: Instant | null;
  readonly endedAt: Instant;
  readonly talkMs: number;
  readonly sipStatus: number;
  readonly q850Cause: number;
  readonly endCause: EndCause;
  readonly channelHeldMs: number;
  readonly billable: boolean;
  /** Why the target was never dialled; empty when it was. */
  readonly skipped: string;
}

/** See the file header. `epoch`: a record of a higher epoch replaces one of a lower. */
export interface CallRecord {
  readonly schemaVersion: number;
  readonly callId: CallId;
  readonly epoch: number;
  /** Null for a call that no company could be found for. */
  readonly companyId: CompanyId | null;
  readonly revision: number;
  readonly traceId: string;
  readonly trunkId: TrunkId | null;
  readonly callerExtension: Extension | null;
  readonly callerNumber: string;
  readonly callerWithheld: boolean;
  readonly calledNumber: string;
  readonly mode: RingMode;
  readonly trigger: "external" | "internal";
  readonly startedAt: Instant;
  readonly ringingAt: Instant | null;
  readonly answeredAt: Instant | null;
  readonly endedAt: Instant;
  readonly durationMs: number;
  readonly billableMs: number;
  readonly disposition: Disposition;
  readonly endedBy: "caller" | "callee" | "us";
  readonly fault: Fault;
  readonly sipStatus: number;
  readonly q850Cause: number;
  readonly anchor: NodeId;
  readonly controller: NodeId;
  readonly legs: readonly LegRecord[];
  /** Price plan of the contract that it ran under; empty without one. */
  readonly pricePlan: string;
  /** Rule that turned the caller away; empty when none did. */
  readonly refusedBy: string;
}
