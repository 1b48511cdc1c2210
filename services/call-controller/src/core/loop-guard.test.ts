import { describe, expect, it } from "vitest";
import { group, HOME_REP, offer, REP, term, toGroup } from "../../test/sample-company.ts";
import { guardRule, guardScopes, loopRates } from "./loop-guard.ts";

const snapshot = toGroup(REP, group("relay", []));
const contract = term({ channelsPerNumber: 3 });
const scopes = (caller: string) =>
  guardScopes(snapshot, contract, offer(REP, caller), REP).map(
    ({ id, limit, onlyWhenFree }) => `${id} ${limit}${onlyWhenFree ? " when free" : ""}`,
  );

describe("4.5 c and b: scopes of numbers", () => {
  it.each([
    ["from a stranger: its source", "+81312345678", [`source:${REP} 3`]],
    [
      "from another number of the company: that must be free, too",
      HOME_REP,
      [`source:${REP} 3`, `source:${HOME_REP} 3 when free`],
    ],
    ["from its very source: one scope, that must be free", REP, [`source:${REP} 3 when free`]],
  ])("%s", (_from, caller, claimed) => {
    expect(scopes(caller)).toEqual(claimed);
  });

  it("(b) is for callers from outside: a colleague's telephone shows no number", () => {
    expect(scopes("101")).toEqual([`source:${REP} 3`]);
  });
});

describe("4.5 d: rates", () => {
  const rates = (from = offer("05010000001"), limit = 5) =>
    loopRates(from, limit, [REP, HOME_REP, REP]);

  it("one for each source, by caller and called number in their one form", () => {
    const of = (source: string) => ({
      id: `loop:+81312345678>${REP}>${source}`,
      limit: 5,
      windowMs: 10_000,
    });
    expect(rates()).toEqual([of(REP), of(HOME_REP)]);
  });

  it("none for a caller without a number, and none when it is off", () => {
    const nobody = { number: "", display: "", withheld: true };
    expect(rates(offer(REP, "+81312345678", { caller: nobody }))).toEqual([]);
    expect(rates(offer(REP), 0)).toEqual([]);
  });

  it("one for each of a plan's 20 targets, which is what the allocator takes", () => {
    const sources = Array.from({ length: 21 }, (_, i) => `+8150200000${10 + i}` as typeof REP);
    expect(loopRates(offer(REP), 5, sources)).toHaveLength(20);
  });
});

describe("the rule that a refusal stands for", () => {
  it.each([
    ["4.5c", "+81312345678", `source:${REP}`],
    ["4.5b", REP, `source:${REP}`],
    ["4.5b", HOME_REP, `source:${HOME_REP}`],
    ["4.5c", HOME_REP, `source:${REP}`],
    ["4.5d", REP, `loop:+81312345678>${REP}>${REP}`],
    [null, REP, "company:demo"],
    [null, REP, "trunk:carrier-a"],
  ])("%s for caller %s, refused %s", (rule, caller, refused) => {
    const claimed = guardScopes(snapshot, contract, offer(REP, caller), REP);
    expect(guardRule(claimed, refused)).toBe(rule);
  });
});
