/**
 * Route snapshots (route-snapshot.ts) to and from kakehashi.tenant.v1.RouteSnapshot. The message shares
 * Group, Terminal and Trunk with the registry's CRUD; what routing does not need is left empty.
 *
 * S1  Ring times are whole seconds on the wire and milliseconds in the domain.
 */
import { unreachable } from "../telephony/assert.ts";
import type {
  NumberKind,
  OwnNumber,
  RouteGroup,
  RouteSnapshot,
  RouteTarget,
  RouteTerminal,
  RouteTrunk,
} from "../telephony/route-snapshot.ts";
import { enumTable } from "./enum-table.ts";
import type { WireFault } from "./fault.ts";
import { decoding, refuse } from "./fault.ts";
import {
  companyId,
  count,
  e164,
  extension,
  groupId,
  list,
  nullable,
  present,
  trunkId,
} from "./fields.ts";
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

/** A number of a company as its message. */
export const numberToWire = ({ number, kind, trunkId, rings }: OwnNumber): pb.Number => ({
  number,
  kind: NUMBER_KINDS.toWire(kind),
  trunkId,
  rings:
    rings.kind === "group"
      ? { $case: "groupId", value: rings.groupId }
      : { $case: "extension", value: rings.extension },
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
});

/** A terminal as its message, without name and password. */
export const terminalToWire = (terminal: RouteTerminal): pb.Terminal => ({
  extension: terminal.extension,
  name: "",
  number: terminal.number ?? "",
  homeRepresentative: terminal.homeRepresentative ?? "",
  relay:
    terminal.relay === null
      ? undefined
      : { ...terminal.relay, targets: terminal.relay.targets.map(targetToWire) },
  ringS: seconds(terminal.ringMs),
  password: "",
});

const terminalFromWire = (wire: pb.Terminal, path: string): RouteTerminal => ({
  extension: extension(wire.extension, `${path}.extension`),
  number: nullable(wire.number, `${path}.number`, e164),
  homeRepresentative: nullable(wire.homeRepresentative, `${path}.home_representative`, e164),
  ringMs: milliseconds(wire.ringS),
  relay:
    wire.relay === undefined
      ? null
      : {
          targets: targetsFromWire(wire.relay.targets, `${path}.relay.targets`),
          ringSelf: wire.relay.ringSelf,
          followMemberRelay: wire.relay.followMemberRelay,
        },
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
  contract: { ...snapshot.contract },
  entry: snapshot.entry === null ? undefined : numberToWire(snapshot.entry),
  called: calledToWire(snapshot.called),
  groups: snapshot.groups.map(groupToWire),
  terminals: snapshot.terminals.map(terminalToWire),
  numbers: snapshot.numbers.map(numberToWire),
  trunks: snapshot.trunks.map(trunkToWire),
});

const readSnapshot = (wire: pb.RouteSnapshot): RouteSnapshot => ({
  revision: count(wire.revision, "revision"),
  companyId: companyId(wire.companyId, "company_id"),
  contract: { ...present(wire.contract, "contract") },
  entry: wire.entry === undefined ? null : numberFromWire(wire.entry, "entry"),
  called: calledFromWire(wire.called),
  groups: list(wire.groups, "groups", LIST_MAX, groupFromWire),
  terminals: list(wire.terminals, "terminals", LIST_MAX, terminalFromWire),
  numbers: list(wire.numbers, "numbers", LIST_MAX, numberFromWire),
  trunks: list(wire.trunks, "trunks", LIST_MAX, trunkFromWire),
});

/** A snapshot from its message. */
export const snapshotFromWire = (wire: pb.RouteSnapshot): RouteSnapshot | WireFault =>
  decoding("RouteSnapshot", () => readSnapshot(wire));
