/**
 * Stored companies and trunks as the documents that `apply` takes.
 *
 * D1  Applying what was written here changes nothing. Passwords are never given out; a document
 *     without them leaves the stored ones.
 */
import { stringify } from "yaml";
import { IDENTITY_PROFILES, NUMBER_FORMATS } from "../../services/lib/wire/carrier-trunk-codec.ts";
import { decoding, type WireFault } from "../../services/lib/wire/fault.ts";
import { GROUP_MODES, NUMBER_KINDS } from "../../services/lib/wire/route-codec.ts";
import type {
  Company,
  Number as CompanyNumber,
  Group,
  Relay,
  Target,
  Terminal,
  Trunk,
} from "../../services/lib/wire/tenant.ts";

/** One target of a list. */
export interface TargetValue {
  readonly extension?: string;
  readonly outside?: string;
  readonly ringSeconds: number;
}

interface NumberValue {
  readonly number: string;
  readonly kind: string;
  readonly trunk: string;
  readonly group?: string;
  readonly extension?: string;
}

interface RelayValue {
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

/** The value under `company:`. */
export interface CompanyValue {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  readonly contract: {
    readonly terminalForwarding: boolean;
    readonly representativeForwarding: boolean;
    readonly extraChannels: number;
  };
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

const numberValue = (
  { number, kind, trunkId, rings }: CompanyNumber,
  path: string,
): NumberValue => ({
  number,
  kind: NUMBER_KINDS.fromWire(kind, `${path}.kind`),
  trunk: trunkId,
  ...(rings?.$case === "groupId" ? { group: rings.value } : {}),
  ...(rings?.$case === "extension" ? { extension: rings.value } : {}),
});

const relayValue = ({ ringSelf, followMemberRelay, targets }: Relay): RelayValue => ({
  ringSelf,
  followMemberRelay,
  targets: targets.map(targetValue),
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

const NO_CONTRACT = {
  terminalForwarding: false,
  representativeForwarding: false,
  extraChannels: 0,
};

/** A company as the document says it; a fault when it holds a word that this program does not know. */
export const companyValue = (company: Company): CompanyValue | WireFault =>
  decoding("Company", () => ({
    id: company.id,
    name: company.name,
    domain: company.domain,
    contract: { ...(company.contract ?? NO_CONTRACT) },
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
    format: NUMBER_FORMATS.fromWire(trunk.format, "format"),
  }));

/** YAML of a document; digits stay text, long lines stay whole. */
export const yamlText = (document: object): string =>
  stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
