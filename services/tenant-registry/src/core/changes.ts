/**
 * What differs between the stored company or trunk and the one to store, one line a thing, for the
 * person who applies it and for the log of revisions. Owns the wording; no line holds a secret.
 *
 * C1  No line means that nothing differs: the registry then makes no revision.
 * C2  Every field is told: a difference that makes no line would never be stored.
 */
import type { OpenHours } from "../../../lib/telephony/business-hours.ts";
import type { ContractTerm } from "../../../lib/telephony/contract.ts";
import { type E164, nationalForm } from "../../../lib/telephony/e164.ts";
import type { Extension } from "../../../lib/telephony/ids.ts";
import type {
  OutOfHours,
  OwnNumber,
  RouteTarget,
  TerminalRelay,
} from "../../../lib/telephony/route-snapshot.ts";
import type { Company, Group, NamedSchedule, Terminal, Trunk, User } from "./company.ts";
import { DAYS } from "./read-schedule.ts";

/** A thing as its readable fields, in the order in which they are told. */
type Facts = Readonly<Record<string, string>>;

const yesNo = (value: boolean): string => (value ? "yes" : "no");
const seconds = (ms: number): string => `${ms / 1000} s`;
const orNone = (values: readonly string[]): string => values.join(", ") || "none";
const numberText = (number: E164 | null): string =>
  number === null ? "none" : nationalForm(number);
const numbersText = (numbers: readonly E164[]): string => orNone(numbers.map(nationalForm));

const targetText = (target: RouteTarget): string => {
  const who = target.kind === "outside" ? nationalForm(target.number) : target.extension;
  return `${who} (${seconds(target.ringMs)})`;
};
const targetsText = (targets: readonly RouteTarget[]): string => targets.map(targetText).join(", ");

const companyFacts = ({ name, domain }: Company): Facts => ({ name, domain });

const termFacts = (term: ContractTerm): Facts => ({
  until: term.until ?? "further notice",
  "terminal forwarding": yesNo(term.terminalForwarding),
  "representative forwarding": yesNo(term.representativeForwarding),
  "extra channels": String(term.extraChannels),
  "channels per number": String(term.channelsPerNumber),
  "international forwarding": yesNo(term.internationalForwarding),
  "price plan": term.pricePlan,
  "destination add-ons": orNone(
    term.addOns.map(({ number, units }) => `${nationalForm(number)} +${units}`),
  ),
});

const timeText = (minute: number): string => {
  const digits = (part: number): string => String(part).padStart(2, "0");
  return `${digits(Math.floor(minute / 60))}:${digits(minute % 60)}`;
};
const hoursText = ({ weekdays, fromMinute, untilMinute }: OpenHours): string => {
  const days = weekdays.map((day) => DAYS[day - 1] ?? String(day)).join(" ");
  return `${days} ${timeText(fromMinute)}-${timeText(untilMinute)}`;
};

const scheduleFacts = ({ name, open, openOnHolidays, closedDates }: NamedSchedule): Facts => ({
  name,
  open: open.map(hoursText).join(", "),
  "open on holidays": yesNo(openOnHolidays),
  "closed on": orNone(closedDates),
});

/** The parts of a relay; "-" for each when there is none. */
const relayFacts = (relay: TerminalRelay | null): Facts => ({
  relay: relay === null ? "none" : targetsText(relay.targets),
  "rings itself first": relay === null ? "-" : yesNo(relay.ringSelf),
  "follows members' relays": relay === null ? "-" : yesNo(relay.followMemberRelay),
});

function outOfHoursText(plan: OutOfHours | null): string {
  if (plan === null) return "the caller is turned away";
  if (plan.kind === "group") return `group ${plan.groupId}`;
  const { targets, ringSelf, followMemberRelay } = plan.relay;
  const first = ringSelf ? "itself, " : "";
  const follows = followMemberRelay ? ", following members' relays" : "";
  return `${first}${targetsText(targets)}${follows}`;
}

const numberFacts = ({ kind, trunkId, rings, ...own }: OwnNumber): Facts => ({
  kind,
  trunk: trunkId,
  rings: rings.kind === "group" ? `group ${rings.groupId}` : `terminal ${rings.extension}`,
  schedule: own.scheduleId ?? "none",
  "out of hours": outOfHoursText(own.outOfHours),
  "denied callers": numbersText(own.callers.deny),
  "only callers": numbersText(own.callers.allow),
  "refuses anonymous callers": yesNo(own.callers.refuseAnonymous),
});

