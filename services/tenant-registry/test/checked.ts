/** Documents read and checked as the registry does it, for the tests of its core. */
import type { ContractTerm } from "../../lib/telephony/contract.ts";
import type { CivilDate } from "../../lib/telephony/tokyo-time.ts";
import { checkDocument, type DocumentResult, readDocument } from "../src/core/document.ts";
import { type Fault, pathText } from "../src/core/reading.ts";
import { japaneseNumbers } from "../src/shell/phone-book.ts";
import { readYaml } from "../src/shell/yaml.ts";

/** The day on which documents of these tests are applied. */
export const TODAY = "2026-07-01" as CivilDate;

/** A registry that holds nothing. */
export const NOTHING_STORED = {
  today: TODAY,
  contracts: [] as readonly ContractTerm[],
  trunks: new Set<never>(),
  withPassword: new Set<never>(),
};

/** Reads and checks a document against a registry. */
export function check(yaml: string, around = NOTHING_STORED): DocumentResult {
  const read = readYaml(yaml);
  if (read.kind === "broken") throw new Error(read.faults[0]?.message);
  return checkDocument(readDocument(read.value, japaneseNumbers), around);
}

/** All faults of a document. */
export function allFaults(yaml: string, around = NOTHING_STORED): readonly Fault[] {
  const result = check(yaml, around);
  return result.kind === "accepted" ? [] : result.faults;
}

/** Faults as `path [rule]`, in the order in which they are told. */
export const faults = (yaml: string, around = NOTHING_STORED): readonly string[] =>
  allFaults(yaml, around).map(placeAndRule);

/** All warnings of a document without faults. */
export function allWarnings(yaml: string, around = NOTHING_STORED): readonly Fault[] {
  const result = check(yaml, around);
  if (result.kind === "faulty") throw new Error(result.faults.map(placeAndRule).join(", "));
  return result.warnings;
}

/** Warnings as `path [rule]`, in the order in which they are told. */
export const warnings = (yaml: string, around = NOTHING_STORED): readonly string[] =>
  allWarnings(yaml, around).map(placeAndRule);

const placeAndRule = ({ path, rule }: Fault): string =>
  pathText(path) + (rule === "" ? "" : ` [${rule}]`);
