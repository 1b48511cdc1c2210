/** Companies as a person reads them: one a line, or one with all its parts. */
import type { CivilDate } from "../../../services/lib/telephony/tokyo-time.ts";
import { facts, indent, table } from "../columns.ts";
import type { CompanyValue } from "../company-document.ts";
import { shownNumber } from "../numbers.ts";
import { hoursText } from "../schedule-document.ts";
import { contractTable, forwardingText, termInForce } from "./contract-view.ts";
import { callersText, outOfHoursText, relayText, targetsText } from "./target-text.ts";

const yesNo = (value: boolean): string => (value ? "yes" : "no");

/** A company with the revision at which it was last changed. */
export interface RevisedCompany {
  readonly company: CompanyValue;
  readonly revision: number;
}

/** One line a company; forwarding and channels are those of `today`. */
export const companyList = (
  companies: readonly RevisedCompany[],
  today: CivilDate,
): readonly string[] =>
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
          forwardingText(termInForce(company.contract, today)),
          String(termInForce(company.contract, today)?.extraChannels ?? 0),
          String(revision),
        ]),
      );

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length <= 1 ? [] : ["", title, ...indent(lines)];
}

/** A whole company; forwarding and channels at its head are those of `today`. */
export function companyLines(
  { company, revision }: RevisedCompany,
  today: CivilDate,
): readonly string[] {
  const term = termInForce(company.contract, today);
  return [
    ...facts([
      ["company", company.id],
      ["name", company.name],
      ["domain", company.domain],
      ["forwarding", forwardingText(term)],
      ["extra channels", String(term?.extraChannels ?? 0)],
      ["revision", String(revision)],
    ]),
    ...section("contract", contractTable(company.contract, today)),
    ...section("schedules", scheduleTable(company)),
    ...section("numbers", numberTable(company)),
    ...section("terminals", terminalTable(company)),
    ...section("groups", groupTable(company)),
    ...section("users", userTable(company)),
  ];
}

const ringsText = (group: string | undefined, extension: string | undefined): string =>
  group === undefined ? `terminal ${extension ?? "?"}` : `group ${group}`;

const scheduleTable = ({ schedules }: CompanyValue): readonly string[] =>
  table(
    [
      { title: "ID" },
      { title: "NAME" },
      { title: "OPEN" },
      { title: "HOLIDAYS" },
      { title: "CLOSED ON" },
    ],
    schedules.map((schedule) => [
      schedule.id,
      schedule.name,
      hoursText(schedule),
      schedule.holidays,
      schedule.closedOn.join(", "),
    ]),
  );

const numberTable = ({ numbers }: CompanyValue): readonly string[] =>
  table(
    [
      { title: "NUMBER" },
      { title: "KIND" },
      { title: "TRUNK" },
      { title: "RINGS" },
      { title: "SCHEDULE" },
      { title: "OUT OF HOURS" },
      { title: "CALLERS" },
    ],
    numbers.map((own) => [
      shownNumber(own.number),
      own.kind,
      own.trunk,
      ringsText(own.group, own.extension),
      own.schedule ?? "",
      outOfHoursText(own),
      callersText(own.callers),
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
      relay === undefined ? "" : relayText(relay),
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
