import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { allFaults } from "../../services/tenant-registry/test/checked.ts";
import { COMPANY_SCHEMA, companySchemaText } from "./company-schema.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string): string =>
  readFileSync(join(ROOT, path), "utf8").replaceAll("NET", "1");

const validate = new Ajv({ strictTypes: false }).compile(COMPANY_SCHEMA);
/** As an editor sees it: with YAML's own types. */
const schemaTakes = (yaml: string): boolean => validate(parse(yaml));
const registryTakes = (yaml: string): boolean => allFaults(yaml).length === 0;

it("docs/company-file.schema.json is current (npm run docs:schema writes it)", () => {
  expect(read("docs/company-file.schema.json")).toBe(companySchemaText());
});

it("every field has a description in English and in Japanese", () => {
  const fields = (schema: unknown): readonly (readonly [string, unknown])[] => {
    if (typeof schema !== "object" || schema === null) return [];
    return Object.entries(schema).flatMap(([key, value]) => [
      ...(key === "properties" ? Object.entries(value as object) : []),
      ...fields(value),
    ]);
  };
  // A condition repeats a field without describing it.
  const described = fields(COMPANY_SCHEMA).filter(
    ([, value]) => !/^\{"(\$ref|not|enum)":/.test(JSON.stringify(value)),
  );
  expect(described.length).toBeGreaterThan(60);
  for (const [name, value] of described) {
    const [english, japanese] = (value as { description?: string }).description?.split("\n") ?? [];
    expect([name, english]).toEqual([name, expect.stringMatching(/[A-Za-z0-9].*\.$/)]);
    expect([name, japanese]).toEqual([name, expect.stringMatching(/[ぁ-んァ-ヶ一-龠].*。$/)]);
  }
});

/** Every field there is, so that a mutation can reach it. */
const FULL = `
trunks:
  - id: carrier
    sources: [192.0.2.1]
    gateways: [192.0.2.9, "192.0.2.9:5070;transport=TCP"]
    channels: 10
    identity: ppi
    format: national
    privacy: absent
    diversion: history-info
    userPhone: false
company:
  id: demo
  name: 見本
  domain: Demo.Example
  contract:
    - { from: 2026-01-01, until: 2026-10-01, terminalForwarding: true, representativeForwarding: true }
    - from: 2026-10-01
      terminalForwarding: true
      representativeForwarding: true
      extraChannels: 5
      channelsPerNumber: 2
      internationalForwarding: false
      pricePlan: gold
      addOns: [{ number: 050-5555-0100, units: 1 }]
  schedules:
    - id: day
      name: 平日
      open: [{ days: [mon, tue], from: "09:00", until: 24:00 }]
      holidays: as-usual
      closedOn: [2026-12-29]
  numbers:
    - number: 05055550100
      kind: representative
      trunk: carrier
      group: main
      schedule: day
      outOfHours: { group: main }
      callers: { deny: [03-1111-2222], allow: [0312345678], anonymous: refuse }
    - number: 050-5555-0101
      kind: standard
      trunk: carrier
      extension: 1001
      schedule: day
      outOfHours: { targets: [{ extension: 1002 }], ringSelf: false, followMemberRelay: false }
  terminals:
    - extension: 1001
      name: 佐藤
      password: secret-1001
      number: 050-5555-0101
      ringSeconds: 15
      relay: { targets: [{ outside: 090-1234-5678, ringSeconds: 30 }], ringSelf: true }
    - { extension: 1002, name: 2, password: 12345678, homeRepresentative: 050-5555-0100 }
  groups:
    - id: main
      name: 代表
      extension: 0200
      representative: 050-5555-0100
      mode: ring-all
      totalRingSeconds: 60
      followMemberRelay: true
      targets: [{ extension: 1001 }, { outside: "0312345678" }]
  users:
    - { id: 7, name: true, extensions: [1001] }
`;

it.each([
  ["deploy/demo/company.yaml", read("deploy/demo/company.yaml")],
  ["tools/e2e/company.yaml", read("tools/e2e/company.yaml")],
  ["loadtest/company.yaml", read("loadtest/company.yaml")],
  ["a file with every field", FULL],
])("%s is taken by the registry and by the schema", (_, yaml) => {
  expect(allFaults(yaml)).toEqual([]);
  validate(parse(yaml));
  expect(validate.errors).toBeNull();
});

type Path = readonly (string | number)[];
interface Place {
  readonly path: Path;
  readonly value: unknown;
}

const places = (value: unknown, path: Path = []): readonly Place[] => [
  { path, value },
  ...(typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, child]) =>
        places(child, [...path, Array.isArray(value) ? Number(key) : key]),
      )
    : []),
];

/** A copy with one place changed; `undefined` takes it out. */
function changed(value: unknown, [step, ...rest]: Path, to: unknown): unknown {
  if (step === undefined) return to;
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => {
      if (index !== step) return [item];
      const next = changed(item, rest, to);
      return next === undefined ? [] : [next];
    });
  }
  const entries = Object.entries(value as object).map(
    ([key, child]) => [key, key === step ? changed(child, rest, to) : child] as const,
  );
  return Object.fromEntries(entries.filter(([, child]) => child !== undefined));
}

const DOCUMENT: unknown = parse(FULL);
const PLACES = places(DOCUMENT);

