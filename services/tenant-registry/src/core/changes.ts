/**
 * What differs between the stored company or trunk and the one to store, one line a thing, for the
 * person who applies it and for the log of revisions. Owns the wording; no line holds a secret.
 *
 * C1  No line means that nothing differs: the registry then makes no revision.
 */
import { nationalForm } from "../../../lib/telephony/e164.ts";
import type { Extension } from "../../../lib/telephony/ids.ts";
import type { OwnNumber, RouteTarget } from "../../../lib/telephony/route-snapshot.ts";
import type { Company, Group, Terminal, Trunk, User } from "./company.ts";

/** A thing as its readable fields, in the order in which they are told. */
type Facts = Readonly<Record<string, string>>;

const yesNo = (value: boolean): string => (value ? "yes" : "no");
const seconds = (ms: number): string => `${ms / 1000} s`;

const targetText = (target: RouteTarget): string => {
  const who = target.kind === "outside" ? nationalForm(target.number) : target.extension;
  return `${who} (${seconds(target.ringMs)})`;
};
const targetsText = (targets: readonly RouteTarget[]): string => targets.map(targetText).join(", ");

const companyFacts = ({ name, domain, contract }: Company): Facts => ({
  name,
  domain,
  "terminal forwarding": yesNo(contract.terminalForwarding),
  "representative forwarding": yesNo(contract.representativeForwarding),
  "extra channels": String(contract.extraChannels),
});

const numberFacts = ({ kind, trunkId, rings }: OwnNumber): Facts => ({
  kind,
  trunk: trunkId,
  rings: rings.kind === "group" ? `group ${rings.groupId}` : `terminal ${rings.extension}`,
});

const terminalFacts = ({ name, number, homeRepresentative, ringMs, relay }: Terminal): Facts => ({
  name,
  number: number === null ? "none" : nationalForm(number),
  "home representative": homeRepresentative === null ? "none" : nationalForm(homeRepresentative),
  rings: seconds(ringMs),
  relay: relay === null ? "none" : targetsText(relay.targets),
  "rings itself first": relay === null ? "-" : yesNo(relay.ringSelf),
  "follows members' relays": relay === null ? "-" : yesNo(relay.followMemberRelay),
});

const groupFacts = (group: Group): Facts => ({
  name: group.name,
  extension: group.extension ?? "none",
  representative: group.representative === null ? "none" : nationalForm(group.representative),
  mode: group.mode,
  targets: targetsText(group.targets),
  "follows members' relays": yesNo(group.followMemberRelay),
  "rings in total": seconds(group.totalRingMs),
});

const userFacts = ({ name, extensions }: User): Facts => ({
  name,
  extensions: extensions.join(", "),
});

const trunkFacts = ({ sources, gateways, channels, identity, format }: Trunk): Facts => ({
  sources: sources.join(", "),
  gateways: gateways
    .map(({ host, port, transport }) => `${host}:${port};transport=${transport}`)
    .join(", "),
  channels: String(channels),
  identity,
  format,
});

function factChanges(what: string, before: Facts, after: Facts): readonly string[] {
  return Object.entries(after).flatMap(([field, value]) => {
    const old = before[field] ?? "";
    return old === value ? [] : [`${what}: ${field} ${old} -> ${value}`];
  });
}

/** How one kind of part is named and told. */
interface Part<T> {
  readonly what: string;
  readonly key: (value: T) => string;
  readonly facts: (value: T) => Facts;
}

function partChanges<T>(
  { what, key, facts }: Part<T>,
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
      return stored === undefined
        ? [`${name} added`]
        : factChanges(name, facts(stored), facts(value));
    }),
  ];
}

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
