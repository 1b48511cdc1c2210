/** What holds for every history, every price and every order of arrival. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type {
  BillingHistory,
  CountVersion,
  TermVersion,
} from "../../../../lib/telephony/billing-history.ts";
import type { ContractContent, ContractTerm } from "../../../../lib/telephony/contract.ts";
import type { E164 } from "../../../../lib/telephony/e164.ts";
import type { CompanyId } from "../../../../lib/telephony/ids.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import {
  addDays,
  addMonths,
  type CivilDate,
  type CivilMonth,
  dateOf,
  monthOf,
  startOfDate,
} from "../../../../lib/telephony/tokyo-time.ts";
import type { Policies, PriceFile } from "../prices/price-file.ts";
import { invoiceMonthOf, isAdjustment } from "../rating/billing-month.ts";
import { cutoffOf } from "./calendar.ts";
import { owed } from "./fees.ts";
import { invoice } from "./invoice.ts";
import type { CallSum } from "./lines.ts";

const RUNS = { numRuns: 150 };
const FIRST = "2026-01" as CivilMonth;
const LAST = "2026-07" as CivilMonth;
const START = startOfDate("2026-01-01" as CivilDate);
const END = startOfDate("2026-07-01" as CivilDate);
const MONTHS: readonly CivilMonth[] = [0, 1, 2, 3, 4, 5, 6].map((n) => addMonths(FIRST, n));
const REP = "+815055550100" as E164;
const STANDARD = "+815055550101" as E164;

const moment = fc.integer({ min: START, max: END - 1 });
const few = fc.integer({ min: 0, max: 5 });
const content: fc.Arbitrary<ContractContent> = fc.record({
  terminalForwarding: fc.boolean(),
  representativeForwarding: fc.boolean(),
  extraChannels: fc.constant(1),
  channelsPerNumber: fc.constant(1),
  internationalForwarding: fc.constant(false),
  pricePlan: fc.constantFrom("standard", "large"),
  addOns: fc.tuple(few, few).map(([rep, own]) => [
    { number: REP, units: rep },
    { number: STANDARD, units: own },
  ]),
});

/** A change of contract: from its day on, for good or for some days; null = dropped. */
interface Change {
  readonly at: Instant;
  readonly content: ContractContent | null;
  readonly days: number | null;
}

/** What a registry would have recorded: the running term is cut, the new one begins today or, the first, before. */
function recorded(changes: readonly Change[], backDatedDays: number): readonly TermVersion[] {
  let believed: readonly TermVersion[] = [];
  let past: readonly TermVersion[] = [];
  const inOrder = changes.toSorted((a, b) => a.at - b.at);
  for (const [index, change] of inOrder.entries()) {
    const today = dateOf(change.at);
    const from = index === 0 ? addDays(today, -backDatedDays) : today;
    const until = change.days === null ? null : addDays(today, change.days);
    const bought = change.content === null ? [] : [{ ...change.content, from, until }];
    const version = (of: ContractTerm): TermVersion => ({
      term: of,
      recordedAt: change.at,
      supersededAt: null,
      revision: index + 1,
    });
    const isKept = ({ term: { until: end } }: TermVersion): boolean => end !== null && end <= today;
    const superseded = believed.filter((each) => !isKept(each));
    const cut = superseded
      .map(({ term: of }) => version({ ...of, until: today }))
      .filter(({ term: of }) => of.until !== null && of.from < of.until);
    past = [...past, ...superseded.map((each) => ({ ...each, supersededAt: change.at }))];
    believed = [...believed.filter(isKept), ...cut, ...bought.map(version)];
  }
  return [...past, ...believed];
}

const change: fc.Arbitrary<Change> = fc.record({
  at: moment,
  content: fc.option(content, { freq: 6 }),
  days: fc.option(fc.integer({ min: 1, max: 60 })),
});
const countVersion: fc.Arbitrary<CountVersion> = fc
  .record({ at: moment, users: few, isShared: fc.boolean() })
  .map(({ at, users, isShared }) => ({ at, revision: at, users, shared: isShared ? [REP] : [] }));

const history: fc.Arbitrary<BillingHistory> = fc
  .record({
    changes: fc.array(change, { maxLength: 5 }),
    backDated: fc.integer({ min: 0, max: 40 }),
    counts: fc.uniqueArray(countVersion, { maxLength: 8, selector: ({ at }) => at }),
  })
  .map(({ changes, backDated, counts }) => ({
    companyId: "demo" as CompanyId,
    name: "Demo",
    terms: recorded(changes, backDated),
    counts,
  }));

