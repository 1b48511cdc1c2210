import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readYaml } from "../../../../lib/runtime/yaml.ts";
import type { CivilDate } from "../../../../lib/telephony/tokyo-time.ts";
import { fixedPolicyFaults, pricesOf, readPriceFile, taxPercentOn } from "./price-file.ts";
import { pathText } from "./reading.ts";

const SAMPLE = readFileSync(
  new URL("../../../../../deploy/demo/prices.sample.yaml", import.meta.url),
  "utf8",
);

function read(text: string) {
  const yaml = readYaml(text, 100_000);
  if (yaml.kind !== "value") throw new Error(JSON.stringify(yaml.faults));
  return readPriceFile(yaml.value);
}

function sound(text: string) {
  const result = read(text);
  if (result.kind === "faulty") throw new Error(JSON.stringify(result.faults));
  return result.file;
}

/** Faults as path and English message. */
function faults(text: string): readonly string[] {
  const result = read(text);
  if (result.kind !== "faulty") throw new Error("no faults");
  return result.faults.map(({ path, message }) => `${pathText(path)} ${message}`);
}

const day = (text: string): CivilDate => text as CivilDate;

it("the sample file is sound and says the default policies", () => {
  const file = sound(SAMPLE);
  expect(file.policies).toEqual({
    proration: "none",
    initialFeeOnGrowth: true,
    invoiceDay: 20,
    closeDay: 3,
    rounding: "down",
  });
  expect(sound(SAMPLE.replace(/policies:[\s\S]*?\n\n/, "")).policies).toEqual(file.policies);
});

it("R24: standard numbers have another price than representative and IVR numbers, also for add-ons", () => {
  const { monthly } = sound(SAMPLE).plans[0]!;
  expect(Object.keys(monthly)).toEqual([
    "terminal",
    "representative",
    "terminalAddOn",
    "representativeAddOn",
  ]);
  expect(faults(SAMPLE.replace(/ +representative: .*\n/, ""))).toEqual([
    "plans[0].monthly.representative is missing; it must be a whole number from 0 to 10000000",
  ]);
});

it("R21: a price file has no price that holds for one user or one number", () => {
  expect(faults(SAMPLE.replace("terminal: 100", "terminal: 100\n      users: {}"))).toEqual([
    "plans[0].monthly.users is not known here; use one of terminal, representative, terminalAddOn, representativeAddOn",
  ]);
});

it("R25: the newest price that holds on the day is taken, and the tax rate of the day", () => {
  const more = `${SAMPLE}
  - plan: standard
    validFrom: 2026-11-01
    monthly: { terminal: 110, representative: 550, terminalAddOn: 220, representativeAddOn: 330 }
`.replace("percent: 10 }", "percent: 10 }\n  - { from: 2030-04-01, percent: 12 }");
  const file = sound(more);
  expect(pricesOf(file, "standard", day("2024-09-30"))).toBeNull();
  expect(pricesOf(file, "standard", day("2026-10-31"))?.terminal).toBe(100);
  expect(pricesOf(file, "standard", day("2026-11-01"))?.terminal).toBe(110);
  expect(pricesOf(file, "other", day("2026-11-01"))).toBeNull();
  expect(taxPercentOn(file, day("2019-09-30"))).toBeNull();
  expect(taxPercentOn(file, day("2030-03-31"))).toBe(10);
  expect(taxPercentOn(file, day("2030-04-01"))).toBe(12);
});

it("names every fault at once, each with its path, in English and Japanese", () => {
  const text = `
seller: { name: 会社, registrationNumber: "9000000000000", address: 住所, fax: 1 }
policies: { proration: weekly, invoiceDay: 31, closeDay: 25, rounding: down }
taxRates: [{ from: 2026-10-15, percent: 10 }]
plans:
  - { plan: a b, validFrom: 2026-02-30, monthly: { terminal: -1, representative: 1.5, terminalAddOn: 1 } }
  - { plan: x, validFrom: 2026-10-01, monthly: { terminal: 1, representative: 1, terminalAddOn: 1, representativeAddOn: 1 } }
  - { plan: x, validFrom: 2026-10-01, monthly: { terminal: 1, representative: 1, terminalAddOn: 1, representativeAddOn: 1 } }
`;
  expect(faults(text)).toEqual([
    "seller.fax is not known here; use one of name, registrationNumber, corporation, address, tel, bank",
    "seller.registrationNumber must be T and 13 digits",
    "seller.tel is missing",
    "seller.bank is missing",
    "policies.invoiceDay must be a whole number from 1 to 28",
    "policies.closeDay must not come after invoiceDay (20): calls are closed before they are billed",
    "policies.proration must be one of none, daily",
    "taxRates[0].from must be the first day of a month: a line of an invoice is a month's",
    "plans[0].monthly.terminal must be a whole number from 0 to 10000000",
    "plans[0].monthly.representative must be a whole number from 0 to 10000000",
    "plans[0].monthly.representativeAddOn is missing; it must be a whole number from 0 to 10000000",
    "plans[0].plan must be 1 to 64 letters, digits, and . _ -",
    "plans[0].validFrom must be a date like 2026-10-01",
    "plans[2] stands twice: x 2026-10-01",
  ]);
  const result = read(text);
  const japanese = result.kind === "faulty" ? result.faults.map(({ messageJa }) => messageJa) : [];
  expect(japanese.filter((message) => !/[ぁ-ん]/.test(message))).toEqual([]);
});

it("an issuer whose name is blank is no issuer", () => {
  expect(faults(SAMPLE.replace("サンプル通信株式会社", '" 　"'))).toEqual([
    "seller.name is missing",
  ]);
});

it("a file without a tax rate is refused", () => {
  expect(faults(SAMPLE.replace(/taxRates:\n.*\n/, "taxRates: []\n"))).toEqual([
    "taxRates must be a list of 1 to 100 items",
  ]);
});

it.each([
  ["a list", "[1, 2]"],
  ["a word", "prices"],
  ["nothing", ""],
])("a file that is %s is refused", (_, text) => {
  expect(faults(text).length).toBeGreaterThan(3);
});

it("a policy that decides which invoice an amount stands on stays once invoices are issued", () => {
  const before = sound(SAMPLE).policies;
  expect(fixedPolicyFaults(before, { ...before, rounding: "up" })).toEqual([]);
  const after = { ...before, closeDay: 5, proration: "daily" as const };
  expect(fixedPolicyFaults(before, after).map(({ path }) => pathText(path))).toEqual([
    "policies.proration",
    "policies.closeDay",
  ]);
});
