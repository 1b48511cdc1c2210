import { describe, expect, it } from "vitest";
import { EVERY_CALLER } from "../../../lib/telephony/route-snapshot.ts";
import { companyChanges, trunkChanges } from "./changes.ts";
import type { Company, Trunk } from "./company.ts";

const TRUNK = {
  id: "carrier",
  sources: ["192.0.2.1"],
  gateways: [{ host: "192.0.2.1", port: 5060, transport: "udp" }],
  channels: 10,
  identity: "pai",
  format: "e164",
  privacy: "none",
  diversion: "off",
  userPhone: true,
} as unknown as Trunk;

const target = { kind: "outside", number: "+819012345678", ringMs: 20_000 };
const member = { kind: "extension", extension: "1002", ringMs: 5000 };
const terminal = {
  extension: "1001",
  name: "佐藤",
  number: null,
  homeRepresentative: null,
  ringMs: 20_000,
  relay: { ringSelf: true, followMemberRelay: false, targets: [target] },
};
const term = {
  from: "2026-04-01",
  until: "2027-04-01",
  terminalForwarding: true,
  representativeForwarding: false,
  extraChannels: 2,
  channelsPerNumber: 2,
  internationalForwarding: false,
  pricePlan: "standard",
  addOns: [{ number: "+815055550100", units: 1 }],
};
const COMPANY = {
  id: "demo",
  name: "見本",
  domain: "demo.example",
  contracts: [term],
  schedules: [],
  numbers: [],
  terminals: [terminal],
  groups: [],
  users: [],
} as unknown as Company;

/** Has a value in every field, and two of every list. */
const FULL = {
  ...COMPANY,
  contracts: [term, { ...term, from: "2027-04-01", until: null }],
  schedules: ["day", "night"].map((id) => ({
    id,
    name: id,
    open: [
      { weekdays: [1, 2], fromMinute: 540, untilMinute: 1080 },
      { weekdays: [6], fromMinute: 600, untilMinute: 1440 },
    ],
    openOnHolidays: false,
    closedDates: ["2026-12-29", "2026-12-30"],
  })),
  numbers: [
    {
      number: "+815055550100",
      kind: "representative",
      trunkId: "carrier",
      rings: { kind: "group", groupId: "sales" },
      scheduleId: "day",
      outOfHours: { kind: "group", groupId: "night" },
      callers: {
        deny: ["+81312345678", "+81312345679"],
        allow: ["+81312345670", "+81312345671"],
        refuseAnonymous: false,
      },
    },
    {
      number: "+815055550101",
      kind: "standard",
      trunkId: "carrier",
      rings: { kind: "terminal", extension: "1001" },
      scheduleId: null,
      outOfHours: {
        kind: "relay",
        relay: { ringSelf: false, followMemberRelay: false, targets: [target, member] },
      },
      callers: EVERY_CALLER,
    },
  ],
  terminals: [
    {
      ...terminal,
      number: "+815055550101",
      homeRepresentative: "+815055550100",
      relay: { ringSelf: true, followMemberRelay: false, targets: [target, member] },
    },
    { ...terminal, extension: "1002" },
  ],
  groups: ["sales", "night"].map((id) => ({
    id,
    name: id,
    extension: id === "sales" ? "2000" : "2001",
    representative: "+815055550100",
    mode: "relay",
    targets: [target, member],
    followMemberRelay: false,
    totalRingMs: 60_000,
  })),
  users: ["sato", "suzuki"].map((id) => ({ id, name: id, extensions: ["1001", "1002"] })),
} as unknown as Company;

const FULL_TRUNK = {
  ...TRUNK,
  sources: ["192.0.2.1", "192.0.2.2"],
  gateways: [TRUNK.gateways[0], { host: "192.0.2.2", port: 5061, transport: "tcp" }],
} as unknown as Trunk;

type Step = string | number;

/** Every place inside a value: of each leaf, each list and each map, but the root's. */
function places(value: unknown, path: readonly Step[] = []): readonly (readonly Step[])[] {
  const here = path.length === 0 ? [] : [path];
  if (typeof value !== "object" || value === null) return here;
  const entries: readonly (readonly [Step, unknown])[] = Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : Object.entries(value);
  return [...here, ...entries.flatMap(([key, item]) => places(item, [...path, key]))];
}

