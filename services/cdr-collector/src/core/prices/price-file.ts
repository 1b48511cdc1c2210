/**
 * The price file: who sells, by which policies, taxes and prices. Owns its shape, its reading and the
 * choice of the price and the tax that hold on a day. All amounts are whole yen without tax (R25).
 *
 * P1  A file is used whole or not at all; every fault is named with its path.
 * P2  Prices hold from a day on (`validFrom`), so a rise is a new entry and never a changed one.
 */
import type { CivilDate } from "../../../../lib/telephony/tokyo-time.ts";
import {
  choice,
  date,
  type Fault,
  fault,
  fields,
  flag,
  items,
  parsed,
  type Spot,
  text,
  wholeNumber,
} from "./reading.ts";
import { registrationProblem } from "./registration-number.ts";

/** Issuer of the invoices. */
export interface Seller {
  readonly name: string;
  /** T and 13 digits. */
  readonly registrationNumber: string;
  readonly address: string;
  readonly telephone: string;
  /** Where to pay to. */
  readonly bank: string;
}

/** Readings of what the page of the service leaves open; see docs/price-file.md. */
export interface Policies {
  /** A13: a started month is charged in full, or by the days. */
  readonly proration: "none" | "daily";
  /** A14: the initial fee is charged on each increase, or only in the first month. */
  readonly initialFeeOnGrowth: boolean;
  /** Day of the month, 1 to 28, on which the invoice is made out; what was known at its 00:00 counts. */
  readonly invoiceDay: number;
  /** Day, 1 to `invoiceDay`, at whose 00:00 the calls of the month before are closed. */
  readonly closeDay: number;
  /** What becomes of a fraction of a yen of tax. */
  readonly rounding: "down" | "up" | "half-up";
}

/** A tax rate and its first day, the first of a month. */
export interface TaxRate {
  readonly from: CivilDate;
  readonly percent: number;
}

/** Monthly fees for one of each (R24). */
export interface MonthlyPrices {
  /** A user (R22, A11). */
  readonly terminal: number;
  /** A representative or IVR number (R22, A12). */
  readonly representative: number;
  /** A destination more for a standard number (R20). */
  readonly terminalAddOn: number;
  /** A destination more for a representative or IVR number (R20). */
  readonly representativeAddOn: number;
}

/** Prices of a plan from a day on. */
export interface PlanPrices {
  readonly plan: string;
  readonly validFrom: CivilDate;
  readonly monthly: MonthlyPrices;
}

/** See the file header. */
export interface PriceFile {
  readonly seller: Seller;
  readonly policies: Policies;
  readonly taxRates: readonly TaxRate[];
  readonly plans: readonly PlanPrices[];
}

/** A year's plans of a large carrier; more is a mistake. */
const PLANS_MAX = 1000;
const TAX_RATES_MAX = 100;
const FEE_YEN_MAX = 10_000_000;

function readSeller(spot: Spot): Seller {
  const at = fields(spot, ["name", "registrationNumber", "corporation", "address", "tel", "bank"]);
  const number = at("registrationNumber");
  const registrationNumber = text(number, 14);
  const isCorporation = flag(at("corporation"), true);
  const problem = registrationNumber && registrationProblem(registrationNumber, isCorporation);
  if (problem === "form") {
    fault(number, "must be T and 13 digits", "T と 13 桁の数字で書いてください");
  } else if (problem === "check-digit") {
    fault(
      number,
      "is no corporate number: its check digit does not fit; correct it, or write corporation: false",
      "法人番号の検査用数字が合いません。番号を直すか、法人でなければ corporation: false と書いてください",
    );
  }
  return {
    name: text(at("name"), 200),
    registrationNumber,
    address: text(at("address"), 200),
    telephone: text(at("tel"), 50),
    bank: text(at("bank"), 200),
  };
}

function readPolicies(spot: Spot): Policies {
  const at = fields(spot, [
    "proration",
    "initialFeeOnGrowth",
    "invoiceDay",
    "closeDay",
    "rounding",
  ]);
  const invoiceDay = wholeNumber(at("invoiceDay"), { min: 1, max: 28 }, 20);
  const closeDay = wholeNumber(at("closeDay"), { min: 1, max: 28 }, 3);
  if (closeDay > invoiceDay) {
    fault(
      at("closeDay"),
      `must not come after invoiceDay (${invoiceDay}): calls are closed before they are billed`,
      `invoiceDay（${invoiceDay}）より後にはできません。通話の締めは請求より前です`,
    );
  }
  return {
    proration: choice(at("proration"), ["none", "daily"], "none"),
    initialFeeOnGrowth: flag(at("initialFeeOnGrowth"), true),
    invoiceDay,
    closeDay,
    rounding: choice(at("rounding"), ["down", "up", "half-up"], "down"),
  };
}

/** An entry that holds from a day on; null when the day could not be read. */
interface Dated<T> {
  readonly spot: Spot;
  readonly from: CivilDate | null;
  readonly value: T;
}

