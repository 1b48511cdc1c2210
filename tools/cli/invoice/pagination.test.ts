import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { invoiceLine } from "../test/canned-invoice.ts";
import { type InvoiceLine, SECTIONS, type SectionOfLines } from "./invoice.ts";
import { paginate, type Room, type Row } from "./pagination.ts";

const line = (section: InvoiceLine["section"], description: string): InvoiceLine => ({
  ...invoiceLine({ description }),
  section,
});
const sectionOf = (section: InvoiceLine["section"], count: number): SectionOfLines => ({
  section,
  lines: Array.from({ length: count }, (_, place) => line(section, `${section} ${place}`)),
  netYen: 0,
});
const ROOM: Room = { first: 40, next: 60, totals: 25, heightOf: () => 10 };
const shape = (pages: readonly (readonly Row[])[]): readonly string[] =>
  pages.map((rows) =>
    rows
      .map((row) =>
        row.kind === "title" ? `${row.isContinued ? "+" : ""}${row.section}` : row.kind,
      )
      .join(" "),
  );

describe("paginate", () => {
  it("what fits on one page with its totals stays on one page", () => {
    expect(shape(paginate([sectionOf("flat", 1)], { ...ROOM, first: 55 }))).toEqual([
      "flat line subtotal",
    ]);
    expect(paginate([], ROOM)).toEqual([[]]);
  });

  it("P2: totals that do not fit take the last line and its subtotal with them", () => {
    expect(shape(paginate([sectionOf("calls", 2)], ROOM))).toEqual([
      "calls line",
      "+calls line subtotal",
    ]);
  });

  it("P1: a title does not stay behind alone", () => {
    const pages = paginate([sectionOf("flat", 1), sectionOf("calls", 3)], ROOM);
    expect(shape(pages)).toEqual(["flat line subtotal", "calls line line", "+calls line subtotal"]);
  });

  it("every line stands once and in order, no page overflows, P1 to P3 hold, whatever the lines", () => {
    const sections = fc
      .uniqueArray(fc.constantFrom(...SECTIONS), { minLength: 1 })
      .chain((chosen) =>
        fc.tuple(...chosen.map((section) => fc.nat(60).map((n) => sectionOf(section, n + 1)))),
      );
    const heights = fc.record({ title: fc.nat(20), line: fc.nat(40), subtotal: fc.nat(20) });
    fc.assert(
      fc.property(sections, heights, (given, height) => {
        const heightOf = (row: Row): number => 5 + height[row.kind];
        const pages = paginate(given, { first: 300, next: 500, totals: 120, heightOf });
        const placed = pages.flat().filter((row) => row.kind === "line");
        expect(placed.map((row) => row.line)).toEqual(given.flatMap(({ lines }) => lines));
        pages.forEach((rows, place) => {
          const used = rows.reduce((sum, row) => sum + heightOf(row), 0);
          const totals = place === pages.length - 1 ? 120 : 0;
          expect(used + totals).toBeLessThanOrEqual(place === 0 ? 300 : 500);
          expect(rows[0]?.kind).toBe("title");
          expect(rows.at(-1)?.kind).not.toBe("title");
        });
      }),
    );
  });

  it("P4: a line taller than a page is placed all the same", () => {
    const pages = paginate([sectionOf("calls", 2)], { ...ROOM, heightOf: () => 1000 });
    expect(pages.flat().filter(({ kind }) => kind === "line")).toHaveLength(2);
  });
});
