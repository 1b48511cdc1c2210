import { describe, expect, it } from "vitest";
import { allFaults, check, faults, NOTHING_STORED } from "../../test/checked.ts";
import { japaneseNumbers as book } from "../shell/phone-book.ts";
import { readYaml } from "../shell/yaml.ts";
import { checkDocument, readDocument } from "./document.ts";

const messages = (yaml: string): string =>
  allFaults(yaml)
    .map(({ message }) => message)
    .join("\n");

const GOOD = `
trunks:
  - { id: carrier, sources: [192.0.2.1], gateways: [192.0.2.9], channels: 10 }
company:
  id: demo
  name: 見本
  domain: Demo.Example.COM
  contract: { terminalForwarding: true, representativeForwarding: true, extraChannels: 2 }
  numbers:
    - { number: 050-5555-0100, kind: representative, trunk: carrier, group: sales }
    - { number: 050-5555-0101, kind: standard, trunk: carrier, extension: 1001 }
  terminals:
    - { extension: 1001, name: 佐藤, password: secret-1001, number: 050-5555-0101 }
    - extension: 1002
      name: 鈴木
      password: secret-1002
      homeRepresentative: 050-5555-0100
      relay: { targets: [{ extension: 1001 }, { outside: 03-1234-5678, ringSeconds: 30 }] }
  groups:
    - id: sales
      name: 営業
      extension: 2000
      representative: 050-5555-0100
      mode: ring-all
      targets: [{ extension: 1001 }, { extension: 1002 }, { outside: 090-1234-5678 }]
  users:
    - { id: sato, name: 佐藤, extensions: [1001] }
    - { id: suzuki, name: 鈴木, extensions: [1002] }
`;

/** The good document with one text replaced; the replacement must hit. */
function but(from: string, to: string): string {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
}

describe("a good document", () => {
  it("is accepted whole, with defaults filled in (DOMAIN 2.3)", () => {
    const result = check(GOOD);
    expect(result).toMatchObject({
      kind: "accepted",
      document: {
        trunks: [
          {
            id: "carrier",
            gateways: [{ host: "192.0.2.9", port: 5060, transport: "udp" }],
            identity: "pai",
            format: "e164",
          },
        ],
        company: {
          domain: "demo.example.com",
          terminals: [
            { extension: "1001", number: "+815055550101", ringMs: 20_000, relay: null },
            {
              extension: "1002",
              relay: {
                ringSelf: true,
                targets: [{ ringMs: 20_000 }, { number: "+81312345678", ringMs: 30_000 }],
              },
            },
          ],
          groups: [{ totalRingMs: 60_000, followMemberRelay: false }],
        },
      },
    });
  });

  it("keeps passwords apart from the company", () => {
    const result = check(GOOD);
    if (result.kind !== "accepted") throw new Error("refused");
    expect(result.document.passwords).toEqual([
      { extension: "1001", password: "secret-1001" },
      { extension: "1002", password: "secret-1002" },
    ]);
    expect(JSON.stringify(result.document.company)).not.toContain("secret-1001");
  });

  it("may leave out the password of a terminal that has one, and name a stored trunk", () => {
    const yaml = readYaml(
      GOOD.slice(GOOD.indexOf("company:")).replace("password: secret-1001, ", ""),
    );
    if (yaml.kind === "broken") throw new Error("broken");
    const read = readDocument(yaml.value, book);
    const around = { trunks: new Set(["carrier"]), withPassword: new Set(["1001"]) };
    expect(checkDocument(read, { ...NOTHING_STORED, ...around } as never).kind).toBe("accepted");
    expect(checkDocument(read, NOTHING_STORED).kind).toBe("faulty");
  });
});

const T = "company.terminals";
const G = "company.groups[0]";
const N = "company.numbers";

