import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DestinationClass } from "../../../../lib/telephony/destination-class.ts";
import type { E164 } from "../../../../lib/telephony/e164.ts";
import { attemptLeg, type CallId, type CompanyId } from "../../../../lib/telephony/ids.ts";
import { planWrites } from "../deduplicate.ts";
import { invoiceMonthOf } from "./billing-month.ts";
import { chargeOf } from "./charge.ts";
import { type BookingReason, balanceOf, type Entry, entriesFor } from "./ledger.ts";
import type { RatedLeg } from "./rating.ts";

const DAY_MS = 86_400_000;
const OCTOBER = Temporal.Instant.from("2026-10-05T01:00:00Z").epochMilliseconds;

const OWED: RatedLeg = {
  kind: "rated",
  callId: "call-1" as CallId,
  leg: attemptLeg(1),
  companyId: "company-1" as CompanyId,
  sourceNumber: "+815011110000",
  sourceClass: "standard",
  destination: "+819011112222" as E164,
  destinationClass: "mobile",
  onNet: false,
  plan: "standard",
  answeredAt: OCTOBER,
  talkMs: 61_000,
  billedS: 61,
  units: 2,
  yen: 32,
  deckVersion: 1,
};

describe("entries", () => {
  const first = entriesFor([], OWED, "record-replaced");

  it("5.1: the first charge is booked whole", () => {
    expect(first).toMatchObject([
      { entry: 1, calls: 1, billedS: 61, yen: 32, units: 2, deckVersion: 1, reason: "rated" },
    ]);
  });

  it("5.1: what is booked is not booked again", () => {
    expect(entriesFor(first, OWED, "re-rated")).toEqual([]);
    expect(entriesFor([], null, "rated")).toEqual([]);
  });

  it("5.1: a new deck books the difference alone, under its version", () => {
    const dearer = { ...OWED, yen: 40, deckVersion: 2 };
    expect(entriesFor(first, dearer, "re-rated")).toMatchObject([
      { entry: 2, calls: 0, billedS: 0, yen: 8, units: 2, deckVersion: 2, reason: "re-rated" },
    ]);
  });

  it("5.4: a record of a higher epoch without a billable leg takes the charge back", () => {
    expect(entriesFor(first, null, "record-replaced")).toMatchObject([
      { entry: 2, calls: -1, billedS: -61, yen: -32, units: 0, deckVersion: null },
    ]);
  });

  it("5.4: one that names another leg moves the charge there", () => {
    const other = { ...OWED, leg: attemptLeg(2), billedS: 30, units: 1, yen: 16 };
    expect(entriesFor(first, other, "record-replaced")).toMatchObject([
      { entry: 2, leg: "b1", calls: -1, yen: -32, reason: "record-replaced" },
      { entry: 3, leg: "b2", calls: 1, yen: 16, reason: "record-replaced" },
    ]);
  });
});

/** A record as far as the ledger sees it: null = no billable leg. */
interface Version {
  readonly callId: CallId;
  readonly epoch: number;
  readonly owed: RatedLeg | null;
}

const arbitraryOwed: fc.Arbitrary<Omit<RatedLeg, "callId"> | null> = fc.option(
  fc
    .record({
      leg: fc.constantFrom(attemptLeg(1), attemptLeg(2)),
      sourceNumber: fc.constantFrom("+815011110000", "+815011110001"),
      destinationClass: fc.constantFrom<DestinationClass>("mobile", "landline"),
      talkMs: fc.nat(400_000),
      answeredAt: fc.constantFrom(OCTOBER, OCTOBER + 30 * DAY_MS),
      unitYen: fc.nat(20),
    })
    .map(({ unitYen, ...facts }) => {
      const rate = { class: "mobile", prefix: "", unitS: 60, unitYen } as const;
      return { ...OWED, ...facts, ...chargeOf(facts.talkMs, rate) };
    }),
  { nil: null },
);

/** One version of each epoch of some calls, in an order, with repetitions, cut into batches. */
const arbitraryStream = fc
  .uniqueArray(
    fc.record({
      callId: fc.constantFrom("a", "b", "c"),
      epoch: fc.integer({ min: 1, max: 4 }),
      owed: arbitraryOwed,
    }),
    { selector: ({ callId, epoch }) => `${callId} ${epoch}`, minLength: 1, maxLength: 8 },
  )
  .map((versions) =>
    versions.map(({ callId, epoch, owed }): Version => {
      const id = callId as CallId;
      return { callId: id, epoch, owed: owed && { ...owed, callId: id } };
    }),
  )
  .chain((versions) =>
    fc.record({
      versions: fc.constant(versions),
      batches: fc.array(
        fc.record({
          versions: fc.array(fc.constantFrom(...versions), { maxLength: 5 }),
          daysLater: fc.nat(60),
        }),
        { maxLength: 6 },
      ),
    }),
  );

