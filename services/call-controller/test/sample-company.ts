/**
 * A small company to plan and place calls of: numbers, terminals and groups by short names. What a test
 * does not say has the default of the contract's full option, ample destinations and ample channels.
 */
import type { ContractContent, ContractTerm } from "../../lib/telephony/contract.ts";
import type { DestinationClass } from "../../lib/telephony/destination-class.ts";
import type { Forwarder } from "../../lib/telephony/destination-limit.ts";
import type { E164 } from "../../lib/telephony/e164.ts";
import type { CompanyId, Extension, GroupId, NodeId, TrunkId } from "../../lib/telephony/ids.ts";
import type { Offer } from "../../lib/telephony/leg.ts";
import type {
  OwnNumber,
  RouteDestination,
  RouteGroup,
  RouteSnapshot,
  RouteTarget,
  RouteTerminal,
  TerminalRelay,
} from "../../lib/telephony/route-snapshot.ts";
import { EVERY_CALLER } from "../../lib/telephony/route-snapshot.ts";
import type { CivilDate } from "../../lib/telephony/tokyo-time.ts";

export const DEMO = "demo" as CompanyId;
export const CARRIER = "carrier-a" as TrunkId;
export const EDGE = "edge-1" as NodeId;
export const REP = "+815010000001" as E164;
export const HOME_REP = "+815010000002" as E164;
export const IVR = "+815010000009" as E164;
export const OWN = "+815020000201" as E164;
export const MOBILE = "+819011112222" as E164;
export const SALES = "sales" as GroupId;
export const ext = (digits: string): Extension => digits as Extension;
export const e164 = (number: string): E164 => number as E164;

const RING_MS = 20_000;

/** `201` or `+8190...`, with `/30` for 30 s. */
export function target(text: string): RouteTarget {
  const [member = "", seconds] = text.split("/");
  const ringMs = seconds === undefined ? RING_MS : Number(seconds) * 1000;
  return member.startsWith("+")
    ? { kind: "outside", number: e164(member), ringMs }
    : { kind: "extension", extension: ext(member), ringMs };
}

export const number = (
  of: E164,
  kind: OwnNumber["kind"],
  rings: OwnNumber["rings"] = { kind: "group", groupId: SALES },
): OwnNumber => ({
  number: of,
  kind,
  trunkId: CARRIER,
  rings,
  scheduleId: null,
  outOfHours: null,
  callers: EVERY_CALLER,
});

export const group = (
  mode: RouteGroup["mode"],
  targets: readonly string[],
  more: Partial<RouteGroup> = {},
): RouteGroup => ({
  id: SALES,
  extension: ext("600"),
  representative: REP,
  mode,
  targets: targets.map(target),
  followMemberRelay: false,
  totalRingMs: mode === "relay" ? 170_000 : 60_000,
  ...more,
});

export const relay = (
  targets: readonly string[],
  more: Partial<TerminalRelay> = {},
): TerminalRelay => ({
  targets: targets.map(target),
  ringSelf: false,
  followMemberRelay: false,
  ...more,
});

export const terminal = (extension: string, more: Partial<RouteTerminal> = {}): RouteTerminal => ({
  extension: ext(extension),
  number: null,
  homeRepresentative: null,
  ringMs: RING_MS,
  relay: null,
  ...more,
});

const NUMBERS: readonly OwnNumber[] = [
  number(REP, "representative"),
  number(HOME_REP, "representative"),
  number(IVR, "ivr"),
  number(OWN, "standard", { kind: "terminal", extension: ext("201") }),
];

/** A Thursday, 12:00 in Tokyo. */
export const NOON = Date.UTC(2026, 9, 1, 3);

/** A term of the full option that is in force at NOON, with destinations enough for any list. */
export const term = (more: Partial<ContractTerm> = {}): ContractTerm => ({
  from: "2020-01-01" as CivilDate,
  until: null,
  ...content(more),
  ...more,
});

/** The full option with ten channels. */
export const content = (more: Partial<ContractContent> = {}): ContractContent => ({
  terminalForwarding: true,
  representativeForwarding: true,
  extraChannels: 10,
  channelsPerNumber: 10,
  internationalForwarding: true,
  pricePlan: "standard",
  addOns: [REP, HOME_REP, IVR, OWN].map((of) => ({ number: of, units: 20 })),
  ...more,
});