/** Other values for one place; none for tags of unions, which never change without the rest. */
function others(value: unknown, path: readonly Step[]): readonly unknown[] {
  const isUnionTag = path.at(-1) === "kind" && path[0] !== "numbers";
  if (isUnionTag || /(rings|outOfHours|targets)[.\d]*\.kind$/.test(path.join("."))) return [];
  if (typeof value === "boolean") return [!value];
  if (typeof value === "number") return [value + 1];
  if (typeof value === "string") return [`${value}1`];
  if (Array.isArray(value)) {
    const turned = value.length > 1 && !isKeyed(path) ? [value.toReversed()] : [];
    return value.length === 0 ? [] : [value.slice(0, -1), value.slice(1), ...turned];
  }
  return [];
}

/** Lists whose items are found by their key, so that their order is nothing. */
const isKeyed = (path: readonly Step[]): boolean => path.length === 1;

/** A value with another one at a place. */
function replaced(value: unknown, path: readonly Step[], other: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return other;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) =>
      index === key ? replaced(item, rest, other) : item,
    );
  }
  return Object.fromEntries(
    Object.entries(value as object).map(([name, item]) => [
      name,
      name === key ? replaced(item, rest, other) : item,
    ]),
  );
}

const variants = (whole: object): readonly (readonly [string, object])[] =>
  places(whole)
    .filter((path) => path.join() !== "id")
    .flatMap((path) => {
      const at = path.reduce<unknown>((value, key) => (value as never)[key], whole);
      return others(at, path).map(
        (other) =>
          [
            `${path.join(".")} = ${JSON.stringify(other)}`,
            replaced(whole, path, other) as object,
          ] as const,
      );
    });

describe("a field that was changed alone is told, whichever it is (C2)", () => {
  it("of a company", () => {
    const cases = variants(FULL);
    const silent = cases.filter(
      ([, after]) => companyChanges(FULL, after as Company, []).length === 0,
    );
    expect(cases.length).toBeGreaterThan(150);
    expect(silent.map(([name]) => name)).toEqual([]);
  });

  it("of a trunk", () => {
    const cases = variants(FULL_TRUNK);
    const silent = cases.filter(
      ([, after]) => trunkChanges(FULL_TRUNK, after as Trunk).length === 0,
    );
    expect(cases.length).toBeGreaterThan(15);
    expect(silent.map(([name]) => name)).toEqual([]);
  });

  it.each([
    ["terminals", 0, "number"],
    ["terminals", 0, "homeRepresentative"],
    ["terminals", 0, "relay"],
    ["groups", 0, "extension"],
    ["groups", 0, "representative"],
    ["numbers", 0, "scheduleId"],
    ["numbers", 0, "outOfHours"],
    ["numbers", 1, "outOfHours"],
    ["contracts", 0, "until"],
  ])("nothing in the place of something: %s.%s.%s", (...path) => {
    const after = replaced(FULL, path, null) as Company;
    expect(companyChanges(FULL, after, [])).not.toEqual([]);
    expect(companyChanges(after, FULL, [])).not.toEqual([]);
  });

  it.each([
    [["numbers", 0, "rings"], { kind: "terminal", extension: "1001" }],
    [["numbers", 1, "outOfHours"], { kind: "group", groupId: "night" }],
    [["groups", 0, "targets", 0], { ...member, extension: "1001" }],
    [["terminals", 0, "relay", "targets", 0], { ...member, extension: "1003" }],
  ])("another kind of thing: %j", (path, other) => {
    expect(companyChanges(FULL, replaced(FULL, path, other) as Company, [])).not.toEqual([]);
  });
});

it("the same company is no change (C1), whatever order its parts have", () => {
  const turned = Object.fromEntries(
    Object.entries(FULL).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.toReversed() : value,
    ]),
  ) as unknown as Company;
  expect(companyChanges(FULL, structuredClone(FULL), [])).toEqual([]);
  expect(companyChanges(FULL, turned, [])).toEqual([]);
  expect(trunkChanges(FULL_TRUNK, structuredClone(FULL_TRUNK))).toEqual([]);
});

