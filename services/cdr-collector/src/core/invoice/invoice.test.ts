import { describe, expect, it } from "vitest";
import type {
  BillingHistory,
  CountVersion,
  TermVersion,
} from "../../../../lib/telephony/billing-history.ts";
import type { ContractTerm } from "../../../../lib/telephony/contract.ts";
import type { E164 } from "../../../../lib/telephony/e164.ts";
import type { CompanyId } from "../../../../lib/telephony/ids.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import {
  addMonths,
  type CivilDate,
  type CivilMonth,
} from "../../../../lib/telephony/tokyo-time.ts";
import { Contract } from "../../../../lib/wire/tenant.ts";
import type { Policies, PriceFile } from "../prices/price-file.ts";
import { type Invoice, type InvoiceFacts, invoice } from "./invoice.ts";
import type { CallSum } from "./lines.ts";

const PRICES: PriceFile = {
  seller: {
    name: "S",
    registrationNumber: "T9000000000000",
    address: "A",
    telephone: "T",
    bank: "B",
  },
  policies: {
    proration: "none",
    initialFeeOnGrowth: true,
    invoiceDay: 20,
    closeDay: 3,
    rounding: "down",
  },
  taxRates: [{ from: "2019-10-01" as CivilDate, percent: 10 }],
  plans: [
    {
      plan: "standard",
      validFrom: "2024-10-01" as CivilDate,
      monthly: { terminal: 101, representative: 503, terminalAddOn: 207, representativeAddOn: 311 },
    },
  ],
};
const REP = ["+815055550100", "+815055550200", "+815055550300"] as E164[];
const STANDARD = "+815055550101" as E164;
const TERM: ContractTerm = {
  from: "2026-10-01" as CivilDate,
  until: null,
  terminalForwarding: true,
  representativeForwarding: true,
  extraChannels: 3,
  channelsPerNumber: 3,
  internationalForwarding: false,
  pricePlan: "standard",
  addOns: [],
};

/** A moment of Tokyo's clock. */
const at = (text: string): Instant => Date.parse(`${text}+09:00`);
const START = at("2026-10-01T09:00");

const counts = (moment: string, users: number, shared: readonly E164[] = REP): CountVersion => ({
  at: at(moment),
  revision: at(moment),
  users,
  shared,
});

/** A company whose only term was recorded on the day it began. */
const history = (
  term: Partial<ContractTerm> = {},
  versions: readonly CountVersion[] = [counts("2026-10-01T09:00", 10)],
): BillingHistory => ({
  companyId: "demo" as CompanyId,
  name: "かけはし商事",
  terms: [{ term: { ...TERM, ...term }, recordedAt: START, supersededAt: null, revision: 1 }],
  counts: versions,
});

const priced = (policies: Partial<Policies>): PriceFile => ({
  ...PRICES,
  policies: { ...PRICES.policies, ...policies },
});

function make(month: string, facts: Partial<InvoiceFacts> & { readonly file?: PriceFile } = {}) {
  const { file = PRICES, ...rest } = facts;
  const prices = { version: 1, file };
  const billed = { month: addMonths(month as CivilMonth, -1), file };
  const of = { history: history(), calls: [], prices, billed, ...rest };
  return invoice({ ...of, month: month as CivilMonth });
}

/** Lines as text: section month quantity x unit = net. */
const shown = ({ lines }: Invoice): readonly string[] =>
  lines.map(({ section, month, quantity, unitYen, netYen, description }) => {
    const what = description.replace(/^Initial fee: /, "").slice(0, 30);
    return `${section} ${month} ${what}: ${quantity} x ${unitYen} = ${netYen}`;
  });

const call = (sum: Partial<CallSum>): CallSum => ({
  answeredMonth: "2026-10" as CivilMonth,
  sourceNumber: REP[0]!,
  destinationClass: "mobile",
  onNet: false,
  isAdjustment: false,
  calls: 1,
  billedS: 61,
  yen: 32,
  ...sum,
});

const PT = 101;
const PR = 503;

