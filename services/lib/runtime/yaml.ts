/**
 * YAML text to a plain value and back to lines. Owns the syntax; what the value means, and the words for
 * a fault, are its reader's.
 *
 * Y1  Every scalar stays text: 0312345678 keeps its zero, and no word turns into a boolean or a date.
 * Y2  A document is bounded in size and in aliases before anything looks at it.
 */
import { isNode, LineCounter, parseDocument, type YAMLError } from "yaml";
import { doubledKeys } from "./yaml-keys.ts";

/** Anchors save typing in a few places; more is an attack ("billion laughs"). */
const ALIASES_MAX = 100;
/** Faults that are told. */
const FAULTS_MAX = 100;

/** Why a text is not one YAML document; `line` is from 1, and 0 when unknown. */
export type YamlFault = { readonly line: number } & (
  | { readonly kind: "too-long"; readonly max: number }
  | { readonly kind: "second-document" }
  | { readonly kind: "double-key"; readonly key: string }
  /** `words` are the parser's, in English. */
  | { readonly kind: "syntax"; readonly words: string }
);

/** Steps from the root to a value: keys, and places in lists from 0. */
type Path = readonly (string | number)[];

/** A document's value, and the line where the value at a path, or the nearest around it, starts. */
export type YamlResult =
  | { readonly kind: "value"; readonly value: unknown; readonly lineOf: (path: Path) => number }
  | { readonly kind: "broken"; readonly faults: readonly YamlFault[] };

const broken = (...faults: readonly YamlFault[]): YamlResult => ({ kind: "broken", faults });

function syntaxFault({ code, message, linePos }: YAMLError): YamlFault {
  const line = linePos?.[0].line ?? 0;
  if (code === "MULTIPLE_DOCS") return { line, kind: "second-document" };
  const words = (message.split("\n")[0] ?? "").replace(/ at line .*$/, "");
  return { line, kind: "syntax", words };
}

/** Parses one YAML document of at most `lengthMax` characters. */
export function readYaml(text: string, lengthMax: number): YamlResult {
  if (text.length > lengthMax) return broken({ line: 0, kind: "too-long", max: lengthMax });
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: "failsafe",
    stringKeys: true,
    // Checked below, in less time.
    uniqueKeys: false,
    lineCounter: lines,
  });
  if (document.errors.length > 0) {
    return broken(...document.errors.slice(0, FAULTS_MAX).map(syntaxFault));
  }
  const lineOf = (path: Path): number => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node: unknown = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 0;
  };
  try {
    const doubles = doubledKeys(document);
    if (doubles.length > 0) {
      const faults = doubles.slice(0, FAULTS_MAX).map(({ key, offset }): YamlFault => {
        return { line: lines.linePos(offset).line, kind: "double-key", key };
      });
      return broken(...faults);
    }
    return { kind: "value", value: document.toJS({ maxAliasCount: ALIASES_MAX }), lineOf };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return broken({ line: 0, kind: "syntax", words });
  }
}
