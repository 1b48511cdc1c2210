/**
 * Which row of the invoice's table stands on which page. Pure: heights come in, nothing is drawn.
 *
 * P1  A section's title never stands last on a page, its subtotal never first.
 * P2  The totals stand on the page of the last line, never on a page of their own.
 * P3  A section that goes on on another page says so there.
 * P4  Every line is placed once, also one that is taller than a page.
 */
import type { InvoiceLine, Section, SectionOfLines } from "./invoice.ts";

/** One row of the table. */
export type Row =
  | { readonly kind: "title"; readonly section: Section; readonly isContinued: boolean }
  | { readonly kind: "line"; readonly line: InvoiceLine }
  | { readonly kind: "subtotal"; readonly section: Section; readonly netYen: number };

/** Heights, in points. */
export interface Room {
  /** For rows on the first page and on every other. */
  readonly first: number;
  readonly next: number;
  /** What the totals take below the last row. */
  readonly totals: number;
  readonly heightOf: (row: Row) => number;
}

/** Rows that stay together (P1). */
interface Block {
  readonly section: Section;
  readonly rows: readonly Row[];
}

const blocksOf = ({ section, lines, netYen }: SectionOfLines): readonly Block[] =>
  lines.map((line, place) => ({
    section,
    rows: [
      ...(place === 0 ? [{ kind: "title", section, isContinued: false } as const] : []),
      { kind: "line", line } as const,
      ...(place === lines.length - 1 ? [{ kind: "subtotal", section, netYen } as const] : []),
    ],
  }));

/** Rows page by page; at least one page. */
export function paginate(
  sections: readonly SectionOfLines[],
  { first, heightOf, next, totals }: Room,
): readonly (readonly Row[])[] {
  const blocks = sections.flatMap(blocksOf);
  const pages: Row[][] = [[]];
  let left = first;
  blocks.forEach((block, place) => {
    const height = block.rows.reduce((sum, row) => sum + heightOf(row), 0);
    const needed = place === blocks.length - 1 ? height + totals : height;
    if (needed <= left) {
      pages.at(-1)?.push(...block.rows);
      left -= height;
      return;
    }
    const rows = continued(block);
    pages.push([...rows]);
    left = next - rows.reduce((sum, row) => sum + heightOf(row), 0);
  });
  return pages;
}

/** The block as the first of a page (P3). */
const continued = ({ rows, section }: Block): readonly Row[] =>
  rows[0]?.kind === "title" ? rows : [{ kind: "title", section, isContinued: true }, ...rows];
