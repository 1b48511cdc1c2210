import { expect, it } from "vitest";
import { parseDocument } from "yaml";
import { doubledKeys } from "./yaml-keys.ts";

const doubles = (text: string) =>
  doubledKeys(parseDocument(text, { schema: "failsafe", stringKeys: true, uniqueKeys: false }));

it("finds each key that stands again in its map, and none that stands in another", () => {
  expect(doubles("a: 1\nb: { c: 1, c: 2 }\na: 3\nd: { a: 1 }\n")).toEqual([
    { key: "a", offset: 23 },
    { key: "c", offset: 16 },
  ]);
  expect(doubles("- { a: 1 }\n- { a: 1 }\n")).toEqual([]);
});
