/**
 * Call records (call-detail-record.ts) to and from kakehashi.cdr.v1.CallRecord, as bytes for the stream
 * and as messages for gRPC.
 *
 * R1  decode(encode(x)) equals x.
 * R2  The presented number is the source number (DOMAIN 1.2); a message where they differ is refused.
 */
import { unreachable } from "../telephony/assert.ts";
import type {
  CallRecord,
  Disposition,
  Fault,
  LegRecord,
  RingMode,
  SourceClass,
  SourceIdentity,
} from "../telephony/call-detail-record.ts";
import { DESTINATION_CLASSES, type DestinationClass } from "../telephony/destination-class.ts";
import { enumTable } from "./enum-table.ts";
import { END_CAUSES, q850, status } from "./fact-codec.ts";
import type { WireFault } from "./fault.ts";
import { decoding, refuse } from "./fault.ts";
import {
  callId,
  companyId,
  count,
  e164,
  extension,
  instant,
  instantOrNull,
  legId,
  list,
  nodeId,
  nullable,
  positive,
  trunkId,
  within,
  word,
} from "./fields.ts";
import * as pb from "./gen/kakehashi/cdr/v1/record.ts";

/** Legs of one record: the longest plan with every target's own relay stays far below. */
const LEGS_MAX = 1000;

const destinationClass = (text: string, path: string): DestinationClass =>
  word(DESTINATION_CLASSES, text, path);

const SOURCE_RULES = ["D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9"] as const;

const DISPOSITIONS = enumTable<Disposition, pb.Disposition>()({
  answered: pb.Disposition.ANSWERED,
  busy: pb.Disposition.BUSY,
  "no-answer": pb.Disposition.NO_ANSWER,
  failed: pb.Disposition.FAILED,
  abandoned: pb.Disposition.ABANDONED,
  refused: pb.Disposition.REFUSED,
});

const MODES = enumTable<RingMode, pb.RingMode>()({
  direct: pb.RingMode.DIRECT,
  "ring-all": pb.RingMode.RING_ALL,
  relay: pb.RingMode.RELAY,
  "terminal-relay": pb.RingMode.TERMINAL_RELAY,
});

const SOURCE_CLASSES = enumTable<SourceClass, pb.SourceClass>()({
  standard: pb.SourceClass.STANDARD,
  representative: pb.SourceClass.REPRESENTATIVE,
});

const FAULTS = enumTable<Fault, pb.Fault>()({
  none: pb.Fault.NONE,
  caller: pb.Fault.CALLER,
  callee: pb.Fault.CALLEE,
  upstream: pb.Fault.UPSTREAM,
  internal: pb.Fault.INTERNAL,
  indeterminate: pb.Fault.INDETERMINATE,
});

type MemberFields = Pick<
  pb.LegRecord,
  | "memberKind"
  | "destination"
  | "sourceNumber"
  | "sourceClass"
  | "presentedNumber"
  | "sourceRule"
  | "trunkId"
  | "destinationClass"
  | "onNet"
>;

const NO_SOURCE = {
  sourceNumber: "",
  sourceClass: pb.SourceClass.UNSPECIFIED,
  presentedNumber: "",
  sourceRule: "",
  trunkId: "",
} as const;

const sourceToWire = (
  source: SourceIdentity,
): Pick<
  MemberFields,
  "sourceNumber" | "sourceClass" | "presentedNumber" | "sourceRule" | "trunkId"
> => ({
  sourceNumber: source.number,
  sourceClass: SOURCE_CLASSES.toWire(source.class),
  presentedNumber: source.number,
  sourceRule: source.rule,
  trunkId: source.trunkId,
});

function memberToWire(member: LegRecord["member"]): MemberFields {
  switch (member.kind) {
    case "extension":
      return {
        memberKind: "extension",
        destination: member.extension,
        destinationClass: "",
        onNet: false,
        ...NO_SOURCE,
      };
    case "outside": {
      const source = member.source === null ? NO_SOURCE : sourceToWire(member.source);
      return {
        memberKind: "outside",
        destination: member.number,
        destinationClass: member.class ?? "",
        onNet: member.onNet,
        ...source,
      };
    }
    default:
      return unreachable(member);
  }
}

function sourceFromWire(wire: pb.LegRecord, path: string): SourceIdentity {
  if (wire.presentedNumber !== wire.sourceNumber) {
    refuse(`${path}.presented_number`, "not the source number");
  }
  return {
    number: e164(wire.sourceNumber, `${path}.source_number`),
    class: SOURCE_CLASSES.fromWire(wire.sourceClass, `${path}.source_class`),
    rule: word(SOURCE_RULES, wire.sourceRule, `${path}.source_rule`),
    trunkId: trunkId(wire.trunkId, `${path}.trunk_id`),
  };
}

function memberFromWire(wire: pb.LegRecord, path: string): LegRecord["member"] {
  const kind = word(["extension", "outside"], wire.memberKind, `${path}.member_kind`);
  if (kind === "extension") {
    return { kind, extension: extension(wire.destination, `${path}.destination`) };
  }
  const number = e164(wire.destination, `${path}.destination`);
  const hasSource = wire.sourceNumber !== "" || wire.presentedNumber !== "";
  return {
    kind,
    number,
    class: nullable(wire.destinationClass, `${path}.destination_class`, destinationClass),
    onNet: wire.onNet,
    source: hasSource ? sourceFromWire(wire, path) : null,
  };
}

