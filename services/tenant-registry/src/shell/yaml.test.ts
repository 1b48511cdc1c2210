import { expect, it } from "vitest";
import { SYNTAX } from "../core/form-faults.ts";
import { readYaml } from "./yaml.ts";

it("gives the value of a document, and its lines", () => {
  const read = readYaml("a:\n  - x: 1\n");
  if (read.kind === "broken") throw new Error("broken");
  expect(read.value).toEqual({ a: [{ x: "1" }] });
  expect(read.lineOf(["a", 0, "x"])).toBe(2);
});

it.each([
  ["a key that stands twice", "a: 1\nb: 2\na: 3\n", 3, SYNTAX.doubleKey("a")],
  ["a second document", "a: 1\n---\nb: 2\n", 2, SYNTAX.secondDocument()],
  ["a document of over 4 MiB", "x".repeat(4_194_305), 0, SYNTAX.tooLong(4_194_304)],
])("tells of %s in its own words", (_, text, line, words) => {
  expect(readYaml(text)).toEqual({ kind: "broken", faults: [{ path: [], line, ...words }] });
});

it("puts the parser's words into both texts", () => {
  const words = "Flow sequence";
  expect(readYaml("a: [1,\n")).toMatchObject({
    kind: "broken",
    faults: [
      {
        line: 2,
        message: expect.stringContaining(words),
        messageJa: expect.stringContaining(words),
      },
    ],
  });
});
