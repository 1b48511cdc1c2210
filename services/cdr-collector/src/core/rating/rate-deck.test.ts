import fc from "fast-check";
import { expect, it } from "vitest";
import type { E164 } from "../../../../lib/telephony/e164.ts";
import type { CivilDate } from "../../../../lib/telephony/tokyo-time.ts";
import {
  type DeckVersion,
  deckAt,
  type Rate,
  type RateClass,
  type RatedDestination,
  rateIn,
  tariffOf,
} from "./rate-deck.ts";

const row = (rateClass: RateClass, prefix: string, unitS: number, unitYen: number): Rate => ({
  class: rateClass,
  prefix,
  unitS,
  unitYen,
});
const ROWS = [
  row("landline", "", 180, 8),
  row("mobile", "", 60, 16),
  row("mobile", "+8190", 60, 17),
  row("ip-phone", "", 180, 10),
  row("international", "+1", 60, 9),
  row("international", "+1808", 60, 30),
];
const TARIFF = tariffOf(ROWS);
const ASKED: RatedDestination = {
  plan: "standard",
  answeredAt: 0,
  destination: "+819012345678" as E164,
  destinationClass: "mobile",
  onNet: false,
};
const to = (destination: string, destinationClass: RatedDestination["destinationClass"]) => ({
  ...ASKED,
  destination: destination as E164,
  destinationClass,
});

it("R14: landline, mobile and IP phone each have their own rate", () => {
  const asked = [
    to("+81312345678", "landline"),
    to("+818012345678", "mobile"),
    to("+815012345678", "ip-phone"),
  ];
  expect(asked.map((one) => rateIn(TARIFF, one)?.unitYen)).toEqual([8, 16, 10]);
});

it("R14: the longest prefix of the destination wins, and only inside its class", () => {
  expect(rateIn(TARIFF, to("+819012345678", "mobile"))?.unitYen).toBe(17);
  expect(rateIn(TARIFF, to("+18081234567", "international"))?.unitYen).toBe(30);
  expect(rateIn(TARIFF, to("+12125551234", "international"))?.unitYen).toBe(9);
  expect(rateIn(TARIFF, to("+819012345678", "landline"))?.unitYen).toBe(8);
  expect(rateIn(TARIFF, to("+442079460001", "international"))).toBeNull();
});

it("R14: the look-up finds what a search through all rows finds", () => {
  const prefix = fc.stringMatching(/^(\+[1-9][0-9]{0,4})?$/);
  const rates = fc.uniqueArray(
    prefix.map((each) => row("mobile", each, 60, each.length)),
    { selector: (rate) => rate.prefix },
  );
  const number = fc.stringMatching(/^\+[1-9][0-9]{6,10}$/);
  fc.assert(
    fc.property(rates, number, (rows, destination) => {
      const fitting = rows.filter((rate) => destination.startsWith(rate.prefix));
      const best = fitting.toSorted((a, b) => b.prefix.length - a.prefix.length)[0] ?? null;
      expect(rateIn(tariffOf(rows), to(destination, "mobile"))).toEqual(best);
    }),
  );
});

it("A22: a call to a number of the service is free where the deck says nothing of it", () => {
  expect(rateIn(TARIFF, { ...ASKED, onNet: true })).toMatchObject({ class: "on-net", unitYen: 0 });
});

it("A19, A22: a number of another company of the service is rated by the on-net rows", () => {
  const priced = tariffOf([...ROWS, row("on-net", "", 60, 3), row("on-net", "+8150", 60, 2)]);
  expect(rateIn(priced, { ...ASKED, onNet: true })?.unitYen).toBe(3);
  const ipPhone = to("+815012345678", "ip-phone");
  expect(rateIn(priced, { ...ipPhone, onNet: true })?.unitYen).toBe(2);
  expect(rateIn(priced, ipPhone)?.unitYen).toBe(10);
});

const deck = (version: number, validFrom: string, plan = "standard"): DeckVersion => ({
  version,
  plan,
  validFrom: validFrom as CivilDate,
});
const DECKS = [
  deck(1, "2026-10-01"),
  deck(2, "2026-11-01"),
  deck(3, "2026-10-01"),
  deck(4, "2026-11-01", "other"),
  deck(5, "2027-01-01"),
];

it.each([
  ["2026-09-30T23:59:59.999+09:00", null],
  ["2026-10-01T00:00:00.000+09:00", 3],
  ["2026-10-31T14:59:59.999Z", 3],
  ["2026-10-31T15:00:00.000Z", 2],
  ["2026-12-31T23:59:59.999+09:00", 2],
])("5.1: a call answered at %s is rated by version %s", (answered, version) => {
  const answeredAt = Temporal.Instant.from(answered).epochMilliseconds;
  for (const decks of [DECKS, DECKS.toReversed()]) {
    expect(deckAt(decks, { plan: "standard", answeredAt })?.version ?? null).toBe(version);
  }
});
