/**
 * Head of the invoice's first page: title, buyer, amount, number and dates, seller. Holds what a
 * qualified invoice (適格請求書) must say above its lines: issuer with registration number, date and buyer.
 */
import { grouped } from "../money.ts";
import { type Invoice, isDraft } from "./invoice.ts";
import { FAINT_INK, INK, PAGE, type Pen } from "./pen.ts";
import { japaneseDate, LABELS } from "./words.ts";

const LEFT_WIDTH = 250;
const RIGHT_X = 318;
const RIGHT_WIDTH = PAGE.right - RIGHT_X;
const LABEL_WIDTH = 58;

/** `¥1,234`; less than nothing is written as bookkeepers do, `▲1,234`. */
export const amountText = (value: number, sign = ""): string =>
  value < 0 ? `▲${sign}${grouped(-value)}` : `${sign}${grouped(value)}`;

/** Draws the head; returns where it ends. */
export function drawHead(pen: Pen, invoice: Invoice): number {
  const title = LABELS.title.ja;
  const face = { size: 22, bold: true };
  pen.write(title, { x: (PAGE.width - pen.widthOf(title, face)) / 2, y: PAGE.top }, face);
  const y = PAGE.top + 52;
  return Math.max(drawBuyer(pen, invoice, y), drawSeller(pen, invoice, y)) + 20;
}

function drawBuyer(pen: Pen, invoice: Invoice, top: number): number {
  const x = PAGE.left;
  let y = top;
  y += pen.fill(`${invoice.buyerName} 御中`, { x, y, width: LEFT_WIDTH }, { size: 14, bold: true });
  pen.rule({ x, y: y + 2 }, LEFT_WIDTH, INK);
  y += 14;
  pen.write("下記のとおりご請求申し上げます。", { x, y }, { size: 9 });
  y += 22;
  pen.shade({ x, y }, { width: LEFT_WIDTH, height: 44 });
  const label = { size: 10, bold: true };
  pen.write(LABELS.gross.ja, { x: x + 10, y: y + 17 }, label);
  const width = LEFT_WIDTH - pen.widthOf(LABELS.gross.ja, label) - 30;
  const right = { x: x + LEFT_WIDTH - 10, y: y + 11, width };
  pen.writeAmount(amountText(invoice.grossYen, "¥"), right, { size: 21, bold: true });
  return y + 44;
}

function drawSeller(pen: Pen, invoice: Invoice, top: number): number {
  const { callsFrom, callsTo, issueDate, month, number, seller } = invoice;
  const issued = isDraft(invoice) ? LABELS.toBeIssued : LABELS.issued;
  const dates: readonly (readonly [string, string])[] = [
    [LABELS.number.ja, isDraft(invoice) ? `(${LABELS.draft.ja})` : number],
    [issued.ja, japaneseDate(issueDate)],
    [LABELS.month.ja, japaneseDate(month)],
    [LABELS.calls.ja, `${japaneseDate(callsFrom)}〜${japaneseDate(callsTo)}`],
  ];
  let y = top;
  for (const [label, value] of dates) y = drawFact(pen, [label, value], y);
  y += 10;
  y += pen.fill(seller.name, { x: RIGHT_X, y, width: RIGHT_WIDTH }, { size: 11, bold: true }) + 4;
  const rest = [
    `${LABELS.registration.ja} ${seller.registrationNumber}`,
    seller.address,
    seller.telephone === "" ? "" : `TEL ${seller.telephone}`,
  ].filter((text) => text !== "");
  for (const text of rest) {
    y += pen.fill(text, { x: RIGHT_X, y, width: RIGHT_WIDTH }, { size: 9 }) + 2;
  }
  return y;
}

function drawFact(pen: Pen, [label, value]: readonly [string, string], y: number): number {
  pen.write(label, { x: RIGHT_X, y }, { size: 8, color: FAINT_INK });
  const at = { x: RIGHT_X + LABEL_WIDTH, y: y - 0.5, width: RIGHT_WIDTH - LABEL_WIDTH };
  return y + pen.fill(value, at, { size: 9 }) + 3;
}
