/**
 * Which lists a called number or extension reaches, in or out of its hours, flattened in ring order
 * (DOMAIN 2.3, A2).
 * Owns order and nesting; whether a target may be dialled stands in ring-plan.ts.
 *
 * T1  One nesting level: the relay of a member of the list is followed where the list says so, the
 *     relays of that relay's members never are. Such targets come right behind their member.
 * T2  In a ring-all every target rings for the group's total time, also those behind a member.
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { RingMode } from "../../../lib/telephony/call-detail-record.ts";
import type {
  OutOfHours,
  RouteGroup,
  RouteSnapshot,
  RouteTarget,
  RouteTerminal,
  TerminalRelay,
} from "../../../lib/telephony/route-snapshot.ts";
import type { ListOwner } from "./source-number.ts";

/** A target before it is judged. `parent` is the position of its member in the list. */
export interface Draft {
  readonly target: RouteTarget;
  readonly owner: ListOwner;
  readonly parent: number | null;
  /** The member's own telephone stays silent: only its relay rings. */
  readonly isSilent: boolean;
}

/** All targets of a call in order. `totalRingMs`: limit of the whole list, null where it has none. */
export interface TargetList {
  readonly mode: RingMode;
  readonly drafts: readonly Draft[];
  readonly totalRingMs: number | null;
}

/**
 * Lists the targets of the called terminal or group, or what stands in its place while it is closed;
 * null when the snapshot lacks it.
 */
export function listTargets(
  snapshot: RouteSnapshot,
  outOfHours: OutOfHours | null,
): TargetList | null {
  const called = outOfHours?.kind === "group" ? outOfHours : snapshot.called;
  switch (called.kind) {
    case "group": {
      const group = snapshot.groups.find((one) => one.id === called.groupId);
      return group === undefined ? null : ofGroup(snapshot, group);
    }
    case "terminal": {
      const terminal = snapshot.terminals.find((one) => one.extension === called.extension);
      if (terminal === undefined) return null;
      const relay = outOfHours?.kind === "relay" ? outOfHours.relay : terminal.relay;
      return ofTerminal(snapshot, { ...terminal, relay });
    }
    default:
      return unreachable(called);
  }
}

/** The company as a call finds it that follows nobody's relay: each terminal rings itself. */
export const withoutRelays = (snapshot: RouteSnapshot): RouteSnapshot => ({
  ...snapshot,
  terminals: snapshot.terminals.map((terminal) => ({ ...terminal, relay: null })),
});

function ofGroup(snapshot: RouteSnapshot, group: RouteGroup): TargetList {
  const owner: ListOwner = { kind: "group", group };
  const follow = group.followMemberRelay ? snapshot.terminals : [];
  const drafts = expand([], group.targets, owner, follow);
  const ringMs = group.totalRingMs;
  if (group.mode === "relay") return { mode: "relay", drafts, totalRingMs: ringMs };
  const together = drafts.map((one) => ({ ...one, target: { ...one.target, ringMs } }));
  return { mode: "ring-all", drafts: together, totalRingMs: ringMs };
}

function ofTerminal(snapshot: RouteSnapshot, terminal: RouteTerminal): TargetList {
  const owner: ListOwner = { kind: "terminal", terminal };
  const { extension, ringMs } = terminal;
  const relay = relayOf(terminal);
  const self: Draft = {
    target: { kind: "extension", extension, ringMs },
    owner,
    parent: null,
    isSilent: false,
  };
  if (relay === null) return { mode: "direct", drafts: [self], totalRingMs: null };
  const follow = relay.followMemberRelay ? snapshot.terminals : [];
  const drafts = expand(relay.ringSelf ? [self] : [], relay.targets, owner, follow);
  return { mode: "terminal-relay", drafts, totalRingMs: null };
}

/** A relay without targets is none. */
const relayOf = (terminal: RouteTerminal | undefined): TerminalRelay | null =>
  terminal !== undefined && terminal.relay !== null && terminal.relay.targets.length > 0
    ? terminal.relay
    : null;

function expand(
  before: readonly Draft[],
  targets: readonly RouteTarget[],
  owner: ListOwner,
  follow: readonly RouteTerminal[],
): readonly Draft[] {
  const drafts = [...before];
  for (const target of targets) {
    const member =
      target.kind === "extension"
        ? follow.find((one) => one.extension === target.extension)
        : undefined;
    const relay = relayOf(member);
    const parent = drafts.length;
    drafts.push({ target, owner, parent: null, isSilent: relay !== null && !relay.ringSelf });
    if (member === undefined || relay === null) continue;
    const behind: ListOwner = { kind: "terminal", terminal: member };
    for (const next of relay.targets)
      drafts.push({ target: next, owner: behind, parent, isSilent: false });
  }
  return drafts;
}
