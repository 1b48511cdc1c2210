import { describe, expect, it } from "vitest";
import { allFaults, check, faults } from "../../test/checked.ts";

const GOOD = `
trunks:
  - { id: carrier, sources: [192.0.2.1], gateways: [192.0.2.9], channels: 10 }
company:
  id: demo
  name: 見本
  domain: demo.example
  contract: { terminalForwarding: true, representativeForwarding: true, extraChannels: 5 }
  schedules:
    - id: day
      name: 平日
      open:
        - { days: [fri, mon, tue, wed, thu], from: "09:00", until: "18:30" }
        - { days: [sat], from: "00:00", until: "24:00" }
      closedOn: [2026-12-29, 2026-12-30]
    - { id: all, name: 祝日も, holidays: as-usual, open: [{ days: [sun], from: "10:00", until: "11:00" }] }
  numbers:
    - number: 050-5555-0100
      kind: representative
      trunk: carrier
      group: main
      schedule: day
      outOfHours: { group: night }
      callers: { deny: [03-1111-2222, +1 212 555 0123, 0120-123-456], anonymous: refuse }
    - number: 050-5555-0101
      kind: standard
      trunk: carrier
      extension: 1001
      schedule: day
      outOfHours: { targets: [{ outside: 090-1234-5678 }], ringSelf: false }
      callers: { allow: [０３－１１１１－２２２２] }
  terminals:
    - { extension: 1001, name: 佐藤, password: secret-1001, number: 050-5555-0101 }
    - { extension: 1002, name: 鈴木, password: secret-1002 }
  groups:
    - { id: main, name: 昼, mode: ring-all, targets: [{ extension: 1001 }] }
    - id: night
      name: 夜
      extension: 2001
      representative: 050-5555-0100
      mode: relay
      targets: [{ outside: 090-1234-5678 }]
  users:
    - { id: sato, name: 佐藤, extensions: [1001] }
`;

function but(from: string, to: string): string {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
}

it("2.3: hours, plans and callers are read into what a call is judged by", () => {
  expect(check(GOOD)).toMatchObject({
    kind: "accepted",
    document: {
      company: {
        schedules: [
          {
            id: "day",
            name: "平日",
            open: [
              { weekdays: [1, 2, 3, 4, 5], fromMinute: 540, untilMinute: 1110 },
              { weekdays: [6], fromMinute: 0, untilMinute: 1440 },
            ],
            openOnHolidays: false,
            closedDates: ["2026-12-29", "2026-12-30"],
          },
          { id: "all", openOnHolidays: true, closedDates: [] },
        ],
        numbers: [
          {
            scheduleId: "day",
            outOfHours: { kind: "group", groupId: "night" },
            callers: {
              deny: ["+81311112222", "+12125550123", "+81120123456"],
              allow: [],
              refuseAnonymous: true,
            },
          },
          {
            outOfHours: {
              kind: "relay",
              relay: { ringSelf: false, targets: [{ number: "+819012345678" }] },
            },
            callers: { deny: [], allow: ["+81311112222"], refuseAnonymous: false },
          },
        ],
      },
    },
  });
});

const S = "company.schedules[0]";
const N = "company.numbers";

describe("one fault, named by path and rule", () => {
  it.each([
    ["a schedule that is not there", "schedule: day", "schedule: dya", `${N}[0].schedule`],
    ["a schedule twice", "id: all", "id: day", "company.schedules[1].id"],
    ["a day that is none", "days: [sat]", "days: [holiday]", `${S}.open[1].days[0]`],
    ["no day", "days: [sat]", "days: []", `${S}.open[1].days`],
    ["a time that is none", '"18:30"', '"18:60"', `${S}.open[0].until`],
    ["a time without zero", '"09:00"', '"9:00"', `${S}.open[0].from`],
    ["hours that pass midnight", '"18:30"', '"02:00"', `${S}.open[0].until`],
    ["hours that begin at 24:00", '"00:00"', '"24:00"', `${S}.open[1].until`],
    ["a closed day that is none", "2026-12-30]", "2026-12-32]", `${S}.closedOn[1]`],
    ["a schedule without name", "name: 平日", "", `${S}.name`],
    [
      "2.3: a plan without schedule",
      "schedule: day\n      outOfHours: { group: night }",
      "outOfHours: { group: night }",
      `${N}[0].outOfHours [2.3]`,
    ],
    [
      "2.3: a plan of a representative number with targets",
      "outOfHours: { group: night }",
      "outOfHours: { targets: [{ extension: 1001 }] }",
      `${N}[0].outOfHours.targets [2.3]`,
    ],
    [
      "2.3: a plan of a standard number with a group",
      "outOfHours: { targets: [{ outside: 090-1234-5678 }], ringSelf: false }",
      "outOfHours: { group: night }",
      `${N}[1].outOfHours.group [2.3]`,
    ],
    [
      "a plan with a group and a relay's switch",
      "{ group: night }",
      "{ group: night, ringSelf: true }",
      `${N}[0].outOfHours.ringSelf`,
    ],
    ["a plan with nothing", "{ group: night }", "{}", `${N}[0].outOfHours`],
    [
      "a plan with a group that is not there",
      "group: night",
      "group: nacht",
      `${N}[0].outOfHours.group`,
    ],
    [
      "A19: a number of the own company out of hours",
      "{ targets: [{ outside: 090-1234-5678 }]",
      "{ targets: [{ outside: 050-5555-0100 }]",
      `${N}[1].outOfHours.targets[0].outside [A19]`,
    ],
    [
      "its own terminal out of hours",
      "{ targets: [{ outside: 090-1234-5678 }]",
      "{ targets: [{ extension: 1001 }]",
      `${N}[1].outOfHours.targets[0].extension`,
    ],
    [
      "D9: a group that is dialled at night without a number",
      "      representative: 050-5555-0100\n",
      "",
      "company.groups[1].representative [D9]",
    ],
    [
      "R10: a representative number that rings the group neither by day nor by night",
      "representative: 050-5555-0100",
      "representative: 050-5555-0101",
      "company.groups[1].representative [R10]",
    ],
    [
      "2.3: a caller both denied and allowed",
      "anonymous: refuse }",
      "allow: [03 1111 2222] }",
      `${N}[0].callers.allow[0] [2.3]`,
    ],
    [
      "a caller that is an emergency number",
      "[03-1111-2222,",
      "[110,",
      `${N}[0].callers.deny[0] [3.1]`,
    ],
    ["a caller that is no number", "[03-1111-2222,", "[Tanaka,", `${N}[0].callers.deny[0] [3.1]`],
    ["a caller that is too short", "[03-1111-2222,", "[03-1111,", `${N}[0].callers.deny[0] [3.1]`],
    [
      "an unknown word for anonymous",
      "anonymous: refuse",
      "anonymous: deny",
      `${N}[0].callers.anonymous`,
    ],
  ])("%s", (_, from, to, expected) => {
    const yaml = but(from, to);
    expect(faults(yaml)).toContain(expected);
    for (const { messageJa } of allFaults(yaml)) {
      expect(messageJa).toMatch(/ください(（[^）]*）)?。$/);
    }
  });
});