function readTaxRate(spot: Spot): Dated<{ readonly percent: number }> {
  const at = fields(spot, ["from", "percent"]);
  const percent = wholeNumber(at("percent"), { min: 0, max: 100 }, null);
  const from = date(at("from"));
  if (from !== null && !from.endsWith("-01")) {
    fault(
      at("from"),
      "must be the first day of a month: a line of an invoice is a month's",
      "月の初日を書いてください。請求書の明細は月単位です",
    );
  }
  return { spot, from, value: { percent } };
}

const planName = (written: string): string | null =>
  /^[A-Za-z0-9._-]{1,64}$/.test(written) ? written : null;

const PLAN_FORM = ["1 to 64 letters, digits, and . _ -", "英数字と . _ -（64 文字以内）"] as const;

function readPlan(
  spot: Spot,
): Dated<{ readonly plan: string | null; readonly monthly: MonthlyPrices }> {
  const at = fields(spot, ["plan", "validFrom", "monthly"]);
  const fee = fields(at("monthly"), [
    "terminal",
    "representative",
    "terminalAddOn",
    "representativeAddOn",
  ]);
  const yen = (name: string): number => wholeNumber(fee(name), { min: 0, max: FEE_YEN_MAX }, null);
  const monthly = {
    terminal: yen("terminal"),
    representative: yen("representative"),
    terminalAddOn: yen("terminalAddOn"),
    representativeAddOn: yen("representativeAddOn"),
  };
  const plan = parsed(at("plan"), planName, PLAN_FORM);
  return { spot, from: date(at("validFrom")), value: { plan, monthly } };
}

/** Two entries for the same thing and day would leave it open which holds. */
function refuseRepeated<T>(entries: readonly Dated<T>[], key: (entry: Dated<T>) => string): void {
  const seen = new Set<string>();
  for (const entry of entries) {
    const of = key(entry);
    if (entry.from !== null && seen.has(of)) {
      fault(entry.spot, `stands twice: ${of}`, `同じ項目が二度書かれています: ${of}`);
    }
    seen.add(of);
  }
}

/** Reads a YAML value whose scalars are text: the file, or every fault (P1). */
export function readPriceFile(
  value: unknown,
):
  | { readonly kind: "price-file"; readonly file: PriceFile }
  | { readonly kind: "faulty"; readonly faults: readonly Fault[] } {
  const root: Spot = { value, path: [], faults: [] };
  const at = fields(root, ["seller", "policies", "taxRates", "plans"]);
  const seller = readSeller(at("seller"));
  const policies = readPolicies(at("policies"));
  const taxRates = items(at("taxRates"), TAX_RATES_MAX, readTaxRate);
  const plans = items(at("plans"), PLANS_MAX, readPlan);
  refuseRepeated(taxRates, ({ from }) => `${from}`);
  refuseRepeated(plans, ({ from, value: { plan } }) => `${plan} ${from}`);
  if (root.faults.length > 0) return { kind: "faulty", faults: root.faults };
  const file = {
    seller,
    policies,
    taxRates: taxRates.flatMap(({ from, value: { percent } }) =>
      from === null ? [] : [{ from, percent }],
    ),
    plans: plans.flatMap(({ from, value: { plan, monthly } }) =>
      from === null || plan === null ? [] : [{ plan, validFrom: from, monthly }],
    ),
  };
  return { kind: "price-file", file };
}

/** The newest entry that holds on a day. */
const holding = <T>(
  entries: readonly T[],
  from: (entry: T) => CivilDate,
  day: CivilDate,
): T | null => {
  let best: T | null = null;
  for (const entry of entries) {
    if (from(entry) <= day && (best === null || from(entry) > from(best))) best = entry;
  }
  return best;
};

/** Prices of a plan on a day; null when the file has none. */
export const pricesOf = (file: PriceFile, plan: string, day: CivilDate): MonthlyPrices | null =>
  holding(
    file.plans.filter((entry) => entry.plan === plan),
    ({ validFrom }) => validFrom,
    day,
  )?.monthly ?? null;

/** Tax rate on a day in percent; null when the file has none. */
export const taxPercentOn = (file: PriceFile, day: CivilDate): number | null =>
  holding(file.taxRates, ({ from }) => from, day)?.percent ?? null;

/**
 * Policies that may not change once an invoice was issued, because they decide which invoice an amount
 * stands on: with another one amounts would be billed twice or never. Empty when none differs.
 */
export function fixedPolicyFaults(before: Policies, after: Policies): readonly Fault[] {
  const fixed = ["proration", "initialFeeOnGrowth", "invoiceDay", "closeDay"] as const;
  return fixed.flatMap((name) =>
    before[name] === after[name]
      ? []
      : [
          {
            path: ["policies", name],
            message: `must stay ${before[name]}: invoices were issued by it`,
            messageJa: `${before[name]} のままにしてください。この方針で発行済みの請求書があります`,
          },
        ],
  );
}
