/**
 * Cuts a company down to what one called number or extension can reach. Owns what belongs into a
 * snapshot; what is then rung, and from which source number, is the controller's.
 *
 * S1  Every extension, group, number and trunk that the snapshot names is in the snapshot.
 * S2  A relay that no call of this route can follow is left out (DOMAIN A2: one nesting level, by flag).
 */
import type { E164 } from "../../../lib/telephony/e164.ts";
import type { Extension } from "../../../lib/telephony/ids.ts";
import type {
  OwnNumber,
  RouteGroup,
  RouteSnapshot,
  RouteTarget,
  RouteTerminal,
  RouteTrunk,
} from "../../../lib/telephony/route-snapshot.ts";
import type { Company, Group, Terminal } from "./company.ts";

/** What was called. */
export type Called =
  | { readonly kind: "number"; readonly number: E164 }
  | { readonly kind: "extension"; readonly extension: Extension };

/** A company as stored, with the trunks of its numbers, all of one revision. */
export interface StoredCompany {
  readonly company: Company;
  readonly revision: number;
  readonly trunks: readonly RouteTrunk[];
}

const routeGroup = ({ name: _, ...group }: Group): RouteGroup => group;
const routeTerminal = ({ name: _, ...terminal }: Terminal): RouteTerminal => terminal;

function destination(
  company: Company,
  called: Called,
): { readonly entry: OwnNumber | null; readonly rings: OwnNumber["rings"] } | null {
  if (called.kind === "number") {
    const entry = company.numbers.find(({ number }) => number === called.number);
    return entry === undefined ? null : { entry, rings: entry.rings };
  }
  const { extension } = called;
  if (company.terminals.some((terminal) => terminal.extension === extension)) {
    return { entry: null, rings: { kind: "terminal", extension } };
  }
  const group = company.groups.find((candidate) => candidate.extension === extension);
  return group === undefined ? null : { entry: null, rings: { kind: "group", groupId: group.id } };
}

/** Terminals that a route reaches; those of `relayed` with their relay. */
interface Reach {
  readonly relayed: ReadonlySet<Extension>;
  readonly plain: ReadonlySet<Extension>;
}

const extensions = (targets: readonly RouteTarget[]): readonly Extension[] =>
  targets.flatMap((target) => (target.kind === "extension" ? [target.extension] : []));

/** Members of a list, and, when their relays are followed, the members of those. */
function reach(company: Company, targets: readonly RouteTarget[], follows: boolean): Reach {
  const members = extensions(targets);
  if (!follows) return { relayed: new Set(), plain: new Set(members) };
  const relayed = new Set(members);
  const relays = company.terminals.filter(({ extension }) => relayed.has(extension));
  const nested = relays.flatMap(({ relay }) => extensions(relay?.targets ?? []));
  return { relayed, plain: new Set(nested.filter((extension) => !relayed.has(extension))) };
}

function reachable(company: Company, rings: OwnNumber["rings"]): Reach {
  if (rings.kind === "group") {
    const group = company.groups.find(({ id }) => id === rings.groupId);
    return reach(company, group?.targets ?? [], group?.followMemberRelay ?? false);
  }
  const { extension } = rings;
  const relay = company.terminals.find((terminal) => terminal.extension === extension)?.relay;
  const members = reach(company, relay?.targets ?? [], relay?.followMemberRelay ?? false);
  return { ...members, relayed: new Set([extension, ...members.relayed]) };
}

/** The snapshot for what was called; null when the company has no such number or extension. */
export function resolve(stored: StoredCompany, called: Called): RouteSnapshot | null {
  const { company, revision } = stored;
  const found = destination(company, called);
  if (found === null) return null;
  const { entry, rings } = found;
  const { relayed, plain } = reachable(company, rings);
  const terminals = company.terminals
    .filter(({ extension }) => relayed.has(extension) || plain.has(extension))
    .map(routeTerminal)
    .map((terminal) => (relayed.has(terminal.extension) ? terminal : { ...terminal, relay: null }));
  const groups = company.groups
    .filter(({ id }) => rings.kind === "group" && id === rings.groupId)
    .map(routeGroup);
  const sources = new Set([
    entry?.number,
    ...groups.map(({ representative }) => representative),
    ...terminals.flatMap(({ number, homeRepresentative }) => [number, homeRepresentative]),
  ]);
  const numbers = company.numbers.filter(({ number }) => sources.has(number));
  const trunkIds = new Set(numbers.map(({ trunkId }) => trunkId));
  return {
    revision,
    companyId: company.id,
    contract: company.contract,
    entry,
    called: rings,
    groups,
    terminals,
    numbers,
    trunks: stored.trunks.filter(({ id }) => trunkIds.has(id)),
  };
}