it("a schedule that no number names is no fault", () => {
  expect(faults(GOOD)).toEqual([]);
});

it("A10: the list of a group counts on the number that rings it at night too (R19)", () => {
  const more =
    "targets: [{ outside: 090-1234-5678 }, { outside: 090-1234-5679 }, { outside: 090-1234-5670 }]\n  users";
  const yaml = but("targets: [{ outside: 090-1234-5678 }]\n  users", more);
  expect(faults(yaml)).toEqual(["company.groups[1].targets[2].outside [R19]"]);
});

describe("4.5: relays that go round", () => {
  /** Terminals with relays: `1001 > 1002 1003` follows its members' relays, `1001 - 1002` does not. */
  const terminals = (...lines: readonly string[]): string =>
    lines
      .map((line) => {
        const [extension, arrow, ...targets] = line.split(" ");
        const list = targets.map((target) => `{ extension: ${target} }`).join(", ");
        const relay = `relay: { followMemberRelay: ${arrow === ">"}, targets: [${list}] }`;
        const rest = targets.length === 0 ? "" : `, ${relay}`;
        return `    - { extension: ${extension}, name: x, password: password${rest} }`;
      })
      .join("\n");
  const company = (...lines: readonly string[]): string =>
    `company:\n  id: x\n  name: x\n  domain: x.example\n  terminals:\n${terminals(...lines)}\n`;
  const cycles = (...lines: readonly string[]): readonly string[] =>
    allFaults(company(...lines)).map(
      ({ message }) => /relays go round: ([^;]*)/.exec(message)?.[1] ?? message,
    );

  it.each([
    ["a member's relay that leads back", ["1001 > 1002", "1002 - 1001"], ["1001 -> 1002 -> 1001"]],
    [
      "the same when both follow, told once",
      ["1001 > 1002", "1002 > 1001"],
      ["1001 -> 1002 -> 1001"],
    ],
    [
      "a way round over three",
      ["1001 > 1002", "1002 > 1003", "1003 > 1001"],
      ["1001 -> 1002 -> 1003 -> 1001"],
    ],
    [
      "a way round that begins further on",
      ["1001 > 1002", "1002 > 1003", "1003 > 1004", "1004 > 1002"],
      ["1002 -> 1003 -> 1004 -> 1002"],
    ],
    ["two that stand in for each other", ["1001 - 1002", "1002 - 1001"], []],
    ["two ways to one terminal", ["1001 > 1002 1003", "1002 > 1004", "1003 > 1004", "1004 -"], []],
    ["three in a row", ["1001 > 1002", "1002 > 1003", "1003 -"], []],
  ])("%s", (_, lines, expected) => {
    expect(cycles(...lines)).toEqual(expected);
  });

  it("a plan out of hours that leads back is found too", () => {
    const yaml = but(
      "], ringSelf: false }",
      ", { extension: 1002 }], followMemberRelay: true }",
    ).replace(
      "password: secret-1002",
      "password: secret-1002, relay: { targets: [{ extension: 1001 }] }",
    );
    expect(faults(yaml)).toEqual([`${N}[1].outOfHours.targets[1].extension [4.5]`]);
  });

  it("three thousand terminals in a ring are searched in a moment", () => {
    const ring = Array.from(
      { length: 3000 },
      (_, n) => `${10_000 + n} > ${10_000 + ((n + 1) % 3000)}`,
    );
    expect(cycles(...ring)).toHaveLength(1);
  });
});
