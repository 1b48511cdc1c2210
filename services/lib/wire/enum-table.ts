/**
 * Tables between our kebab-case words and protobuf enums.
 *
 * N1  A word added to the domain, or a value added to the proto, makes the table fail to compile.
 * N2  The unspecified value and unknown values are refused, never given a default.
 */
import { refuse } from "./fault.ts";

/** Both directions of one enum. */
export interface EnumTable<Word extends string, Value extends number> {
  readonly toWire: (word: Word) => Value;
  readonly fromWire: (value: number, path: string) => Word;
}

/** The values a table must name: all but UNSPECIFIED (0) and UNRECOGNIZED (-1). */
type Named<Value extends number> = Exclude<Value, 0 | -1>;

/** Refuses to type-check unless `Table` reaches every value of the proto's enum. */
type Complete<Table, Value extends number> =
  Named<Value> extends Table[keyof Table]
    ? unknown
    : { readonly missing: Exclude<Named<Value>, Table[keyof Table]> };

/** Makes a table: `enumTable<Word, Value>()({ word: Proto.VALUE, ... })`. */
export const enumTable =
  <Word extends string, Value extends number>() =>
  <const Table extends Readonly<Record<Word, Named<Value>>>>(
    table: Table & Complete<Table, Value>,
  ): EnumTable<Word, Value> => {
    const words = new Map<number, Word>();
    for (const word of Object.keys(table) as Word[]) words.set(table[word], word);
    return {
      toWire: (word) => table[word],
      fromWire: (value, path) => words.get(value) ?? refuse(path, `unknown value ${value}`),
    };
  };
