/** An invoice with only such characters as its font can draw, and words about the others. */
import { drawable, type HasGlyph } from "./glyphs.ts";
import type { Invoice, InvoiceLine } from "./invoice.ts";

/** An invoice that can be drawn whole; `warnings` are one line for each character that cannot. */
export interface PrintableInvoice {
  readonly invoice: Invoice;
  readonly warnings: readonly string[];
}

/** Makes every text of the invoice drawable; a line without Japanese words is drawn in English. */
export function printableInvoice(invoice: Invoice, hasGlyph: HasGlyph): PrintableInvoice {
  const replaced = new Set<string>();
  const draw = (text: string): string => {
    const drawn = drawable(text, hasGlyph);
    for (const character of drawn.replaced) replaced.add(character);
    return drawn.text;
  };
  const { seller } = invoice;
  const drawLine = (line: InvoiceLine): InvoiceLine => ({
    ...line,
    descriptionJa: draw(line.descriptionJa === "" ? line.description : line.descriptionJa),
  });
  const drawn = {
    ...invoice,
    number: draw(invoice.number),
    buyerName: draw(invoice.buyerName),
    seller: {
      name: draw(seller.name),
      registrationNumber: draw(seller.registrationNumber),
      address: draw(seller.address.trim()),
      telephone: draw(seller.telephone),
      bank: draw(seller.bank.trim()),
    },
    lines: invoice.lines.map(drawLine),
  };
  return { invoice: drawn, warnings: [...replaced].map(warning) };
}

function warning(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return /^[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]$/u.test(character)
    ? `the invoice's font has no variants (U+${code}): the ordinary form is shown`
    : `the invoice's font has no "${character}" (U+${code}): 〓 is shown`;
}
