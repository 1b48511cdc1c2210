/**
 * Stored companies and trunks as the documents that `apply` takes.
 *
 * D1  Applying what was written here changes nothing, past contract terms included. Passwords are never
 *     given out; a document without them leaves the stored ones.
 */
import { stringify } from "yaml";
import {
  DIVERSION_PROFILES,
  IDENTITY_PROFILES,
  NUMBER_FORMATS,
  PRIVACY_PROFILES,
} from "../../services/lib/wire/carrier-trunk-codec.ts";
import { decoding, type WireFault } from "../../services/lib/wire/fault.ts";
import { GROUP_MODES, NUMBER_KINDS } from "../../services/lib/wire/route-codec.ts";
import type {
  Company,
  Number as CompanyNumber,
  Contract,
  Group,
  Relay,
  Target,
  Terminal,
  Trunk,
} from "../../services/lib/wire/tenant.ts";
import { type ScheduleValue, scheduleValue } from "./schedule-document.ts";

/** One target of a list. */
export interface TargetValue {
  readonly extension?: string;
  readonly outside?: string;
  readonly ringSeconds: number;
}

/** Whose calls a number takes. */
export interface CallersValue {
  readonly deny: readonly string[];
  readonly allow: readonly string[];
  readonly anonymous: "accept" | "refuse";
}

/** What rings while a number is closed. */
export type OutOfHoursValue = { readonly group: string } | RelayValue;

/** One entry of `numbers:`. */
export interface NumberValue {
  readonly number: string;
  readonly kind: string;
  readonly trunk: string;
  readonly group?: string;
  readonly extension?: string;
  readonly schedule?: string;
  readonly outOfHours?: OutOfHoursValue;
  readonly callers?: CallersValue;
}

/** A terminal's own relay. */
export interface RelayValue {
  readonly ringSelf: boolean;
  readonly followMemberRelay: boolean;
  readonly targets: readonly TargetValue[];
}

interface TerminalValue {
  readonly extension: string;
  readonly name: string;
  readonly number?: string;
  readonly homeRepresentative?: string;
  readonly ringSeconds: number;
  readonly relay?: RelayValue;
}

interface GroupValue {
  readonly id: string;
  readonly name: string;
  readonly extension?: string;
  readonly representative?: string;
  readonly mode: string;
  readonly totalRingSeconds: number;
  readonly followMemberRelay: boolean;
  readonly targets: readonly TargetValue[];
}

/** One term of `contract:`; dates of Tokyo's calendar, `until` is the first day after it. */
export interface TermValue {
  readonly from: string;
  readonly until?: string;
  readonly terminalForwarding: boolean;
  readonly representativeForwarding: boolean;
  readonly extraChannels: number;
  readonly channelsPerNumber: number;
  readonly internationalForwarding: boolean;
  readonly pricePlan: string;
  readonly addOns: readonly { readonly number: string; readonly units: number }[];
}

/** The value under `company:`. */
export interface CompanyValue {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  /** In order of time; none when nothing was ever bought. */
  readonly contract: readonly TermValue[];
  readonly schedules: readonly ScheduleValue[];
  readonly numbers: readonly NumberValue[];
  readonly terminals: readonly TerminalValue[];
  readonly groups: readonly GroupValue[];
  readonly users: readonly {
    readonly id: string;
    readonly name: string;
    readonly extensions: readonly string[];
  }[];
}

/** One entry of `trunks:`. */
export interface TrunkValue {
  readonly id: string;
  readonly sources: readonly string[];
  readonly gateways: readonly string[];
  readonly channels: number;
  readonly identity: string;
  readonly privacy: string;
  readonly diversion: string;
  readonly userPhone: boolean;
  readonly format: string;
}

/** A field that is left out when it is empty. */
const optional = <Name extends string>(name: Name, text: string): Partial<Record<Name, string>> => {
  const field: Partial<Record<Name, string>> = {};
  if (text !== "") field[name] = text;
  return field;
};

/** One target of a list as a document writes it. */
export const targetValue = ({ kind, ringS }: Target): TargetValue => ({
  ...(kind?.$case === "extension" ? { extension: kind.value } : {}),
  ...(kind?.$case === "outside" ? { outside: kind.value } : {}),
  ringSeconds: ringS,
});

const relayValue = ({ ringSelf, followMemberRelay, targets }: Relay): RelayValue => ({
  ringSelf,
  followMemberRelay,
  targets: targets.map(targetValue),
});

