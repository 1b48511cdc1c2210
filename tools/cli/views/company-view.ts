/** Companies, trunks and numbers as a person reads them. */
import { decoding, type WireFault } from "../../../services/lib/wire/fault.ts";
import { GROUP_MODES, NUMBER_KINDS } from "../../../services/lib/wire/route-codec.ts";
import type { RouteSnapshot, Trunk } from "../../../services/lib/wire/tenant.ts";
import { facts, indent, table } from "../columns.ts";
import {
  type CompanyValue,
  type TargetValue,
  type TrunkValue,
  targetValue,
} from "../company-document.ts";
import { shownNumber } from "../numbers.ts";

const yesNo = (value: boolean): string => (value ? "yes" : "no");

const targetText = ({ extension, outside, ringSeconds }: TargetValue): string =>
  `${extension ?? shownNumber(outside ?? "?")} (${ringSeconds} s)`;

const targetsText = (targets: readonly TargetValue[]): string => targets.map(targetText).join(", ");

const forwarding = ({ terminalForwarding, representativeForwarding }: CompanyValue["contract"]) =>
  [
    ...(terminalForwarding ? ["terminals"] : []),
    ...(representativeForwarding ? ["representatives"] : []),
  ].join(", ") || "no";

/** A company with the revision at which it was last changed. */
export interface RevisedCompany {
  readonly company: CompanyValue;
  readonly revision: number;
}

/** One line a company. */
export const companyList = (companies: readonly RevisedCompany[]): readonly string[] =>
  companies.length === 0
    ? ["no companies: kakehashi apply -f FILE adds one"]
    : table(
        [
          { title: "ID" },
          { title: "NAME" },
          { title: "DOMAIN" },
          { title: "NUMBERS", align: "right" },
          { title: "TERMINALS", align: "right" },
          { title: "GROUPS", align: "right" },
          { title: "USERS", align: "right" },
          { title: "FORWARDING" },
          { title: "CHANNELS", align: "right" },
          { title: "REVISION", align: "right" },
        ],
        companies.map(({ company, revision }) => [
          company.id,
          company.name,
          company.domain,
          ...[company.numbers, company.terminals, company.groups, company.users].map((parts) =>
            String(parts.length),
          ),
          forwarding(company.contract),
          String(company.contract.extraChannels),
          String(revision),
        ]),
      );

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length <= 1 ? [] : ["", title, ...indent(lines)];
}

/** A whole company. */
export function companyLines({ company, revision }: RevisedCompany): readonly string[] {
  const { contract } = company;
  return [
    ...facts([
      ["company", company.id],
      ["name", company.name],
      ["domain", company.domain],
      ["forwarding", forwarding(contract)],
      ["extra channels", String(contract.extraChannels)],
      ["revision", String(revision)],
    ]),
    ...section("numbers", numberTable(company)),
    ...section("terminals", terminalTable(company)),
    ...section("groups", groupTable(company)),
    ...section("users", userTable(company)),
  ];
}

const ringsText = (group: string | undefined, extension: string | undefined): string =>
  group === undefined ? `terminal ${extension ?? "?"}` : `group ${group}`;

const numberTable = ({ numbers }: CompanyValue): readonly string[] =>
  table(
    [{ title: "NUMBER" }, { title: "KIND" }, { title: "TRUNK" }, { title: "RINGS" }],
    numbers.map(({ number, kind, trunk, group, extension }) => [
      shownNumber(number),
      kind,
      trunk,
      ringsText(group, extension),
    ]),
  );

const terminalTable = ({ terminals }: CompanyValue): readonly string[] =>
  table(
    [
      { title: "EXTENSION" },
      { title: "NAME" },
      { title: "NUMBER" },
      { title: "HOME REPRESENTATIVE" },
      { title: "RINGS" },
      { title: "RELAY" },
    ],
    terminals.map(({ extension, name, number, homeRepresentative, ringSeconds, relay }) => [
      extension,
      name,
      shownNumber(number ?? ""),
      shownNumber(homeRepresentative ?? ""),
      `${ringSeconds} s`,
      relay === undefined
        ? ""
        : `${relay.ringSelf ? "itself, then " : ""}${targetsText(relay.targets)}`,
    ]),
  );

