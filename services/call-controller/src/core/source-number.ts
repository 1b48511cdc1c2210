/**
 * The one resolver of the source number: presented = charged = source (DOMAIN 1.2, rows D1 to D9).
 * Owns the choice; not whether the target may be dialled at all (ring-plan.ts).
 *
 * S1  The choice never depends on the original caller's number: it cannot leak (R8).
 * S2  A terminal's own number decides before the number that was called (A1).
 */

import { unreachable } from "../../../lib/telephony/assert.ts";
import type {
  SourceClass,
  SourceIdentity,
  SourceRule,
} from "../../../lib/telephony/call-detail-record.ts";
import type { E164 } from "../../../lib/telephony/e164.ts";
import type {
  OwnNumber,
  RouteGroup,
  RouteSnapshot,
  RouteTerminal,
} from "../../../lib/telephony/route-snapshot.ts";

/** On whose list an outside target stands. */
export type ListOwner =
  | { readonly kind: "group"; readonly group: RouteGroup }
  | { readonly kind: "terminal"; readonly terminal: RouteTerminal };

/** How the call came in: from a trunk or from an extension (`trigger` of the record). */
export type Trigger = "external" | "internal";

/** The account of an outside leg, or that there is none (D8: skip the target). */
export type SourceChoice =
  | { readonly kind: "source"; readonly source: SourceIdentity }
  | { readonly kind: "none"; readonly rule: "D8" };

const NONE: SourceChoice = { kind: "none", rule: "D8" };

const find = (snapshot: RouteSnapshot, number: E164 | null): OwnNumber | null =>
  [snapshot.entry, ...snapshot.numbers].find((own) => own !== null && own.number === number) ??
  null;

const account = (own: OwnNumber | null, rule: SourceRule): SourceChoice => {
  if (own === null) return NONE;
  const priced: SourceClass = own.kind === "standard" ? "standard" : "representative";
  return {
    kind: "source",
    source: { number: own.number, class: priced, rule, trunkId: own.trunkId },
  };
};

/** The called number when it is shared: a representative or IVR number. */
const sharedEntry = ({ entry }: RouteSnapshot): OwnNumber | null =>
  entry === null || entry.kind === "standard" ? null : entry;

/** The number on whose account a group's list runs: the one called, else its representative (D9). */
export const groupNumber = (snapshot: RouteSnapshot, group: RouteGroup): OwnNumber | null =>
  sharedEntry(snapshot) ?? find(snapshot, group.representative);

function ofGroup(snapshot: RouteSnapshot, trigger: Trigger, group: RouteGroup): SourceChoice {
  const called = groupNumber(snapshot, group);
  if (trigger === "internal") return account(called, "D9");
  return account(called, called?.kind === "ivr" ? "D2" : "D1");
}

function ofTerminal(snapshot: RouteSnapshot, trigger: Trigger, owner: RouteTerminal): SourceChoice {
  const own = find(snapshot, owner.number);
  const home = find(snapshot, owner.homeRepresentative);
  if (trigger === "internal") return own === null ? account(home, "D7") : account(own, "D6");
  const shared = sharedEntry(snapshot);
  if (shared !== null) return own === null ? account(shared, "D5") : account(own, "D4");
  // A standard number that rings a terminal is its number too: the one that was called decides (R9).
  const { entry } = snapshot;
  const ringsOwner = entry?.rings.kind === "terminal" && entry.rings.extension === owner.extension;
  if (ringsOwner) return account(entry, "D3");
  return own === null ? account(home, "D7") : account(own, "D3");
}

/** Resolves the source number of an outside target of `owner`'s list in a call of `trigger`. */
export function sourceNumber(
  snapshot: RouteSnapshot,
  trigger: Trigger,
  owner: ListOwner,
): SourceChoice {
  switch (owner.kind) {
    case "group":
      return ofGroup(snapshot, trigger, owner.group);
    case "terminal":
      return ofTerminal(snapshot, trigger, owner.terminal);
    default:
      return unreachable(owner);
  }
}
