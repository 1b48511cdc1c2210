import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RouteDestination, RouteSnapshot } from "../../../lib/telephony/route-snapshot.ts";
import { japaneseNumbers as book } from "../shell/phone-book.ts";
import { readYaml } from "../shell/yaml.ts";
import { checkDocument, readDocument } from "./document.ts";
import { type Called, resolve, type StoredCompany } from "./resolve.ts";

const YAML = `
trunks:
  - { id: north, sources: [192.0.2.1], gateways: [192.0.2.1], channels: 10 }
  - { id: south, sources: [192.0.2.2], gateways: [192.0.2.2], channels: 5 }
company:
  id: demo
  name: demo
  domain: demo.example
  contract:
    - { from: 2026-04-01, until: 2026-10-01, terminalForwarding: true, representativeForwarding: true }
    - { from: 2026-10-01, terminalForwarding: true, representativeForwarding: true, extraChannels: 2 }
  schedules:
    - { id: day, name: 営業時間, open: [{ days: [mon], from: "09:00", until: "18:00" }] }
  numbers:
    - { number: 050-5555-0100, kind: representative, trunk: north, group: sales, schedule: day,
        outOfHours: { group: night }, callers: { deny: [03-9999-9999] } }
    - { number: 050-5555-0200, kind: representative, trunk: south, group: nested }
    - { number: 050-5555-0101, kind: standard, trunk: south, extension: 1001, schedule: day,
        outOfHours: { targets: [{ extension: 1004 }, { outside: 090-1111-2222 }] } }
  terminals:
    - { extension: 1001, name: a, password: password, number: 050-5555-0101 }
    - extension: 1002
      name: b
      password: password
      homeRepresentative: 050-5555-0100
      relay: { targets: [{ extension: 1003 }, { outside: 03-1234-5678 }] }
    - extension: 1003
      name: c
      password: password
      number:
      relay: { targets: [{ extension: 1004 }] }
    - { extension: 1004, name: d, password: password }
  groups:
    - { id: sales, name: s, mode: ring-all, extension: 2000, representative: 050-5555-0100,
        targets: [{ extension: 1001 }, { extension: 1002 }, { outside: 03-1234-5678 }] }
    - { id: night, name: n, mode: relay, followMemberRelay: true,
        targets: [{ extension: 1003 }, { outside: 050-6666-0000 }] }
    - { id: nested, name: n, mode: relay, followMemberRelay: true, targets: [{ extension: 1002 }] }
  users:
    - { id: a, name: a, extensions: [1001, 1002] }
`;

function stored(): StoredCompany {
  const yaml = readYaml(YAML);
  if (yaml.kind === "broken") throw new Error("broken");
  const around = {
    trunks: new Set<never>(),
    withPassword: new Set<never>(),
    contracts: [],
    today: "2026-09-15" as never,
  };
  const result = checkDocument(readDocument(yaml.value, book), around);
  if (result.kind === "faulty" || result.document.company === null) {
    throw new Error(JSON.stringify(result));
  }
  const trunks = result.document.trunks.map(({ id, channels }) => ({ id, channels, revision: 1 }));
  const destinations = [
    { number: "+81312345678", class: "landline", onNet: false },
    { number: "+815066660000", class: "ip-phone", onNet: true },
    { number: "+819011112222", class: "mobile", onNet: false },
  ] as unknown as readonly RouteDestination[];
  const { company } = result.document;
  return { company, revision: 7, routeRevision: 9, trunks, destinations };
}

const HOLIDAYS = ["2026-11-23"] as never;
const SEPTEMBER = { at: Date.parse("2026-09-20T00:00:00Z"), holidays: HOLIDAYS };

const number = (text: string): Called => ({ kind: "number", number: text as never });
const extension = (text: string): Called => ({ kind: "extension", extension: text as never });

/** A snapshot as one line a part; `!` marks a terminal that keeps its relay. */
function told(called: Called): Readonly<Record<string, string>> | null {
  const snapshot = resolve(stored(), called, SEPTEMBER);
  return (
    snapshot && {
      called: Object.values(snapshot.called).join(" "),
      entry: snapshot.entry?.number ?? "-",
      groups: snapshot.groups.map(({ id }) => id).join(" "),
      terminals: snapshot.terminals
        .map(({ extension: id, relay }) => (relay === null ? id : `${id}!`))
        .join(" "),
      numbers: snapshot.numbers.map((own) => own.number.slice(-4)).join(" "),
      trunks: snapshot.trunks.map(({ id }) => id).join(" "),
      outside: snapshot.destinations.map(({ number: text }) => text.slice(-4)).join(" "),
      forwarders: snapshot.forwarders.map(({ owner }) => Object.values(owner).join(" ")).join(", "),
    }
  );
}

