import { expect, it } from "vitest";
import { faultLines, warningLines } from "./fault-lines.ts";

const own = { message: "is the company's own", messageJa: "は自社の番号です", rule: "A19" };
const FAULTS = [
  { path: "company.groups[0].targets[1].outside", line: 30, ...own },
  { path: "", message: "is not YAML here", messageJa: "", rule: "", line: 0 },
  { path: "company.id", message: "is missing", messageJa: "がありません", rule: "", line: 2 },
  { path: "company.groups[0].targets[2].outside", line: 31, ...own },
];

it("faults: file, line, path, what to do, the rule, Japanese below; then each rule in words once", () => {
  expect(faultLines("demo.yaml", FAULTS, "both")).toEqual([
    "demo.yaml: is not YAML here",
    "demo.yaml:2: company.id is missing",
    "    がありません",
    "demo.yaml:30: company.groups[0].targets[1].outside is the company's own [A19]",
    "    は自社の番号です",
    "demo.yaml:31: company.groups[0].targets[2].outside is the company's own [A19]",
    "    は自社の番号です",
    "",
    "rules",
    "  A19  a number of the own company is not an outside target: use the extension",
    "",
    "4 faults in demo.yaml; nothing was stored: correct them and try again",
  ]);
});

it("one language alone; a fault that has no Japanese words is told in English", () => {
  const [, , , last] = FAULTS;
  if (last === undefined) throw new Error("there are four faults");
  expect(faultLines("demo.yaml", [last], "en").slice(0, 2)).toEqual([
    "demo.yaml:31: company.groups[0].targets[2].outside is the company's own [A19]",
    "",
  ]);
  const japanese = faultLines("demo.yaml", FAULTS.slice(1, 4), "ja");
  expect(japanese.slice(0, 3)).toEqual([
    "demo.yaml: is not YAML here",
    "demo.yaml:2: company.id がありません",
    "demo.yaml:31: company.groups[0].targets[2].outside は自社の番号です [A19]",
  ]);
  expect(japanese).toContain(
    "  A19  自社の番号は外線転送先にできません。内線番号を指定してください",
  );
});

it("warnings are marked in each language, and are followed by the rules and nothing else", () => {
  const warning = { path: "company.contract.until", line: 9, rule: "R2" };
  const words = { message: "from 2027-01-01 on nothing is bought", messageJa: "契約がありません" };
  const lines = (language: "en" | "ja" | "both") =>
    warningLines("demo.yaml", [{ ...warning, ...words }], language);
  expect(lines("both")).toEqual([
    "demo.yaml:9: warning: company.contract.until: from 2027-01-01 on nothing is bought [R2]",
    "    注意: 契約がありません",
    "",
    "rules",
    "  R2  forwarding to outside numbers is not in the company's contract",
  ]);
  expect(lines("ja")[0]).toBe("demo.yaml:9: 注意: company.contract.until: 契約がありません [R2]");
  expect(warningLines("demo.yaml", [], "both")).toEqual([]);
});