describe("one fault, named by path and rule", () => {
  it.each([
    // Contract: outside targets need the part of the option that belongs to where they stand.
    [
      "R2, R23: an outside target of a terminal needs the terminal part",
      "terminalForwarding: true",
      "terminalForwarding: false",
      `${T}[1].relay.targets[1].outside [R2/R23]`,
    ],
    [
      "R2, A10: an outside target of a representative number needs its part, whatever else is bought",
      "representativeForwarding: true",
      "representativeForwarding: false",
      `${G}.targets[2].outside [R2/A10]`,
    ],
    // Source numbers.
    [
      "D8, A3: a terminal without any number may not forward outside",
      "homeRepresentative: 050-5555-0100",
      "ringSeconds: 20",
      `${T}[1].homeRepresentative [D8/A3]`,
    ],
    [
      "A3: the home representative number is a representative number",
      "homeRepresentative: 050-5555-0100",
      "homeRepresentative: 050-5555-0101",
      `${T}[1].homeRepresentative [A3]`,
    ],
    [
      "D9: a group that is dialled inside needs a number to dial outside",
      "      representative: 050-5555-0100\n",
      "",
      `${G}.representative [D9]`,
    ],
    [
      "R10: a group's representative number is one that rings it",
      "      representative: 050-5555-0100",
      "      representative: 050-5555-0101",
      `${G}.representative [R10]`,
    ],
    [
      "R12: a terminal's own number is a standard number that rings it",
      "number: 050-5555-0101 }",
      "number: 050-5555-0100 }",
      `${T}[0].number [R12]`,
    ],
    // Destinations.
    [
      "A19: a number of the own company is no destination",
      "outside: 090-1234-5678",
      "outside: 050-5555-0101",
      `${G}.targets[2].outside [A19]`,
    ],
    [
      "3.1: a toll-free number is no destination",
      "outside: 090-1234-5678",
      "outside: 0120-123-456",
      `${G}.targets[2].outside [3.1]`,
    ],
    [
      "3.3: a company owns 050 numbers only",
      "number: 050-5555-0100, kind",
      "number: 03-1234-5678, kind",
      `${N}[0].number [3.3]`,
    ],
    // Ring times.
    [
      "2.3: a target rings 120 s at most",
      "ringSeconds: 30",
      "ringSeconds: 121",
      `${T}[1].relay.targets[1].ringSeconds [2.3]`,
    ],
    [
      "2.3: a target rings 5 s at least",
      "ringSeconds: 30",
      "ringSeconds: 4",
      `${T}[1].relay.targets[1].ringSeconds [2.3]`,
    ],
    [
      "2.3: a list rings 170 s at most",
      "mode: ring-all",
      "mode: ring-all\n      totalRingSeconds: 171",
      `${G}.totalRingSeconds [2.3]`,
    ],
    [
      "A15: extra channels are a whole number",
      "extraChannels: 2",
      "extraChannels: -1",
      "company.contract.extraChannels [A15]",
    ],
    // References.
    ["trunk", "trunk: carrier, group", "trunk: other, group", `${N}[0].trunk`],
    ["group of a number", "group: sales", "group: sale", `${N}[0].group`],
    ["target", "{ extension: 1002 }", "{ extension: 1009 }", `${G}.targets[1].extension`],
    ["user", "extensions: [1001]", "extensions: [1001, 1009]", "company.users[0].extensions[1]"],
    [
      "own terminal",
      "targets: [{ extension: 1001 }, { outside: 03",
      "targets: [{ extension: 1002 }, { outside: 03",
      `${T}[1].relay.targets[0].extension`,
    ],
    [
      "standard number of a terminal without one",
      ", number: 050-5555-0101",
      "",
      `${N}[1].extension`,
    ],
    ["standard number rings a group", "kind: representative", "kind: standard", `${N}[0].group`],
    // Doubles.
    ["rings with itself", "{ extension: 1002 }", "{ extension: 1001 }", `${G}.targets[1]`],
    ["group extension of a terminal", "extension: 2000", "extension: 1001", `${G}.extension`],
    // Forms.
    ["short password", "secret-1001", "secret", `${T}[0].password`],
    ["no password", "password: secret-1001, ", "", `${T}[0].password`],
    ["bad domain", "Demo.Example.COM", "demo example", "company.domain"],
    [
      "both kinds of target",
      "{ extension: 1002 }",
      "{ extension: 1002, outside: 0312345678 }",
      `${G}.targets[1]`,
    ],
    ["unknown field", "channels: 10", "channels: 10, chanels: 3", "trunks[0].chanels"],
    ["bad source", "192.0.2.1", "192.0.2.256", "trunks[0].sources[0]"],
    ["bad gateway", "192.0.2.9", "192.0.2.9:70000", "trunks[0].gateways[0]"],
    ["gateway by name", "192.0.2.9", "sip.example.net", "trunks[0].gateways[0]"],
    ["no gateway", "gateways: [192.0.2.9]", "gateways: []", "trunks[0].gateways"],
  ])("%s", (_, from, to, expected) => {
    const yaml = but(from, to);
    expect(faults(yaml)).toContain(expected);
    // Each is told in Japanese too, as a sentence that says what to do.
    for (const { messageJa } of allFaults(yaml)) {
      expect(messageJa).toMatch(/ください(（[^）]*）)?。$/);
    }
  });
});

it("R3, R4: a list mixes extensions, landlines and mobiles in any order, and keeps it", () => {
  const mixed =
    "[{ extension: 1001 }, { outside: 03-1234-5678 }, { outside: 090-1234-5678 }, { extension: 1002 }]";
  const from = "[{ extension: 1001 }, { extension: 1002 }, { outside: 090-1234-5678 }]";
  expect(check(but(from, mixed))).toMatchObject({
    document: {
      company: {
        groups: [
          {
            targets: [
              { extension: "1001" },
              { number: "+81312345678" },
              { number: "+819012345678" },
              { extension: "1002" },
            ],
          },
        ],
      },
    },
  });
});

