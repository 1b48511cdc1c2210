/**
 * Random values of the trade for property tests (fast-check). Each is valid by construction: what a
 * codec must carry without loss.
 */
import fc from "fast-check";
import {
  type CallRecord,
  DISPOSITIONS,
  FAULTS,
  type LegRecord,
  type SourceIdentity,
} from "../telephony/call-detail-record.ts";
import { DESTINATION_CLASSES } from "../telephony/destination-class.ts";
import type { E164 } from "../telephony/e164.ts";
import type {
  CallId,
  CompanyId,
  Extension,
  GroupId,
  LegId,
  NodeId,
  TrunkId,
} from "../telephony/ids.ts";
import { attemptLeg, LEG_A } from "../telephony/ids.ts";
import type { Instant } from "../telephony/instant.ts";
import {
  type Caller,
  type Destination,
  DIVERTING_REASONS,
  type EdgeInput,
  END_CAUSES,
  type EndCause,
  type LegFact,
  type LegOrder,
  type Offer,
} from "../telephony/leg.ts";
import type {
  BranchFact,
  BranchOrder,
  BranchRequest,
  BranchResponse,
  EdgeEnvelope,
} from "../wire/branch-codec.ts";
import { branchId } from "../wire/branch-codec.ts";
import type { AssignmentAnswer, CallAssignment, CallInputs, CallStep } from "../wire/call-codec.ts";
import type { FinishedSpan } from "../wire/span-codec.ts";

const token = <T extends string>(prefix: string): fc.Arbitrary<T> =>
  fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/).map((rest) => `${prefix}-${rest}` as T);

export const arbitraryCallId: fc.Arbitrary<CallId> = token<CallId>("call");
export const arbitraryCompanyId: fc.Arbitrary<CompanyId> = token<CompanyId>("company");
export const arbitraryTrunkId: fc.Arbitrary<TrunkId> = token<TrunkId>("trunk");
export const arbitraryGroupId: fc.Arbitrary<GroupId> = token<GroupId>("group");
export const arbitraryNodeId: fc.Arbitrary<NodeId> = token<NodeId>("node");
export const arbitraryExtension: fc.Arbitrary<Extension> = fc
  .stringMatching(/^[0-9]{2,8}$/)
  .map((digits) => digits as Extension);
export const arbitraryE164: fc.Arbitrary<E164> = fc
  .stringMatching(/^\+[1-9][0-9]{6,14}$/)
  .map((number) => number as E164);
export const arbitraryDestinationClass = fc.constantFrom(...DESTINATION_CLASSES);
export const arbitraryAttempt: fc.Arbitrary<LegId> = fc
  .integer({ min: 1, max: 20 })
  .map(attemptLeg);
export const arbitraryLeg: fc.Arbitrary<LegId> = fc.oneof(fc.constant(LEG_A), arbitraryAttempt);
/** 2020 to 2040. */
export const arbitraryInstant: fc.Arbitrary<Instant> = fc.integer({
  min: 1_577_836_800_000,
  max: 2_208_988_800_000,
});
const count = (max = 2 ** 31): fc.Arbitrary<number> => fc.nat({ max });
const positive = (max = 2 ** 31): fc.Arbitrary<number> => fc.integer({ min: 1, max });
export const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(value, { nil: null });
const bytes = fc.uint8Array({ maxLength: 64 });
const status = fc.oneof(fc.constant(0), fc.integer({ min: 300, max: 699 }));
const provisional = fc.integer({ min: 101, max: 199 });
const q850 = fc.integer({ min: 0, max: 127 });
const maxForwards = fc.integer({ min: 0, max: 255 });
/** Text as it comes from outside: any characters, whole ones only. */
const text = fc.string({ unit: "grapheme", maxLength: 20 });

export const arbitraryEndCause: fc.Arbitrary<EndCause> = fc.constantFrom(...END_CAUSES);