const terminalFacts = ({ name, number, homeRepresentative, ringMs, relay }: Terminal): Facts => ({
  name,
  number: numberText(number),
  "home representative": numberText(homeRepresentative),
  rings: seconds(ringMs),
  ...relayFacts(relay),
});

const groupFacts = (group: Group): Facts => ({
  name: group.name,
  extension: group.extension ?? "none",
  representative: numberText(group.representative),
  mode: group.mode,
  targets: targetsText(group.targets),
  "follows members' relays": yesNo(group.followMemberRelay),
  "rings in total": seconds(group.totalRingMs),
});

const userFacts = ({ name, extensions }: User): Facts => ({
  name,
  extensions: extensions.join(", "),
});

const trunkFacts = (trunk: Trunk): Facts => ({
  sources: trunk.sources.join(", "),
  gateways: trunk.gateways
    .map(({ host, port, transport }) => `${host}:${port};transport=${transport}`)
    .join(", "),
  channels: String(trunk.channels),
  identity: trunk.identity,
  format: trunk.format,
  privacy: trunk.privacy,
  diversion: trunk.diversion,
  "user=phone": yesNo(trunk.userPhone),
});

function factChanges(what: string, before: Facts, after: Facts): readonly string[] {
  return Object.entries(after).flatMap(([field, value]) => {
    const old = before[field] ?? "";
    return old === value ? [] : [`${what}: ${field} ${old} -> ${value}`];
  });
}

/** How one kind of part is named and told; `whole` tells all of it when it is added. */
interface Part<T> {
  readonly what: string;
  readonly key: (value: T) => string;
  readonly facts: (value: T) => Facts;
  readonly whole?: boolean;
}

const wholeText = (facts: Facts): string =>
  Object.entries(facts)
    .map(([field, value]) => `${field} ${value}`)
    .join(", ");

function partChanges<T>(
  { what, key, facts, whole = false }: Part<T>,
  before: readonly T[],
  after: readonly T[],
): readonly string[] {
  const old = new Map(before.map((value) => [key(value), value]));
  const kept = new Set(after.map(key));
  const gone = before.filter((value) => !kept.has(key(value)));
  return [
    ...gone.map((value) => `${what} ${key(value)} removed`),
    ...after.flatMap((value) => {
      const stored = old.get(key(value));
      const name = `${what} ${key(value)}`;
      if (stored !== undefined) return factChanges(name, facts(stored), facts(value));
      return [whole ? `${name} added: ${wholeText(facts(value))}` : `${name} added`];
    }),
  ];
}

const TERMS: Part<ContractTerm> = {
  what: "contract from",
  key: ({ from }) => from,
  facts: termFacts,
  whole: true,
};
const SCHEDULES: Part<NamedSchedule> = {
  what: "schedule",
  key: ({ id }) => id,
  facts: scheduleFacts,
};
const NUMBERS: Part<OwnNumber> = {
  what: "number",
  key: ({ number }) => nationalForm(number),
  facts: numberFacts,
};
const TERMINALS: Part<Terminal> = {
  what: "terminal",
  key: ({ extension }) => extension,
  facts: terminalFacts,
};
const GROUPS: Part<Group> = { what: "group", key: ({ id }) => id, facts: groupFacts };
const USERS: Part<User> = { what: "user", key: ({ id }) => id, facts: userFacts };

/** What storing `after` over `before` changes; `passwords` are terminals whose digest differs. */
export function companyChanges(
  before: Company | null,
  after: Company,
  passwords: readonly Extension[],
): readonly string[] {
  const what = `company ${after.id}`;
  const stored = new Set(before?.terminals.map(({ extension }) => extension));
  return [
    ...(before === null
      ? [`${what} added`]
      : factChanges(what, companyFacts(before), companyFacts(after))),
    ...partChanges(TERMS, before?.contracts ?? [], after.contracts),
    ...partChanges(SCHEDULES, before?.schedules ?? [], after.schedules),
    ...partChanges(NUMBERS, before?.numbers ?? [], after.numbers),
    ...partChanges(TERMINALS, before?.terminals ?? [], after.terminals),
    ...passwords
      .filter((extension) => stored.has(extension))
      .map((extension) => `terminal ${extension}: password changed`),
    ...partChanges(GROUPS, before?.groups ?? [], after.groups),
    ...partChanges(USERS, before?.users ?? [], after.users),
  ];
}

/** What storing `after` over `before` changes. */
export const trunkChanges = (before: Trunk | null, after: Trunk): readonly string[] =>
  before === null
    ? [`trunk ${after.id} added`]
    : factChanges(`trunk ${after.id}`, trunkFacts(before), trunkFacts(after));
