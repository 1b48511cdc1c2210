/** A price file's text to its value, with the line of each fault. */
import { readYaml } from "../../../lib/runtime/yaml.ts";
import type { FileFault } from "../core/file-fault.ts";
import { type PriceFile, readPriceFile } from "../core/prices/price-file.ts";
import { type Fault, pathText } from "../core/prices/reading.ts";

/** A thousand plans take about 200 kB. */
const DOCUMENT_LENGTH_MAX = 1024 * 1024;

/** A price file, with the way from its parts to its lines; or every fault. */
export type PriceDocument =
  | {
      readonly kind: "price-file";
      readonly file: PriceFile;
      readonly placed: (fault: Fault) => FileFault;
    }
  | { readonly kind: "faulty"; readonly faults: readonly FileFault[] };

/** PostgreSQL keeps no text with NUL, and no editor writes one. */
const NUL: Omit<FileFault, "line"> = {
  place: "",
  message: "has a NUL character",
  messageJa: "NUL 文字が含まれています",
};

/** Reads and checks a document. */
export function readPriceDocument(document: string): PriceDocument {
  const nul = document.indexOf("\0");
  if (nul >= 0) {
    const line = document.slice(0, nul).split("\n").length;
    return { kind: "faulty", faults: [{ line, ...NUL }] };
  }
  const yaml = readYaml(document, DOCUMENT_LENGTH_MAX);
  if (yaml.kind === "broken") {
    const faults = yaml.faults.map(({ line, problem }) => ({
      line,
      place: "",
      message: `is not YAML here: ${problem}`,
      messageJa: `YAML として読めません: ${problem}`,
    }));
    return { kind: "faulty", faults };
  }
  const placed = ({ path, message, messageJa }: Fault): FileFault => ({
    line: yaml.lineOf(path),
    place: pathText(path),
    message,
    messageJa,
  });
  const read = readPriceFile(yaml.value);
  if (read.kind === "faulty") return { kind: "faulty", faults: read.faults.map(placed) };
  return { kind: "price-file", file: read.file, placed };
}
