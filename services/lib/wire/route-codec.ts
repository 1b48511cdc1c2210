/**
 * Route snapshots (route-snapshot.ts) to and from kakehashi.tenant.v1.RouteSnapshot. The message shares
 * Group, Terminal and Trunk with the registry's CRUD; what routing does not need is left empty.
 *
 * S1  Ring times are whole seconds on the wire and milliseconds in the domain.
 */
import { unreachable } from "../telephony/assert.ts";
import type {
  NumberKind,
  OutOfHours,
  OwnNumber,
  RouteGroup,
  RouteSnapshot,
  RouteTarget,
  RouteTerminal,
  RouteTrunk,
  TerminalRelay,
} from "../telephony/route-snapshot.ts";
import {
  civilDate,
  contractFromWire,
  contractToWire,
  destinationFromWire,
  destinationToWire,
  forwarderFromWire,
  forwarderToWire,
  scheduleFromWire,
  scheduleToWire,
} from "./contract-codec.ts";
import { enumTable } from "./enum-table.ts";
import type { WireFault } from "./fault.ts";
import { decoding, refuse } from "./fault.ts";
import { companyId, count, e164, extension, groupId, list, nullable, trunkId } from "./fields.ts";
import * as pb from "./gen/kakehashi/tenant/v1/tenant_service.ts";

/** Elements of one list in a snapshot. */
const LIST_MAX = 10_000;

/** Kinds of numbers. */
export const NUMBER_KINDS = enumTable<NumberKind, pb.NumberKind>()({
  standard: pb.NumberKind.STANDARD,
  representative: pb.NumberKind.REPRESENTATIVE,
  ivr: pb.NumberKind.IVR,
});

/** Group modes. */
export const GROUP_MODES = enumTable<RouteGroup["mode"], pb.GroupMode>()({
  "ring-all": pb.GroupMode.RING_ALL,
  relay: pb.GroupMode.RELAY,
});

const seconds = (ms: number): number => Math.round(ms / 1000);
const milliseconds = (s: number): number => s * 1000;

function targetToWire(target: RouteTarget): pb.Target {
  const ringS = seconds(target.ringMs);
  switch (target.kind) {
    case "extension":
      return { kind: { $case: "extension", value: target.extension }, ringS };
    case "outside":
      return { kind: { $case: "outside", value: target.number }, ringS };
    default:
      return unreachable(target);
  }
}

function targetFromWire({ kind, ringS }: pb.Target, path: string): RouteTarget {
  const ringMs = milliseconds(ringS);
  switch (kind?.$case) {
    case "extension":
      return { kind: "extension", extension: extension(kind.value, `${path}.extension`), ringMs };
    case "outside":
      return { kind: "outside", number: e164(kind.value, `${path}.outside`), ringMs };
    case undefined:
      return refuse(`${path}.kind`, "missing, or of a kind that this version does not know");
    default:
      return unreachable(kind);
  }
}

const targetsFromWire = (targets: readonly pb.Target[], path: string): readonly RouteTarget[] =>
  list(targets, path, LIST_MAX, targetFromWire);

const relayToWire = ({ targets, ringSelf, followMemberRelay }: TerminalRelay): pb.Relay => ({
  targets: targets.map(targetToWire),
  ringSelf,
  followMemberRelay,
});

const relayFromWire = (wire: pb.Relay, path: string): TerminalRelay => ({
  targets: targetsFromWire(wire.targets, `${path}.targets`),
  ringSelf: wire.ringSelf,
  followMemberRelay: wire.followMemberRelay,
});

const outOfHoursToWire = (plan: OutOfHours): NonNullable<pb.Number["outOfHours"]> =>
  plan.kind === "group"
    ? { $case: "outOfHoursGroupId", value: plan.groupId }
    : { $case: "outOfHoursRelay", value: relayToWire(plan.relay) };

