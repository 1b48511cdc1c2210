/**
 * YAML text to a plain value and back to lines. Owns the syntax; core/document.ts reads the value.
 *
 * Y1  Every scalar stays text: 0312345678 keeps its zero, and no word turns into a boolean or a date.
 * Y2  A document is bounded in size and in aliases before anything looks at it.
 */
import { isNode, LineCounter, parseDocument, type YAMLError } from "yaml";
import { doubledKeys } from "../../../lib/runtime/yaml-keys.ts";
import type { FaultText } from "../core/fault-text.ts";
import { SYNTAX } from "../core/form-faults.ts";
import type { Fault, Path } from "../core/reading.ts";

/** A company of ten thousand terminals takes about 2 MB. */
const DOCUMENT_LENGTH_MAX = 4 * 1024 * 1024;
/** Anchors save typing in a few places; more is an attack ("billion laughs"). */
const ALIASES_MAX = 100;
/** Faults of syntax that are told. */
const ERRORS_MAX = 100;

/** A fault and the line where its value, or the nearest thing around it, starts; 0 when unknown. */
export interface PlacedFault extends Fault {
  readonly line: number;
}

/** A document's value and where its parts stand, or why it is no YAML. */
export type YamlResult =
  | { readonly kind: "value"; readonly value: unknown; readonly lineOf: (path: Path) => number }
  | { readonly kind: "broken"; readonly faults: readonly PlacedFault[] };

const broken = (text: FaultText): YamlResult => ({
  kind: "broken",
  faults: [{ path: [], ...text, line: 0 }],
});

function syntaxFault(error: YAMLError): PlacedFault {
  const words = (error.message.split("\n")[0] ?? "").replace(/ at line .*$/, "");
  const text = error.code === "MULTIPLE_DOCS" ? SYNTAX.secondDocument() : SYNTAX.broken(words);
  return { path: [], ...text, line: error.linePos?.[0].line ?? 0 };
}

/** Parses one YAML document. */
export function readYaml(text: string): YamlResult {
  if (text.length > DOCUMENT_LENGTH_MAX) {
    return broken(SYNTAX.tooLong(DOCUMENT_LENGTH_MAX));
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: "failsafe",
    stringKeys: true,
    // Checked below, in less time.
    uniqueKeys: false,
    lineCounter: lines,
  });
  if (document.errors.length > 0) {
    return { kind: "broken", faults: document.errors.slice(0, ERRORS_MAX).map(syntaxFault) };
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
      const faults = doubles.slice(0, ERRORS_MAX).map(({ key, offset }): PlacedFault => {
        return { path: [], ...SYNTAX.doubleKey(key), line: lines.linePos(offset).line };
      });
      return { kind: "broken", faults };
    }
    return { kind: "value", value: document.toJS({ maxAliasCount: ALIASES_MAX }), lineOf };
  } catch (error) {
    return broken(SYNTAX.broken(error instanceof Error ? error.message : String(error)));
  }
}
