/**
 * What the calls of a controller need from outside, by need. Answers come back as inputs of the call;
 * nothing throws here, and nothing is waited for without a bound.
 */
import type { RouteAnswer } from "../../lib/registry-client/index.ts";
import type { CallRecord } from "../../lib/telephony/call-detail-record.ts";
import type { CallId, LegId, NodeId } from "../../lib/telephony/ids.ts";
import type { RouteKey } from "../../lib/telephony/route-snapshot.ts";
import type { AssignmentAnswer, CallStep } from "../../lib/wire/call-codec.ts";
import type { ChannelTake } from "./core/call/effect.ts";
import type { RefusedClaim } from "./core/call/input.ts";

/** Looks a called number or extension up; answers before it returns from the cache, else within 1 s. */
export type LookUpRoute = (query: RouteKey, onAnswer: (answer: RouteAnswer) => void) => void;

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
  /** A holder of a higher epoch has one of these leases: the call is not ours any more. */
  | { readonly kind: "superseded" }
  | { readonly kind: "unreachable" };

/** The leases of calls, held over one stream to the leading allocator. */
export interface Channels {
  readonly take: (
    holder: LeaseHolder,
    wanted: ChannelTake,
    onAnswer: (answer: TakeAnswer) => void,
  ) => void;
  readonly release: (holder: LeaseHolder, legs: readonly LegId[], onReleased: () => void) => void;
  /** Renews leases of many calls; those that were lost come back as `channels-lost`. */
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