const anything = fc.oneof(
  fc.constantFrom(undefined, null, "", "null", "~", true, false, "true", "x", "no", [], {}),
  fc.constantFrom(0, 1, 5, 7, 120, 121, 171, 100_001, -1, 1.5, "5", "007", "1001", "0312345678"),
  fc.constantFrom(
    "2026-08-01",
    "2026-02-30",
    "08:00",
    "25:00",
    "110",
    "+81 3 1234 5678",
    "050-5555-0101",
  ),
  fc.constantFrom(
    [null],
    ["x"],
    [{}],
    { x: 1 },
    { targets: [] },
    "192.0.2.7",
    "a.b",
    "x".repeat(300),
  ),
  fc.constantFrom(...PLACES.map(({ value }) => value)),
);

it("whatever the schema refuses the registry refuses too (J1)", () => {
  let refused = 0;
  const mutation = fc.tuple(fc.constantFrom(...PLACES.slice(1).map(({ path }) => path)), anything);
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 2 }), (mutations) => {
      const document = mutations.reduce<unknown>(
        (value, [path, to]) =>
          places(value).some((place) => String(place.path) === String(path))
            ? changed(value, path, to)
            : value,
        DOCUMENT,
      );
      const yaml = stringify(document, { aliasDuplicateObjects: false });
      if (schemaTakes(yaml)) return;
      refused += 1;
      expect(registryTakes(yaml)).toBe(false);
    }),
    { numRuns: 400 },
  );
  expect(refused).toBeGreaterThan(100);
});

describe("what is wrong in form alone the schema refuses like the registry", () => {
  type Change = readonly [Path, unknown];
  /** Changes that the registry or the schema takes. */
  const taken = (changes: readonly Change[]): readonly object[] =>
    changes.flatMap(([path, to]) => {
      const yaml = stringify(changed(DOCUMENT, path, to));
      const verdict = { registry: registryTakes(yaml), schema: schemaTakes(yaml) };
      return verdict.registry || verdict.schema ? [{ path, to, ...verdict }] : [];
    });
  const isMap = (value: unknown): value is object =>
    typeof value === "object" && value !== null && !Array.isArray(value);

  it("a field that is not known, in every map", () => {
    const maps = PLACES.filter(({ value }) => isMap(value));
    expect(maps.length).toBeGreaterThan(20);
    const changes = maps.map(({ path, value }): Change => [path, { ...Object(value), unknown: 1 }]);
    expect(taken(changes)).toEqual([]);
  });

  it("text where a map or a list belongs, a map where text or a list belongs", () => {
    const changes = PLACES.slice(1).flatMap(({ path, value }): Change[] => [
      [path, typeof value === "object" ? "x y" : { x: 1 }],
      ...(Array.isArray(value) ? [[path, { x: 1 }] as const] : []),
    ]);
    expect(taken(changes)).toEqual([]);
  });

  it("a list where text belongs", () => {
    const scalars = PLACES.filter(({ value }) => typeof value !== "object");
    expect(taken(scalars.map(({ path }): Change => [path, ["x"]]))).toEqual([]);
  });

  it("another word than those of a choice, and another value than true or false", () => {
    const words = ["identity", "format", "privacy", "diversion", "holidays", "kind", "anonymous"];
    const choices = PLACES.filter(({ path }) => [...words, "mode"].includes(String(path.at(-1))));
    const flags = PLACES.filter(
      ({ path, value }) => typeof value === "boolean" && path.at(-1) !== "name",
    );
    expect([choices.length, flags.length]).toEqual([9, 10]);
    const changes = [...choices, ...flags].map(({ path }): Change => [path, "else"]);
    expect(taken(changes)).toEqual([]);
  });

  it.each([
    [["trunks", 0, "channels"], 0],
    [["trunks", 0, "sources"], []],
    [["trunks", 0, "sources", 0], "192.0.2.256"],
    [["trunks", 0, "gateways", 0], "sip.example.net"],
    [["company", "id"], "a b"],
    [["company", "name"], "x".repeat(101)],
    [["company", "domain"], "a_b"],
    [["company", "contract", 1, "extraChannels"], 100_001],
    [["company", "contract", 1, "channelsPerNumber"], 0],
    [["company", "contract", 1, "from"], "2026-13-01"],
    [["company", "contract", 1, "addOns", 0, "units"], 0],
    [["company", "contract", 1], { extraChannels: 5 }],
    [["company", "schedules", 0, "open"], []],
    [["company", "schedules", 0, "open", 0, "days"], ["holiday"]],
    [["company", "schedules", 0, "open", 0, "from"], "9:00"],
    [["company", "terminals", 0, "extension"], 123_456_789],
    [["company", "terminals", 0, "password"], "short"],
    [["company", "terminals", 0, "ringSeconds"], 121],
    [["company", "terminals", 0, "relay", "targets"], []],
    [["company", "groups", 0, "totalRingSeconds"], 171],
    [["company", "groups", 0, "targets", 0], { extension: 1001, outside: "0312345678" }],
    [["company", "groups", 0, "targets", 0], { ringSeconds: 20 }],
    [["company", "groups", 0, "targets"], Array.from({ length: 21 }, () => ({ extension: 1001 }))],
    [["company", "numbers", 0, "outOfHours"], {}],
    [["company", "groups", 0, "mode"], undefined],
    [["company", "numbers", 0, "trunk"], undefined],
    [["company", "users", 0, "name"], undefined],
  ])("%j as %j", (path, to) => {
    expect(taken([[path, to]])).toEqual([]);
  });
});
