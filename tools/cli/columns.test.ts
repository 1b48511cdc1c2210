import { describe, expect, it } from "vitest";
import { facts, plain, table, widthOf } from "./columns.ts";

describe("columns", () => {
  it.each([
    ["abc", 3],
    ["株式会社デモ", 12],
    ["ｱｲｳ", 3],
    ["か\u3099", 2],
    ["ＡＢ", 4],
    ["📞", 2],
    ["├─ é", 4],
    ["", 0],
  ])("%j takes %i columns", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it("Japanese and Latin cells stand in the same columns, numbers at the right", () => {
    const lines = table(
      [{ title: "ID" }, { title: "NAME" }, { title: "N", align: "right" }],
      [
        ["demo", "株式会社デモ", "3"],
        ["other", "Other", "12"],
      ],
    );
    expect(lines).toEqual([
      "ID     NAME           N",
      "demo   株式会社デモ   3",
      "other  Other         12",
    ]);
    expect(new Set(lines.map(widthOf)).size).toBe(1);
  });

  it("a column without any value is left out, and no line ends in spaces", () => {
    const lines = table(
      [{ title: "A" }, { title: "EMPTY" }, { title: "B" }],
      [
        ["1", "", "x"],
        ["2", "", ""],
      ],
    );
    expect(lines).toEqual(["A  B", "1  x", "2"]);
  });

  it("text from outside can neither move the cursor nor break a line nor turn its direction", () => {
    const evil = "\u001b[2Ja\nb\u202ec\u009bm";
    expect(plain(evil)).toBe("\ufffd[2Ja\ufffdb\ufffdc\ufffdm");
    expect(table([{ title: "A" }], [[evil]])).toHaveLength(2);
    expect(facts([["name", evil]]).join("")).not.toContain("\u001b");
  });
});
