/**
 * Foot of the invoice's last page: net and tax of each rate (a qualified invoice must say both), what is
 * to be paid, and where to.
 */
import type { Invoice } from "./invoice.ts";
import { amountText } from "./pdf-head.ts";
import { INK, PAGE, type Pen } from "./pen.ts";
import { LABELS, taxedNet, taxOf } from "./words.ts";

const ABOVE = 14;
const ROW_HEIGHT = 18;
const GROSS_HEIGHT = 26;
const X = 318;
const BANK_WIDTH = X - PAGE.left - 24;
/** Room of an amount beside its label. */
const AMOUNT_WIDTH = 120;
const BANK_FACE = { size: 9 } as const;

type Total = readonly [label: string, yen: number];

/** Net and tax of each rate; their sums where there are several, or none. */
function totalsOf({ netYen, taxes, taxYen }: Invoice): readonly Total[] {
  const rates = taxes.flatMap((tax): readonly Total[] => [
    [taxedNet(tax.percent).ja, tax.netYen],
    [taxOf(tax.percent).ja, tax.taxYen],
  ]);
  const sums: readonly Total[] = [
    [LABELS.net.ja, netYen],
    [LABELS.tax.ja, taxYen],
  ];
  return taxes.length === 1 ? rates : [...rates, ...sums];
}

/** Height of the foot, in points. */
export function totalsHeight(pen: Pen, invoice: Invoice): number {
  const totals = totalsOf(invoice).length * ROW_HEIGHT + GROSS_HEIGHT;
  const bank = 16 + pen.heightOf(invoice.seller.bank, BANK_WIDTH, BANK_FACE);
  return ABOVE + Math.max(totals, bank);
}

/** Draws the foot below `top`. */
export function drawTotals(pen: Pen, invoice: Invoice, top: number): void {
  let y = top + ABOVE;
  drawBank(pen, invoice.seller.bank, y);
  for (const [label, value] of totalsOf(invoice)) {
    pen.write(label, { x: X + 6, y: y + 4.5 }, { size: 9 });
    pen.writeAmount(
      amountText(value),
      { x: PAGE.right - 6, y: y + 4.5, width: AMOUNT_WIDTH },
      { size: 9 },
    );
    y += ROW_HEIGHT;
    pen.rule({ x: X, y }, PAGE.right - X);
  }
  pen.shade({ x: X, y: y + 1 }, { width: PAGE.right - X, height: GROSS_HEIGHT - 1 });
  pen.write(LABELS.gross.ja, { x: X + 6, y: y + 8.5 }, { size: 10, bold: true });
  const right = { x: PAGE.right - 6, y: y + 7, width: AMOUNT_WIDTH };
  pen.writeAmount(amountText(invoice.grossYen, "¥"), right, { size: 12, bold: true });
  pen.rule({ x: X, y: y + GROSS_HEIGHT }, PAGE.right - X, INK);
}

function drawBank(pen: Pen, bank: string, y: number): void {
  if (bank === "") return;
  pen.write(LABELS.bank.ja, { x: PAGE.left, y: y + 2 }, { size: 9, bold: true });
  pen.fill(bank, { x: PAGE.left, y: y + 16, width: BANK_WIDTH }, BANK_FACE);
}