const policies: fc.Arbitrary<Policies> = fc.record({
  proration: fc.constantFrom("none" as const, "daily" as const),
  initialFeeOnGrowth: fc.boolean(),
  invoiceDay: fc.constantFrom(3, 20, 28),
  closeDay: fc.constantFrom(1, 3),
  rounding: fc.constant("down" as const),
});

const fee = fc.integer({ min: 0, max: 1000 });
const planPrices = fc.record({
  terminal: fee,
  representative: fee,
  terminalAddOn: fee,
  representativeAddOn: fee,
});
const priceFile = (of: Policies): fc.Arbitrary<PriceFile> =>
  fc.tuple(planPrices, planPrices, planPrices).map(([standard, dearer, large]) => ({
    seller: { name: "", registrationNumber: "", address: "", telephone: "", bank: "" },
    policies: of,
    taxRates: [{ from: "2019-10-01" as CivilDate, percent: 10 }],
    plans: [
      { plan: "standard", validFrom: "2020-01-01" as CivilDate, monthly: standard },
      { plan: "standard", validFrom: "2026-04-01" as CivilDate, monthly: dearer },
      { plan: "large", validFrom: "2020-01-01" as CivilDate, monthly: large },
    ],
  }));

/** One file in force at each month's issue: corrected now and then, under policies that stay. */
const priceHistory: fc.Arbitrary<readonly PriceFile[]> = policies.chain((of) =>
  fc
    .tuple(priceFile(of), priceFile(of), fc.integer({ min: 0, max: MONTHS.length }))
    .map(([first, second, from]) => MONTHS.map((_, index) => (index < from ? first : second))),
);

interface Entry {
  readonly answeredAt: Instant;
  readonly bookedAt: Instant;
  readonly sum: CallSum;
}
const entry: fc.Arbitrary<Entry> = fc
  .record({
    answeredAt: moment,
    delayMs: fc.oneof(
      fc.integer({ min: 0, max: 60_000 }),
      fc.integer({ min: 0, max: 90 * 86_400_000 }),
    ),
    sourceNumber: fc.constantFrom(REP, STANDARD),
    destinationClass: fc.constantFrom("mobile" as const, "landline" as const),
    onNet: fc.boolean(),
    yen: fc.integer({ min: -50, max: 200 }),
  })
  .map(({ answeredAt, delayMs, ...sum }) => ({
    answeredAt,
    bookedAt: answeredAt + delayMs,
    sum: {
      ...sum,
      answeredMonth: monthOf(answeredAt),
      isAdjustment: false,
      calls: 1,
      billedS: 60,
    },
  }));

const callsOf = (entries: readonly Entry[], month: CivilMonth, closeDay: number) =>
  entries
    .filter((each) => invoiceMonthOf(each, closeDay) === month)
    .map((each) => ({ ...each.sum, isAdjustment: isAdjustment(each, closeDay) }));

/** All invoices from FIRST on, one a month, each by the prices of its time. */
const invoices = (
  of: BillingHistory,
  files: readonly PriceFile[],
  entries: readonly Entry[] = [],
) =>
  MONTHS.map((month, index) => {
    const file = files[index]!;
    const calls = callsOf(entries, month, file.policies.closeDay);
    const billed = { month: addMonths(month, -1), file: files[Math.max(0, index - 1)]! };
    return invoice({ month, history: of, calls, prices: { version: 1, file }, billed });
  });

const total = (of: readonly { readonly netYen: number }[]): number =>
  of.reduce((sum, { netYen }) => sum + netYen, 0);

it("5.2: all invoices up to a month sum to what is owed by then and the calls booked by then", () => {
  fc.assert(
    fc.property(history, priceHistory, fc.array(entry, { maxLength: 30 }), (of, files, entries) => {
      const file = files.at(-1)!;
      const due = entries.filter((each) => invoiceMonthOf(each, file.policies.closeDay) <= LAST);
      const fees = owed(of, cutoffOf(LAST, file.policies), LAST, file).fees;
      expect(total(invoices(of, files, entries))).toBe(
        total(fees) + due.reduce((sum, { sum: { yen } }) => sum + yen, 0),
      );
    }),
    RUNS,
  );
});

it("5.2: what is recorded after a moment changes nothing that was owed by what was known at it", () => {
  fc.assert(
    fc.property(history, moment, priceHistory, (of, t, [file]) => {
      const then = {
        ...of,
        terms: of.terms
          .filter(({ recordedAt }) => recordedAt < t)
          .map((each) => ({
            ...each,
            supersededAt: (each.supersededAt ?? t) >= t ? null : each.supersededAt,
          })),
        counts: of.counts.filter(({ at }) => at < t),
      };
      expect(owed(then, t, LAST, file!)).toEqual(owed(of, t, LAST, file!));
    }),
    RUNS,
  );
});

