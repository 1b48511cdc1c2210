import { expect, it } from "vitest";
import { changeLines, faultLines } from "./apply.ts";

it("faults: file, line, path, what to do, the rule; then each rule in words once", () => {
  const faults = [
    { path: "company.groups[0].targets[1].outside", message: "is own", rule: "A19", line: 30 },
    { path: "", message: "is not YAML here", rule: "", line: 0 },
    { path: "company.id", message: "is missing", rule: "", line: 2 },
    { path: "company.groups[0].targets[2].outside", message: "is own", rule: "A19", line: 31 },
  ];
  expect(faultLines("demo.yaml", faults)).toEqual([
    "demo.yaml: is not YAML here",
    "demo.yaml:2: company.id is missing",
    "demo.yaml:30: company.groups[0].targets[1].outside is own [A19]",
    "demo.yaml:31: company.groups[0].targets[2].outside is own [A19]",
    "",
    "rules",
    "  A19  a number of the own company is not an outside target: use the extension",
    "",
    "4 faults in demo.yaml; nothing was stored: correct them and apply again",
  ]);
});

it("changes say whether they were stored", () => {
  const changes = ["number 05012345678 added"];
  expect(changeLines("demo.yaml", { changes, revision: 13 }, false)).toEqual([
    "demo.yaml: 1 change stored as revision 13",
    "  number 05012345678 added",
  ]);
  expect(changeLines("demo.yaml", { changes, revision: 12 }, true)).toEqual([
    "demo.yaml: 1 change to make; nothing was stored",
    "  number 05012345678 added",
  ]);
  expect(changeLines("-", { changes: [], revision: 12 }, false)).toEqual([
    "-: nothing to change, revision is 12",
  ]);
});
