/** A price file's text to its value, with the line of each fault. */
import { readYaml, type YamlFault } from "../../../lib/runtime/yaml.ts";
import { unreachable } from "../../../lib/telephony/assert.ts";
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

/** What is wrong with the syntax, in English and Japanese. */
function problemOf(fault: YamlFault): readonly [en: string, ja: string] {
  switch (fault.kind) {
    case "too-long":
      return [`longer than ${fault.max} characters`, `${fault.max} 文字を超えています`];
    case "second-document":
      return ["a second document starts here", "ここから 2 つ目の文書が始まっています"];
    case "double-key":
      return [`"${fault.key}" stands twice in its map`, `項目「${fault.key}」が重複しています`];
    case "syntax":
      return [fault.words, `字下げと記号を確認してください（${fault.words}）`];
    default:
      return unreachable(fault);
  }
}

function syntaxFault(fault: YamlFault): FileFault {
  const [en, ja] = problemOf(fault);
  return {
    line: fault.line,
    place: "",
    message: `is not YAML here: ${en}`,
    messageJa: `YAML として読めません: ${ja}`,
  };
}

/** Reads and checks a document. */
export function readPriceDocument(document: string): PriceDocument {
  const nul = document.indexOf("\0");
  if (nul >= 0) {
    const line = document.slice(0, nul).split("\n").length;
    return { kind: "faulty", faults: [{ line, ...NUL }] };
  }
  const yaml = readYaml(document, DOCUMENT_LENGTH_MAX);
  if (yaml.kind === "broken") return { kind: "faulty", faults: yaml.faults.map(syntaxFault) };
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