describe("a snapshot holds what the call can reach, and no more", () => {
  it("a representative number: its groups in and out of hours, with the relays that the second follows", () => {
    expect(told(number("+815055550100"))).toEqual({
      called: "group sales",
      entry: "+815055550100",
      groups: "sales night",
      terminals: "1001 1002 1003! 1004",
      numbers: "0100 0101",
      trunks: "north south",
      outside: "5678 0000",
      forwarders: "number +815055550100",
    });
  });

  it("A2: a group that follows its members' relays gets one level of them, not two", () => {
    expect(told(number("+815055550200"))).toEqual({
      called: "group nested",
      entry: "+815055550200",
      groups: "nested",
      terminals: "1002! 1003",
      numbers: "0100 0200",
      trunks: "north south",
      outside: "5678",
      forwarders: "terminal 1002",
    });
  });

  it("D7: a terminal's relay comes with the home representative number and its trunk", () => {
    expect(told(extension("1002"))).toEqual({
      called: "terminal 1002",
      entry: "-",
      groups: "",
      terminals: "1002! 1003",
      numbers: "0100",
      trunks: "north",
      outside: "5678",
      forwarders: "terminal 1002",
    });
  });

  it("a standard number: its terminal, and what rings out of hours in place of the terminal's relay", () => {
    expect(told(number("+815055550101"))).toEqual({
      called: "terminal 1001",
      entry: "+815055550101",
      groups: "",
      terminals: "1001 1004",
      numbers: "0101",
      trunks: "south",
      outside: "2222",
      forwarders: "terminal 1001",
    });
  });

  it("the same terminal dialled as an extension: business hours are of the number, not of it", () => {
    expect(told(extension("1001"))).toMatchObject({
      terminals: "1001",
      outside: "",
      forwarders: "",
    });
  });

  it("D9: a group's extension leads to the group, on the account of its representative", () => {
    expect(told(extension("2000"))).toMatchObject({
      called: "group sales",
      entry: "-",
      groups: "sales",
      forwarders: "number +815055550100",
    });
  });
});

describe("what a snapshot says of time", () => {
  const at = (text: string) => ({ at: Date.parse(text), holidays: HOLIDAYS });
  const froms = (text: string): readonly string[] =>
    resolve(stored(), extension("1001"), at(text))?.contracts.map(({ from }) => from) ?? [];

  it("a term is in it until its last moment in Tokyo, later ones always (S3)", () => {
    expect(froms("2026-03-01T00:00:00+09:00")).toEqual(["2026-04-01", "2026-10-01"]);
    expect(froms("2026-09-30T23:59:59+09:00")).toEqual(["2026-04-01", "2026-10-01"]);
    expect(froms("2026-10-01T00:00:00+09:00")).toEqual(["2026-10-01"]);
  });

  it("the schedule is the called number's, and holidays come with a schedule only", () => {
    const sales = resolve(stored(), number("+815055550100"), SEPTEMBER);
    expect(sales?.schedule).toMatchObject({ id: "day", openOnHolidays: false });
    expect(sales?.schedule).not.toHaveProperty("name");
    expect(sales?.holidays).toEqual(HOLIDAYS);
    const always = resolve(stored(), number("+815055550200"), SEPTEMBER);
    expect(always).toMatchObject({ schedule: null, holidays: [] });
    expect(resolve(stored(), extension("1001"), SEPTEMBER)?.schedule).toBeNull();
  });
});

it("A19: destinations bear their class and whether they are on net", () => {
  expect(resolve(stored(), number("+815055550100"), SEPTEMBER)?.destinations).toEqual([
    { number: "+81312345678", class: "landline", onNet: false },
    { number: "+815066660000", class: "ip-phone", onNet: true },
  ]);
});

it("all numbers of the company are in it when a number was called, for the loop guard (4.5 b)", () => {
  const own = resolve(stored(), number("+815055550200"), SEPTEMBER)?.companyNumbers;
  expect([...(own ?? [])].map((text) => text.slice(-4))).toEqual(["0100", "0200", "0101"]);
  expect(resolve(stored(), extension("1001"), SEPTEMBER)?.companyNumbers).toEqual(new Set());
});

it("a number that is there as a source keeps its trunk, not its callers and hours", () => {
  const snapshot = resolve(stored(), extension("1002"), SEPTEMBER);
  expect(snapshot?.numbers).toMatchObject([
    { number: "+815055550100", trunkId: "north", scheduleId: null, outOfHours: null },
  ]);
  expect(snapshot?.numbers[0]?.callers.deny).toEqual([]);
  expect(resolve(stored(), number("+815055550100"), SEPTEMBER)?.entry?.callers.deny).toEqual([
    "+81399999999",
  ]);
});