it("R2: without a contract no outside target is stored; without outside targets none is needed", () => {
  const contract =
    "  contract: { terminalForwarding: true, representativeForwarding: true, extraChannels: 2 }\n";
  const bare = but(contract, "");
  expect(faults(bare)).toEqual([
    `${T}[1].relay.targets[1].outside [R2/R23]`,
    `${G}.targets[2].outside [R2/A10]`,
  ]);
  expect(faults(bare.replaceAll(/, \{ outside[^}]*\}/g, ""))).toEqual([]);
});

it("a wrong file does not make more than 1001 faults, the last one says so", () => {
  const wrong = Array.from({ length: 1500 }, () => "    - { extension: 1 }").join("\n");
  const told = allFaults(`company:\n  terminals:\n${wrong}\n`);
  expect(told).toHaveLength(1001);
  expect(told.at(-1)?.message).toContain("more than 1000 faults");
});

it("null and ~ leave a field out, as in other YAML files", () => {
  expect(faults(but("mode: ring-all", "mode: ring-all\n      totalRingSeconds: ~"))).toEqual([]);
  expect(faults(but(", number: 050-5555-0101", ", relay: null, number: 050-5555-0101"))).toEqual(
    [],
  );
  expect(faults(but("name: 見本", "name: null"))).toEqual(["company.name"]);
});

describe("what stands twice", () => {
  const row = "    - { number: 050-5555-0101, kind: standard, trunk: carrier, extension: 1001 }\n";

  it("a number, even when it is written differently", () => {
    const twice = row + row.replace("050-5555-0101", "+815055550101");
    expect(faults(but(row, twice))).toEqual([`${N}[2].number`]);
  });

  it("an address of two trunks", () => {
    const trunk =
      "  - { id: carrier, sources: [192.0.2.1], gateways: [192.0.2.9], channels: 10 }\n";
    const doubled = but(trunk, trunk + trunk.replace("carrier", "second"));
    expect(faults(doubled)).toEqual(["trunks[1].sources[0]"]);
  });
});

it("4.5: a list holds 20 targets, and so does what the relays it follows lead to", () => {
  // One destination many times: it counts once (A6), and is called each time.
  const many = (count: number): string =>
    Array.from({ length: count }, () => "{ outside: 03-1234-5678 }").join(", ");
  const relay = (count: number): string =>
    GOOD.replace(
      "targets: [{ extension: 1001 }, { outside: 03-1234-5678, ringSeconds: 30 }]",
      `targets: [${many(count)}]`,
    );
  expect(faults(relay(19))).toEqual([]);
  expect(faults(relay(20))).toEqual([`${T}[1].relay.targets [4.5]`]);
  expect(faults(relay(21))).toContain(`${T}[1].relay.targets`);
  const followed = relay(19).replace(
    "mode: ring-all",
    "mode: ring-all\n      followMemberRelay: true",
  );
  expect(faults(followed)).toEqual([`${G}.targets [4.5]`]);
  // A member that stays silent stands in the plan too: 1 + 17 for it, and two targets more.
  const silent = (count: number): string =>
    followed
      .replace(many(19), `${many(count)}], ringSelf: false, followMemberRelay: [`)
      .replace(", followMemberRelay: []", "");
  expect(faults(silent(17))).toEqual([]);
  expect(faults(silent(18))).toEqual([`${G}.targets [4.5]`]);
});

it("all faults are told at once, in the document's order of reading, then of checking", () => {
  const bad = GOOD.replace("090-1234-5678", "110")
    .replace("192.0.2.1", "carrier.example")
    .replace("ringSeconds: 30", "ringSeconds: soon")
    .replace("terminalForwarding: true", "terminalForwarding: false")
    .replace("extensions: [1001]", "extensions: [1]")
    .replace("trunk: carrier, extension", "trunk: nobody, extension");
  expect(faults(bad)).toEqual([
    `${T}[1].relay.targets[1].ringSeconds [2.3]`,
    `${G}.targets[2].outside [3.1]`,
    "company.users[0].extensions[0]",
    "trunks[0].sources[0]",
    `${N}[1].trunk`,
    `${T}[1].relay.targets[1].outside [R2/R23]`,
  ]);
});

it("a message says what to do, and never shows a password", () => {
  const bad = messages(but("secret-1001", "hunter2").replace("090-1234-5678", "0120-123-456"));
  expect(bad).toContain("write the subscriber's own number");
  expect(bad).not.toContain("hunter2");
});

it.each([
  ["text", "hello"],
  ["a list", "- 1"],
  ["nothing", ""],
  ["no part", "{}"],
  ["a list as company", "company: []"],
  ["prototype keys", "company: { __proto__: { id: x }, constructor: 1 }"],
])("a document of the wrong shape is faulty, never thrown at: %s", (_, yaml) => {
  expect(faults(yaml).length).toBeGreaterThan(0);
});
