import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readRules, renderRules, ruleRows, rulesOf, testsOf } from "./rule-table.ts";

const PAGE = `
| R1 | Three modes. | each connects |
| D3 | external → T | T's relay | yes | T | standard |
| A22 | Is it free? | Yes. |
| 4.5 | no rule | |
`;

const report = (...tests: (readonly [string, string])[]) => ({
  testResults: [{ assertionResults: tests.map(([title, status]) => ({ title, status })) }],
});

it("the rules of the page are read with their words", () => {
  expect(readRules(PAGE)).toEqual([
    { id: "R1", says: "Three modes." },
    { id: "D3", says: "external → T; T's relay" },
    { id: "A22", says: "Is it free?" },
  ]);
});

it("docs/domain.md has all of R1 to R25, D1 to D9, A1 to A22", () => {
  const ids = readRules(readFileSync("docs/domain.md", "utf8")).map(({ id }) => id);
  const row = (letter: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
  expect(ids).toEqual([...row("R", 25), ...row("D", 9), ...row("A", 22)]);
});

it.each<[string, readonly string[]]>([
  ["R12, D3: the own number is shown", ["R12", "D3"]],
  ["4.5b: the call comes back", ["4.5b"]],
  ["5.2: midnight", ["5.2"]],
  ["a call about R12: nothing", []],
  ["R12 without a colon", []],
])("a title names its rules at its beginning: %s", (title, ids) => {
  expect(rulesOf(title)).toEqual(ids);
});

it("a rule is shown when it has tests and all passed", () => {
  const tests = testsOf("unit", report(["R1: a", "passed"], ["R1, D3: b", "failed"]));
  const rows = ruleRows(readRules(PAGE), tests);
  expect(rows.map(({ rule, tests: own, shown }) => [rule.id, own.length, shown])).toEqual([
    ["R1", 2, false],
    ["D3", 1, false],
    ["A22", 0, false],
  ]);
  expect(renderRules(rows)).toContain("0 of 3 rules shown; not: R1, D3, A22");
  const passed = ruleRows(readRules(PAGE), testsOf("unit", report(["R1, D3, A22: b", "passed"])));
  expect(renderRules(passed)).toContain("3 of 3 rules shown");
});

it("a test that was skipped shows nothing", () => {
  const rows = ruleRows(readRules(PAGE), testsOf("e2e", report(["R1: a", "pending"])));
  expect(rows[0]?.shown).toBe(false);
});
