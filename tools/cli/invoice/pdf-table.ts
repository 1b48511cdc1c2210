/** The table of the invoice's PDF: its head, and a row wherever pagination put it. */
import { unreachable } from "../../../services/lib/telephony/assert.ts";
import { shownNumber } from "../numbers.ts";
import type { InvoiceLine } from "./invoice.ts";
import type { Row } from "./pagination.ts";
import { amountText } from "./pdf-head.ts";
import { INK, PAGE, type Pen, RULE_INK } from "./pen.ts";
import { callTime, japaneseDate, LABELS, SECTION_TITLES } from "./words.ts";

const WIDTH = PAGE.right - PAGE.left;
const PAD = 4;
const TEXT = { size: 8.5 } as const;
const STRONG = { size: 8.5, bold: true } as const;

/** Right ends of the columns; the first begins at the left edge. */
const ENDS = {
  description: 244,
  quantity: 346,
  time: 396,
  unit: 446,
  amount: 516,
  rate: PAGE.right,
} as const;

/** Widest amount of a column; more is drawn smaller. */
const WIDTHS = { quantity: 37, time: 45, unit: 45, amount: 64, rate: 26 } as const;

/** Where a line's description stands; of calls, behind the source number. */
const SOURCE_WIDTH = 71.5;
function descriptionPlace({ sourceNumber }: InvoiceLine): {
  readonly x: number;
  readonly width: number;
} {
  const x = PAGE.left + 2 * PAD + (sourceNumber === "" ? 0 : SOURCE_WIDTH);
  return { x, width: ENDS.description - x };
}

/** A remark in brackets at the end goes to a line of its own when all does not fit on one. */
function descriptionOf(pen: Pen, line: InvoiceLine): string {
  const text = line.descriptionJa;
  const isWide = pen.widthOf(text, TEXT) > descriptionPlace(line).width;
  return isWide ? text.replace(/（[^（）]*）$/, "\n$&") : text;
}

/** Height of the table's head. */
export const TABLE_HEAD_HEIGHT = 20;
const ROW_HEIGHT = 17;

/** Height of a row, in points; a long description wraps. */
export function rowHeight(pen: Pen, row: Row): number {
  if (row.kind !== "line") return ROW_HEIGHT + 1;
  const text = descriptionOf(pen, row.line);
  const height = pen.heightOf(text, descriptionPlace(row.line).width, TEXT);
  return Math.max(ROW_HEIGHT, height + 2 * PAD - 2);
}

/** Draws the head of the table; returns where it ends. */
export function drawTableHead(pen: Pen, y: number): number {
  pen.shade({ x: PAGE.left, y }, { width: WIDTH, height: TABLE_HEAD_HEIGHT });
  const face = { size: 8.5, bold: true };
  const line = y + 5.5;
  pen.write(LABELS.description.ja, { x: PAGE.left + PAD, y: line }, face);
  pen.write(LABELS.month.ja, { x: ENDS.description + PAD, y: line }, face);
  for (const [label, end] of [
    [LABELS.quantity, ENDS.quantity],
    [LABELS.time, ENDS.time],
    [LABELS.unit, ENDS.unit],
    [LABELS.amount, ENDS.amount],
    [LABELS.rate, ENDS.rate],
  ] as const) {
    pen.writeTo(label.ja, { x: end - PAD, y: line }, face);
  }
  return y + TABLE_HEAD_HEIGHT;
}

/** Draws a row at `y`; returns where it ends. */
export function drawRow(pen: Pen, row: Row, y: number): number {
  const bottom = y + rowHeight(pen, row);
  const line = y + PAD;
  switch (row.kind) {
    case "title": {
      const more = row.isContinued ? " (続き)" : "";
      pen.write(
        `${SECTION_TITLES[row.section].ja}${more}`,
        { x: PAGE.left + PAD, y: line },
        STRONG,
      );
      break;
    }
    case "line":
      drawLine(pen, row.line, line);
      break;
    case "subtotal": {
      const label = `${SECTION_TITLES[row.section].ja} ${LABELS.subtotal.ja}`;
      pen.writeTo(label, { x: ENDS.unit - PAD, y: line }, STRONG);
      pen.writeAmount(
        amountText(row.netYen),
        { x: ENDS.amount - PAD, y: line, width: WIDTHS.amount },
        STRONG,
      );
      break;
    }
    default:
      return unreachable(row);
  }
  pen.rule({ x: PAGE.left, y: bottom }, WIDTH, row.kind === "subtotal" ? INK : RULE_INK);
  return bottom;
}

function drawLine(pen: Pen, line: InvoiceLine, y: number): void {
  const at = descriptionPlace(line);
  pen.writeAmount(shownNumber(line.sourceNumber), { x: at.x - PAD, y, width: SOURCE_WIDTH }, TEXT);
  pen.fill(descriptionOf(pen, line), { ...at, y }, TEXT);
  pen.write(japaneseDate(line.month), { x: ENDS.description + PAD, y }, TEXT);
  const amounts: readonly (readonly [string, keyof typeof WIDTHS])[] = [
    [line.quantity === 0 ? "" : amountText(line.quantity), "quantity"],
    [callTime(line.billedS), "time"],
    [line.unitYen === 0 ? "" : amountText(line.unitYen), "unit"],
    [amountText(line.netYen), "amount"],
    [`${line.taxPercent}%`, "rate"],
  ];
  for (const [text, column] of amounts) {
    pen.writeAmount(text, { x: ENDS[column] - PAD, y, width: WIDTHS[column] }, TEXT);
  }
}
