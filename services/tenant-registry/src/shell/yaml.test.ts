import { expect, it } from "vitest";
import { readYaml } from "./yaml.ts";

it("keeps scalars as they are written (Y1)", () => {
  expect(readYaml("a: 0312345678\nb: [yes, 1.50, 2024-01-01]\nc:\n")).toMatchObject({
    value: { a: "0312345678", b: ["yes", "1.50", "2024-01-01"], c: "" },
  });
});

it("knows the line of a value, and of what is around a missing one", () => {
  const read = readYaml("a:\n  - x: 1\n    y: 2\n  - x: 3\n");
  if (read.kind === "broken") throw new Error("broken");
  expect(read.lineOf(["a", 0, "y"])).toBe(3);
  expect(read.lineOf(["a", 1, "y"])).toBe(4);
  expect(read.lineOf(["z", 5])).toBe(1);
});

it.each([
  ["a key that stands twice", "a: 1\nb: 2\na: 3\n", 3],
  ["a second document", "a: 1\n---\nb: 2\n", 2],
  ["a broken list", "a: [1,\n", 2],
])("names the line of %s", (_, text, line) => {
  expect(readYaml(text)).toMatchObject({ kind: "broken", faults: [{ line }] });
});

it("does not unfold a tree of aliases (Y2)", () => {
  const layers = Array.from({ length: 12 }, (_, n) => {
    const inside = n === 0 ? "x" : Array.from({ length: 9 }, () => `*a${n - 1}`).join(", ");
    return `a${n}: &a${n} [${inside}]`;
  });
  expect(readYaml(layers.join("\n")).kind).toBe("broken");
});

// Comparing all pairs of keys takes longer than a test may.
it("finds a doubled key among very many", () => {
  const keys = Array.from({ length: 40_000 }, (_, n) => `k${n}: 1`);
  expect(readYaml([...keys, "k7: 2"].join("\n"))).toMatchObject({
    kind: "broken",
    faults: [{ line: 40_001, message: expect.stringContaining('"k7"') }],
  });
});

it("refuses a document that is too long before reading it (Y2)", () => {
  expect(readYaml(`a: ${"x".repeat(4 * 1024 * 1024)}`).kind).toBe("broken");
});
