/**
 * Orders to the anchor edge to and from kakehashi.call.v1.CallEffect.
 *
 * O1  An outside destination has no field for the original caller, here as in leg.ts (DOMAIN R8).
 */
import { unreachable } from "../telephony/assert.ts";
import type { Destination, Diverting, DivertingReason, LegOrder } from "../telephony/leg.ts";
import { enumTable } from "./enum-table.ts";
import { callerFromWire, END_CAUSES, maxForwards, q850, status } from "./fact-codec.ts";
import { refuse } from "./fault.ts";
import { companyId, e164, extension, legId, positive, present, trunkId, within } from "./fields.ts";
import * as pb from "./gen/kakehashi/call/v1/call.ts";

const REASONS = enumTable<DivertingReason, pb.DivertingReason>()({
  unconditional: pb.DivertingReason.UNCONDITIONAL,
  "user-busy": pb.DivertingReason.USER_BUSY,
  "no-answer": pb.DivertingReason.NO_ANSWER,
  unavailable: pb.DivertingReason.UNAVAILABLE,
  "not-found": pb.DivertingReason.NOT_FOUND,
  deflection: pb.DivertingReason.DEFLECTION,
});

const divertingToWire = ({ number, reason, counter }: Diverting): pb.Diverting => ({
  number,
  reason: REASONS.toWire(reason),
  counter,
});

const divertingFromWire = (wire: pb.Diverting, path: string): Diverting => ({
  number: e164(wire.number, `${path}.number`),
  reason: REASONS.fromWire(wire.reason, `${path}.reason`),
  counter: positive(wire.counter, `${path}.counter`),
});

function destinationToWire(destination: Destination): pb.Destination {
  switch (destination.kind) {
    case "extension": {
      const { companyId, extension, caller } = destination;
      return { kind: { $case: "extension", value: { companyId, extension, caller } } };
    }
    case "outside": {
      const { companyId, trunkId, number, source, diverting } = destination;
      const told = diverting === null ? undefined : divertingToWire(diverting);
      const value = { companyId, trunkId, number, sourceNumber: source, diverting: told };
      return { kind: { $case: "outside", value } };
    }
    default:
      return unreachable(destination);
  }
}

function destinationFromWire(destination: pb.Destination | undefined, path: string): Destination {
  const kind = present(present(destination, path).kind, path);
  switch (kind.$case) {
    case "extension":
      return {
        kind: "extension",
        companyId: companyId(kind.value.companyId, `${path}.extension.company_id`),
        extension: extension(kind.value.extension, `${path}.extension.extension`),
        caller: callerFromWire(kind.value.caller, `${path}.extension.caller`),
      };
    case "outside":
      return {
        kind: "outside",
        companyId: companyId(kind.value.companyId, `${path}.outside.company_id`),
        trunkId: trunkId(kind.value.trunkId, `${path}.outside.trunk_id`),
        number: e164(kind.value.number, `${path}.outside.number`),
        source: e164(kind.value.sourceNumber, `${path}.outside.source_number`),
        diverting:
          kind.value.diverting === undefined
            ? null
            : divertingFromWire(kind.value.diverting, `${path}.outside.diverting`),
      };
    default:
      return unreachable(kind);
  }
}

function kindToWire(order: LegOrder): pb.CallEffect["kind"] {
  switch (order.kind) {
    case "ring-caller":
      return { $case: "ringCaller", value: { status: order.status } };
    case "dial": {
      const { leg, expiresS, maxForwards } = order;
      const destination = destinationToWire(order.destination);
      return { $case: "dial", value: { leg, destination, expiresS, maxForwards } };
    }
    case "cancel-leg":
      return {
        $case: "cancelLeg",
        value: { leg: order.leg, cause: END_CAUSES.toWire(order.cause) },
      };
    case "answer-caller":
      return { $case: "answerCaller", value: { leg: order.leg } };
    case "hang-up":
      return { $case: "hangUp", value: { leg: order.leg, cause: END_CAUSES.toWire(order.cause) } };
    case "refuse-caller": {
      const { status, reason, q850, retryAfterS } = order;
      return { $case: "refuseCaller", value: { status, reason, q850, retryAfterS } };
    }
    default:
      return unreachable(order);
  }
}

/** One order as its message. */
export const orderToWire = (order: LegOrder): pb.CallEffect => ({ kind: kindToWire(order) });

/** One order from its message. */
export function orderFromWire({ kind }: pb.CallEffect, path: string): LegOrder {
  switch (kind?.$case) {
    case "ringCaller":
      return {
        kind: "ring-caller",
        status: within(kind.value.status, 101, 199, `${path}.ring_caller.status`),
      };
    case "dial":
      return {
        kind: "dial",
        leg: legId(kind.value.leg, `${path}.dial.leg`),
        destination: destinationFromWire(kind.value.destination, `${path}.dial.destination`),
        expiresS: positive(kind.value.expiresS, `${path}.dial.expires_s`),
        maxForwards: maxForwards(kind.value.maxForwards, `${path}.dial.max_forwards`),
      };
    case "cancelLeg":
      return {
        kind: "cancel-leg",
        leg: legId(kind.value.leg, `${path}.cancel_leg.leg`),
        cause: END_CAUSES.fromWire(kind.value.cause, `${path}.cancel_leg.cause`),
      };
    case "answerCaller":
      return { kind: "answer-caller", leg: legId(kind.value.leg, `${path}.answer_caller.leg`) };
    case "hangUp":
      return {
        kind: "hang-up",
        leg: legId(kind.value.leg, `${path}.hang_up.leg`),
        cause: END_CAUSES.fromWire(kind.value.cause, `${path}.hang_up.cause`),
      };
    case "refuseCaller":
      return {
        kind: "refuse-caller",
        status: status(kind.value.status, 300, `${path}.refuse_caller.status`),
        reason: kind.value.reason,
        q850: q850(kind.value.q850, `${path}.refuse_caller.q850`),
        retryAfterS: kind.value.retryAfterS,
      };
    case undefined:
      return refuse(`${path}.kind`, "missing, or of a kind that this version does not know");
    default:
      return unreachable(kind);
  }
}