export const arbitraryCaller: fc.Arbitrary<Caller> = fc.record({
  number: fc.oneof(arbitraryE164, arbitraryExtension, fc.constant("")),
  display: text,
  withheld: fc.boolean(),
});

export const arbitraryTraceId: fc.Arbitrary<string> = fc.stringMatching(/^[0-9a-f]{32}$/);
const arbitrarySpanId = fc.stringMatching(/^[0-9a-f]{16}$/);

export const arbitraryOffer: fc.Arbitrary<Offer> = fc.record({
  origin: fc.oneof(
    fc.record({ kind: fc.constant("trunk" as const), trunkId: arbitraryTrunkId }),
    fc.record({
      kind: fc.constant("extension" as const),
      companyId: arbitraryCompanyId,
      extension: arbitraryExtension,
    }),
  ),
  called: text,
  caller: arbitraryCaller,
  diversions: count(50),
  priority: orNull(fc.constant("psap-callback")),
  maxForwards,
  traceparent: fc.oneof(
    fc.constant(""),
    fc.tuple(arbitraryTraceId, arbitrarySpanId).map(([trace, span]) => `00-${trace}-${span}-01`),
  ),
});

const k = <K extends string>(kind: K): fc.Arbitrary<K> => fc.constant(kind);

export const arbitraryFact: fc.Arbitrary<LegFact> = fc.oneof(
  fc.record({ kind: k("offered"), offer: arbitraryOffer }),
  fc.record({ kind: k("leg-ringing"), leg: arbitraryAttempt, status: provisional }),
  fc.record({ kind: k("leg-answered"), leg: arbitraryAttempt }),
  fc.record({
    kind: k("leg-failed"),
    leg: arbitraryAttempt,
    status,
    q850,
    cause: arbitraryEndCause,
  }),
  fc.record({
    kind: k("leg-ended"),
    leg: arbitraryLeg,
    by: fc.constantFrom("far-end" as const, "us" as const, "edge" as const),
    cause: arbitraryEndCause,
  }),
  fc.record({ kind: k("caller-cancelled") }),
);

export const arbitraryInput: fc.Arbitrary<EdgeInput> = fc.record({
  seq: positive(),
  at: arbitraryInstant,
  fact: arbitraryFact,
});

export const arbitraryDestination: fc.Arbitrary<Destination> = fc.oneof(
  fc.record({
    kind: k("extension"),
    companyId: arbitraryCompanyId,
    extension: arbitraryExtension,
    caller: arbitraryCaller,
  }),
  fc.record({
    kind: k("outside"),
    companyId: arbitraryCompanyId,
    trunkId: arbitraryTrunkId,
    number: arbitraryE164,
    source: arbitraryE164,
    diverting: orNull(
      fc.record({
        number: arbitraryE164,
        reason: fc.constantFrom(...DIVERTING_REASONS),
        counter: positive(99),
      }),
    ),
  }),
);

export const arbitraryOrder: fc.Arbitrary<LegOrder> = fc.oneof(
  fc.record({ kind: k("ring-caller"), status: provisional }),
  fc.record({
    kind: k("dial"),
    leg: arbitraryAttempt,
    destination: arbitraryDestination,
    expiresS: positive(3600),
    maxForwards,
  }),
  fc.record({ kind: k("cancel-leg"), leg: arbitraryAttempt, cause: arbitraryEndCause }),
  fc.record({ kind: k("answer-caller"), leg: arbitraryAttempt }),
  fc.record({ kind: k("hang-up"), leg: arbitraryLeg, cause: arbitraryEndCause }),
  fc.record({
    kind: k("refuse-caller"),
    status: fc.integer({ min: 300, max: 699 }),
    reason: text,
    q850,
    retryAfterS: count(3600),
  }),
);

