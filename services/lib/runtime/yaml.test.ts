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
  expect(value("{ a: 0312345678, b: yes, c: 2026-10-01, d: 1e3, e: null, f: }").value).toEqual({
    a: "0312345678",
    b: "yes",
    c: "2026-10-01",
    d: "1e3",
    e: "null",
    f: "",
  });
});

it("tells the line of a value, and of the nearest around one that is not there", () => {
  const { lineOf } = value("# first\na:\n  - b: 1\n    c: 2\n");
  expect(lineOf(["a", 0, "c"])).toBe(4);
  expect(lineOf(["a", 0, "nothing", "deeper"])).toBe(3);
  expect(lineOf(["other"])).toBe(2);
});

/** The parser's; its place is cut off, as the line tells it. */
const UNENDED = "Flow sequence in block collection must be sufficiently indented and end with a ]";

it.each([
  ["a broken list", "a: 1\nb: [1, 2\n", { line: 3, kind: "syntax", words: UNENDED }],
  ["a doubled key", "a: 1\nb: 2\na: 3\n", { line: 3, kind: "double-key", key: "a" }],
  ["a second document", "a: 1\n---\nb: 1\n", { line: 2, kind: "second-document" }],
])("says what %s is and on which line", (_, text, fault) => {
  expect(faults(text)).toEqual([fault]);
});

// Comparing all pairs of keys takes longer than a test may.
it("finds a doubled key among very many", () => {
  const keys = Array.from({ length: 40_000 }, (_, n) => `k${n}: 1`);
  expect(faults([...keys, "k7: 2"].join("\n"), 1_000_000)).toEqual([
    { line: 40_001, kind: "double-key", key: "k7" },
  ]);
});

it("is bounded in length and in aliases (Y2)", () => {
  expect(faults("a: 12345", 7)).toEqual([{ line: 0, kind: "too-long", max: 7 }]);
  const bomb = [0, 1, 2, 3, 4].reduce(
    (text, n) => `${text}a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(",")}]\n`,
    "a0: &a0 [x]\n",
  );
  expect(faults(bomb)).toEqual([
    { line: 0, kind: "syntax", words: expect.stringMatching(/alias/) },
  ]);
});