describe("what is counted", () => {
  it("5.5: 10 users and 3 REP with both parts cost 10 Pt + 3 Pr, the first bill twice that", () => {
    expect(make("2026-10").netYen).toBe(2 * (10 * PT + 3 * PR));
    expect(make("2026-11").netYen).toBe(10 * PT + 3 * PR);
  });

  it("R17: signing up costs one month of the option more", () => {
    expect(shown(make("2026-10"))).toEqual([
      "initial 2026-10 Outside forwarding, per user: 10 x 101 = 1010",
      "initial 2026-10 Outside forwarding, per repres: 3 x 503 = 1509",
      "flat 2026-10 Outside forwarding, per user: 10 x 101 = 1010",
      "flat 2026-10 Outside forwarding, per repres: 3 x 503 = 1509",
    ]);
  });

  it("R22: the terminal part counts users, the representative part its numbers", () => {
    expect(shown(make("2026-11"))).toEqual([
      "flat 2026-11 Outside forwarding, per user: 10 x 101 = 1010",
      "flat 2026-11 Outside forwarding, per repres: 3 x 503 = 1509",
    ]);
  });

  it("R23: with the representative part alone the users cost nothing", () => {
    const repOnly = history({ terminalForwarding: false });
    expect(make("2026-11", { history: repOnly }).netYen).toBe(3 * PR);
  });

  it("A9: with the terminal part alone the representative numbers cost nothing", () => {
    const terminalOnly = history({ representativeForwarding: false });
    expect(make("2026-11", { history: terminalOnly }).netYen).toBe(10 * PT);
  });

  it("A11: users are counted, however few numbers the company has", () => {
    const noNumbers = history({}, [counts("2026-10-01T09:00", 10, [])]);
    expect(make("2026-11", { history: noNumbers }).netYen).toBe(10 * PT);
  });

  it("A12: an IVR number is one of the shared numbers and costs what a representative number costs", () => {
    const more = history({}, [counts("2026-10-01T09:00", 10, [...REP, "+815055550900" as E164])]);
    expect(make("2026-11", { history: more }).netYen).toBe(10 * PT + 4 * PR);
  });

  it("R21: nothing but add-on units is bought for a single number, and nothing for a user", () => {
    expect(Object.keys(Contract.create())).toEqual([
      "terminalForwarding",
      "representativeForwarding",
      "extraChannels",
      "fromDate",
      "untilDate",
      "addOns",
      "channelsPerNumber",
      "internationalForwarding",
      "pricePlan",
    ]);
  });

  it("R20, 5.5: an add-on unit is a fee of its own, once more in its first month", () => {
    const unit = history({ addOns: [{ number: REP[0]!, units: 1 }] });
    const without = make("2026-11").netYen;
    expect(make("2026-11", { history: unit }).netYen).toBe(without + 311);
    expect(make("2026-10", { history: unit }).netYen).toBe(2 * (without + 311));
  });

  it("R24, A7: a unit costs by the class of the one number it was bought for", () => {
    const units = history({
      addOns: [
        { number: STANDARD, units: 2 },
        { number: REP[1]!, units: 1 },
      ],
    });
    expect(shown(make("2026-11", { history: units })).slice(2)).toEqual([
      "flat 2026-11 Destination add-on, standard n: 2 x 207 = 414",
      "flat 2026-11 Destination add-on, representa: 1 x 311 = 311",
    ]);
  });

  it("a term of another plan is charged by that plan from the month after the change", () => {
    const plans = [
      ...PRICES.plans,
      {
        ...PRICES.plans[0]!,
        plan: "large",
        monthly: { ...PRICES.plans[0]!.monthly, terminal: 50 },
      },
    ];
    const first = { ...TERM, until: "2026-10-15" as CivilDate };
    const second = { ...TERM, from: "2026-10-15" as CivilDate, pricePlan: "large" };
    const terms = [first, second].map((term) => ({ ...history().terms[0]!, term }));
    const facts = { history: { ...history(), terms }, file: { ...PRICES, plans } };
    expect(make("2026-10", facts).lines[0]?.unitYen).toBe(101);
    expect(make("2026-11", facts).lines[0]?.unitYen).toBe(50);
  });

  it("a company without a contract owes nothing", () => {
    expect(make("2026-10", { history: { ...history(), terms: [] } }).lines).toEqual([]);
    expect(make("2026-09").lines).toEqual([]);
  });
});

