import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEMO_INVOICE, readInvoice } from "../test/canned-invoice.ts";
import { drawable, glyphsOf } from "./glyphs.ts";
import { FONTS } from "./pen.ts";
import { printableInvoice } from "./printable.ts";

const fontOf = (path: string) => {
  const hasGlyph = glyphsOf(readFileSync(path));
  if (hasGlyph === null) throw new Error(`${path} has no character map`);
  return hasGlyph;
};
const hasGlyph = fontOf(FONTS.regular);

describe("characters of the invoice's fonts", () => {
  it.each(["あ", "髙", "﨑", "㈱", "①", "¥", "▲", "〓", "é", "A"])("%s is there", (character) => {
    const codePoint = character.codePointAt(0) ?? 0;
    expect([hasGlyph(codePoint), fontOf(FONTS.bold)(codePoint)]).toEqual([true, true]);
  });

  it.each(["𠮷", "🙂", "한", "\u0007"])("%j is not", (character) => {
    expect(hasGlyph(character.codePointAt(0) ?? 0)).toBe(false);
  });

  it("a file without the character map that is read here is told apart", () => {
    expect(glyphsOf(new Uint8Array(12))).toBeNull();
  });
});

describe("drawable text", () => {
  it("G1: a character without a glyph becomes 〓 and is told", () => {
    expect(drawable("𠮷田🙂", hasGlyph)).toEqual({ text: "〓田〓", replaced: ["𠮷", "🙂"] });
  });

  it("letters and their marks are put together; line breaks stay", () => {
    const text = "か\u3099き\r\ne\u0301";
    expect(drawable(text, hasGlyph)).toEqual({ text: "がき\né", replaced: [] });
  });

  it("G1: of a variant the ordinary form is drawn, and it is told", () => {
    expect(drawable("葛\u{e0100}城", hasGlyph)).toEqual({ text: "葛城", replaced: ["\u{e0100}"] });
  });

  it("an invoice tells each such character once, wherever it stands", () => {
    const seller = { ...DEMO_INVOICE.seller, name: "𠮷", address: "葛\u{e0100}" };
    const given = readInvoice({ ...DEMO_INVOICE, buyerName: "𠮷𠮷" });
    const { invoice, warnings } = printableInvoice(
      { ...given, seller: { ...given.seller, ...seller } },
      hasGlyph,
    );
    expect([invoice.buyerName, invoice.seller.name, invoice.seller.address]).toEqual([
      "〓〓",
      "〓",
      "葛",
    ]);
    expect(warnings).toEqual([
      'the invoice\'s font has no "𠮷" (U+20BB7): 〓 is shown',
      "the invoice's font has no variants (U+E0100): the ordinary form is shown",
    ]);
  });

  it("a line without Japanese words is drawn in English", () => {
    const given = readInvoice(DEMO_INVOICE);
    const lines = given.lines.map((line) => ({ ...line, descriptionJa: "" }));
    const { invoice } = printableInvoice({ ...given, lines }, hasGlyph);
    expect(invoice.lines[1]?.descriptionJa).toBe("Outside forwarding, per user");
  });
});
