/**
 * A document's text to its value, with faults of syntax in the registry's words. Does not parse
 * (lib/runtime/yaml.ts) and does not read the value (core/document.ts).
 */
import * as syntax from "../../../lib/runtime/yaml.ts";
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { FaultText } from "../core/fault-text.ts";
import { SYNTAX } from "../core/form-faults.ts";
import type { Fault, Path } from "../core/reading.ts";

/** A company of ten thousand terminals takes about 2 MB. */
const DOCUMENT_LENGTH_MAX = 4 * 1024 * 1024;

/** A fault and the line where its value, or the nearest thing around it, starts; 0 when unknown. */
export interface PlacedFault extends Fault {
  readonly line: number;
}

/** A document's value and where its parts stand, or why it is no YAML. */
export type YamlResult =
  | { readonly kind: "value"; readonly value: unknown; readonly lineOf: (path: Path) => number }
  | { readonly kind: "broken"; readonly faults: readonly PlacedFault[] };

function textOf(fault: syntax.YamlFault): FaultText {
  switch (fault.kind) {
    case "too-long":
      return SYNTAX.tooLong(fault.max);
    case "second-document":
      return SYNTAX.secondDocument();
    case "double-key":
      return SYNTAX.doubleKey(fault.key);
    case "syntax":
      return SYNTAX.broken(fault.words);
    default:
      return unreachable(fault);
  }
}

/** Parses one YAML document. */
export function readYaml(text: string): YamlResult {
  const read = syntax.readYaml(text, DOCUMENT_LENGTH_MAX);
  if (read.kind === "value") return read;
  const faults = read.faults.map((fault) => ({ path: [], ...textOf(fault), line: fault.line }));
  return { kind: "broken", faults };
}