const legToWire = (leg: LegRecord): pb.LegRecord => ({
  leg: leg.leg,
  parentLeg: leg.parentLeg ?? "",
  seq: leg.seq,
  ...memberToWire(leg.member),
  invitedAtMs: leg.invitedAt ?? 0,
  ringingAtMs: leg.ringingAt ?? 0,
  answeredAtMs: leg.answeredAt ?? 0,
  endedAtMs: leg.endedAt,
  talkMs: leg.talkMs,
  sipStatus: leg.sipStatus,
  q850Cause: leg.q850Cause,
  endCause: END_CAUSES.toWire(leg.endCause),
  channelHeldMs: leg.channelHeldMs,
  billable: leg.billable,
  skipped: leg.skipped,
});

const legFromWire = (wire: pb.LegRecord, path: string): LegRecord => ({
  leg: legId(wire.leg, `${path}.leg`),
  parentLeg: nullable(wire.parentLeg, `${path}.parent_leg`, legId),
  seq: wire.seq,
  member: memberFromWire(wire, path),
  invitedAt: instantOrNull(wire.invitedAtMs, `${path}.invited_at_ms`),
  ringingAt: instantOrNull(wire.ringingAtMs, `${path}.ringing_at_ms`),
  answeredAt: instantOrNull(wire.answeredAtMs, `${path}.answered_at_ms`),
  endedAt: instant(wire.endedAtMs, `${path}.ended_at_ms`),
  talkMs: count(wire.talkMs, `${path}.talk_ms`),
  sipStatus: status(wire.sipStatus, 0, `${path}.sip_status`),
  q850Cause: q850(wire.q850Cause, `${path}.q850_cause`),
  endCause: END_CAUSES.fromWire(wire.endCause, `${path}.end_cause`),
  channelHeldMs: count(wire.channelHeldMs, `${path}.channel_held_ms`),
  billable: wire.billable,
  skipped: wire.skipped,
});

/** A record as its message. */
export const recordToWire = (record: CallRecord): pb.CallRecord => ({
  schemaVersion: record.schemaVersion,
  callId: record.callId,
  epoch: record.epoch,
  companyId: record.companyId ?? "",
  revision: record.revision,
  traceId: record.traceId,
  trunkId: record.trunkId ?? "",
  callerExtension: record.callerExtension ?? "",
  callerNumber: record.callerNumber,
  callerWithheld: record.callerWithheld,
  calledNumber: record.calledNumber,
  mode: MODES.toWire(record.mode),
  trigger: record.trigger,
  startedAtMs: record.startedAt,
  ringingAtMs: record.ringingAt ?? 0,
  answeredAtMs: record.answeredAt ?? 0,
  endedAtMs: record.endedAt,
  durationMs: record.durationMs,
  billableMs: record.billableMs,
  disposition: DISPOSITIONS.toWire(record.disposition),
  endedBy: record.endedBy,
  fault: FAULTS.toWire(record.fault),
  sipStatus: record.sipStatus,
  q850Cause: record.q850Cause,
  anchor: record.anchor,
  controller: record.controller,
  legs: record.legs.map(legToWire),
  pricePlan: record.pricePlan,
  refusedBy: record.refusedBy,
});

const readRecord = (wire: pb.CallRecord): CallRecord => ({
  schemaVersion: within(wire.schemaVersion, 1, 1, "schema_version"),
  callId: callId(wire.callId, "call_id"),
  epoch: positive(wire.epoch, "epoch"),
  companyId: nullable(wire.companyId, "company_id", companyId),
  revision: count(wire.revision, "revision"),
  traceId: /^([0-9a-f]{32})?$/.test(wire.traceId)
    ? wire.traceId
    : refuse("trace_id", "not 32 hexadecimal digits"),
  trunkId: nullable(wire.trunkId, "trunk_id", trunkId),
  callerExtension: nullable(wire.callerExtension, "caller_extension", extension),
  callerNumber: wire.callerNumber,
  callerWithheld: wire.callerWithheld,
  calledNumber: wire.calledNumber,
  mode: MODES.fromWire(wire.mode, "mode"),
  trigger: word(["external", "internal"], wire.trigger, "trigger"),
  startedAt: instant(wire.startedAtMs, "started_at_ms"),
  ringingAt: instantOrNull(wire.ringingAtMs, "ringing_at_ms"),
  answeredAt: instantOrNull(wire.answeredAtMs, "answered_at_ms"),
  endedAt: instant(wire.endedAtMs, "ended_at_ms"),
  durationMs: count(wire.durationMs, "duration_ms"),
  billableMs: count(wire.billableMs, "billable_ms"),
  disposition: DISPOSITIONS.fromWire(wire.disposition, "disposition"),
  endedBy: word(["caller", "callee", "us"], wire.endedBy, "ended_by"),
  fault: FAULTS.fromWire(wire.fault, "fault"),
  sipStatus: status(wire.sipStatus, 0, "sip_status"),
  q850Cause: q850(wire.q850Cause, "q850_cause"),
  anchor: nodeId(wire.anchor, "anchor"),
  controller: nodeId(wire.controller, "controller"),
  legs: list(wire.legs, "legs", LEGS_MAX, legFromWire),
  pricePlan: wire.pricePlan,
  refusedBy: wire.refusedBy,
});

/** A record from its message. */
export const recordFromWire = (wire: pb.CallRecord): CallRecord | WireFault =>
  decoding("CallRecord", () => readRecord(wire));

/** Encodes a {@link CallRecord}. */
export const encodeRecord = (record: CallRecord): Uint8Array =>
  pb.CallRecord.encode(recordToWire(record)).finish();

/** Decodes a {@link CallRecord}. */
export const decodeRecord = (bytes: Uint8Array): CallRecord | WireFault =>
  decoding("CallRecord", () => readRecord(pb.CallRecord.decode(bytes)));
