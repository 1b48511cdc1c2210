import fc from "fast-check";
import { expect, it } from "vitest";
import { addMonths, type CivilMonth, monthOf } from "../../../../lib/telephony/tokyo-time.ts";
import { closeOf, invoiceMonthOf, isAdjustment } from "./billing-month.ts";

const CLOSE_DAY = 3;
const at = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;

it.each([
  ["2026-10-31T14:59:59.999Z", "2026-11"],
  ["2026-10-31T15:00:00.000Z", "2026-12"],
  ["2026-12-31T14:59:59.999Z", "2027-01"],
])("5.2: a call answered at %s, rated at once, is on the invoice of %s", (answered, invoice) => {
  const booking = { answeredAt: at(answered), bookedAt: at(answered) + 60_000 };
  expect(invoiceMonthOf(booking, CLOSE_DAY)).toBe(invoice);
  expect(isAdjustment(booking, CLOSE_DAY)).toBe(false);
});

it.each([
  ["2026-11-02T23:59:59.999+09:00", "2026-11", false],
  ["2026-11-03T00:00:00.000+09:00", "2026-12", true],
  ["2026-12-02T23:59:59.999+09:00", "2026-12", true],
  ["2026-12-03T00:00:00.000+09:00", "2027-01", true],
  ["2027-11-02T12:00:00.000+09:00", "2027-11", true],
] as const)(
  "5.2: booked at %s, a call of October is on the invoice of %s",
  (booked, invoice, late) => {
    const booking = { answeredAt: at("2026-10-05T10:00+09:00"), bookedAt: at(booked) };
    expect(invoiceMonthOf(booking, CLOSE_DAY)).toBe(invoice);
    expect(isAdjustment(booking, CLOSE_DAY)).toBe(late);
  },
);

it("5.2: every entry is on one invoice, the first of those after its call that was open", () => {
  const moment = fc.integer({ min: at("2026-01-01T00:00Z"), max: at("2028-01-01T00:00Z") });
  const closeDay = fc.integer({ min: 1, max: 28 });
  fc.assert(
    fc.property(moment, moment, closeDay, (one, other, day) => {
      const [answeredAt, bookedAt] = [Math.min(one, other), Math.max(one, other)];
      const isOpen = (invoice: CivilMonth): boolean => bookedAt < closeOf(invoice, day);
      let first = addMonths(monthOf(answeredAt), 1);
      while (!isOpen(first)) first = addMonths(first, 1);
      expect(invoiceMonthOf({ answeredAt, bookedAt }, day)).toBe(first);
    }),
  );
});