it("neither order nor repetition of the history's versions changes an invoice", () => {
  const shuffled = history.chain((of) =>
    fc.record({
      of: fc.constant(of),
      terms: fc.shuffledSubarray([...of.terms, ...of.terms], { minLength: 2 * of.terms.length }),
      counts: fc.shuffledSubarray([...of.counts, ...of.counts], {
        minLength: 2 * of.counts.length,
      }),
    }),
  );
  fc.assert(
    fc.property(shuffled, priceHistory, ({ of, terms, counts }, files) => {
      expect(invoices({ ...of, terms, counts }, files)).toEqual(invoices(of, files));
    }),
    RUNS,
  );
});

it("calls summed in any batches and any order make the same lines", () => {
  const split = fc
    .array(entry, { maxLength: 20 })
    .chain((entries) =>
      fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
    );
  fc.assert(
    fc.property(split, priceHistory, ([entries, other], files) => {
      const none = { companyId: "demo" as CompanyId, name: "", terms: [], counts: [] };
      const halved = other.flatMap(({ sum, ...each }) => [
        { ...each, sum: { ...sum, calls: 1, billedS: 20, yen: sum.yen - 7 } },
        { ...each, sum: { ...sum, calls: 0, billedS: 40, yen: 7 } },
      ]);
      expect(invoices(none, files, halved)).toEqual(invoices(none, files, entries));
    }),
    RUNS,
  );
});

/** The same history in which from `at` on there are `more` users than there were. */
function withMore(of: BillingHistory, at: Instant, more: number): BillingHistory {
  const inOrder = of.counts.toSorted((a, b) => a.at - b.at);
  const before = inOrder.findLast((version) => version.at <= at);
  if (before === undefined) return of;
  const grow = (version: CountVersion): CountVersion => ({
    ...version,
    users: version.users + more,
  });
  const counts = [
    ...inOrder.filter((version) => version.at < at),
    grow({ ...before, at, revision: at }),
    ...inOrder.filter((version) => version.at > at).map(grow),
  ];
  return { ...of, counts };
}

const running = (counts: readonly CountVersion[], on: ContractContent): BillingHistory => ({
  companyId: "demo" as CompanyId,
  name: "",
  terms: recorded([{ at: START, content: on, days: null }], 0),
  counts: [{ at: START, revision: 0, users: 1, shared: [] }, ...counts],
});
const steady = fc
  .tuple(fc.uniqueArray(countVersion, { maxLength: 8, selector: ({ at }) => at }), content)
  .map(([counts, on]) =>
    running(
      counts.filter(({ at }) => at > START),
      on,
    ),
  );

it("A14: having more users from some moment on never lowers a bill", () => {
  fc.assert(
    fc.property(steady, priceHistory, moment, few, (of, files, at, more) => {
      const same = files.map(() => files[0]!);
      const [less, grown] = [invoices(of, same), invoices(withMore(of, at, more), same)];
      const isByDay = same[0]!.policies.proration === "daily";
      for (const [index, { netYen }] of grown.entries()) {
        // By the day a fraction of a yen may be cut on one bill or the next: there the sum holds.
        const [mine, theirs] = isByDay
          ? [total(grown.slice(0, index + 1)), total(less.slice(0, index + 1))]
          : [netYen, less[index]!.netYen];
        expect(mine).toBeGreaterThanOrEqual(theirs);
      }
    }),
    RUNS,
  );
});

const later = fc.integer({ min: START + 2, max: END - 1 });

it("A13: having fewer users from some moment on changes no fee of that month", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), later, priceHistory, (users, at, files) => {
      const terminalPart = {
        terminalForwarding: true,
        representativeForwarding: false,
        extraChannels: 1,
        channelsPerNumber: 1,
        internationalForwarding: false,
        pricePlan: "standard",
        addOns: [],
      };
      const file = {
        ...files[0]!,
        policies: { ...files[0]!.policies, proration: "none" as const },
      };
      const many = running([{ at: START + 1, revision: 1, users, shared: [] }], terminalPart);
      const fewer = {
        ...many,
        counts: [...many.counts, { at, revision: 2, users: 0, shared: [] }],
      };
      const month = monthOf(at);
      const feesTo = (of: BillingHistory, last: CivilMonth): number =>
        total(owed(of, END, last, file).fees);
      expect(feesTo(fewer, month)).toBe(feesTo(many, month));
      const next = addMonths(month, 1);
      expect(feesTo(fewer, next)).toBe(feesTo(fewer, month));
    }),
    RUNS,
  );
});

