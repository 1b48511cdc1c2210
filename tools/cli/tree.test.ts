import { expect, it } from "vitest";
import { drawTree } from "./tree.ts";

type Node = readonly [id: string, parent: string];
const draw = (nodes: readonly Node[]): readonly string[] =>
  drawTree(nodes, { id: ([id]) => id, parent: ([, parent]) => parent }).map(
    ({ node, branch }) => branch + node[0],
  );

it("children stand under their parent in the order they came", () => {
  const nodes: readonly Node[] = [
    ["a", ""],
    ["b", "a"],
    ["z", ""],
    ["c", "b"],
    ["d", "a"],
  ];
  expect(draw(nodes)).toEqual(["a", "├─ b", "│  └─ c", "└─ d", "z"]);
});

it("a node whose parent is missing is a root", () => {
  expect(draw([["b", "gone"]])).toEqual(["b"]);
});

it("parents in a circle, a node that is its own parent and a doubled id all appear once each", () => {
  const nodes: readonly Node[] = [
    ["a", "b"],
    ["b", "a"],
    ["c", "c"],
    ["d", ""],
    ["d", ""],
    ["e", "d"],
  ];
  expect([...draw(nodes)].map((line) => line.replace(/^\W+/, "")).sort()).toEqual([
    "a",
    "b",
    "c",
    "d",
    "d",
    "e",
  ]);
});
