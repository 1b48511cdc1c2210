import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContractContent, ContractTerm } from "../../../lib/telephony/contract.ts";
import { addDays, type CivilDate } from "../../../lib/telephony/tokyo-time.ts";
import type { TermDraft } from "./draft.ts";
import { contentOf, mergeContract } from "./timeline.ts";

const day = (text: string): CivilDate => text as CivilDate;
const BEGIN = day("2026-01-01");
/** The day so many days after the first of these tests. */
const at = (days: number): CivilDate => addDays(BEGIN, days);

const bought = (extraChannels: number): ContractContent => ({
  terminalForwarding: true,
  representativeForwarding: false,
  extraChannels,
  channelsPerNumber: extraChannels,
  internationalForwarding: false,
  pricePlan: "standard",
  addOns: [],
});

/** A written term. */
const says = (channels: number, from: string | null, until: string | null): TermDraft => ({
  ...bought(channels),
  addOns: [],
  from: from === null ? null : day(from),
  until: until === null ? null : day(until),
});

const merge = (
  stored: readonly ContractTerm[],
  written: readonly TermDraft[],
  today: CivilDate | string,
) =>
  mergeContract(
    stored,
    written.map((value, index) => ({ path: ["contract", index], value })),
    day(today),
  );

/** Terms as `from..until channels`. */
const shown = (terms: readonly ContractTerm[]): readonly string[] =>
  terms.map((term) => `${term.from}..${term.until ?? ""} ${term.extraChannels}`);

const OLD = merge([], [says(5, "2026-01-01", null)], "2026-01-01").terms;

describe("a change", () => {
  it.each([
    ["nothing written ends what is in force today", [], ["2026-01-01..2026-07-01 5"]],
    [
      "a term without `from` holds from today on",
      [says(9, null, null)],
      ["2026-01-01..2026-07-01 5", "2026-07-01.. 9"],
    ],
    ["the same values in force now are no change", [says(5, null, null)], ["2026-01-01.. 5"]],
    [
      "a term from a later day leaves a gap",
      [says(9, "2026-09-01", null)],
      ["2026-01-01..2026-07-01 5", "2026-09-01.. 9"],
    ],
    [
      "past, present and future as one list, in any order",
      [says(9, "2026-09-01", null), says(5, "2026-01-01", "2026-09-01")],
      ["2026-01-01..2026-09-01 5", "2026-09-01.. 9"],
    ],
    [
      "neighbours that buy the same are one term",
      [says(5, null, "2026-08-01"), says(5, "2026-08-01", null)],
      ["2026-01-01.. 5"],
    ],
  ])("%s", (_, written, expected) => {
    const { terms, faults } = merge(OLD, written, "2026-07-01");
    expect(faults).toEqual([]);
    expect(shown(terms)).toEqual(expected);
  });

  it.each([
    ["other values for past days", [says(9, "2026-03-01", null)], ["from"]],
    ["an end in the past", [says(5, "2026-01-01", "2026-03-01")], ["from"]],
    ["a beginning before the stored one", [says(5, "2025-12-01", null)], ["from"]],
    ["an end without beginning that has passed", [says(5, null, "2026-03-01")], ["until"]],
    ["two terms at once", [says(5, null, "2026-09-01"), says(9, "2026-08-01", null)], ["from"]],
    ["two terms without beginning", [says(5, null, null), says(9, null, null)], ["from"]],
  ])("is refused: %s", (_, written, fields) => {
    const { faults } = merge(OLD, written, "2026-07-01");
    expect(faults.map(({ path }) => path.at(-1))).toEqual(fields);
  });

  it("the fault names the term and the day", () => {
    const [fault] = merge(OLD, [says(9, "2026-03-01", null)], "2026-07-01").faults;
    expect(fault?.message).toContain(
      "the term from 2026-03-01 changes days before today (2026-07-01)",
    );
    expect(fault?.messageJa).toContain("2026-03-01 からの契約期間");
  });

  it("a company's first contract may begin in the past, a later one may not", () => {
    const back = [says(5, "2025-04-01", null)];
    expect(merge([], back, "2026-07-01").faults).toEqual([]);
    const future = merge([], [says(5, "2026-08-01", null)], "2026-07-01").terms;
    expect(merge(future, back, "2026-07-02").faults).toEqual([]);
    const ended = merge(OLD, [], "2026-03-01").terms;
    expect(merge(ended, back, "2026-07-01").faults).toHaveLength(1);
  });

  it("a term that begins today may still be changed, and taken back", () => {
    const { terms } = merge(OLD, [says(9, null, null)], "2026-07-01");
    expect(shown(merge(terms, [says(7, null, null)], "2026-07-01").terms)).toEqual([
      "2026-01-01..2026-07-01 5",
      "2026-07-01.. 7",
    ]);
    expect(shown(merge(terms, [says(5, null, null)], "2026-07-01").terms)).toEqual([
      "2026-01-01.. 5",
    ]);
  });

  it("add-ons in another order are the same", () => {
    const addOns = ["+815055550101", "+815055550100"].map((number, index) => ({
      path: [index],
      value: { number: number as never, units: 1 },
    }));
    const first = merge([], [{ ...says(5, null, null), addOns }], "2026-01-01").terms;
    const turned = { ...says(5, null, null), addOns: addOns.toReversed() };
    expect(merge(first, [turned], "2026-07-01").terms).toEqual(first);
  });
});

