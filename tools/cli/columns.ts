/**
 * Text in columns of a terminal: how wide it is, and tables.
 * Owns: widths and alignment. Does not own: what stands in a cell.
 *
 * C1  A full-width character (Japanese, Chinese, Korean, emoji) takes two columns, a combining mark none.
 * C2  No line ends in spaces.
 * C3  Text from outside cannot move the cursor or hide text: see plain().
 */

const ZERO_WIDTH = /^[\p{Mn}\p{Me}\u{200b}-\u{200d}\u{2060}]$/u;
const FULL_WIDTH =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b16f}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;
/** Control characters, and those that reorder text for the eye (UAX 9). */
const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Columns that `text` takes in a terminal (C1). */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (ZERO_WIDTH.test(character)) continue;
    width += FULL_WIDTH.test(character) ? 2 : 1;
  }
  return width;
}

/** `text` with every character that a terminal would obey shown as a replacement character (C3). */
export const plain = (text: string): string => text.replace(UNPRINTABLE, "\ufffd");

/** `text` filled with spaces behind it, or before it, up to `width` columns. */
export function fill(text: string, width: number, side: "left" | "right" = "left"): string {
  const spaces = " ".repeat(Math.max(0, width - widthOf(text)));
  return side === "left" ? text + spaces : spaces + text;
}

/** A column of a table; numbers are aligned right. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Lines of a table with a head; columns that are empty in every row are left out. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const shown = columns.flatMap((column, index) => {
    const cells = rows.map((row) => plain(row[index] ?? ""));
    if (rows.length > 0 && cells.every((cell) => cell === "")) return [];
    const width = Math.max(widthOf(column.title), ...cells.map(widthOf));
    return [{ ...column, cells, width }];
  });
  const line = (cellOf: (column: (typeof shown)[number]) => string): string =>
    shown
      .map((column) => fill(cellOf(column), column.width, column.align))
      .join("  ")
      .trimEnd();
  return [
    line(({ title }) => title),
    ...rows.map((_, row) => line(({ cells }) => cells[row] ?? "")),
  ];
}

/** Lines of `name  value` pairs; pairs without a value are left out. */
export function facts(pairs: readonly (readonly [string, string])[]): readonly string[] {
  const told = pairs.filter(([, value]) => value !== "");
  const width = Math.max(0, ...told.map(([name]) => widthOf(name)));
  return told.map(([name, value]) => `${fill(name, width)}  ${plain(value)}`);
}

/** `lines` moved right by two columns. */
export const indent = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => (line === "" ? "" : `  ${line}`));
