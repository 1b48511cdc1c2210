/**
 * On whose account each outside target of a company stands (DOMAIN R18, R19, A4 to A6): the destinations
 * of every forwarder, in the order in which a limit uses them up. Owns that order; the limit itself is
 * lib/telephony/destination-limit.ts.
 *
 * W1  In hours before out of hours; inside a list in its order; a destination that comes again is the same.
 *     Several groups of one number come by their ids, several numbers of one terminal by their digits: the
 *     order of a file is not stored, and what is warned of must be what is skipped.
 * W2  Generic in what a target is: the checks want to know its place, a route does not.
 */
import type { Forwarder } from "../../../lib/telephony/destination-limit.ts";
import type { E164 } from "../../../lib/telephony/e164.ts";
import type { Extension, GroupId } from "../../../lib/telephony/ids.ts";
import type { NumberKind, OwnNumber, RouteTarget } from "../../../lib/telephony/route-snapshot.ts";

interface Relay<T> {
  readonly targets: readonly T[];
}

interface ForwardingNumber<T> {
  readonly number: E164;
  readonly kind: NumberKind;
  readonly rings: OwnNumber["rings"];
  readonly outOfHours:
    | { readonly kind: "group"; readonly groupId: GroupId }
    | { readonly kind: "relay"; readonly relay: Relay<T> }
    | null;
}

interface ForwardingTerminal<T> {
  readonly extension: Extension;
  readonly number: E164 | null;
  readonly relay: Relay<T> | null;
}

interface ForwardingGroup<T> {
  readonly id: GroupId;
  readonly representative: E164 | null;
  readonly targets: readonly T[];
}

/** What of a company forwards, whether read or stored. */
export interface Forwarding<T> {
  readonly numbers: readonly ForwardingNumber<T>[];
  readonly terminals: readonly ForwardingTerminal<T>[];
  readonly groups: readonly ForwardingGroup<T>[];
}

/** A forwarder and all targets that stand on its account, in order. */
export interface ForwarderTargets<T> extends Omit<Forwarder, "destinations"> {
  readonly targets: readonly T[];
}

const inOrder = (x: string, y: string): number => (x < y ? -1 : 1);

/** Values by key, each key's in their order. */
function gathered<K, V>(pairs: readonly (readonly [K, V])[]): ReadonlyMap<K, readonly V[]> {
  const lists = new Map<K, V[]>();
  for (const [key, value] of pairs) {
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [value]);
    else list.push(value);
  }
  return lists;
}

/** Groups that a representative or IVR number stands for: rung by it, presented as it, out of hours. */
function groupsOf<T>(
  { rings, outOfHours, number }: ForwardingNumber<T>,
  byId: ReadonlyMap<GroupId, ForwardingGroup<T>>,
  byNumber: ReadonlyMap<E164 | null, readonly ForwardingGroup<T>[]>,
): readonly ForwardingGroup<T>[] {
  const ids = [
    ...(rings.kind === "group" ? [rings.groupId] : []),
    ...(byNumber.get(number) ?? []).map(({ id }) => id),
    ...(outOfHours?.kind === "group" ? [outOfHours.groupId] : []),
  ];
  return [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
}

/** Every number and terminal that can forward, with the targets that stand on its account. */
export function forwarderTargets<T>(company: Forwarding<T>): readonly ForwarderTargets<T>[] {
  const { numbers, terminals, groups } = company;
  const byId = new Map(groups.map((group) => [group.id, group]));
  const groupsInOrder = groups.toSorted((x, y) => inOrder(x.id, y.id));
  const byNumber = gathered(groupsInOrder.map((group) => [group.representative, group]));
  const numbersInOrder = numbers.toSorted((x, y) => inOrder(x.number, y.number));
  const nightly = gathered(
    numbersInOrder.flatMap(({ rings, outOfHours }) =>
      rings.kind === "terminal" && outOfHours?.kind === "relay"
        ? [[rings.extension, outOfHours.relay] as const]
        : [],
    ),
  );
  return [
    ...numbers
      .filter(({ kind }) => kind !== "standard")
      .map((number) => ({
        owner: { kind: "number" as const, number: number.number },
        addOnNumber: number.number,
        targets: groupsOf(number, byId, byNumber).flatMap(({ targets }) => targets),
      })),
    ...terminals.map(({ extension, number, relay }) => ({
      owner: { kind: "terminal" as const, extension },
      addOnNumber: number,
      targets: [relay, ...(nightly.get(extension) ?? [])].flatMap((list) => list?.targets ?? []),
    })),
  ];
}

/** Every forwarder with at least one outside destination, each destination once. */
export const forwardersOf = (company: Forwarding<RouteTarget>): readonly Forwarder[] =>
  forwarderTargets(company).flatMap(({ targets, ...forwarder }) => {
    const outside = targets.flatMap((target) => (target.kind === "outside" ? [target.number] : []));
    return outside.length === 0 ? [] : [{ ...forwarder, destinations: [...new Set(outside)] }];
  });
