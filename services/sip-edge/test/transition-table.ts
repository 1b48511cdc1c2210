/**
 * Reads a transition table written as text and runs it: one row per (phase, input), columns
 * `phase | input | next phase | effects | claim`, where next phase `same` claims that nothing at all
 * changed. Owns: the row count against the unions, so that a phase or an input kind without its rows
 * fails. Does not own: any machine.
 */
import { describe, expect, it } from "vitest";

interface Tagged {
  readonly kind: string;
}

/** A machine as a table test sees it. */
export interface Machine<S extends { readonly phase: string }, I extends Tagged> {
  readonly name: string;
  /** One example state per phase; the record type makes the compiler list the phases. */
  readonly phases: Readonly<Record<S["phase"], S>>;
  /** Input variants by the name the table uses. */
  readonly inputs: Readonly<Record<string, I>>;
  /** Every input kind once; the record type makes the compiler list the kinds. */
  readonly kinds: Readonly<Record<I["kind"], true>>;
  readonly step: (state: S, input: I) => { readonly state: S; readonly effects: readonly Tagged[] };
  readonly table: string;
}

interface Row {
  readonly phase: string;
  readonly input: string;
  readonly next: string;
  readonly effects: string;
  readonly claim: string;
}

function rowsOf(table: string): readonly Row[] {
  return table
    .split("\n")
    .filter((line) => line.includes("|"))
    .map((line) => {
      const cells = line.split("|").map((cell) => cell.trim());
      const [phase = "", input = "", next = "", effects = "", claim = ""] = cells;
      return { phase, input, next, effects, claim };
    });
}

/** Declares one test per row and one that counts the rows. */
export function runTable<S extends { readonly phase: string }, I extends Tagged>(
  machine: Machine<S, I>,
): void {
  const rows = rowsOf(machine.table);
  const phases = new Map<string, S>(Object.entries<S>(machine.phases));
  const inputs = new Map<string, I>(Object.entries<I>(machine.inputs));
  describe(machine.name, () => {
    it("has exactly one row for each pair of phase and input, and an input of each kind", () => {
      const pairs = rows.map((row) => `${row.phase} + ${row.input}`).sort();
      const wanted = [...phases.keys()]
        .flatMap((phase) => [...inputs.keys()].map((input) => `${phase} + ${input}`))
        .sort();
      expect(pairs).toEqual(wanted);
      const kinds = new Set([...inputs.values()].map((input) => input.kind));
      expect([...kinds].sort()).toEqual(Object.keys(machine.kinds).sort());
    });
    it.each(rows)("$phase + $input -> $next: $claim", (row) => {
      const state = phases.get(row.phase);
      const input = inputs.get(row.input);
      if (state === undefined || input === undefined) throw new Error(`no such row: ${row.phase}`);
      const result = machine.step(state, input);
      if (row.next === "same") expect(result.state).toEqual(state);
      else expect(result.state.phase).toBe(row.next);
      expect(result.effects.map((effect) => effect.kind).join(" ")).toBe(row.effects);
    });
  });
}