/** Business hours and callers of a number; what is as for every number is left out. */
function admissionValue({
  scheduleId,
  outOfHours,
  callers,
}: CompanyNumber): Pick<NumberValue, "schedule" | "outOfHours" | "callers"> {
  const { deny = [], allow = [], refuseAnonymous = false } = callers ?? {};
  const isForEveryone = deny.length === 0 && allow.length === 0 && !refuseAnonymous;
  return {
    ...optional("schedule", scheduleId),
    ...(outOfHours?.$case === "outOfHoursGroupId"
      ? { outOfHours: { group: outOfHours.value } }
      : {}),
    ...(outOfHours?.$case === "outOfHoursRelay"
      ? { outOfHours: relayValue(outOfHours.value) }
      : {}),
    ...(isForEveryone
      ? {}
      : { callers: { deny, allow, anonymous: refuseAnonymous ? "refuse" : "accept" } }),
  };
}

/** A number of a company as the document says it; only inside `decoding`. */
export const numberValue = (own: CompanyNumber, path: string): NumberValue => ({
  number: own.number,
  kind: NUMBER_KINDS.fromWire(own.kind, `${path}.kind`),
  trunk: own.trunkId,
  ...(own.rings?.$case === "groupId" ? { group: own.rings.value } : {}),
  ...(own.rings?.$case === "extension" ? { extension: own.rings.value } : {}),
  ...admissionValue(own),
});

const terminalValue = ({
  extension,
  name,
  relay,
  ringS,
  ...terminal
}: Terminal): TerminalValue => ({
  extension,
  name,
  ...optional("number", terminal.number),
  ...optional("homeRepresentative", terminal.homeRepresentative),
  ringSeconds: ringS,
  ...(relay === undefined ? {} : { relay: relayValue(relay) }),
});

const groupValue = (group: Group, path: string): GroupValue => ({
  id: group.id,
  name: group.name,
  ...optional("extension", group.extension),
  ...optional("representative", group.representative),
  mode: GROUP_MODES.fromWire(group.mode, `${path}.mode`),
  totalRingSeconds: group.totalRingS,
  followMemberRelay: group.followMemberRelay,
  targets: group.targets.map(targetValue),
});

const termValue = ({ fromDate, untilDate, ...content }: Contract): TermValue => ({
  from: fromDate,
  ...optional("until", untilDate),
  terminalForwarding: content.terminalForwarding,
  representativeForwarding: content.representativeForwarding,
  extraChannels: content.extraChannels,
  channelsPerNumber: content.channelsPerNumber,
  internationalForwarding: content.internationalForwarding,
  pricePlan: content.pricePlan,
  addOns: content.addOns.map(({ number, units }) => ({ number, units })),
});

/** A company as the document says it; a fault when it holds a word that this program does not know. */
export const companyValue = (company: Company): CompanyValue | WireFault =>
  decoding("Company", () => ({
    id: company.id,
    name: company.name,
    domain: company.domain,
    contract: company.contracts.map(termValue),
    schedules: company.schedules.map((one, at) => scheduleValue(one, `schedules[${at}]`)),
    numbers: company.numbers.map((one, at) => numberValue(one, `numbers[${at}]`)),
    terminals: company.terminals.map(terminalValue),
    groups: company.groups.map((one, at) => groupValue(one, `groups[${at}]`)),
    users: company.users.map(({ id, name, extensions }) => ({ id, name, extensions })),
  }));

/** A trunk as the document says it. */
export const trunkValue = (trunk: Trunk): TrunkValue | WireFault =>
  decoding("Trunk", () => ({
    id: trunk.id,
    sources: trunk.sources,
    gateways: trunk.gateways.map(
      ({ host, port, transport }) => `${host}:${port};transport=${transport}`,
    ),
    channels: trunk.channels,
    identity: IDENTITY_PROFILES.fromWire(trunk.identity, "identity"),
    privacy: PRIVACY_PROFILES.fromWire(trunk.privacy, "privacy"),
    diversion: DIVERSION_PROFILES.fromWire(trunk.diversion, "diversion"),
    userPhone: !trunk.noUserPhone,
    format: NUMBER_FORMATS.fromWire(trunk.format, "format"),
  }));

/** A company as the whole of a document: without contract or schedules there is no such field. */
export function companyDocument({ contract, schedules, ...company }: CompanyValue): object {
  const { id, name, domain, ...parts } = company;
  const bought = contract.length === 0 ? {} : { contract };
  const hours = schedules.length === 0 ? {} : { schedules };
  return { company: { id, name, domain, ...bought, ...hours, ...parts } };
}

/** YAML of a document; digits stay text, long lines stay whole. */
export const yamlText = (document: object): string =>
  stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
