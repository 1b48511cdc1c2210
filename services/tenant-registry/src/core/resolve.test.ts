import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RouteSnapshot } from "../../../lib/telephony/route-snapshot.ts";
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
  contract: { terminalForwarding: true, representativeForwarding: true, extraChannels: 2 }
  numbers:
    - { number: 050-5555-0100, kind: representative, trunk: north, group: sales }
    - { number: 050-5555-0200, kind: representative, trunk: south, group: nested }
    - { number: 050-5555-0101, kind: standard, trunk: south, extension: 1001 }
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
        targets: [{ extension: 1001 }, { extension: 1002 }] }
    - { id: nested, name: n, mode: relay, followMemberRelay: true, targets: [{ extension: 1002 }] }
`;

function stored(): StoredCompany {
  const yaml = readYaml(YAML);
  if (yaml.kind === "broken") throw new Error("broken");
  const around = { trunks: new Set<never>(), withPassword: new Set<never>() };
  const result = checkDocument(readDocument(yaml.value, book), around);
  if (result.kind === "faulty" || result.document.company === null) {
    throw new Error(JSON.stringify(result));
  }
  const trunks = result.document.trunks.map(({ id, channels }) => ({ id, channels, revision: 1 }));
  return { company: result.document.company, revision: 7, trunks };
}

const number = (text: string): Called => ({ kind: "number", number: text as never });
const extension = (text: string): Called => ({ kind: "extension", extension: text as never });

/** A snapshot as one line a part; `!` marks a terminal that keeps its relay. */
function told(called: Called): Readonly<Record<string, string>> | null {
  const snapshot = resolve(stored(), called);
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
    }
  );
}

describe("a snapshot holds what the call can reach, and no more", () => {
  it("a representative number: its group, the members without their relays", () => {
    expect(told(number("+815055550100"))).toEqual({
      called: "group sales",
      entry: "+815055550100",
      groups: "sales",
      terminals: "1001 1002",
      numbers: "0100 0101",
      trunks: "north south",
    });
  });

  it("a group that follows its members' relays: one level, not two (A2)", () => {
    expect(told(number("+815055550200"))).toEqual({
      called: "group nested",
      entry: "+815055550200",
      groups: "nested",
      terminals: "1002! 1003",
      numbers: "0100 0200",
      trunks: "north south",
    });
  });

  it("a terminal's relay, with the home representative number and its trunk (D7)", () => {
    expect(told(extension("1002"))).toEqual({
      called: "terminal 1002",
      entry: "-",
      groups: "",
      terminals: "1002! 1003",
      numbers: "0100",
      trunks: "north",
    });
  });

  it("a standard number: its terminal", () => {
    expect(told(number("+815055550101"))).toMatchObject({ terminals: "1001", trunks: "south" });
  });

  it("a group's extension (D9)", () => {
    expect(told(extension("2000"))).toMatchObject({ called: "group sales", entry: "-" });
  });
});

it("what the company does not have is null", () => {
  expect(told(number("+815055559999"))).toBeNull();
  expect(told(extension("9999"))).toBeNull();
});

/** Everything that a snapshot names, and whether it is in it (S1). */
function dangling(snapshot: RouteSnapshot): readonly string[] {
  const has = {
    terminals: new Set<string>(snapshot.terminals.map((terminal) => terminal.extension)),
    numbers: new Set<string>(snapshot.numbers.map((own) => own.number)),
    trunks: new Set<string>(snapshot.trunks.map(({ id }) => id)),
  };
  const lists = [
    ...snapshot.groups.map(({ targets }) => targets),
    ...snapshot.terminals.map(({ relay }) => relay?.targets ?? []),
  ];
  const followed = snapshot.terminals.filter(({ relay }) => relay !== null);
  const named = [
    ...lists.flat().flatMap((target) => (target.kind === "extension" ? [target.extension] : [])),
    ...followed.map((terminal) => terminal.extension),
  ];
  return [
    ...named.filter((id) => !has.terminals.has(id)),
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
  const flags = fc.array(fc.boolean(), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(flags, fc.constantFrom("1001", "1002", "1003", "1004", "2000"), (follow, id) => {
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
      };
      const snapshot = resolve({ ...base, company }, extension(id));
      expect(snapshot && dangling(snapshot)).toEqual([]);
    }),
  );
});
