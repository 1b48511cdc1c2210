import { expect, it } from "vitest";
import { readPriceDocument } from "./price-document.ts";

it.each([
  [
    "a document of over 1 MiB",
    "x".repeat(1_048_577),
    [0, "longer than 1048576 characters", "1048576 文字を超えています"],
  ],
  [
    "a second document",
    "a: 1\n---\nb: 2\n",
    [2, "a second document starts here", "ここから 2 つ目の文書が始まっています"],
  ],
  [
    "a key that stands twice",
    "a: 1\nb: 2\na: 3\n",
    [3, '"a" stands twice in its map', "項目「a」が重複しています"],
  ],
] as const)("tells of %s in both languages", (_, document, [line, en, ja]) => {
  expect(readPriceDocument(document)).toEqual({
    kind: "faulty",
    faults: [
      {
        line,
        place: "",
        message: `is not YAML here: ${en}`,
        messageJa: `YAML として読めません: ${ja}`,
      },
    ],
  });
});

it("puts the parser's words into both texts", () => {
  const words = "Flow sequence";
  expect(readPriceDocument("a: [1,\n")).toMatchObject({
    kind: "faulty",
    faults: [
      {
        line: 2,
        message: expect.stringContaining(words),
        messageJa: expect.stringContaining(words),
      },
    ],
  });
});