const HOUR_MS = 3_600_000;
/** Some days around the turn of a month, so that changes meet on a day. */
const turn = fc.integer({ min: 30 * 24 * 60, max: 34 * 24 * 60 }).map((m) => START + m * 60_000);
const standard = content.map((of) => ({ ...of, pricePlan: "standard" }));

/** Values over time, each from its moment on; the first holds from START on. */
type Steps<T> = readonly { readonly at: Instant; readonly value: T }[];
const steps = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Steps<T>> =>
  fc
    .tuple(
      value,
      fc.uniqueArray(fc.record({ at: turn, value }), { maxLength: 5, selector: ({ at }) => at }),
    )
    .map(([first, more]) => [{ at: START, value: first }, ...more.toSorted((a, b) => a.at - b.at)]);

/** The same steps, but grown from `from` until `until`. */
function grownWithin<T>(
  of: Steps<T>,
  [from, until]: readonly [Instant, Instant],
  grow: (value: T) => T,
): Steps<T> {
  const valueAt = (moment: Instant): T => of.findLast(({ at }) => at <= moment)!.value;
  return [
    ...of.filter(({ at }) => at < from),
    { at: from, value: grow(valueAt(from)) },
    ...of
      .filter(({ at }) => at > from && at < until)
      .map(({ at, value }) => ({ at, value: grow(value) })),
    { at: until, value: valueAt(until) },
    ...of.filter(({ at }) => at > until),
  ];
}

const joined = (less: ContractContent | null, more: ContractContent): ContractContent => ({
  ...more,
  terminalForwarding: more.terminalForwarding || (less?.terminalForwarding ?? false),
  representativeForwarding:
    more.representativeForwarding || (less?.representativeForwarding ?? false),
  addOns: more.addOns.map(({ number, units }) => ({
    number,
    units: Math.max(units, less?.addOns.find((addOn) => addOn.number === number)?.units ?? 0),
  })),
});

const lived = (contracts: Steps<ContractContent | null>, users: Steps<number>): BillingHistory => ({
  companyId: "demo" as CompanyId,
  name: "",
  terms: recorded(
    contracts.map(({ at, value }) => ({ at, content: value, days: null })),
    0,
  ),
  counts: users.map(({ at, value }) => ({ at, revision: at, users: value, shared: [REP] })),
});

const inAnHour = fc
  .record({
    contracts: steps(fc.option(standard, { freq: 2 })),
    users: steps(few),
    from: turn,
    content: standard,
    added: few,
  })
  .map(({ contracts, users, from, content: bought, added }) => {
    const hour = [from, from + HOUR_MS] as const;
    return {
      from,
      less: lived(contracts, users),
      more: lived(
        grownWithin(contracts, hour, (value) => joined(value, bought)),
        grownWithin(users, hour, (value) => value + added),
      ),
    };
  });

it("A13: an hour in which more is in force never makes a month cheaper", () => {
  const known = fc.oneof(turn, fc.constant(END));
  fc.assert(
    fc.property(inAnHour, known, priceHistory, ({ from, less, more }, t, [file]) => {
      const fees = (of: BillingHistory, section: string, month: CivilMonth): number =>
        total(
          owed(of, t, LAST, file!).fees.filter(
            (each) => each.month === month && section.includes(each.section),
          ),
        );
      for (const month of MONTHS) {
        expect(fees(more, "flat", month)).toBeGreaterThanOrEqual(fees(less, "flat", month));
      }
      // A later month may cost less of the initial fee: that growth was charged with the hour.
      const month = monthOf(from);
      const both = "initial flat";
      expect(fees(more, both, month)).toBeGreaterThanOrEqual(fees(less, both, month));
    }),
    { numRuns: 500 },
  );
});

it("A13: a contract of an hour costs its month what it would cost if it had stayed", () => {
  fc.assert(
    fc.property(standard, turn, few, priceHistory, (bought, from, users, [file]) => {
      const counted = [{ at: START, value: users }];
      const begun = { at: from, value: bought };
      const hour = lived([begun, { at: from + HOUR_MS, value: null }], counted);
      const policies = { ...file!.policies, proration: "none" as const };
      const of = (history: BillingHistory) =>
        owed(history, END, monthOf(from), { ...file!, policies }).fees;
      expect(of(hour)).toEqual(of(lived([begun], counted)));
    }),
    RUNS,
  );
});