it("its revision is that of what routes show", () => {
  expect(resolve(stored(), extension("1001"), SEPTEMBER)?.revision).toBe(9);
});

it("what the company does not have is null", () => {
  expect(told(number("+815055559999"))).toBeNull();
  expect(told(extension("9999"))).toBeNull();
});

it("of the add-ons of every term, a route carries those that its forwarders count (S3)", () => {
  const base = stored();
  const addOns = ["+815055550100", "+815055550101", "+815055550200"].map((own) => ({
    number: own as never,
    units: 1,
  }));
  const contracts = base.company.contracts.map((term) => ({ ...term, addOns }));
  const company = { ...base.company, contracts };
  const carried = (called: Called) =>
    resolve({ ...base, company }, called, SEPTEMBER)?.contracts.map((term) =>
      term.addOns.map(({ number: own }) => own.slice(-4)).join(" "),
    );
  expect(carried(number("+815055550100"))).toEqual(contracts.map(() => "0100"));
  expect(carried(number("+815055550101"))).toEqual(contracts.map(() => "0101"));
  expect(carried(extension("1004"))).toEqual(contracts.map(() => ""));
});

/** Everything that a snapshot names, and whether it is in it (S1). */
function dangling(snapshot: RouteSnapshot): readonly string[] {
  const has = {
    terminals: new Set<string>(snapshot.terminals.map((terminal) => terminal.extension)),
    numbers: new Set<string>(snapshot.numbers.map((own) => own.number)),
    trunks: new Set<string>(snapshot.trunks.map(({ id }) => id)),
    groups: new Set<string>(snapshot.groups.map(({ id }) => id)),
    outside: new Set<string>(snapshot.destinations.map(({ number: outside }) => outside)),
  };
  const plan = snapshot.entry?.outOfHours ?? null;
  const lists = [
    ...snapshot.groups.map(({ targets }) => targets),
    ...snapshot.terminals.map(({ relay }) => relay?.targets ?? []),
    plan?.kind === "relay" ? plan.relay.targets : [],
  ];
  const followed = snapshot.terminals.filter(({ relay }) => relay !== null);
  const named = [
    ...lists.flat().flatMap((target) => (target.kind === "extension" ? [target.extension] : [])),
    ...followed.map((terminal) => terminal.extension),
  ];
  return [
    ...named.filter((id) => !has.terminals.has(id)),
    ...(plan?.kind === "group" && !has.groups.has(plan.groupId) ? [plan.groupId] : []),
    ...lists
      .flat()
      .flatMap((target) => (target.kind === "outside" ? [target.number] : []))
      .filter((outside) => !has.outside.has(outside)),
    ...snapshot.terminals
      .flatMap(({ number: own, homeRepresentative: home }) => [own, home])
      .filter((own) => own !== null && !has.numbers.has(own))
      .map(String),
    ...snapshot.numbers
      .filter(({ trunkId }) => !has.trunks.has(trunkId))
      .map(({ number: own }) => own),
  ];
}

it("nothing that a snapshot names is missing from it, whatever follows whose relay (S1)", () => {
  const base = stored();
  const flags = fc.array(fc.boolean(), { minLength: 8, maxLength: 8 });
  const called = fc.oneof(
    fc.constantFrom("1001", "1002", "1003", "1004", "2000").map(extension),
    fc.constantFrom("+815055550100", "+815055550101", "+815055550200").map(number),
  );
  fc.assert(
    fc.property(flags, called, (follow, what) => {
      const company = {
        ...base.company,
        terminals: base.company.terminals.map((terminal, index) => ({
          ...terminal,
          relay: terminal.relay && {
            ...terminal.relay,
            followMemberRelay: follow[index] ?? false,
          },
        })),
        groups: base.company.groups.map((group, index) => ({
          ...group,
          followMemberRelay: follow[4 + index] ?? false,
        })),
        numbers: base.company.numbers.map((own) =>
          own.outOfHours?.kind === "relay"
            ? {
                ...own,
                outOfHours: {
                  ...own.outOfHours,
                  relay: { ...own.outOfHours.relay, followMemberRelay: follow[7] ?? false },
                },
              }
            : own,
        ),
      };
      const snapshot = resolve({ ...base, company }, what, SEPTEMBER);
      expect(snapshot && dangling(snapshot)).toEqual([]);
    }),
  );
});