const groupTable = ({ groups }: CompanyValue): readonly string[] =>
  table(
    [
      { title: "ID" },
      { title: "NAME" },
      { title: "EXTENSION" },
      { title: "REPRESENTATIVE" },
      { title: "MODE" },
      { title: "IN ALL" },
      { title: "MEMBERS' RELAYS" },
      { title: "TARGETS" },
    ],
    groups.map((group) => [
      group.id,
      group.name,
      group.extension ?? "",
      shownNumber(group.representative ?? ""),
      group.mode,
      `${group.totalRingSeconds} s`,
      yesNo(group.followMemberRelay),
      targetsText(group.targets),
    ]),
  );

const userTable = ({ users }: CompanyValue): readonly string[] =>
  table(
    [{ title: "ID" }, { title: "NAME" }, { title: "EXTENSIONS" }],
    users.map(({ id, name, extensions }) => [id, name, extensions.join(", ")]),
  );

/** A trunk with the revision at which it was last changed. */
export interface RevisedTrunk {
  readonly trunk: TrunkValue;
  readonly revision: Trunk["revision"];
}

/** One line a trunk. */
export const trunkList = (trunks: readonly RevisedTrunk[]): readonly string[] =>
  trunks.length === 0
    ? ["no trunks: kakehashi apply -f FILE adds one"]
    : table(
        [
          { title: "ID" },
          { title: "CHANNELS", align: "right" },
          { title: "SOURCES" },
          { title: "GATEWAYS" },
          { title: "IDENTITY" },
          { title: "FORMAT" },
          { title: "REVISION", align: "right" },
        ],
        trunks.map(({ trunk, revision }) => [
          trunk.id,
          String(trunk.channels),
          trunk.sources.join(", "),
          trunk.gateways.join(", "),
          trunk.identity,
          trunk.format,
          String(revision),
        ]),
      );

/** A number of a company as `get number` shows it. */
export interface NumberValue {
  readonly number: string;
  readonly companyId: string;
  readonly kind: string;
  readonly trunk: string;
  readonly rings: string;
  readonly mode: string;
  readonly targets: readonly TargetValue[];
  readonly revision: number;
}

/** Where calls to the number of `snapshot` go; a fault when it holds a word that is not known here. */
export const numberValue = (snapshot: RouteSnapshot): NumberValue | WireFault =>
  decoding("RouteSnapshot", () => readNumberValue(snapshot));

function readNumberValue(snapshot: RouteSnapshot): NumberValue {
  const { called, companyId, entry, revision } = snapshot;
  const group =
    called?.$case === "groupId" ? snapshot.groups.find(({ id }) => id === called.value) : undefined;
  const terminal =
    called?.$case === "terminalExtension"
      ? snapshot.terminals.find(({ extension }) => extension === called.value)
      : undefined;
  const targets = group?.targets ?? terminal?.relay?.targets ?? [];
  return {
    number: entry?.number ?? "",
    companyId,
    kind: NUMBER_KINDS.fromWire(entry?.kind ?? 0, "entry.kind"),
    trunk: entry?.trunkId ?? "",
    rings: group === undefined ? `terminal ${terminal?.extension ?? "?"}` : `group ${group.id}`,
    mode:
      group === undefined
        ? targets.length === 0
          ? "direct"
          : "terminal-relay"
        : GROUP_MODES.fromWire(group.mode, "group.mode"),
    targets: targets.map(targetValue),
    revision,
  };
}

/** One number. */
export const numberLines = (value: NumberValue): readonly string[] => [
  ...facts([
    ["number", shownNumber(value.number)],
    ["company", value.companyId],
    ["kind", value.kind],
    ["trunk", value.trunk],
    ["rings", value.rings],
    ["mode", value.mode],
    ["targets", targetsText(value.targets)],
    ["revision", String(value.revision)],
  ]),
  "",
  `what a call to it would do: kakehashi plan ${shownNumber(value.number)} --from 09012345678`,
];
