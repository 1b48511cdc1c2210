import { describe, expect, it } from "vitest";
import { dateOf } from "../../../services/lib/telephony/tokyo-time.ts";
import { NOW } from "../test/canned.ts";
import { deckLines, deckList, rerateLines, unratedList } from "./rates-view.ts";

const page = (lines: readonly string[]): string => `\n${lines.join("\n")}\n`;
const today = dateOf(NOW);
const rates = [
  { class: "mobile", prefix: "", unitS: 60, unitYen: 16 },
  { class: "international", prefix: "+1", unitS: 60, unitYen: 1200 },
];
const deck = (version: number, validFrom: string, plan = "standard") => ({
  version,
  plan,
  validFrom,
  importedAtMs: NOW,
  rates,
});

describe("rate decks", () => {
  it("R25: which of several is in force today, and why the others are not", () => {
    const decks = [
      deck(1, "2026-04-01"),
      deck(2, "2026-10-01"),
      deck(3, "2026-10-01"),
      deck(4, "2026-11-01"),
      deck(5, "2027-01-01", "other"),
    ];
    expect(page(deckList(decks, today))).toMatchInlineSnapshot(`
      "
      PLAN      FROM        VERSION  STATE     RATES  IMPORTED
      standard  2026-04-01        1  past          2  2026-10-31 23:59:50 +09:00
      standard  2026-10-01        2  replaced      2  2026-10-31 23:59:50 +09:00
      standard  2026-10-01        3  in force      2  2026-10-31 23:59:50 +09:00
      standard  2026-11-01        4  future        2  2026-10-31 23:59:50 +09:00
      other     2027-01-01        5  future        2  2026-10-31 23:59:50 +09:00
      "
    `);
    expect(deckList([], today)).toEqual([
      "no rate decks: kakehashi rates import FILE --plan PLAN --from DATE adds one",
    ]);
  });

  it("with their rates", () => {
    expect(
      page(deckLines([deck(1, "2026-04-01"), deck(4, "2026-11-01")], today)),
    ).toMatchInlineSnapshot(`
      "
      standard from 2026-04-01, version 1, in force
        CLASS          PREFIX    YEN   PER
        mobile                    16  60 s
        international  +1      1,200  60 s

      standard from 2026-11-01, version 4, future
        CLASS          PREFIX    YEN   PER
        mobile                    16  60 s
        international  +1      1,200  60 s
      "
    `);
  });
});

describe("rating anew", () => {
  const difference = {
    callId: "01K",
    leg: "b1",
    companyId: "demo",
    answeredAtMs: NOW,
    chargedYen: 16,
    reratedYen: 1016,
    unrated: "",
  };
  const sums = { legs: 2000, different: 1002, chargedYen: 0, reratedYen: 1000, unrated: 1 };

  it("differences, those that were not sent, sums, and what is still without a rate", () => {
    const lost = { ...difference, callId: "01L", reratedYen: 0, unrated: "no deck" };
    expect(
      page(rerateLines([difference, lost], { ...sums, written: true })),
    ).toMatchInlineSnapshot(`
      "
      CALL  LEG  COMPANY  ANSWERED                    CHARGED  BY TODAY'S RATES  DIFFERENCE  NO RATE
      01K   b1   demo     2026-10-31 23:59:50 +09:00       16             1,016      +1,000
      01L   b1   demo     2026-10-31 23:59:50 +09:00       16                                no deck

      and 1,000 more
      1,002 of 2,000 legs differ; 0 yen charged, 1,000 yen by today's rates: +1,000
      1 have no rate: kakehashi rates unrated
      the differences were booked
      "
    `);
  });

  it("nothing differs: nothing to book, whether it was to be written or not", () => {
    const none = { ...sums, different: 0, unrated: 0, written: true };
    expect(rerateLines([], none).at(-1)).toBe("nothing to book");
  });
});

it("no leg without a rate", () => {
  expect(unratedList({ legs: [], total: 0 })).toEqual(["none: every billable leg has its rate"]);
});