it("each change is one line that says from what to what", () => {
  const after = {
    ...COMPANY,
    contracts: [{ ...term, extraChannels: 5 }],
    terminals: [
      { ...terminal, name: "鈴木", relay: null },
      { ...terminal, extension: "1002" },
    ],
  } as unknown as Company;
  expect(companyChanges(COMPANY, after, [])).toEqual([
    "contract from 2026-04-01: extra channels 2 -> 5",
    "terminal 1001: name 佐藤 -> 鈴木",
    "terminal 1001: relay 09012345678 (20 s) -> none",
    "terminal 1001: rings itself first yes -> -",
    "terminal 1001: follows members' relays no -> -",
    "terminal 1002 added",
  ]);
  expect(companyChanges(COMPANY, { ...COMPANY, terminals: [] }, [])).toEqual([
    "terminal 1001 removed",
  ]);
});

it("a term of the contract is told in words, whole when it is new", () => {
  const later = { ...term, from: "2026-12-01", until: null, extraChannels: 5, addOns: [] };
  const after = {
    ...COMPANY,
    contracts: [{ ...term, until: "2026-12-01" }, later],
  } as unknown as Company;
  expect(companyChanges(COMPANY, after, [])).toEqual([
    "contract from 2026-04-01: until 2027-04-01 -> 2026-12-01",
    "contract from 2026-12-01 added: until further notice, terminal forwarding yes, " +
      "representative forwarding no, extra channels 5, channels per number 2, " +
      "international forwarding no, price plan standard, destination add-ons none",
  ]);
});

it("business hours, callers and what rings out of hours are told as people write them", () => {
  const before = {
    ...FULL,
    numbers: FULL.numbers.slice(0, 1),
    schedules: FULL.schedules.slice(0, 1),
  };
  const after = {
    ...before,
    schedules: before.schedules.map((schedule) => ({ ...schedule, open: schedule.open.slice(1) })),
    numbers: before.numbers.map((own) => ({
      ...own,
      outOfHours: null,
      callers: { deny: [], allow: [], refuseAnonymous: true },
    })),
  } as unknown as Company;
  expect(companyChanges(before, after, [])).toEqual([
    "schedule day: open mon tue 09:00-18:00, sat 10:00-24:00 -> sat 10:00-24:00",
    "number 05055550100: out of hours group night -> the caller is turned away",
    "number 05055550100: denied callers 0312345678, 0312345679 -> none",
    "number 05055550100: only callers 0312345670, 0312345671 -> none",
    "number 05055550100: refuses anonymous callers no -> yes",
  ]);
});

it("a new password is told without saying it, and not for a new terminal", () => {
  const after = {
    ...COMPANY,
    terminals: [terminal, { ...terminal, extension: "1002" }],
  } as unknown as Company;
  expect(companyChanges(COMPANY, after, ["1001", "1002"] as never)).toEqual([
    "terminal 1002 added",
    "terminal 1001: password changed",
  ]);
});

it("the order of targets is a change", () => {
  const relay = { ...terminal.relay, targets: [target, member] };
  const turned = { ...relay, targets: relay.targets.toReversed() };
  const of = (value: object): Company =>
    ({ ...COMPANY, terminals: [{ ...terminal, relay: value }] }) as unknown as Company;
  expect(companyChanges(of(relay), of(turned), [])).toEqual([
    "terminal 1001: relay 09012345678 (20 s), 1002 (5 s) -> 1002 (5 s), 09012345678 (20 s)",
  ]);
});

it("a trunk is told field by field", () => {
  expect(
    trunkChanges(TRUNK, { ...TRUNK, channels: 30, sources: ["192.0.2.1", "192.0.2.2"] }),
  ).toEqual([
    "trunk carrier: sources 192.0.2.1 -> 192.0.2.1, 192.0.2.2",
    "trunk carrier: channels 10 -> 30",
  ]);
  expect(trunkChanges(null, TRUNK)).toEqual(["trunk carrier added"]);
});
