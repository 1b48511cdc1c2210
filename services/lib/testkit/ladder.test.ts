import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { laddersIn, runLadder } from "./ladder.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kakehashi-ladder-"));
});
afterEach(() => {
  delete process.env["LADDERS"];
  rmSync(folder, { recursive: true });
});

/** Answers how often it was asked. */
const counting = () => {
  let asked = 0;
  return (input: string): string => {
    asked += 1;
    return `${input} was ${asked}`;
  };
};

const GOLDEN = `# what it shows

offered                      | offered was 1
leg-answered b1   # a winner | leg-answered b1 was 2
`;

it("passes on a file that says what comes out", () => {
  const file = join(folder, "a.ladder");
  writeFileSync(file, GOLDEN);
  expect(() => runLadder(file, counting())).not.toThrow();
});

it("fails on a file that says otherwise and leaves it alone", () => {
  const file = join(folder, "a.ladder");
  writeFileSync(file, "offered | something else\n");
  expect(() => runLadder(file, counting())).toThrow(/make ladders/);
  expect(readFileSync(file, "utf8")).toBe("offered | something else\n");
});

it("writes what comes out when asked, comments kept, and passes afterwards", () => {
  const file = join(folder, "a.ladder");
  writeFileSync(file, "# what it shows\n\noffered\nleg-answered b1 # a winner\n");
  process.env["LADDERS"] = "rewrite";
  runLadder(file, counting());
  delete process.env["LADDERS"];
  expect(readFileSync(file, "utf8")).toBe(GOLDEN);
  expect(() => runLadder(file, counting())).not.toThrow();
});

it("lists the ladders of a folder", () => {
  for (const name of ["b.ladder", "a.ladder", "c.txt"]) writeFileSync(join(folder, name), "");
  expect(laddersIn(folder).map(({ name }) => name)).toEqual(["a", "b"]);
});
