/**
 * The messages between a call's anchor edge and its controller (kakehashi.call.v1), as domain values.
 * Owns their frames: assignment, inputs, step, answer, heartbeat. What stands in them:
 * fact-codec.ts and order-codec.ts. The state is opaque bytes here, printable JSON for its owner.
 *
 * C1  decode(encode(x)) equals x.
 * C2  A field that must be there, an unknown enum value or oneof is a WireFault, never a default.
 */
import { unreachable } from "../telephony/assert.ts";
import type { CallId, NodeId } from "../telephony/ids.ts";
import type { EdgeInput, LegOrder } from "../telephony/leg.ts";
import { enumTable } from "./enum-table.ts";
import { inputFromWire, inputToWire } from "./fact-codec.ts";
import type { WireFault } from "./fault.ts";
import { decoding, refuse } from "./fault.ts";
import { callId, list, nodeId, positive } from "./fields.ts";
import * as pb from "./gen/kakehashi/call/v1/call.ts";
import { orderFromWire, orderToWire } from "./order-codec.ts";

/** Inputs in one message; more than a call can have unacknowledged (mailbox of 256). */
const INPUTS_MAX = 256;
/** Orders in one step: every leg of the longest plan can be touched by one. */
const ORDERS_MAX = 256;

/** Anchor to queue group `controllers`: take this call. A new call has step 0 and no state. */
export interface CallAssignment {
  readonly callId: CallId;
  readonly epoch: number;
  readonly anchor: NodeId;
  /** Last committed step, 0 for a new call. */
  readonly step: number;
  readonly stateVersion: number;
  readonly state: Uint8Array;
  readonly pending: readonly EdgeInput[];
}

/** Anchor to the controller that holds the call. */
export interface CallInputs {
  readonly callId: CallId;
  readonly epoch: number;
  readonly anchor: NodeId;
  readonly inputs: readonly EdgeInput[];
}

/** Controller to anchor: one transition, committed by the anchor's receipt. */
export interface CallStep {
  readonly callId: CallId;
  readonly epoch: number;
  readonly controller: NodeId;
  /** 1, 2, 3 ... without gaps. */
  readonly step: number;
  /** Highest input number contained in `state`. */
  readonly ackedInput: number;
  readonly stateVersion: number;
  readonly state: Uint8Array;
  readonly orders: readonly LegOrder[];
  /** All is settled: the anchor forgets the call. */
  readonly over: boolean;
}

/** Why a controller does not take a call. */
export type DeclineReason =
  | "draining"
  | "overloaded"
  | "unknown-state-version"
  | "malformed"
  /** The same or a later epoch of the call is held there. */
  | "outdated";

/** A controller's answer to an assignment. */
export type AssignmentAnswer =
  | { readonly kind: "step"; readonly step: CallStep }
  | { readonly kind: "declined"; readonly controller: NodeId; readonly reason: DeclineReason };

/** A controller's sign of life. */
export interface ControllerHeartbeat {
  readonly controller: NodeId;
  readonly calls: number;
  readonly draining: boolean;
}

const DECLINE_REASONS = enumTable<DeclineReason, pb.AssignmentDeclined_Reason>()({
  draining: pb.AssignmentDeclined_Reason.DRAINING,
  overloaded: pb.AssignmentDeclined_Reason.OVERLOADED,
  "unknown-state-version": pb.AssignmentDeclined_Reason.UNKNOWN_STATE_VERSION,
  malformed: pb.AssignmentDeclined_Reason.MALFORMED,
  outdated: pb.AssignmentDeclined_Reason.OUTDATED,
});

/** The bytes as the generated code wants them, without a copy. */
const buffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A decoded field is a view of what the socket read, 64 kB that live as long as the view: an anchor
 * keeps the state for the whole call. */
const own = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/** Encodes a {@link CallAssignment}. */
export const encodeAssignment = (assignment: CallAssignment): Uint8Array =>
  pb.CallAssignment.encode({
    callId: assignment.callId,
    epoch: assignment.epoch,
    anchor: assignment.anchor,
    step: assignment.step,
    stateVersion: assignment.stateVersion,
    state: buffer(assignment.state),
    pending: assignment.pending.map(inputToWire),
  }).finish();