describe("when it changes", () => {
  const grown = history({}, [counts("2026-10-01T09:00", 10), counts("2026-11-10T12:00", 12)]);
  const shrunk = history({}, [counts("2026-10-01T09:00", 10), counts("2026-11-10T12:00", 7)]);

  it("A13: a month costs its peak; a removal takes effect next month", () => {
    expect(make("2026-11", { history: shrunk }).netYen).toBe(10 * PT + 3 * PR);
    expect(make("2026-12", { history: shrunk }).netYen).toBe(7 * PT + 3 * PR);
  });

  it("A13: the month is Tokyo's: a removal at its last moment saves all of the next", () => {
    const last = history({}, [counts("2026-10-01T09:00", 10), counts("2026-11-30T23:59:59", 7)]);
    const first = history({}, [counts("2026-10-01T09:00", 10), counts("2026-12-01T00:00:01", 7)]);
    expect(make("2026-12", { history: last }).netYen).toBe(7 * PT + 3 * PR);
    expect(make("2026-12", { history: first }).netYen).toBe(10 * PT + 3 * PR);
  });

  it("A13: growth at the first moment of a month is no growth of the month before", () => {
    const next = history({}, [counts("2026-10-01T09:00", 10), counts("2026-11-01T00:00", 12)]);
    expect(make("2026-12", { history: next }).netYen).toBe(12 * PT + 3 * PR);
    expect(make("2026-11", { history: next }).netYen).toBe(14 * PT + 3 * PR);
    const known = make("2026-12", {
      history: next,
      billed: { month: "2026-10" as CivilMonth, file: PRICES },
    });
    expect(known.lines.filter(({ month }) => month === "2026-10")).toEqual([]);
  });

  it.each([
    ["at one moment", "2026-11-10T12:00"],
    ["by a clock that runs behind", "2026-11-10T11:59:58"],
  ])("of two counts %s the later revision holds", (_, moment) => {
    const first = { ...counts("2026-10-01T09:00", 10), revision: 1 };
    const slip = { ...counts("2026-11-10T12:00", 99), revision: 2 };
    const right = { ...counts(moment, 11), revision: 3 };
    for (const both of [
      [slip, right],
      [right, slip],
    ]) {
      const of = history({}, [first, ...both]);
      expect(make("2026-11", { history: of }).netYen).toBe(12 * PT + 3 * PR);
      expect(make("2026-12", { history: of }).netYen).toBe(11 * PT + 3 * PR);
    }
  });

  it("A13: by the policy `daily` each day costs its share, a fraction of a yen is cut", () => {
    const file = priced({ proration: "daily" });
    const growth = make("2026-11", { history: grown, file });
    const flat = growth.lines.find(({ section }) => section === "flat");
    // 9 days of 10, 21 days of 12.
    expect(flat).toMatchObject({ quantity: 342, unitYen: PT, netYen: Math.floor((342 * PT) / 30) });
    expect(flat?.description).toMatch(/1\/30 of the monthly fee/);
    expect(make("2026-12", { history: grown, file }).lines[0]?.netYen).toBe(12 * PT);
  });

  it("A13: a contract that ends within a month is charged for it and not for the next", () => {
    const ended = history({ until: "2026-11-05" as CivilDate });
    expect(make("2026-11", { history: ended }).netYen).toBe(10 * PT + 3 * PR);
    expect(make("2026-12", { history: ended }).lines).toEqual([]);
  });

  it("A14: each growth costs the initial fee, for what was added only", () => {
    expect(shown(make("2026-11", { history: grown }))[0]).toBe(
      "initial 2026-11 Outside forwarding, per user: 2 x 101 = 202",
    );
    expect(make("2026-12", { history: grown }).netYen).toBe(12 * PT + 3 * PR);
    const unit = {
      ...TERM,
      from: "2026-11-01" as CivilDate,
      addOns: [{ number: STANDARD, units: 1 }],
    };
    const terms = [
      { ...history().terms[0]!, term: { ...TERM, until: "2026-11-01" as CivilDate } },
      { ...history().terms[0]!, term: unit },
    ];
    expect(shown(make("2026-11", { history: { ...history(), terms } }))[0]).toBe(
      "initial 2026-11 Destination add-on, standard n: 1 x 207 = 207",
    );
  });

  it("A14: by the policy only the first month of the contract costs the initial fee", () => {
    const file = priced({ initialFeeOnGrowth: false });
    expect(make("2026-10", { history: grown, file }).netYen).toBe(2 * (10 * PT + 3 * PR));
    expect(make("2026-11", { history: grown, file }).netYen).toBe(12 * PT + 3 * PR);
  });

  it("5.2: what changes after the invoice day stands on the next invoice, as an adjustment", () => {
    const late = history({}, [counts("2026-10-01T09:00", 10), counts("2026-11-20T00:00", 12)]);
    expect(make("2026-11", { history: late }).netYen).toBe(10 * PT + 3 * PR);
    expect(shown(make("2026-12", { history: late })).slice(2)).toEqual([
      "adjustment 2026-11 Outside forwarding, per user, : 2 x 101 = 202",
      "adjustment 2026-11 Outside forwarding, per user, : 2 x 101 = 202",
    ]);
    const early = history({}, [counts("2026-10-01T09:00", 10), counts("2026-11-19T23:59:59", 12)]);
    expect(make("2026-11", { history: early }).netYen).toBe(12 * PT + 3 * PR + 2 * PT);
  });

  it("a contract recorded late is billed for all of its months at once", () => {
    const terms = [{ ...history().terms[0]!, recordedAt: at("2026-11-20T00:00") }];
    const facts = { history: { ...history(), terms } };
    expect(make("2026-11", facts).lines).toEqual([]);
    expect(make("2026-12", facts).netYen).toBe(4 * (10 * PT + 3 * PR));
    expect(make("2027-01", facts).netYen).toBe(10 * PT + 3 * PR);
  });

  it("a contract older than the company's first count is charged by that count", () => {
    const terms = [{ ...history().terms[0]!, recordedAt: at("2026-10-15T10:00") }];
    const facts = { history: { ...history({}, [counts("2026-10-15T10:00", 10)]), terms } };
    expect(make("2026-10", facts).netYen).toBe(2 * (10 * PT + 3 * PR));
    const daily = { ...facts, file: priced({ proration: "daily" }) };
    expect(make("2026-10", daily).netYen).toBe(2 * (10 * PT + 3 * PR));
  });

  it("a corrected price bills the difference of the months that were billed by the old one", () => {
    const [plan] = PRICES.plans;
    const dearer = {
      ...PRICES,
      plans: [{ ...plan!, monthly: { ...plan!.monthly, terminal: 103 } }],
    };
    const made = make("2026-11", {
      file: dearer,
      billed: { month: "2026-10" as CivilMonth, file: PRICES },
    });
    expect(shown(made).slice(2)).toEqual([
      "adjustment 2026-10 Outside forwarding, per user, : -10 x 101 = -1010",
      "adjustment 2026-10 Outside forwarding, per user, : 10 x 103 = 1030",
      "adjustment 2026-10 Outside forwarding, per user, : -10 x 101 = -1010",
      "adjustment 2026-10 Outside forwarding, per user, : 10 x 103 = 1030",
    ]);
  });

  it("a fee of 0 yen is shown", () => {
    const [plan] = PRICES.plans;
    const free = { ...plan!, monthly: { ...plan!.monthly, terminal: 0 } };
    expect(shown(make("2026-11", { file: { ...PRICES, plans: [free] } }))[0]).toBe(
      "flat 2026-11 Outside forwarding, per user: 10 x 0 = 0",
    );
  });

  it("a plan without a price is an obstacle and is not charged as 0", () => {
    const { obstacles, lines } = make("2026-11", { history: history({ pricePlan: "gold" }) });
    expect(lines).toEqual([]);
    expect(obstacles).toEqual([
      "the price file has no prices of plan gold for 2026-10: add an entry to plans and apply it",
      "the price file has no prices of plan gold for 2026-11: add an entry to plans and apply it",
    ]);
  });
});

