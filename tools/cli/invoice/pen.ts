/**
 * Draws text and lines on an A4 page, in points from the top left. Owns fonts, sizes and colours of
 * the invoice's PDF; what stands where is the other files'.
 *
 * N1  Digits of amounts take equal widths, so that columns of them align: the font's own 1 is narrow.
 *     They are drawn from left to right and close together: who searches or copies finds the amount.
 */
import { fileURLToPath } from "node:url";
import type PDFDocument from "pdfkit";

type Document = InstanceType<typeof PDFDocument>;

const fontFile = (name: string): string =>
  fileURLToPath(import.meta.resolve(`@expo-google-fonts/biz-udpgothic/${name}.ttf`));

/** Font files; both have the same characters. */
export const FONTS = {
  regular: fontFile("400Regular/BIZUDPGothic_400Regular"),
  bold: fontFile("700Bold/BIZUDPGothic_700Bold"),
} as const;

/** The page, in points. */
export const PAGE = { width: 595.28, height: 841.89, left: 48, right: 547.28, top: 48 } as const;

/** Colours. */
export const INK = "#1a1a1a";
export const FAINT_INK = "#5a6470";
export const RULE_INK = "#b4bcc8";
export const SHADE = "#eaeef3";

/** How a piece of text looks. */
export interface Face {
  readonly size: number;
  readonly bold?: boolean;
  readonly color?: string;
}

/** A place on the page. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A drawing hand for one document. */
export interface Pen {
  /** One line from `x` on. */
  readonly write: (text: string, at: Place, face: Face) => void;
  /** One line that ends at `x`. */
  readonly writeTo: (text: string, at: Place, face: Face) => void;
  /** An amount that ends at `x` (N1); one wider than `width` is drawn smaller. */
  readonly writeAmount: (text: string, at: Place & { readonly width: number }, face: Face) => void;
  /** Wrapped text; returns its height. */
  readonly fill: (text: string, at: Place & { readonly width: number }, face: Face) => number;
  /** Height that `fill` would take. */
  readonly heightOf: (text: string, width: number, face: Face) => number;
  readonly widthOf: (text: string, face: Face) => number;
  /** A thin line to the right. */
  readonly rule: (at: Place, width: number, color?: string) => void;
  readonly shade: (at: Place, size: { readonly width: number; readonly height: number }) => void;
}

const LINE_GAP = 2;
/** Width of a digit's cell (N1). Wider, and readers of the file take the gap between two 1s for a space. */
const DIGIT_EM = 0.72;

/** A character of an amount, its own width and that of its place. */
interface Cell {
  readonly character: string;
  readonly own: number;
  readonly cell: number;
}

const sizeOf = (cells: readonly Cell[]): number => cells.reduce((sum, { cell }) => sum + cell, 0);

/** A pen for `document`. */
export function penOf(document: Document): Pen {
  const dip = ({ bold = false, color = INK, size }: Face): Document =>
    document
      .font(bold ? FONTS.bold : FONTS.regular)
      .fontSize(size)
      .fillColor(color);
  const write: Pen["write"] = (text, { x, y }, face) => {
    dip(face).text(text, x, y, { lineBreak: false });
  };
  const widthOf: Pen["widthOf"] = (text, face) => dip(face).widthOfString(text);
  const heightOf: Pen["heightOf"] = (text, width, face) =>
    dip(face).heightOfString(text, { width, lineGap: LINE_GAP });
  const cellsOf = (text: string, face: Face): readonly Cell[] =>
    Array.from(text, (character) => {
      const own = widthOf(character, face);
      return { character, own, cell: /[0-9]/.test(character) ? DIGIT_EM * face.size : own };
    });
  return {
    write,
    widthOf,
    heightOf,
    writeTo: (text, { x, y }, face) => write(text, { x: x - widthOf(text, face), y }, face),
    writeAmount: (text, { width, x, y }, given) => {
      const natural = sizeOf(cellsOf(text, given));
      const size = given.size * Math.min(1, width / Math.max(natural, 1));
      const face = { ...given, size };
      const cells = cellsOf(text, face);
      let left = x - sizeOf(cells);
      for (const { cell, character, own } of cells) {
        write(character, { x: left + (cell - own) / 2, y: y + (given.size - size) / 2 }, face);
        left += cell;
      }
    },
    fill: (text, { width, x, y }, face) => {
      dip(face).text(text, x, y, { width, lineGap: LINE_GAP });
      return heightOf(text, width, face);
    },
    rule: ({ x, y }, width, color = RULE_INK) => {
      document
        .moveTo(x, y)
        .lineTo(x + width, y)
        .lineWidth(0.6)
        .strokeColor(color)
        .stroke();
    },
    shade: ({ x, y }, { height, width }) => {
      document.rect(x, y, width, height).fill(SHADE);
    },
  };
}
