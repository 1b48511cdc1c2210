/**
 * What the calls of a controller need from outside, by need. Answers come back as inputs of the call;
 * nothing throws here, and nothing is waited for without a bound.
 */
import type { CallRecord } from "../../lib/telephony/call-detail-record.ts";
import type { CallId, LegId, NodeId } from "../../lib/telephony/ids.ts";
import type { RouteSnapshot } from "../../lib/telephony/route-snapshot.ts";
import type { AssignmentAnswer, CallStep } from "../../lib/wire/call-codec.ts";
import type { ChannelClaim, RouteQuery } from "./core/call/effect.ts";
import type { RefusedClaim } from "./core/call/input.ts";

/** The registry's answer; `unreachable` when neither cache nor registry could tell. */
export type RouteAnswer =
  | { readonly kind: "found"; readonly snapshot: RouteSnapshot }
  | { readonly kind: "unknown" }
  | { readonly kind: "unreachable" };

/** Looks a called number or extension up; answers at once from the cache, else within its bound. */
export type LookUpRoute = (query: RouteQuery, onAnswer: (answer: RouteAnswer) => void) => void;

/** Whose leases are meant. */
export interface LeaseHolder {
  readonly callId: CallId;
  readonly epoch: number;
  readonly traceparent: string;
}

/** The allocator's answer to a take. */
export type TakeAnswer =
  | {
      readonly kind: "taken";
      readonly granted: readonly LegId[];
      readonly refused: readonly RefusedClaim[];
    }
  | { readonly kind: "unreachable" };

/** The leases of calls, held over one stream to the leading allocator. */
export interface Channels {
  readonly take: (
    holder: LeaseHolder,
    claims: readonly ChannelClaim[],
    onAnswer: (answer: TakeAnswer) => void,
  ) => void;
  readonly release: (holder: LeaseHolder, legs: readonly LegId[], onReleased: () => void) => void;
  /** Renews leases of many calls; what is lost is counted and logged. */
  readonly renew: (held: readonly HeldByCall[]) => void;
}

/** Leases of one call. */
export interface HeldByCall {
  readonly callId: CallId;
  readonly epoch: number;
  readonly legs: readonly LegId[];
}

/** Writes a record to the stream; `onWritten` is called once it is there, never when it is not. */
export type WriteRecord = (record: CallRecord, traceparent: string, onWritten: () => void) => void;

/** Sends a step to the call's anchor. */
export type SendStep = (anchor: NodeId, step: CallStep) => void;

/** Answers an assignment. */
export type AnswerAssignment = (answer: AssignmentAnswer) => void;

/** Everything a call reaches. */
export interface CallPorts {
  readonly lookUpRoute: LookUpRoute;
  readonly channels: Channels;
  readonly writeRecord: WriteRecord;
  readonly sendStep: SendStep;
}