describe("what was in force for part of a day", () => {
  const DAYS = Array.from({ length: 20 }, (_, index) => String(index + 1).padStart(2, "0"));
  const day = (text: string): CivilDate => text as CivilDate;
  const version = (term: ContractTerm, from: string, until: string | null): TermVersion => ({
    term,
    recordedAt: at(from),
    supersededAt: until === null ? null : at(until),
    revision: at(from),
  });
  const terms = (
    versions: readonly TermVersion[],
    users = [counts("2026-10-01T09:00", 100, [])],
  ) => ({
    ...history({}, users),
    terms: versions,
  });
  const units = [{ number: STANDARD, units: 10 }];
  const bought = { ...TERM, addOns: units };

  /** Applied at 00:01 and dropped at 23:58: nothing stays of it. */
  const contractOfADay = terms(
    DAYS.map((d) =>
      version({ ...bought, from: day(`2026-11-${d}`) }, `2026-11-${d}T00:01`, `2026-11-${d}T23:58`),
    ),
  );
  /** The same with units alone: the contract before them is cut, and whole again at 23:58. */
  const unitsOfADay = terms(
    DAYS.flatMap((d, index) => [
      version(
        TERM,
        index === 0 ? "2026-10-01T09:00" : `2026-11-${DAYS[index - 1]}T23:58`,
        `2026-11-${d}T00:01`,
      ),
      version({ ...TERM, until: day(`2026-11-${d}`) }, `2026-11-${d}T00:01`, `2026-11-${d}T23:58`),
      version({ ...bought, from: day(`2026-11-${d}`) }, `2026-11-${d}T00:01`, `2026-11-${d}T23:58`),
    ]).concat(version(TERM, "2026-11-20T23:58", null)),
  );
  /** Deleted at 23:58, which ends the contract with the day; created at 23:59 without one. */
  const companyOfADay = terms(
    DAYS.flatMap((d, index) => {
      const [from, until] = [day(`2026-11-${d}`), day(`2026-11-${DAYS[index + 1] ?? "21"}`)];
      return [
        version({ ...bought, from }, `2026-11-${d}T00:01`, `2026-11-${d}T23:58`),
        version({ ...bought, from, until }, `2026-11-${d}T23:58`, `2026-11-${d}T23:59`),
      ];
    }),
    DAYS.flatMap((d) => [
      counts(`2026-11-${d}T00:01`, 100, []),
      counts(`2026-11-${d}T23:58`, 0, []),
      counts(`2026-11-${d}T23:59`, 1, []),
    ]),
  );

  it.each([
    ["a contract", contractOfADay, 2 * (100 * PT + 10 * 207)],
    ["add-on units", unitsOfADay, 100 * PT + 2 * 10 * 207],
    ["a company", companyOfADay, 2 * (100 * PT + 10 * 207)],
  ])("A13: %s that comes at 00:01 and goes at 23:58 belongs to the peak", (_, of, netYen) => {
    expect(make("2026-11", { history: of }).netYen).toBe(netYen);
    const { lines } = make("2026-12", { history: of });
    expect(lines.filter(({ month }) => month === "2026-11")).toEqual([]);
  });

  it.each([
    ["a contract", contractOfADay, [1900, 190]],
    ["add-on units", unitsOfADay, [3000, 190]],
    ["a company", companyOfADay, [1900, 190]],
  ])("A13: by the policy `daily` %s of each of 19 days costs them", (_, of, quantities) => {
    const { lines } = make("2026-11", { history: of, file: priced({ proration: "daily" }) });
    const flat = lines.filter(({ section }) => section === "flat");
    expect(flat.map(({ quantity }) => quantity)).toEqual(quantities);
  });

  it("A13: what was dropped on the first day of a month was in force in it", () => {
    const cut = (until: string) =>
      terms([
        version(TERM, "2026-10-01T09:00", until),
        version({ ...TERM, until: day(until.slice(0, 10)) }, until, null),
      ]);
    expect(make("2026-11", { history: cut("2026-11-01T00:00") }).lines).toEqual([]);
    expect(make("2026-11", { history: cut("2026-11-01T00:01") }).netYen).toBe(100 * PT);
    expect(make("2026-12", { history: cut("2026-11-01T00:01") }).lines).toEqual([]);
  });

  it("A13: a term that was superseded before it came into force counts nothing", () => {
    const coming = { ...bought, from: day("2026-12-01") };
    const never = [
      version(TERM, "2026-10-01T09:00", null),
      version(coming, "2026-11-05T10:00", "2026-12-01T00:00"),
    ];
    expect(make("2026-12", { history: terms(never) }).netYen).toBe(100 * PT);
    const began = [never[0]!, version(coming, "2026-11-05T10:00", "2026-12-01T00:01")];
    expect(make("2026-12", { history: terms(began) }).netYen).toBe(100 * PT + 2 * 10 * 207);
    const only = terms([version(coming, "2026-11-05T10:00", "2026-11-06T10:00")]);
    expect(make("2026-12", { history: only }).lines).toEqual([]);
  });

  it("A13: a superseded term is charged for who was there while it held, not for the whole day", () => {
    const hour = version(
      { ...TERM, from: day("2026-11-10") },
      "2026-11-10T10:00",
      "2026-11-10T11:00",
    );
    const users = [
      counts("2026-10-01T09:00", 100, []),
      counts("2026-11-10T10:00", 1, []),
      counts("2026-11-10T10:30", 2, []),
      counts("2026-11-10T11:00", 100, []),
    ];
    expect(make("2026-11", { history: terms([hour], users) }).netYen).toBe(2 * 2 * PT);
  });

  it("the plan of a day is that which was believed of it last", () => {
    const [plan] = PRICES.plans;
    const large = { ...plan!, plan: "large", monthly: { ...plan!.monthly, terminal: 50 } };
    const from = day("2026-11-10");
    const versions = [
      version({ ...TERM, from }, "2026-11-10T10:00", "2026-11-10T11:00"),
      version({ ...TERM, from, pricePlan: "large" }, "2026-11-10T11:00", "2026-11-10T12:00"),
    ];
    const file = { ...PRICES, plans: [plan!, large] };
    for (const order of [versions, versions.toReversed()]) {
      expect(make("2026-11", { history: terms(order), file }).netYen).toBe(2 * 100 * 50);
    }
  });

  it("R17: by the policy of one initial fee a term that never began is not the first month", () => {
    const file = priced({ initialFeeOnGrowth: false });
    const never = version(
      { ...TERM, from: day("2026-10-01"), until: day("2026-10-02") },
      "2026-09-01T10:00",
      "2026-09-02T10:00",
    );
    const real = version({ ...TERM, from: day("2026-11-01") }, "2026-09-02T10:00", null);
    expect(make("2026-11", { history: terms([never, real]), file }).netYen).toBe(2 * 100 * PT);
  });
});