export const arbitraryAssignment: fc.Arbitrary<CallAssignment> = fc.record({
  callId: arbitraryCallId,
  epoch: positive(),
  anchor: arbitraryNodeId,
  step: count(),
  stateVersion: count(100),
  state: bytes,
  pending: fc.array(arbitraryInput, { maxLength: 5 }),
});

export const arbitraryInputs: fc.Arbitrary<CallInputs> = fc.record({
  callId: arbitraryCallId,
  epoch: positive(),
  anchor: arbitraryNodeId,
  inputs: fc.array(arbitraryInput, { maxLength: 5 }),
});

export const arbitraryStep: fc.Arbitrary<CallStep> = fc.record({
  callId: arbitraryCallId,
  epoch: positive(),
  controller: arbitraryNodeId,
  step: positive(),
  ackedInput: count(),
  stateVersion: positive(100),
  state: bytes,
  orders: fc.array(arbitraryOrder, { maxLength: 5 }),
  over: fc.boolean(),
});

export const arbitraryAnswer: fc.Arbitrary<AssignmentAnswer> = fc.oneof(
  fc.record({ kind: k("step"), step: arbitraryStep }),
  fc.record({
    kind: k("declined"),
    controller: arbitraryNodeId,
    reason: fc.constantFrom(
      "draining" as const,
      "overloaded" as const,
      "unknown-state-version" as const,
      "malformed" as const,
      "outdated" as const,
    ),
  }),
);

const arbitraryHeaders = fc.array(
  fc.record({ name: fc.stringMatching(/^[A-Za-z-]{1,20}$/), value: text }),
  { maxLength: 5 },
);

const arbitraryBranchRequest: fc.Arbitrary<BranchRequest> = fc.record({
  relayId: positive(),
  method: fc.constantFrom("INFO", "UPDATE", "INVITE"),
  headers: arbitraryHeaders,
  body: bytes,
});

const arbitraryBranchResponse: fc.Arbitrary<BranchResponse> = fc.record({
  relayId: count(),
  status: fc.integer({ min: 100, max: 699 }),
  reason: text,
  headers: arbitraryHeaders,
  body: bytes,
});

const arbitraryBranchOrder: fc.Arbitrary<BranchOrder> = fc.oneof(
  fc.record({
    kind: k("dial"),
    requestUri: fc.constant("sip:101@127.0.0.1:5070"),
    flow: text,
    headers: arbitraryHeaders,
    body: bytes,
  }),
  fc.record({ kind: k("cancel"), reason: text }),
  fc.record({ kind: k("hang-up"), reason: text }),
  fc.record({ kind: k("request"), request: arbitraryBranchRequest }),
  fc.record({ kind: k("response"), response: arbitraryBranchResponse }),
);

const arbitraryBranchFact: fc.Arbitrary<BranchFact> = fc.oneof(
  fc.record({ kind: k("progress"), response: arbitraryBranchResponse }),
  fc.record({ kind: k("ended"), reason: text, byFarEnd: fc.boolean() }),
  fc.record({ kind: k("request"), request: arbitraryBranchRequest }),
  fc.record({ kind: k("response"), response: arbitraryBranchResponse }),
);

const arbitraryBranchId = fc
  .tuple(arbitraryAttempt, fc.nat({ max: 9 }))
  .map(([leg, n]) => branchId(leg, n));

export const arbitraryEnvelope: fc.Arbitrary<EdgeEnvelope> = fc.oneof(
  fc.record({ kind: k("step"), step: arbitraryStep }),
  fc.record({
    kind: k("branch-command"),
    command: fc.record({
      callId: arbitraryCallId,
      branch: arbitraryBranchId,
      anchor: arbitraryNodeId,
      order: arbitraryBranchOrder,
    }),
  }),
  fc.record({
    kind: k("branch-report"),
    report: fc.record({
      callId: arbitraryCallId,
      branch: arbitraryBranchId,
      holder: arbitraryNodeId,
      at: arbitraryInstant,
      fact: arbitraryBranchFact,
    }),
  }),
);