/** Decodes a {@link CallAssignment}. */
export const decodeAssignment = (bytes: Uint8Array): CallAssignment | WireFault =>
  decoding("CallAssignment", () => {
    const wire = pb.CallAssignment.decode(bytes);
    return {
      callId: callId(wire.callId, "call_id"),
      epoch: positive(wire.epoch, "epoch"),
      anchor: nodeId(wire.anchor, "anchor"),
      step: wire.step,
      stateVersion: wire.stateVersion,
      state: wire.state,
      pending: list(wire.pending, "pending", INPUTS_MAX, inputFromWire),
    };
  });

/** Encodes {@link CallInputs}. */
export const encodeInputs = (inputs: CallInputs): Uint8Array =>
  pb.CallInputs.encode({
    callId: inputs.callId,
    epoch: inputs.epoch,
    anchor: inputs.anchor,
    inputs: inputs.inputs.map(inputToWire),
  }).finish();

/** Decodes {@link CallInputs}. */
export const decodeInputs = (bytes: Uint8Array): CallInputs | WireFault =>
  decoding("CallInputs", () => {
    const wire = pb.CallInputs.decode(bytes);
    return {
      callId: callId(wire.callId, "call_id"),
      epoch: positive(wire.epoch, "epoch"),
      anchor: nodeId(wire.anchor, "anchor"),
      inputs: list(wire.inputs, "inputs", INPUTS_MAX, inputFromWire),
    };
  });

const stepToWire = (step: CallStep): pb.CallStep => ({
  callId: step.callId,
  epoch: step.epoch,
  controller: step.controller,
  step: step.step,
  ackedInput: step.ackedInput,
  stateVersion: step.stateVersion,
  state: buffer(step.state),
  effects: step.orders.map(orderToWire),
  over: step.over,
});

const stepFromWire = (wire: pb.CallStep): CallStep => ({
  callId: callId(wire.callId, "call_id"),
  epoch: positive(wire.epoch, "epoch"),
  controller: nodeId(wire.controller, "controller"),
  step: positive(wire.step, "step"),
  ackedInput: wire.ackedInput,
  stateVersion: positive(wire.stateVersion, "state_version"),
  state: own(wire.state),
  orders: list(wire.effects, "effects", ORDERS_MAX, orderFromWire),
  over: wire.over,
});

/** Encodes a {@link CallStep}. */
export const encodeStep = (step: CallStep): Uint8Array =>
  pb.CallStep.encode(stepToWire(step)).finish();

/** Decodes a {@link CallStep}. */
export const decodeStep = (bytes: Uint8Array): CallStep | WireFault =>
  decoding("CallStep", () => stepFromWire(pb.CallStep.decode(bytes)));

function answerToWire(answer: AssignmentAnswer): pb.AssignmentAnswer {
  switch (answer.kind) {
    case "step":
      return { kind: { $case: "step", value: stepToWire(answer.step) } };
    case "declined": {
      const reason = DECLINE_REASONS.toWire(answer.reason);
      return { kind: { $case: "declined", value: { controller: answer.controller, reason } } };
    }
    default:
      return unreachable(answer);
  }
}

function answerFromWire({ kind }: pb.AssignmentAnswer): AssignmentAnswer {
  switch (kind?.$case) {
    case "step":
      return { kind: "step", step: stepFromWire(kind.value) };
    case "declined":
      return {
        kind: "declined",
        controller: nodeId(kind.value.controller, "declined.controller"),
        reason: DECLINE_REASONS.fromWire(kind.value.reason, "declined.reason"),
      };
    case undefined:
      return refuse("kind", "missing, or of a kind that this version does not know");
    default:
      return unreachable(kind);
  }
}

/** Encodes an {@link AssignmentAnswer}. */
export const encodeAnswer = (answer: AssignmentAnswer): Uint8Array =>
  pb.AssignmentAnswer.encode(answerToWire(answer)).finish();

/** Decodes an {@link AssignmentAnswer}. */
export const decodeAnswer = (bytes: Uint8Array): AssignmentAnswer | WireFault =>
  decoding("AssignmentAnswer", () => answerFromWire(pb.AssignmentAnswer.decode(bytes)));

/** Encodes a {@link ControllerHeartbeat}. */
export const encodeHeartbeat = (heartbeat: ControllerHeartbeat): Uint8Array =>
  pb.ControllerHeartbeat.encode(heartbeat).finish();

/** Decodes a {@link ControllerHeartbeat}. */
export const decodeHeartbeat = (bytes: Uint8Array): ControllerHeartbeat | WireFault =>
  decoding("ControllerHeartbeat", () => {
    const wire = pb.ControllerHeartbeat.decode(bytes);
    return {
      controller: nodeId(wire.controller, "controller"),
      calls: wire.calls,
      draining: wire.draining,
    };
  });