describe("calls and tax", () => {
  it("R16, 5.2: a bill is flat fees of its month and the calls of the month before", () => {
    const made = make("2026-11", {
      calls: [call({}), call({ destinationClass: "landline", yen: 8 })],
    });
    expect(made.lines.map(({ section, month }) => `${section} ${month}`)).toEqual([
      "flat 2026-11",
      "flat 2026-11",
      "calls 2026-10",
      "calls 2026-10",
    ]);
    expect(made).toMatchObject({
      issueDate: "2026-11-20",
      callsFrom: "2026-10-01",
      callsTo: "2026-10-31",
      netYen: 10 * PT + 3 * PR + 40,
    });
  });

  it("calls stand by source number and class of the destination, calls within the service apart", () => {
    const calls = [
      call({ onNet: true, destinationClass: "ip-phone", yen: 0 }),
      call({ sourceNumber: REP[1]!, calls: 2, billedS: 120, yen: 32 }),
      call({}),
      call({ sourceNumber: REP[1]!, calls: 1, billedS: 60, yen: 16 }),
    ];
    const { lines } = make("2026-11", { calls, history: { ...history(), terms: [] } });
    expect(
      lines.map(({ sourceNumber, destinationClass, quantity, billedS, netYen }) =>
        [sourceNumber, destinationClass, quantity, billedS, netYen].join(" "),
      ),
    ).toEqual([
      "+815055550100 mobile 1 61 32",
      "+815055550100 on-net 1 61 0",
      "+815055550200 mobile 3 180 48",
    ]);
  });

  it("5.2: calls that came too late stand as adjustments under their month", () => {
    const late = call({ answeredMonth: "2026-09" as CivilMonth, isAdjustment: true });
    const back = call({ answeredMonth: "2026-08" as CivilMonth, isAdjustment: true, yen: -8 });
    const { lines } = make("2026-11", {
      calls: [late, back],
      history: { ...history(), terms: [] },
    });
    expect(lines.map(({ descriptionJa, netYen }) => `${descriptionJa} ${netYen}`)).toEqual([
      "転送通話料 携帯電話あて（2026年8月分の調整） -8",
      "転送通話料 携帯電話あて（2026年9月分の調整） 32",
    ]);
  });

  it("R25, 5.5: three lines of 105 net make a tax of 31, rounded once and not per line", () => {
    const calls = REP.map((sourceNumber) => call({ sourceNumber, yen: 105 }));
    const facts = { calls, history: { ...history(), terms: [] } };
    expect(make("2026-11", facts)).toMatchObject({ netYen: 315, taxYen: 31, grossYen: 346 });
    const by = (rounding: Policies["rounding"]) =>
      make("2026-11", { ...facts, file: priced({ rounding }) }).taxYen;
    expect([by("down"), by("up"), by("half-up")]).toEqual([31, 32, 32]);
  });

  it("a refund is rounded like the charge that it takes back", () => {
    const facts = { history: { ...history(), terms: [] }, calls: [call({ yen: -315 })] };
    expect(make("2026-11", facts)).toMatchObject({ netYen: -315, taxYen: -31, grossYen: -346 });
    const nothing = make("2026-11", { ...facts, calls: [] });
    expect(nothing).toMatchObject({ taxes: [], netYen: 0, taxYen: 0, grossYen: 0 });
  });

  it("a new tax rate holds for what is given from its month on, not for calls billed a month later", () => {
    const taxRates = [...PRICES.taxRates, { from: "2026-11-01" as CivilDate, percent: 12 }];
    const late = call({ answeredMonth: "2026-09" as CivilMonth, isAdjustment: true, yen: 105 });
    const calls = [late, call({ yen: 106 })];
    const file = { ...PRICES, taxRates };
    const fees = 10 * PT + 3 * PR;
    const made = make("2026-11", { calls, file });
    expect(made.taxes).toEqual([
      { percent: 12, netYen: fees, taxYen: Math.floor((fees * 12) / 100) },
      { percent: 10, netYen: 211, taxYen: 21 },
    ]);
    const next = call({ answeredMonth: "2026-11" as CivilMonth, yen: 105 });
    const december = make("2026-12", { calls: [next], file });
    expect(december.taxes).toEqual([
      { percent: 12, netYen: fees + 105, taxYen: Math.floor(((fees + 105) * 12) / 100) },
    ]);
    expect(make("2026-11", { file: { ...PRICES, taxRates: taxRates.slice(1) } }).obstacles).toEqual(
      [],
    );
    expect(make("2026-10", { file: { ...PRICES, taxRates: taxRates.slice(1) } }).obstacles).toEqual(
      ["the price file has no tax rate for 2026-10-01: add one to taxRates and apply it"],
    );
  });

  it("calls abroad are exempt from tax and stand apart in the totals", () => {
    const abroad = call({ destinationClass: "international", yen: 1005 });
    const calls = [abroad, call({ yen: 105 })];
    const facts = { calls, history: { ...history(), terms: [] } };
    expect(make("2026-11", facts)).toMatchObject({
      taxes: [
        { percent: 10, netYen: 105, taxYen: 10 },
        { percent: 0, netYen: 1005, taxYen: 0 },
      ],
      grossYen: 1005 + 115,
    });
    const untaxed = { ...PRICES, taxRates: [] };
    expect(make("2026-11", { ...facts, calls: [abroad], file: untaxed }).obstacles).toEqual([]);
  });
});
