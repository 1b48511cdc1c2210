/**
 * Pieces of a JSON Schema (draft 7) for a YAML file whose every scalar is read as text: an editor parses
 * the same file with YAML's own types, so a name may come to it as a number. Knows no field.
 */
import type { WholeRange } from "../../services/tenant-registry/src/core/form-faults.ts";

/** A JSON Schema, draft 7. */
export type Schema = Readonly<Record<string, unknown>>;

/** Scalars that a YAML reader of an editor takes for something else than text. */
const SCALAR = ["string", "number", "boolean"];
/** A definition of this schema. */
export const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` });

/** What the registry takes for a field that was left out. */
export const ABSENT_FORM: Schema = { type: ["string", "null"], pattern: "^(null|~)?$" };
const ABSENT = ref("absent");
const PRESENT: Schema = { not: ABSENT };
/** A field that may be left out. */
export const optional = (schema: Schema): Schema => ({ anyOf: [schema, ABSENT] });

/** A whole number, also in quotes. */
export const whole = ({ min, max }: WholeRange): Schema => ({
  anyOf: [
    { type: "integer", minimum: min, maximum: max },
    { type: "string", pattern: "^[0-9]{1,9}$" },
  ],
});
/** true or false. */
export const flag = (standard: boolean): Schema => ({
  ...optional({ anyOf: [{ type: "boolean" }, { enum: ["true", "false"] }] }),
  default: standard,
});
/** One of a few words. */
export const choice = (words: readonly string[]): Schema => ({ enum: words });
/** Text without control characters. */
export const text = (max: number, min = 1): Schema => ({
  type: SCALAR,
  minLength: min,
  maxLength: max,
  pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
});
/** Text of a form. */
export const matching = (pattern: RegExp, max?: number): Schema => ({
  type: SCALAR,
  pattern: pattern.source,
  ...(max === undefined ? {} : { maxLength: max }),
});
/** A list that may be left out. */
export const list = (items: Schema, maxItems: number): Schema =>
  optional({ type: "array", maxItems, items });
/** A list with at least one item. */
export const someOf = (items: Schema, maxItems: number): Schema => ({
  type: "array",
  minItems: 1,
  maxItems,
  items,
});

/** Every field of a map, in the order of its list: an editor knows them all, and no other. */
export const map = <K extends string>(
  fields: readonly K[],
  properties: Readonly<Record<K, Schema>>,
  required: readonly K[],
): Schema => ({
  type: "object",
  additionalProperties: false,
  required,
  properties: Object.fromEntries(fields.map((name) => [name, properties[name]])),
});

/** One of two fields must be there, not both. */
export const oneOf = (first: string, second: string): Schema => {
  const only = (there: string, other: string): Schema => ({
    required: [there],
    properties: { [there]: PRESENT, [other]: ABSENT },
  });
  return { oneOf: [only(first, second), only(second, first)] };
};

/** A schema with what its field means. */
export const says = (en: string, ja: string, schema: Schema): Schema => ({
  description: `${en}\n${ja}`,
  ...schema,
});

/** Words with a default. */
export const profile = (words: readonly string[], en: string, ja: string): Schema =>
  says(en, ja, { ...optional(choice(words)), default: words[0] });