const arbitrarySource: fc.Arbitrary<SourceIdentity> = fc.record({
  number: arbitraryE164,
  class: fc.constantFrom("standard" as const, "representative" as const),
  rule: fc.constantFrom("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9"),
  trunkId: arbitraryTrunkId,
});

export const arbitraryLegRecord: fc.Arbitrary<LegRecord> = fc.record({
  leg: arbitraryAttempt,
  parentLeg: orNull(arbitraryLeg),
  seq: count(100),
  member: fc.oneof(
    fc.record({ kind: k("extension"), extension: arbitraryExtension }),
    fc.record({
      kind: k("outside"),
      number: arbitraryE164,
      class: orNull(arbitraryDestinationClass),
      onNet: fc.boolean(),
      source: orNull(arbitrarySource),
    }),
  ),
  invitedAt: orNull(arbitraryInstant),
  ringingAt: orNull(arbitraryInstant),
  answeredAt: orNull(arbitraryInstant),
  endedAt: arbitraryInstant,
  talkMs: count(),
  sipStatus: fc.integer({ min: 0, max: 699 }),
  q850Cause: q850,
  endCause: arbitraryEndCause,
  channelHeldMs: count(),
  billable: fc.boolean(),
  skipped: text,
});

export const arbitraryRecord: fc.Arbitrary<CallRecord> = fc.record({
  schemaVersion: fc.constant(1),
  callId: arbitraryCallId,
  epoch: positive(1000),
  companyId: orNull(arbitraryCompanyId),
  revision: count(),
  traceId: fc.oneof(fc.constant(""), arbitraryTraceId),
  trunkId: orNull(arbitraryTrunkId),
  callerExtension: orNull(arbitraryExtension),
  callerNumber: text,
  callerWithheld: fc.boolean(),
  calledNumber: text,
  mode: fc.constantFrom("direct", "ring-all", "relay", "terminal-relay"),
  trigger: fc.constantFrom("external", "internal"),
  startedAt: arbitraryInstant,
  ringingAt: orNull(arbitraryInstant),
  answeredAt: orNull(arbitraryInstant),
  endedAt: arbitraryInstant,
  durationMs: count(),
  billableMs: count(),
  disposition: fc.constantFrom(...DISPOSITIONS),
  endedBy: fc.constantFrom("caller", "callee", "us"),
  fault: fc.constantFrom(...FAULTS),
  sipStatus: fc.integer({ min: 0, max: 699 }),
  q850Cause: q850,
  anchor: arbitraryNodeId,
  controller: arbitraryNodeId,
  legs: fc.uniqueArray(arbitraryLegRecord, { maxLength: 5, selector: ({ leg }) => leg }),
  pricePlan: text,
  refusedBy: text,
});

const arbitraryAttributes = fc
  .array(fc.tuple(fc.stringMatching(/^[a-z][a-z._]{0,15}$/), text), { maxLength: 4 })
  .map((pairs) => Object.fromEntries(pairs));

export const arbitrarySpan: fc.Arbitrary<FinishedSpan> = fc.record({
  traceId: arbitraryTraceId,
  spanId: arbitrarySpanId,
  parentSpanId: fc.oneof(fc.constant(""), arbitrarySpanId),
  name: text,
  service: text,
  node: text,
  startedAtUs: arbitraryInstant.map((ms) => ms * 1000),
  endedAtUs: arbitraryInstant.map((ms) => ms * 1000),
  failed: fc.boolean(),
  statusMessage: text,
  attributes: arbitraryAttributes,
  events: fc.array(
    fc.record({
      name: text,
      atUs: arbitraryInstant.map((ms) => ms * 1000),
      attributes: arbitraryAttributes,
    }),
    { maxLength: 3 },
  ),
  linkedSpanIds: fc.array(arbitrarySpanId, { maxLength: 3 }),
});
