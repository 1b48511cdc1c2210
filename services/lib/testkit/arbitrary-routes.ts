/**
 * Random route snapshots for property tests: each field valid by construction, the whole not
 * consistent. What a codec must carry without loss.
 */
import fc from "fast-check";
import type { Schedule } from "../telephony/business-hours.ts";
import type { ContractTerm } from "../telephony/contract.ts";
import type { Forwarder } from "../telephony/destination-limit.ts";
import type {
  OwnNumber,
  RouteGroup,
  RouteSnapshot,
  RouteTarget,
  RouteTerminal,
  RouteTrunk,
  TerminalRelay,
} from "../telephony/route-snapshot.ts";
import { type CivilDate, dateOf } from "../telephony/tokyo-time.ts";
import {
  arbitraryCompanyId,
  arbitraryDestinationClass,
  arbitraryE164,
  arbitraryExtension,
  arbitraryGroupId,
  arbitraryInstant,
  arbitraryTrunkId,
  orNull,
} from "./arbitraries.ts";

const k = <K extends string>(kind: K): fc.Arbitrary<K> => fc.constant(kind);
const count = (max = 2 ** 31): fc.Arbitrary<number> => fc.nat({ max });
const ringMs = fc.integer({ min: 5, max: 120 }).map((seconds) => seconds * 1000);

export const arbitraryDate: fc.Arbitrary<CivilDate> = arbitraryInstant.map(dateOf);

export const arbitraryTarget: fc.Arbitrary<RouteTarget> = fc.oneof(
  fc.record({ kind: k("extension"), extension: arbitraryExtension, ringMs }),
  fc.record({ kind: k("outside"), number: arbitraryE164, ringMs }),
);

const arbitraryRelay: fc.Arbitrary<TerminalRelay> = fc.record({
  targets: fc.array(arbitraryTarget, { maxLength: 4 }),
  ringSelf: fc.boolean(),
  followMemberRelay: fc.boolean(),
});

export const arbitraryOwnNumber: fc.Arbitrary<OwnNumber> = fc.record({
  number: arbitraryE164,
  kind: fc.constantFrom("standard", "representative", "ivr"),
  trunkId: arbitraryTrunkId,
  rings: fc.oneof(
    fc.record({ kind: k("group"), groupId: arbitraryGroupId }),
    fc.record({ kind: k("terminal"), extension: arbitraryExtension }),
  ),
  scheduleId: orNull(fc.stringMatching(/^[a-z]{1,8}$/)),
  outOfHours: orNull(
    fc.oneof(
      fc.record({ kind: k("group"), groupId: arbitraryGroupId }),
      fc.record({ kind: k("relay"), relay: arbitraryRelay }),
    ),
  ),
  callers: fc.record({
    deny: fc.array(arbitraryE164, { maxLength: 3 }),
    allow: fc.array(arbitraryE164, { maxLength: 3 }),
    refuseAnonymous: fc.boolean(),
  }),
});

export const arbitraryTerminal: fc.Arbitrary<RouteTerminal> = fc.record({
  extension: arbitraryExtension,
  number: orNull(arbitraryE164),
  homeRepresentative: orNull(arbitraryE164),
  ringMs,
  relay: orNull(arbitraryRelay),
});

export const arbitraryGroup: fc.Arbitrary<RouteGroup> = fc.record({
  id: arbitraryGroupId,
  extension: orNull(arbitraryExtension),
  representative: orNull(arbitraryE164),
  mode: fc.constantFrom("ring-all", "relay"),
  targets: fc.array(arbitraryTarget, { maxLength: 5 }),
  followMemberRelay: fc.boolean(),
  totalRingMs: ringMs,
});

export const arbitraryTrunk: fc.Arbitrary<RouteTrunk> = fc.record({
  id: arbitraryTrunkId,
  channels: count(10_000),
  revision: count(),
});

export const arbitraryTerm: fc.Arbitrary<ContractTerm> = fc.record({
  from: arbitraryDate,
  until: orNull(arbitraryDate),
  terminalForwarding: fc.boolean(),
  representativeForwarding: fc.boolean(),
  extraChannels: count(1000),
  channelsPerNumber: count(1000),
  internationalForwarding: fc.boolean(),
  pricePlan: fc.stringMatching(/^[a-z]{1,10}$/),
  addOns: fc.array(fc.record({ number: arbitraryE164, units: fc.integer({ min: 1, max: 20 }) }), {
    maxLength: 3,
  }),
});

const minute = fc.integer({ min: 0, max: 1440 });

export const arbitrarySchedule: fc.Arbitrary<Schedule> = fc.record({
  id: fc.stringMatching(/^[a-z]{1,8}$/),
  open: fc.array(
    fc.record({
      weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 })),
      fromMinute: minute,
      untilMinute: minute,
    }),
    { maxLength: 3 },
  ),
  openOnHolidays: fc.boolean(),
  closedDates: fc.array(arbitraryDate, { maxLength: 3 }),
});

export const arbitraryForwarder: fc.Arbitrary<Forwarder> = fc.record({
  owner: fc.oneof(
    fc.record({ kind: k("number"), number: arbitraryE164 }),
    fc.record({ kind: k("terminal"), extension: arbitraryExtension }),
  ),
  addOnNumber: orNull(arbitraryE164),
  destinations: fc.uniqueArray(arbitraryE164, { maxLength: 5 }),
});

export const arbitrarySnapshot: fc.Arbitrary<RouteSnapshot> = fc.record({
  revision: count(),
  companyId: arbitraryCompanyId,
  entry: orNull(arbitraryOwnNumber),
  called: fc.oneof(
    fc.record({ kind: k("terminal"), extension: arbitraryExtension }),
    fc.record({ kind: k("group"), groupId: arbitraryGroupId }),
  ),
  groups: fc.array(arbitraryGroup, { maxLength: 3 }),
  terminals: fc.array(arbitraryTerminal, { maxLength: 3 }),
  numbers: fc.array(arbitraryOwnNumber, { maxLength: 3 }),
  trunks: fc.array(arbitraryTrunk, { maxLength: 3 }),
  contracts: fc.array(arbitraryTerm, { maxLength: 3 }),
  forwarders: fc.array(arbitraryForwarder, { maxLength: 3 }),
  schedule: orNull(arbitrarySchedule),
  holidays: fc.array(arbitraryDate, { maxLength: 5 }),
  destinations: fc.array(
    fc.record({
      number: arbitraryE164,
      class: arbitraryDestinationClass,
      onNet: fc.boolean(),
    }),
    { maxLength: 4 },
  ),
  companyNumbers: fc.array(arbitraryE164, { maxLength: 4 }).map((numbers) => new Set(numbers)),
});
