/**
 * Messages of PutCompany and PutTrunk as document values, so that both ways in meet the same readers and
 * checks; and whole companies as messages. Owns the translation only.
 */
import {
  DIVERSION_PROFILES,
  IDENTITY_PROFILES,
  NUMBER_FORMATS,
  PRIVACY_PROFILES,
} from "../../../lib/wire/carrier-trunk-codec.ts";
import { contractToWire, scheduleToWire } from "../../../lib/wire/contract-codec.ts";
import { decoding } from "../../../lib/wire/fault.ts";
import {
  GROUP_MODES,
  groupToWire,
  NUMBER_KINDS,
  numberToWire,
  terminalToWire,
} from "../../../lib/wire/route-codec.ts";
import type * as pb from "../../../lib/wire/tenant.ts";
import { DAYS } from "../core/read-schedule.ts";
import type { RevisedCompany } from "../ports.ts";

/** 0 and "" are how proto3 says that a field was left out. */
const number = (value: number): string => (value === 0 ? "" : String(value));

/** The word of an enum value; an unknown one becomes text that no reader accepts. */
function word(table: { fromWire: (value: number, path: string) => string }, value: number): string {
  if (value === 0) return "";
  const read = decoding("enum", () => ({ word: table.fromWire(value, "enum") }));
  return "word" in read ? read.word : `unknown (${value})`;
}

const targetValue = ({ kind, ringS }: pb.Target): object => ({
  ringSeconds: number(ringS),
  ...(kind === undefined ? {} : { [kind.$case]: kind.value }),
});

const relayValue = ({ ringSelf, followMemberRelay, targets }: pb.Relay): object => ({
  ringSelf: String(ringSelf),
  followMemberRelay: String(followMemberRelay),
  targets: targets.map(targetValue),
});

function outOfHoursValue(plan: pb.Number["outOfHours"]): object {
  if (plan === undefined) return {};
  const value = plan.$case === "outOfHoursGroupId" ? { group: plan.value } : relayValue(plan.value);
  return { outOfHours: value };
}

const callersValue = ({ deny, allow, refuseAnonymous }: pb.Callers): object => ({
  deny: [...deny],
  allow: [...allow],
  anonymous: refuseAnonymous ? "refuse" : "accept",
});

const numberValue = ({ rings, callers, ...own }: pb.Number): object => ({
  number: own.number,
  kind: word(NUMBER_KINDS, own.kind),
  trunk: own.trunkId,
  ...(rings === undefined
    ? {}
    : { [rings.$case === "groupId" ? "group" : "extension"]: rings.value }),
  schedule: own.scheduleId,
  ...outOfHoursValue(own.outOfHours),
  ...(callers === undefined ? {} : { callers: callersValue(callers) }),
});

const terminalValue = ({ relay, ringS, ...terminal }: pb.Terminal): object => ({
  ...terminal,
  ringSeconds: number(ringS),
  ...(relay === undefined ? {} : { relay: relayValue(relay) }),
});

const groupValue = ({
  mode,
  targets,
  followMemberRelay,
  totalRingS,
  ...group
}: pb.Group): object => ({
  ...group,
  mode: word(GROUP_MODES, mode),
  followMemberRelay: String(followMemberRelay),
  totalRingSeconds: number(totalRingS),
  targets: targets.map(targetValue),
});

const contractValue = ({ fromDate, untilDate, ...term }: pb.Contract): object => ({
  from: fromDate,
  until: untilDate,
  terminalForwarding: String(term.terminalForwarding),
  representativeForwarding: String(term.representativeForwarding),
  extraChannels: String(term.extraChannels),
  channelsPerNumber: number(term.channelsPerNumber),
  internationalForwarding: String(term.internationalForwarding),
  pricePlan: term.pricePlan,
  addOns: term.addOns.map((addOn) => ({ number: addOn.number, units: String(addOn.units) })),
});

/** 570 is 09:30; minutes outside a day become a time that no reader accepts. */
const time = (minute: number): string => {
  const digits = (part: number): string => String(part).padStart(2, "0");
  return `${digits(Math.floor(minute / 60))}:${digits(minute % 60)}`;
};

const scheduleValue = ({ id, name, open, openOnHolidays, closedDates }: pb.Schedule): object => ({
  id,
  name,
  open: open.map(({ weekdays, fromMinute, untilMinute }) => ({
    days: weekdays.map((day) => DAYS[day - 1] ?? String(day)),
    from: time(fromMinute),
    until: time(untilMinute),
  })),
  holidays: openOnHolidays ? "as-usual" : "closed",
  closedOn: [...closedDates],
});

/** A company message as the document that would say the same. */
export const companyDocument = ({ id, name, domain, ...parts }: pb.Company): object => ({
  company: {
    id,
    name,
    domain,
    contract: parts.contracts.map(contractValue),
    schedules: parts.schedules.map(scheduleValue),
    numbers: parts.numbers.map(numberValue),
    terminals: parts.terminals.map(terminalValue),
    groups: parts.groups.map(groupValue),
    users: parts.users.map((user) => ({ ...user })),
  },
});

/** A trunk message as the document that would say the same. */
export const trunkDocument = ({ id, sources, gateways, ...trunk }: pb.Trunk): object => ({
  trunks: [
    {
      id,
      sources: [...sources],
      gateways: gateways.map(
        ({ host, port, transport }) => `${host}:${port || 5060};transport=${transport || "udp"}`,
      ),
      channels: number(trunk.channels),
      identity: word(IDENTITY_PROFILES, trunk.identity),
      format: word(NUMBER_FORMATS, trunk.format),
      privacy: word(PRIVACY_PROFILES, trunk.privacy),
      diversion: word(DIVERSION_PROFILES, trunk.diversion),
      userPhone: String(!trunk.noUserPhone),
    },
  ],
});

/** A stored company as its message; passwords are not known and stay empty. */
export const companyToWire = ({ company, revision }: RevisedCompany): pb.Company => ({
  id: company.id,
  name: company.name,
  domain: company.domain,
  contracts: company.contracts.map(contractToWire),
  schedules: company.schedules.map((schedule) => ({
    ...scheduleToWire(schedule),
    name: schedule.name,
  })),
  numbers: company.numbers.map(numberToWire),
  terminals: company.terminals.map((terminal) => ({
    ...terminalToWire(terminal),
    name: terminal.name,
  })),
  groups: company.groups.map((group) => ({ ...groupToWire(group), name: group.name })),
  users: company.users.map((user) => ({ ...user })),
  revision,
});
