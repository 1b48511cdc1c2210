/**
 * Inputs of a call (facts about legs) to and from kakehashi.call.v1.CallInput.
 * Owns EdgeInput, LegFact, Offer, Origin and Caller. The messages around them: call-codec.ts.
 */
import { unreachable } from "../telephony/assert.ts";
import type {
  Caller,
  EdgeInput,
  EndCause,
  LegEndedBy,
  LegFact,
  Offer,
  Origin,
} from "../telephony/leg.ts";
import { enumTable } from "./enum-table.ts";
import { refuse } from "./fault.ts";
import {
  companyId,
  extension,
  instant,
  legId,
  positive,
  present,
  trunkId,
  within,
} from "./fields.ts";
import * as pb from "./gen/kakehashi/call/v1/call.ts";

/** End causes on the wire. */
export const END_CAUSES = enumTable<EndCause, pb.EndCause>()({
  answered: pb.EndCause.ANSWERED,
  busy: pb.EndCause.BUSY,
  "no-answer": pb.EndCause.NO_ANSWER,
  rejected: pb.EndCause.REJECTED,
  "not-found": pb.EndCause.NOT_FOUND,
  unavailable: pb.EndCause.UNAVAILABLE,
  unregistered: pb.EndCause.UNREGISTERED,
  "cancelled-elsewhere": pb.EndCause.CANCELLED_ELSEWHERE,
  abandoned: pb.EndCause.ABANDONED,
  "lost-race": pb.EndCause.LOST_RACE,
  "no-channel": pb.EndCause.NO_CHANNEL,
  refused: pb.EndCause.REFUSED,
  "session-timeout": pb.EndCause.SESSION_TIMEOUT,
  crashed: pb.EndCause.CRASHED,
  "not-tried": pb.EndCause.NOT_TRIED,
});

const ENDED_BY = enumTable<LegEndedBy, pb.EndedBy>()({
  "far-end": pb.EndedBy.FAR_END,
  us: pb.EndedBy.US,
  edge: pb.EndedBy.EDGE,
});

/** Largest Max-Forwards (RFC 3261 20.22). */
const MAX_FORWARDS_MAX = 255;
/** Largest Q.850 cause value. */
const Q850_MAX = 127;

/** A SIP status within `min` and 699. */
export const status = (value: number, min: number, path: string): number =>
  within(value, min, 699, path);
/** A Q.850 cause, 0 when unknown. */
export const q850 = (value: number, path: string): number => within(value, 0, Q850_MAX, path);
/** A Max-Forwards value. */
export const maxForwards = (value: number, path: string): number =>
  within(value, 0, MAX_FORWARDS_MAX, path);

/** Caller as received; all its fields may be empty. */
export function callerFromWire(caller: pb.Caller | undefined, path: string): Caller {
  const { number, display, withheld } = present(caller, path);
  return { number, display, withheld };
}

function originToWire(origin: Origin): pb.Origin {
  switch (origin.kind) {
    case "trunk":
      return { kind: { $case: "trunk", value: { trunkId: origin.trunkId } } };
    case "extension":
      return {
        kind: {
          $case: "extension",
          value: { companyId: origin.companyId, extension: origin.extension },
        },
      };
    default:
      return unreachable(origin);
  }
}

function originFromWire(origin: pb.Origin | undefined, path: string): Origin {
  const kind = present(present(origin, path).kind, path);
  switch (kind.$case) {
    case "trunk":
      return { kind: "trunk", trunkId: trunkId(kind.value.trunkId, `${path}.trunk.trunk_id`) };
    case "extension":
      return {
        kind: "extension",
        companyId: companyId(kind.value.companyId, `${path}.extension.company_id`),
        extension: extension(kind.value.extension, `${path}.extension.extension`),
      };
    default:
      return unreachable(kind);
  }
}

function offerToWire({ origin, priority, ...offer }: Offer): pb.Offered {
  return { ...offer, origin: originToWire(origin), psapCallback: priority === "psap-callback" };
}

function offerFromWire(offer: pb.Offered, path: string): Offer {
  return {
    origin: originFromWire(offer.origin, `${path}.origin`),
    called: offer.called,
    caller: callerFromWire(offer.caller, `${path}.caller`),
    diversions: offer.diversions,
    priority: offer.psapCallback ? "psap-callback" : null,
    maxForwards: maxForwards(offer.maxForwards, `${path}.max_forwards`),
    traceparent: offer.traceparent,
  };
}

function factToWire(fact: LegFact): pb.CallInput["kind"] {
  switch (fact.kind) {
    case "offered":
      return { $case: "offered", value: offerToWire(fact.offer) };
    case "leg-ringing":
      return { $case: "legRinging", value: { leg: fact.leg, status: fact.status } };
    case "leg-answered":
      return { $case: "legAnswered", value: { leg: fact.leg } };
    case "leg-failed": {
      const { leg, status, q850 } = fact;
      const cause = END_CAUSES.toWire(fact.cause);
      return { $case: "legFailed", value: { leg, status, q850, cause } };
    }
    case "leg-ended": {
      const value = {
        leg: fact.leg,
        by: ENDED_BY.toWire(fact.by),
        cause: END_CAUSES.toWire(fact.cause),
      };
      return { $case: "legEnded", value };
    }
    case "caller-cancelled":
      return { $case: "callerCancelled", value: {} };
    default:
      return unreachable(fact);
  }
}

function factFromWire(kind: pb.CallInput["kind"], path: string): LegFact {
  switch (kind?.$case) {
    case "offered":
      return { kind: "offered", offer: offerFromWire(kind.value, `${path}.offered`) };
    case "legRinging":
      return {
        kind: "leg-ringing",
        leg: legId(kind.value.leg, `${path}.leg_ringing.leg`),
        status: within(kind.value.status, 101, 199, `${path}.leg_ringing.status`),
      };
    case "legAnswered":
      return { kind: "leg-answered", leg: legId(kind.value.leg, `${path}.leg_answered.leg`) };
    case "legFailed":
      return {
        kind: "leg-failed",
        leg: legId(kind.value.leg, `${path}.leg_failed.leg`),
        status: status(kind.value.status, 0, `${path}.leg_failed.status`),
        q850: q850(kind.value.q850, `${path}.leg_failed.q850`),
        cause: END_CAUSES.fromWire(kind.value.cause, `${path}.leg_failed.cause`),
      };
    case "legEnded":
      return {
        kind: "leg-ended",
        leg: legId(kind.value.leg, `${path}.leg_ended.leg`),
        by: ENDED_BY.fromWire(kind.value.by, `${path}.leg_ended.by`),
        cause: END_CAUSES.fromWire(kind.value.cause, `${path}.leg_ended.cause`),
      };
    case "callerCancelled":
      return { kind: "caller-cancelled" };
    case undefined:
      return refuse(`${path}.kind`, "missing, or of a kind that this version does not know");
    default:
      return unreachable(kind);
  }
}

/** One input as its message. */
export const inputToWire = (input: EdgeInput): pb.CallInput => ({
  seq: input.seq,
  atMs: input.at,
  kind: factToWire(input.fact),
});

/** One input from its message. */
export const inputFromWire = (input: pb.CallInput, path: string): EdgeInput => ({
  seq: positive(input.seq, `${path}.seq`),
  at: instant(input.atMs, `${path}.at_ms`),
  fact: factFromWire(input.kind, path),
});
