/**
 * Messages of PutCompany and PutTrunk as document values, so that both ways in meet the same readers and
 * checks; and whole companies as messages. Owns the translation only.
 */
import { IDENTITY_PROFILES, NUMBER_FORMATS } from "../../../lib/wire/carrier-trunk-codec.ts";
import { decoding } from "../../../lib/wire/fault.ts";
import {
  GROUP_MODES,
  groupToWire,
  NUMBER_KINDS,
  numberToWire,
  terminalToWire,
} from "../../../lib/wire/route-codec.ts";
import type * as pb from "../../../lib/wire/tenant.ts";
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

const numberValue = ({ number: own, kind, trunkId, rings }: pb.Number): object => ({
  number: own,
  kind: word(NUMBER_KINDS, kind),
  trunk: trunkId,
  ...(rings === undefined
    ? {}
    : { [rings.$case === "groupId" ? "group" : "extension"]: rings.value }),
});

const relayValue = ({ ringSelf, followMemberRelay, targets }: pb.Relay): object => ({
  ringSelf: String(ringSelf),
  followMemberRelay: String(followMemberRelay),
  targets: targets.map(targetValue),
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

function contractValue(contract: pb.Contract | undefined): object {
  if (contract === undefined) return {};
  return Object.fromEntries(Object.entries(contract).map(([key, value]) => [key, String(value)]));
}

/** A company message as the document that would say the same. */
export const companyDocument = ({ id, name, domain, ...parts }: pb.Company): object => ({
  company: {
    id,
    name,
    domain,
    contract: contractValue(parts.contract),
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
    },
  ],
});

/** A stored company as its message; passwords are not known and stay empty. */
export const companyToWire = ({ company, revision }: RevisedCompany): pb.Company => ({
  id: company.id,
  name: company.name,
  domain: company.domain,
  contract: { ...company.contract },
  numbers: company.numbers.map(numberToWire),
  terminals: company.terminals.map((terminal) => ({
    ...terminalToWire(terminal),
    name: terminal.name,
  })),
  groups: company.groups.map((group) => ({ ...groupToWire(group), name: group.name })),
  users: company.users.map((user) => ({ ...user })),
  revision,
});
