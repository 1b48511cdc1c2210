/**
 * An invoice as PDF in Japanese, laid out as a qualified invoice (適格請求書). Owns pages: what goes on
 * which, heads and feet of pages, the document's description.
 *
 * F1  The same invoice makes the same bytes: its date of issue is the document's date.
 */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import PDFDocument from "pdfkit";
import { parseCivilDate, startOfDate } from "../../../services/lib/telephony/tokyo-time.ts";
import { glyphsOf } from "./glyphs.ts";
import { type Invoice, isDraft, sectionsOf } from "./invoice.ts";
import { paginate, type Row } from "./pagination.ts";
import { drawHead } from "./pdf-head.ts";
import { drawRow, drawTableHead, rowHeight, TABLE_HEAD_HEIGHT } from "./pdf-table.ts";
import { drawTotals, totalsHeight } from "./pdf-totals.ts";
import { FAINT_INK, FONTS, PAGE, type Pen, penOf } from "./pen.ts";
import { printableInvoice } from "./printable.ts";
import { LABELS } from "./words.ts";

type Document = InstanceType<typeof PDFDocument>;

const BOTTOM = PAGE.height - 60;
const NEXT_TOP = PAGE.top + 24;
const WATERMARK = "#efefef";

/** The file, and a line for each character that its font does not have. */
export interface InvoicePdf {
  readonly bytes: Uint8Array;
  readonly warnings: readonly string[];
}

/** Draws the invoice. */
export async function invoicePdf(given: Invoice): Promise<InvoicePdf> {
  const hasGlyph = glyphsOf(await readFile(FONTS.regular)) ?? (() => true);
  const { invoice, warnings } = printableInvoice(given, hasGlyph);
  const document = newDocument(invoice);
  const bytes = buffer(document);
  drawPages(document, invoice);
  document.end();
  return { bytes: await bytes, warnings };
}

function newDocument(invoice: Invoice): Document {
  const issued = parseCivilDate(invoice.issueDate);
  const date = new Date(issued === null ? 0 : startOfDate(issued));
  return new PDFDocument({
    size: [PAGE.width, PAGE.height],
    margin: 0,
    pdfVersion: "1.7",
    lang: "ja-JP",
    displayTitle: true,
    autoFirstPage: false,
    bufferPages: true,
    font: FONTS.regular,
    info: {
      Title: titleOf(invoice),
      Author: invoice.seller.name,
      Creator: "Kakehashi",
      CreationDate: date,
      ModDate: date,
    },
  });
}

const titleOf = (invoice: Invoice): string =>
  `${LABELS.title.ja} ${isDraft(invoice) ? `${LABELS.draft.ja} ${invoice.month}` : invoice.number}`;

function drawPages(document: Document, invoice: Invoice): void {
  const pen = penOf(document);
  newPage(document, pen, invoice);
  const headEnd = drawHead(pen, invoice);
  const pages = paginate(sectionsOf(invoice), {
    first: BOTTOM - headEnd - TABLE_HEAD_HEIGHT,
    next: BOTTOM - NEXT_TOP - TABLE_HEAD_HEIGHT,
    totals: totalsHeight(pen, invoice),
    heightOf: (row) => rowHeight(pen, row),
  });
  let y = headEnd;
  pages.forEach((rows, place) => {
    if (place > 0) {
      newPage(document, pen, invoice);
      drawPageHead(pen, invoice);
    }
    y = drawTable(pen, rows, place === 0 ? headEnd : NEXT_TOP);
  });
  drawTotals(pen, invoice, y);
  numberPages(document, pen);
}

/** A page; that of a draft says so across it, below everything else. */
function newPage(document: Document, pen: Pen, invoice: Invoice): void {
  document.addPage();
  if (!isDraft(invoice)) return;
  const face = { size: 130, bold: true, color: WATERMARK };
  const { draft } = LABELS;
  const middle = { x: PAGE.width / 2, y: PAGE.height / 2 };
  document.save().rotate(-35, { origin: [middle.x, middle.y] });
  const x = middle.x - pen.widthOf(draft.ja, face) / 2;
  pen.write(draft.ja, { x, y: middle.y - 65 }, face);
  document.restore();
}

function drawPageHead(pen: Pen, invoice: Invoice): void {
  const face = { size: 8, color: FAINT_INK };
  pen.write(titleOf(invoice), { x: PAGE.left, y: PAGE.top }, face);
  pen.writeTo(`${invoice.buyerName} 御中`, { x: PAGE.right, y: PAGE.top }, face);
}

/** An invoice without lines has a head of a table all the same, so that it is seen to be empty. */
function drawTable(pen: Pen, rows: readonly Row[], top: number): number {
  return rows.reduce((y, row) => drawRow(pen, row, y), drawTableHead(pen, top));
}

function numberPages(document: Document, pen: Pen): void {
  const { count } = document.bufferedPageRange();
  for (let page = 0; page < count; page += 1) {
    document.switchToPage(page);
    const text = `${page + 1} / ${count}`;
    const face = { size: 8, color: FAINT_INK };
    const x = (PAGE.width - pen.widthOf(text, face)) / 2;
    pen.write(text, { x, y: PAGE.height - 36 }, face);
  }
}
