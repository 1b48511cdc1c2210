import { expect, it } from "vitest";
import { changeLines } from "./apply.ts";

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