function outOfHoursFromWire(plan: pb.Number["outOfHours"], path: string): OutOfHours | null {
  switch (plan?.$case) {
    case "outOfHoursGroupId":
      return { kind: "group", groupId: groupId(plan.value, `${path}.out_of_hours_group_id`) };
    case "outOfHoursRelay":
      return { kind: "relay", relay: relayFromWire(plan.value, `${path}.out_of_hours_relay`) };
    case undefined:
      return null;
    default:
      return unreachable(plan);
  }
}

/** A number of a company as its message. */
export const numberToWire = (own: OwnNumber): pb.Number => ({
  number: own.number,
  kind: NUMBER_KINDS.toWire(own.kind),
  trunkId: own.trunkId,
  rings:
    own.rings.kind === "group"
      ? { $case: "groupId", value: own.rings.groupId }
      : { $case: "extension", value: own.rings.extension },
  scheduleId: own.scheduleId ?? "",
  outOfHours: own.outOfHours === null ? undefined : outOfHoursToWire(own.outOfHours),
  callers: {
    deny: [...own.callers.deny],
    allow: [...own.callers.allow],
    refuseAnonymous: own.callers.refuseAnonymous,
  },
});

function ringsFromWire(rings: pb.Number["rings"], path: string): OwnNumber["rings"] {
  switch (rings?.$case) {
    case "groupId":
      return { kind: "group", groupId: groupId(rings.value, `${path}.group_id`) };
    case "extension":
      return { kind: "terminal", extension: extension(rings.value, `${path}.extension`) };
    case undefined:
      return refuse(`${path}.rings`, "missing, or of a kind that this version does not know");
    default:
      return unreachable(rings);
  }
}

const numberFromWire = (wire: pb.Number, path: string): OwnNumber => ({
  number: e164(wire.number, `${path}.number`),
  kind: NUMBER_KINDS.fromWire(wire.kind, `${path}.kind`),
  trunkId: trunkId(wire.trunkId, `${path}.trunk_id`),
  rings: ringsFromWire(wire.rings, path),
  scheduleId: wire.scheduleId === "" ? null : wire.scheduleId,
  outOfHours: outOfHoursFromWire(wire.outOfHours, path),
  callers: {
    deny: list(wire.callers?.deny ?? [], `${path}.callers.deny`, LIST_MAX, e164),
    allow: list(wire.callers?.allow ?? [], `${path}.callers.allow`, LIST_MAX, e164),
    refuseAnonymous: wire.callers?.refuseAnonymous ?? false,
  },
});

/** A terminal as its message, without name and password. */
export const terminalToWire = (terminal: RouteTerminal): pb.Terminal => ({
  extension: terminal.extension,
  name: "",
  number: terminal.number ?? "",
  homeRepresentative: terminal.homeRepresentative ?? "",
  relay: terminal.relay === null ? undefined : relayToWire(terminal.relay),
  ringS: seconds(terminal.ringMs),
  password: "",
});

const terminalFromWire = (wire: pb.Terminal, path: string): RouteTerminal => ({
  extension: extension(wire.extension, `${path}.extension`),
  number: nullable(wire.number, `${path}.number`, e164),
  homeRepresentative: nullable(wire.homeRepresentative, `${path}.home_representative`, e164),
  ringMs: milliseconds(wire.ringS),
  relay: wire.relay === undefined ? null : relayFromWire(wire.relay, `${path}.relay`),
});

/** A group as its message, without name. */
export const groupToWire = (group: RouteGroup): pb.Group => ({
  id: group.id,
  name: "",
  extension: group.extension ?? "",
  representative: group.representative ?? "",
  mode: GROUP_MODES.toWire(group.mode),
  targets: group.targets.map(targetToWire),
  followMemberRelay: group.followMemberRelay,
  totalRingS: seconds(group.totalRingMs),
});

const groupFromWire = (wire: pb.Group, path: string): RouteGroup => ({
  id: groupId(wire.id, `${path}.id`),
  extension: nullable(wire.extension, `${path}.extension`, extension),
  representative: nullable(wire.representative, `${path}.representative`, e164),
  mode: GROUP_MODES.fromWire(wire.mode, `${path}.mode`),
  targets: targetsFromWire(wire.targets, `${path}.targets`),
  followMemberRelay: wire.followMemberRelay,
  totalRingMs: milliseconds(wire.totalRingS),
});

