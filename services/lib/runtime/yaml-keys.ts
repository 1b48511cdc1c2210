/**
 * Keys that stand twice in a map of a YAML document. The parser's own check compares each key with all
 * before it: a few hundred thousand keys in one map would keep the process for an hour.
 */
import { type Document, isScalar, visit } from "yaml";

/** A key that stood before in its map, and where in the text it stands again. */
export interface DoubledKey {
  readonly key: string;
  readonly offset: number;
}

/** Every doubled key of a document, in order; the time it takes grows with the document alone. */
export function doubledKeys(document: Document.Parsed): readonly DoubledKey[] {
  const doubles: DoubledKey[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) doubles.push({ key: name, offset: key.range?.[0] ?? 0 });
        seen.add(name);
      }
    },
  });
  return doubles;
}
