/**
 * Cuts a company down to what one called number or extension can reach. Owns what belongs into a
 * snapshot; what is then rung, and from which source number, is the controller's.
 *
 * S1  Every extension, group, number and trunk that a call can reach by the snapshot is in the snapshot,
 *     in and out of business hours; so is the class of every outside number. Source numbers are there with
 *     their trunk only: a call does not arrive at them.
 * S2  A relay that no call of this route can follow is left out (DOMAIN A2: one nesting level, by flag).
 * S3  Terms that are over are left out, later ones are not: no change of the contract needs an event. Of
 *     add-ons, of which a company may have thousands, those stay that a forwarder of this route counts.
 */
import type { Schedule } from "../../../lib/telephony/business-hours.ts";
import type { ContractTerm } from "../../../lib/telephony/contract.ts";
import type { Forwarder } from "../../../lib/telephony/destination-limit.ts";
import type { E164 } from "../../../lib/telephony/e164.ts";
import type { Extension, GroupId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import {
  EVERY_CALLER,
  type OwnNumber,
  type RouteDestination,
  type RouteGroup,
  type RouteSnapshot,
  type RouteTarget,
  type RouteTerminal,
  type RouteTrunk,
  type TerminalRelay,
} from "../../../lib/telephony/route-snapshot.ts";
import { type CivilDate, startOfDate } from "../../../lib/telephony/tokyo-time.ts";
import type { Company, Group, NamedSchedule, Terminal } from "./company.ts";
import { forwardersOf } from "./forwarders.ts";

/** What was called. */
export type Called =
  | { readonly kind: "number"; readonly number: E164 }
  | { readonly kind: "extension"; readonly extension: Extension };

/** A company as stored, with the trunks of its numbers, all of one revision. */
export interface StoredCompany {
  readonly company: Company;
  /** The last revision that changed the company itself. */
  readonly revision: number;
  /** The last revision that changed what its routes show. */
  readonly routeRevision: number;
  readonly trunks: readonly RouteTrunk[];
  /** Every outside number of its lists. */
  readonly destinations: readonly RouteDestination[];
}

/** When the question is asked, and the national holidays that an answer holds for. */
export interface Moment {
  readonly at: Instant;
  readonly holidays: readonly CivilDate[];
}

/** What was called, as a destination of the company. */
interface Found {
  readonly entry: OwnNumber | null;
  readonly rings: OwnNumber["rings"];
}

/** Groups and terminals that a route reaches; those of `relayed` with their relay. */
interface Reach {
  readonly groups: ReadonlySet<GroupId>;
  readonly relayed: ReadonlySet<Extension>;
  readonly plain: ReadonlySet<Extension>;
}

const routeGroup = ({ name: _, ...group }: Group): RouteGroup => group;
const routeTerminal = ({ name: _, ...terminal }: Terminal): RouteTerminal => terminal;
const routeSchedule = ({ name: _, ...schedule }: NamedSchedule): Schedule => schedule;

/** A number as a source: nobody calls in at it here. */
const sourceNumber = (own: OwnNumber): OwnNumber => ({
  ...own,
  scheduleId: null,
  outOfHours: null,
  callers: EVERY_CALLER,
});

function find(company: Company, called: Called): Found | null {
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

const extensions = (targets: readonly RouteTarget[]): readonly Extension[] =>
  targets.flatMap((target) => (target.kind === "extension" ? [target.extension] : []));

/** Lists that a call to the destination may ring, with whether members' relays are followed. */
function ringLists(
  company: Company,
  { entry, rings }: Found,
): readonly (RouteGroup | TerminalRelay)[] {
  const plan = entry?.outOfHours ?? null;
  if (rings.kind === "group") {
    const ids = [rings.groupId, plan?.kind === "group" ? plan.groupId : null];
    return company.groups.filter(({ id }) => ids.includes(id));
  }
  const own =
    company.terminals.find(({ extension }) => extension === rings.extension)?.relay ?? null;
  const instead = plan?.kind === "relay" ? plan.relay : null;
  return [own, instead].filter((relay) => relay !== null);
}

function reach(company: Company, found: Found): Reach {
  const { rings } = found;
  const lists = ringLists(company, found);
  const members = (followed: boolean): readonly Extension[] =>
    lists
      .filter(({ followMemberRelay }) => followMemberRelay === followed)
      .flatMap(({ targets }) => extensions(targets));
  const called = rings.kind === "terminal" ? [rings.extension] : [];
  const followed = new Set(members(true));
  const nested = company.terminals
    .filter(({ extension }) => followed.has(extension))
    .flatMap(({ relay }) => extensions(relay?.targets ?? []));
  return {
    groups: new Set(lists.flatMap((list) => ("id" in list ? [list.id] : []))),
    relayed: new Set([...called, ...followed]),
    plain: new Set([...members(false), ...nested]),
  };
}

/** Groups and terminals of a snapshot. */
interface Parts {
  readonly groups: readonly RouteGroup[];
  readonly terminals: readonly RouteTerminal[];
}

function partsOf(company: Company, { groups, relayed, plain }: Reach): Parts {
  return {
    groups: company.groups.filter(({ id }) => groups.has(id)).map(routeGroup),
    terminals: company.terminals
      .filter(({ extension }) => relayed.has(extension) || plain.has(extension))
      .map(routeTerminal)
      .map((terminal) =>
        relayed.has(terminal.extension) ? terminal : { ...terminal, relay: null },
      ),
  };
}

/** On whose account the outside targets of this route stand (DOMAIN R18, R19). */
function forwardersOfRoute(
  company: Company,
  { entry, rings }: Found,
  parts: Parts,
): readonly Forwarder[] {
  const plan = entry?.outOfHours ?? null;
  const hasPlan = (extension: Extension): boolean =>
    plan !== null && rings.kind === "terminal" && rings.extension === extension;
  const relaying = new Set(
    parts.terminals
      .filter(({ extension, relay }) => relay !== null || hasPlan(extension))
      .map(({ extension }) => extension),
  );
  // A group counts on the number by which it was reached, or, dialled, on its own.
  const shared = new Set(
    entry === null ? parts.groups.map(({ representative }) => representative) : [entry.number],
  );
  return forwardersOf({
    numbers: company.numbers.filter((own) =>
      own.rings.kind === "terminal" ? relaying.has(own.rings.extension) : shared.has(own.number),
    ),
    terminals: company.terminals.filter(({ extension }) => relaying.has(extension)),
    groups: company.groups,
  });
}

/** Outside numbers in the lists of a snapshot. */
function outsideNumbers({ groups, terminals }: Parts, entry: OwnNumber | null): ReadonlySet<E164> {
  const plan = entry?.outOfHours ?? null;
  const targets = [
    ...groups.flatMap((group) => group.targets),
    ...terminals.flatMap(({ relay }) => relay?.targets ?? []),
    ...(plan?.kind === "relay" ? plan.relay.targets : []),
  ];
  return new Set(targets.flatMap((target) => (target.kind === "outside" ? [target.number] : [])));
}

function sourcesOf(company: Company, parts: Parts, entry: OwnNumber | null): readonly OwnNumber[] {
  const sources = new Set([
    entry?.number,
    ...parts.groups.map(({ representative }) => representative),
    ...parts.terminals.flatMap(({ number, homeRepresentative }) => [number, homeRepresentative]),
  ]);
  return company.numbers.filter(({ number }) => sources.has(number)).map(sourceNumber);
}

/** Terms of now and later, with the add-ons that count here (S3). */
function contractsOf(
  { contracts }: Company,
  forwarders: readonly Forwarder[],
  at: Instant,
): readonly ContractTerm[] {
  const counted = new Set(forwarders.map(({ addOnNumber }) => addOnNumber));
  return contracts
    .filter((term) => !isOver(term, at))
    .map((term) => ({ ...term, addOns: term.addOns.filter((one) => counted.has(one.number)) }));
}

const isOver = ({ until }: ContractTerm, at: Instant): boolean =>
  until !== null && startOfDate(until) <= at;

/** The snapshot for what was called; null when the company has no such number or extension. */
export function resolve(
  stored: StoredCompany,
  called: Called,
  { at, holidays }: Moment,
): RouteSnapshot | null {
  const { company } = stored;
  const found = find(company, called);
  if (found === null) return null;
  const { entry, rings } = found;
  const parts = partsOf(company, reach(company, found));
  const numbers = sourcesOf(company, parts, entry);
  const trunkIds = new Set(numbers.map(({ trunkId }) => trunkId));
  const outside = outsideNumbers(parts, entry);
  const schedule = company.schedules.find(({ id }) => id === entry?.scheduleId) ?? null;
  const forwarders = forwardersOfRoute(company, found, parts);
  return {
    revision: stored.routeRevision,
    companyId: company.id,
    contracts: contractsOf(company, forwarders, at),
    entry,
    called: rings,
    ...parts,
    numbers,
    trunks: stored.trunks.filter(({ id }) => trunkIds.has(id)),
    forwarders,
    schedule: schedule && routeSchedule(schedule),
    holidays: schedule === null ? [] : holidays,
    destinations: stored.destinations.filter(({ number }) => outside.has(number)),
    companyNumbers: new Set(entry === null ? [] : company.numbers.map(({ number }) => number)),
  };
}
