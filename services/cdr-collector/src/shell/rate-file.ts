/**
 * Reads a rate file: CSV with a header, the columns in any order, `#` begins a line of comment.
 *
 * V1  At most BYTES_MAX and ROWS_MAX; a larger file is refused before it is read.
 */
import { CsvError, parse } from "csv-parse/sync";
import { z } from "zod";
import type { FileFault } from "../core/file-fault.ts";
import {
  RATE_COLUMNS,
  type RateColumn,
  type RateRow,
  readRateRows,
} from "../core/rating/deck-rows.ts";
import type { Rate } from "../core/rating/rate-deck.ts";

const BYTES_MAX = 2 * 1024 * 1024;
const ROWS_MAX = 20_000;
const FIELD_CHARACTERS_MAX = 200;

const Lines = z.array(
  z.object({ info: z.object({ lines: z.number() }), record: z.array(z.string()) }),
);

/** What a file says. */
export type RateFile =
  | { readonly ok: true; readonly rates: readonly Rate[] }
  | { readonly ok: false; readonly faults: readonly FileFault[] };

interface Line {
  readonly line: number;
  readonly cells: readonly string[];
}

const fault = (line: number, place: string, message: string, messageJa: string): FileFault => ({
  line,
  place,
  message,
  messageJa,
});

const refused = (...faults: readonly FileFault[]): RateFile => ({ ok: false, faults });

/** The lines that are not empty and not comment. */
function split(csv: string): readonly Line[] | FileFault {
  try {
    const found: unknown = parse(csv, {
      bom: true,
      comment: "#",
      comment_no_infix: true,
      info: true,
      max_record_size: FIELD_CHARACTERS_MAX * RATE_COLUMNS.length,
      relax_column_count: true,
      skip_empty_lines: true,
      to: ROWS_MAX + 2,
      trim: true,
    });
    return Lines.parse(found).map(({ info, record }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error["lines"] === "number" ? error["lines"] : 0;
    return fault(
      line,
      "file",
      `not CSV: ${error.message}`,
      `CSV として読めません: ${error.message}`,
    );
  }
}

/** Where each column stands, or what is wrong with the header. */
function columnsOf({ line, cells }: Line): ReadonlyMap<RateColumn, number> | readonly FileFault[] {
  const faults = cells
    .filter((cell, index) => !isColumn(cell) || cells.indexOf(cell) !== index)
    .map((cell) =>
      fault(
        line,
        cell === "" ? "header" : cell,
        `the columns are ${RATE_COLUMNS.join(", ")}, each once`,
        `列は ${RATE_COLUMNS.join(", ")} を 1 回ずつ書きます`,
      ),
    );
  const columns = new Map<RateColumn, number>();
  for (const column of RATE_COLUMNS) {
    const index = cells.indexOf(column);
    if (index >= 0) columns.set(column, index);
    else faults.push(fault(line, column, "this column is missing", "この列がありません"));
  }
  return faults.length === 0 ? columns : faults;
}

const isColumn = (text: string): text is RateColumn => RATE_COLUMNS.some((known) => known === text);

/** Checks and reads a file whole; every fault is told. */
export function readRateFile(csv: string): RateFile {
  if (Buffer.byteLength(csv) > BYTES_MAX) {
    return refused(
      fault(0, "file", `larger than ${BYTES_MAX} bytes`, `${BYTES_MAX} バイトを超えています`),
    );
  }
  const lines = split(csv);
  if ("message" in lines) return refused(lines);
  const [header, ...body] = lines;
  if (header === undefined) {
    return refused(fault(0, "file", "nothing is in it", "内容がありません"));
  }
  if (body.length > ROWS_MAX) {
    return refused(fault(0, "file", `more than ${ROWS_MAX} rows`, `${ROWS_MAX} 行を超えています`));
  }
  const columns = columnsOf(header);
  if (!("get" in columns)) return refused(...columns);
  const odd = body
    .filter(({ cells }) => cells.length !== header.cells.length)
    .map(({ line, cells }) =>
      fault(
        line,
        "row",
        `${cells.length} fields where the header has ${header.cells.length}`,
        `項目が ${cells.length} 個あります（ヘッダーは ${header.cells.length} 個）`,
      ),
    );
  if (odd.length > 0) return refused(...odd.slice(0, 500));
  const read = readRateRows(body.map((line) => rowOf(line, columns)));
  return "rates" in read ? { ok: true, ...read } : { ok: false, ...read };
}

function rowOf({ line, cells }: Line, columns: ReadonlyMap<RateColumn, number>): RateRow {
  const cell = (column: RateColumn): string => cells[columns.get(column) ?? -1] ?? "";
  return {
    line,
    class: cell("class"),
    prefix: cell("prefix"),
    unit_seconds: cell("unit_seconds"),
    unit_yen: cell("unit_yen"),
  };
}