/** Documents of a company's life: each list of terms with the day on which it is applied. */
interface Applied {
  readonly day: number;
  readonly terms: readonly TermDraft[];
}

/** Terms one after the other around a day: gaps, some without `from`, few values so that many repeat. */
const termsAround = (today: number): fc.Arbitrary<readonly TermDraft[]> =>
  fc
    .array(
      fc.record({
        gap: fc.integer({ min: 0, max: 6 }),
        length: fc.integer({ min: 1, max: 12 }),
        channels: fc.integer({ min: 1, max: 2 }),
      }),
      { maxLength: 4 },
    )
    .chain((parts) =>
      fc
        .record({
          start: fc.integer({ min: -12, max: 6 }),
          open: fc.boolean(),
          bare: fc.boolean(),
        })
        .map(({ start, open, bare }) => {
          let next = today + start;
          return parts.map(({ gap, length, channels }, index): TermDraft => {
            const from = next + (index === 0 ? 0 : gap);
            next = from + length;
            const last = index === parts.length - 1;
            return {
              ...says(channels, null, null),
              from: bare && index === 0 ? null : at(from),
              until: last && open ? null : at(next),
            };
          });
        }),
    );

const life: fc.Arbitrary<readonly Applied[]> = fc
  .array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 5 })
  .map((steps) =>
    steps.map((_, index) => 20 + steps.slice(0, index + 1).reduce((a, b) => a + b, 0)),
  )
  .chain((days) =>
    fc.tuple(...days.map((today) => termsAround(today).map((terms) => ({ day: today, terms })))),
  );

/** What is stored after each document of a life; a refused one changes nothing. */
function lived(documents: readonly Applied[]) {
  let stored: readonly ContractTerm[] = [];
  return documents.map((document) => {
    const before = stored;
    const { terms, faults } = merge(before, document.terms, at(document.day));
    if (faults.length === 0) stored = terms;
    return { ...document, before, after: stored, accepted: faults.length === 0 };
  });
}

/** What holds on a day: channels, or null. */
const onDay = (terms: readonly ContractTerm[], date: CivilDate): number | null =>
  terms.find(({ from, until }) => from <= date && (until === null || date < until))
    ?.extraChannels ?? null;

const DAYS = Array.from({ length: 110 }, (_, n) => n);

describe("over a company's life", () => {
  const holds = (claim: (step: ReturnType<typeof lived>[number]) => void): void => {
    let accepted = 0;
    fc.assert(
      fc.property(life, (documents) => {
        for (const step of lived(documents)) {
          if (step.accepted) accepted += 1;
          claim(step);
        }
      }),
      { numRuns: 150 },
    );
    expect(accepted).toBeGreaterThan(40);
  };

  it("writing what is stored changes nothing, on that day or later", () => {
    holds(({ day: today, after }) => {
      const written = after.map((term): TermDraft => ({ ...term, addOns: [] }));
      expect(merge(after, written, at(today))).toEqual({ terms: after, faults: [] });
      expect(merge(after, written, at(today + 9))).toEqual({ terms: after, faults: [] });
    });
  });

  it("the document that was stored is no change on any later day (T4)", () => {
    holds(({ day: today, terms, after, accepted }) => {
      if (!accepted) return;
      for (const later of [0, 1, 3, 8, 30]) {
        expect(merge(after, terms, at(today + later))).toEqual({ terms: after, faults: [] });
      }
    });
  });

  it("the past never changes, once something was in force (T1)", () => {
    holds(({ day: today, before, after }) => {
      if (!before.some(({ from }) => from < at(today))) return;
      for (const n of DAYS.filter((n) => n < today)) {
        expect(onDay(after, at(n))).toBe(onDay(before, at(n)));
      }
    });
  });

  it("from today on what holds is what the document says (T2)", () => {
    holds(({ day: today, terms, after, accepted }) => {
      if (!accepted) return;
      const said = terms.map(
        (term): ContractTerm => ({
          ...contentOf(term),
          from: term.from ?? at(0),
          until: term.until,
        }),
      );
      for (const n of DAYS.filter((n) => n >= today)) {
        expect(onDay(after, at(n))).toBe(onDay(said, at(n)));
      }
    });
  });

  it("terms stand in order, never overlap, and neighbours differ (T3)", () => {
    holds(({ after }) => {
      for (const [index, term] of after.entries()) {
        expect(term.until === null || term.from < term.until).toBe(true);
        const next = after[index + 1];
        if (next === undefined) continue;
        expect(term.until !== null && term.until <= next.from).toBe(true);
        if (term.until === next.from)
          expect(contentOf(next as never)).not.toEqual(contentOf(term as never));
      }
    });
  });
});