const base: Omit<RouteSnapshot, "called" | "forwarders" | "destinations"> = {
  revision: 7,
  companyId: DEMO,
  contracts: [term()],
  entry: null,
  groups: [],
  terminals: [],
  numbers: NUMBERS,
  trunks: [{ id: CARRIER, channels: 30, revision: 5 }],
  schedule: null,
  holidays: [],
  companyNumbers: new Set([REP, HOME_REP, IVR, OWN]),
};

const outsideOf = (lists: readonly (readonly RouteTarget[])[]): readonly E164[] => [
  ...new Set(lists.flat().flatMap((one) => (one.kind === "outside" ? [one.number] : []))),
];

/** Class as the plan of numbers of Japan has it. */
export function classOf(of: E164): DestinationClass {
  if (!of.startsWith("+81")) return "international";
  if (/^\+81[6-9]0/.test(of)) return "mobile";
  return of.startsWith("+8150") ? "ip-phone" : "landline";
}

/** What the registry adds to a route: destinations of its lists, and on whose account they count. */
export function counted(
  route: Omit<RouteSnapshot, "forwarders" | "destinations">,
): Pick<RouteSnapshot, "forwarders" | "destinations"> {
  const { groups, terminals, entry } = route;
  const closed = entry?.outOfHours ?? null;
  const night = closed?.kind === "relay" ? closed.relay.targets : [];
  const [group = null] = groups;
  const listNumber = entry?.kind === "standard" ? null : (entry?.number ?? group?.representative);
  const forwarders: Forwarder[] = terminals.map((one) => ({
    owner: { kind: "terminal", extension: one.extension },
    addOnNumber: one.number,
    destinations: outsideOf([
      one.relay?.targets ?? [],
      route.called.kind === "terminal" && route.called.extension === one.extension ? night : [],
    ]),
  }));
  if (listNumber) {
    const destinations = outsideOf(groups.map(({ targets }) => targets));
    forwarders.push({
      owner: { kind: "number", number: listNumber },
      addOnNumber: listNumber,
      destinations,
    });
  }
  const numbers = outsideOf([
    ...groups.map(({ targets }) => targets),
    ...terminals.map(({ relay: of }) => of?.targets ?? []),
    night,
  ]);
  const destinations = numbers.map(
    (of): RouteDestination => ({
      number: of,
      class: classOf(of),
      onNet: false,
    }),
  );
  return { forwarders, destinations };
}

const entryOf = (called: E164 | null): OwnNumber | null =>
  NUMBERS.find((one) => one.number === called) ?? null;

const whole = (
  route: Omit<RouteSnapshot, "forwarders" | "destinations">,
  more: Partial<RouteSnapshot>,
): RouteSnapshot => {
  const changed = { ...route, ...more };
  return { ...counted(changed), ...changed };
};

/** A call to the group, through `called` or (null) by extension. */
export const toGroup = (
  called: E164 | null,
  of: RouteGroup,
  more: Partial<RouteSnapshot> = {},
): RouteSnapshot =>
  whole(
    {
      ...base,
      entry: entryOf(called),
      called: { kind: "group", groupId: of.id },
      groups: [of],
    },
    more,
  );

/** A call to the terminal, through `called` or (null) by extension. */
export const toTerminal = (
  called: E164 | null,
  of: RouteTerminal,
  more: Partial<RouteSnapshot> = {},
): RouteSnapshot =>
  whole(
    {
      ...base,
      entry: entryOf(called),
      called: { kind: "terminal", extension: of.extension },
      terminals: [of],
    },
    more,
  );

/** An offer from the trunk (`caller` is E.164) or from an extension of the company. */
export function offer(called: string, caller = "+81312345678", more: Partial<Offer> = {}): Offer {
  return {
    origin: caller.startsWith("+")
      ? { kind: "trunk", trunkId: CARRIER }
      : { kind: "extension", companyId: DEMO, extension: ext(caller) },
    called,
    caller: { number: caller, display: "Caller", withheld: false },
    diversions: 0,
    priority: null,
    maxForwards: 70,
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ...more,
  };
}