type Booked = Entry & { readonly bookedAt: number };

/** What the sink does: keeps the highest epoch, books the difference. */
class Books {
  readonly epochs = new Map<CallId, number>();
  readonly entries = new Map<CallId, readonly Booked[]>();
  now = OCTOBER;

  store(batch: readonly Version[]): void {
    const plan = planWrites(batch, this.epochs);
    for (const { callId, epoch, owed } of plan.write) {
      this.epochs.set(callId, epoch);
      this.owe(callId, owed, "record-replaced");
    }
  }

  owe(callId: CallId, owed: RatedLeg | null, occasion: BookingReason): void {
    const existing = this.entries.get(callId) ?? [];
    const added = entriesFor(existing, owed, occasion);
    const booked = added.map((entry) => ({ ...entry, bookedAt: this.now }));
    this.entries.set(callId, [...existing, ...booked]);
  }

  /** Sum by what `of` says of an entry, zeros left out. */
  sums(of: (entry: Booked) => string): Record<string, readonly number[]> {
    const sums = new Map<string, readonly [number, number, number]>();
    for (const entry of [...this.entries.values()].flat()) {
      const [calls, billedS, yen] = sums.get(of(entry)) ?? [0, 0, 0];
      const sum = [calls + entry.calls, billedS + entry.billedS, yen + entry.yen] as const;
      sums.set(of(entry), sum);
    }
    return Object.fromEntries([...sums].filter(([, sum]) => sum.some((part) => part !== 0)));
  }
}

const account = (entry: Entry): string =>
  [entry.callId, entry.leg, entry.sourceNumber, entry.destinationClass, entry.answeredAt].join(" ");
const call = (entry: Entry): string => entry.callId;

/** The newest version of each call, stored alone. */
function settled(versions: readonly Version[]): Books {
  const books = new Books();
  books.store(versions.toSorted((a, b) => b.epoch - a.epoch));
  return books;
}

it("5.4: replays, any order of epochs and any cut into batches leave the same sum on every leg", () => {
  fc.assert(
    fc.property(arbitraryStream, ({ versions, batches }) => {
      const books = new Books();
      for (const batch of batches) {
        books.now += batch.daysLater * DAY_MS;
        books.store(batch.versions);
      }
      books.store(versions);
      expect(books.sums(account)).toEqual(settled(versions).sums(account));
      for (const entries of books.entries.values()) {
        expect(entries.map(({ entry }) => entry)).toEqual(entries.map((_, index) => index + 1));
      }
    }),
  );
});

it("5.2: all invoices together hold what is owed, whenever it was booked and corrected", () => {
  fc.assert(
    fc.property(arbitraryStream, fc.integer({ min: 1, max: 28 }), (stream, closeDay) => {
      const books = new Books();
      for (const batch of stream.batches) {
        books.now += batch.daysLater * DAY_MS;
        books.store(batch.versions);
      }
      books.store(stream.versions);
      const invoices = books.sums((entry) => invoiceMonthOf(entry, closeDay));
      const total = Object.values(invoices).reduce((sum, part) => sum + part[2]!, 0);
      const owed = settled(stream.versions).sums(call);
      expect(total).toBe(Object.values(owed).reduce((sum, part) => sum + part[2]!, 0));
    }),
  );
});

it("5.1: re-rating twice books once, and ends where rating with the new deck alone would have", () => {
  fc.assert(
    fc.property(fc.array(arbitraryOwed, { maxLength: 6 }), (decks) => {
      const books = new Books();
      const callId = "a" as CallId;
      for (const owed of decks) {
        const charge = owed && { ...owed, callId };
        books.owe(callId, charge, "re-rated");
        const before = books.entries.get(callId)!.length;
        books.owe(callId, charge, "re-rated");
        expect(books.entries.get(callId)).toHaveLength(before);
        expect(balanceOf(books.entries.get(callId)!)).toBe(charge?.yen ?? 0);
      }
    }),
  );
});