const trunkToWire = (trunk: RouteTrunk): pb.Trunk => ({
  id: trunk.id,
  sources: [],
  gateways: [],
  channels: trunk.channels,
  identity: pb.IdentityProfile.UNSPECIFIED,
  format: pb.NumberFormat.UNSPECIFIED,
  privacy: pb.PrivacyProfile.UNSPECIFIED,
  diversion: pb.DiversionProfile.UNSPECIFIED,
  noUserPhone: false,
  revision: trunk.revision,
});

const trunkFromWire = (wire: pb.Trunk, path: string): RouteTrunk => ({
  id: trunkId(wire.id, `${path}.id`),
  channels: wire.channels,
  revision: count(wire.revision, `${path}.revision`),
});

const calledToWire = (called: RouteSnapshot["called"]): pb.RouteSnapshot["called"] =>
  called.kind === "terminal"
    ? { $case: "terminalExtension", value: called.extension }
    : { $case: "groupId", value: called.groupId };

function calledFromWire(called: pb.RouteSnapshot["called"]): RouteSnapshot["called"] {
  switch (called?.$case) {
    case "terminalExtension":
      return { kind: "terminal", extension: extension(called.value, "terminal_extension") };
    case "groupId":
      return { kind: "group", groupId: groupId(called.value, "group_id") };
    case undefined:
      return refuse("called", "missing, or of a kind that this version does not know");
    default:
      return unreachable(called);
  }
}

/** A snapshot as its message, as the registry answers `Resolve`. */
export const snapshotToWire = (snapshot: RouteSnapshot): pb.RouteSnapshot => ({
  revision: snapshot.revision,
  companyId: snapshot.companyId,
  entry: snapshot.entry === null ? undefined : numberToWire(snapshot.entry),
  called: calledToWire(snapshot.called),
  groups: snapshot.groups.map(groupToWire),
  terminals: snapshot.terminals.map(terminalToWire),
  numbers: snapshot.numbers.map(numberToWire),
  trunks: snapshot.trunks.map(trunkToWire),
  contracts: snapshot.contracts.map(contractToWire),
  forwarders: snapshot.forwarders.map(forwarderToWire),
  schedule: snapshot.schedule === null ? undefined : scheduleToWire(snapshot.schedule),
  holidays: [...snapshot.holidays],
  companyNumbers: [...snapshot.companyNumbers],
  destinations: snapshot.destinations.map(destinationToWire),
});

const readSnapshot = (wire: pb.RouteSnapshot): RouteSnapshot => ({
  revision: count(wire.revision, "revision"),
  companyId: companyId(wire.companyId, "company_id"),
  entry: wire.entry === undefined ? null : numberFromWire(wire.entry, "entry"),
  called: calledFromWire(wire.called),
  groups: list(wire.groups, "groups", LIST_MAX, groupFromWire),
  terminals: list(wire.terminals, "terminals", LIST_MAX, terminalFromWire),
  numbers: list(wire.numbers, "numbers", LIST_MAX, numberFromWire),
  trunks: list(wire.trunks, "trunks", LIST_MAX, trunkFromWire),
  contracts: list(wire.contracts, "contracts", LIST_MAX, contractFromWire),
  forwarders: list(wire.forwarders, "forwarders", LIST_MAX, forwarderFromWire),
  schedule: wire.schedule === undefined ? null : scheduleFromWire(wire.schedule),
  holidays: list(wire.holidays, "holidays", LIST_MAX, civilDate),
  companyNumbers: new Set(list(wire.companyNumbers, "company_numbers", LIST_MAX, e164)),
  destinations: list(wire.destinations, "destinations", LIST_MAX, destinationFromWire),
});

/** A snapshot from its message. */
export const snapshotFromWire = (wire: pb.RouteSnapshot): RouteSnapshot | WireFault =>
  decoding("RouteSnapshot", () => readSnapshot(wire));
