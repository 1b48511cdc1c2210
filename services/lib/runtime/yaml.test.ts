import { expect, it } from "vitest";
import { readYaml } from "./yaml.ts";

const value = (text: string) => {
  const result = readYaml(text, 1000);
  if (result.kind !== "value") throw new Error(JSON.stringify(result.faults));
  return result;
};
const faults = (text: string, lengthMax = 1000) => {
  const result = readYaml(text, lengthMax);
  if (result.kind !== "broken") throw new Error("not broken");
  return result.faults;
};

it("every scalar stays text (Y1)", () => {
  expect(value("{ a: 0312345678, b: yes, c: 2026-10-01, d: 1e3, e: null }").value).toEqual({
    a: "0312345678",
    b: "yes",
    c: "2026-10-01",
    d: "1e3",
    e: "null",
  });
});

it("tells the line of a value, and of the nearest around one that is not there", () => {
  const { lineOf } = value("# first\na:\n  - b: 1\n    c: 2\n");
  expect(lineOf(["a", 0, "c"])).toBe(4);
  expect(lineOf(["a", 0, "nothing", "deeper"])).toBe(3);
  expect(lineOf(["other"])).toBe(2);
});

it("says on which line it is no YAML", () => {
  expect(faults("a: 1\nb: [1, 2\n").map(({ line }) => line)).toContain(3);
  expect(faults("a: 1\na: 2\n")).toMatchObject([{ line: 2 }]);
  expect(faults("a: 1\n---\nb: 1\n")).toEqual([
    { line: 2, problem: "a second document starts here" },
  ]);
});

it("is bounded in length and in aliases (Y2)", () => {
  expect(faults("a: 12345", 7)).toEqual([{ line: 0, problem: "longer than 7 characters" }]);
  const bomb = [0, 1, 2, 3, 4].reduce(
    (text, n) => `${text}a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(",")}]\n`,
    "a0: &a0 [x]\n",
  );
  expect(faults(bomb)).toMatchObject([{ problem: expect.stringMatching(/alias/) }]);
});
