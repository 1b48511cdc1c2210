/** Faults and warnings of a file that a person wrote: place, what to do, English with the Japanese under it. */
import { plain } from "./columns.ts";
import type { Bilingual, Language } from "./language.ts";
import { legend } from "./rules.ts";

/** A fault as the services tell it. `line` 0 = the file as a whole; `path` is also a column. */
export interface FileFault {
  readonly line: number;
  readonly path: string;
  readonly message: string;
  readonly messageJa: string;
  readonly rule: string;
}

/** Name of the file of `-f` as people are told it. */
export const fileName = (path: string): string => (path === "-" ? "standard input" : path);

/** Every fault with its place and rule, the rules in words, and what became of the file. */
export function faultLines(
  name: string,
  faults: readonly FileFault[],
  language: Language,
): readonly string[] {
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  return [
    ...markedLines(name, faults, { language, mark: { en: "", ja: "" } }),
    "",
    plain(`${count} in ${name}; nothing was stored: correct them and try again`),
  ];
}

/** Every warning, marked as what it is: the file was accepted. Unlike a fault's, its text is a sentence. */
export const warningLines = (
  name: string,
  warnings: readonly FileFault[],
  language: Language,
): readonly string[] => {
  const placed = warnings.map((one) => ({ ...one, path: one.path === "" ? "" : `${one.path}:` }));
  return markedLines(name, placed, { language, mark: { en: "warning: ", ja: "注意: " } });
};

interface Telling {
  readonly language: Language;
  /** Stands before what is told. */
  readonly mark: Bilingual;
}

function markedLines(
  name: string,
  faults: readonly FileFault[],
  telling: Telling,
): readonly string[] {
  const order = [...faults].sort((one, other) => one.line - other.line);
  return [
    ...order.flatMap((fault) => linesOf(name, fault, telling)),
    ...legend(
      "rules",
      order.map(({ rule }) => rule),
      telling.language === "both" ? "en" : telling.language,
    ),
  ];
}

function linesOf(
  name: string,
  { line, message, messageJa, path, rule }: FileFault,
  { language, mark }: Telling,
): readonly string[] {
  const place = line === 0 ? `${name}:` : `${name}:${line}:`;
  const code = rule === "" ? "" : ` [${rule}]`;
  const hasJapanese = messageJa !== "" && language !== "en";
  const isJapanese = hasJapanese && language === "ja";
  const first = isJapanese ? messageJa : message;
  const second = hasJapanese && language === "both" ? [plain(`    ${mark.ja}${messageJa}`)] : [];
  const marked = `${isJapanese ? mark.ja : mark.en}${path}${path === "" ? "" : " "}${first}`;
  return [plain(`${place} ${marked}${code}`), ...second];
}
