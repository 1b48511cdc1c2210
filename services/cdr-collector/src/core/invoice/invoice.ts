/**
 * An invoice as a pure function of the contract's history, the sums of calls and the prices (R16). Owns
 * the document; its lines are made in lines.ts, its fees in fees.ts, its tax in tax.ts.
 *
 * I1  The same facts make the same document, also years later.
 * I2  The net amounts of all invoices up to K sum to D(c(K), <=K) and the calls due by then.
 * I3  What stands in the way of issuing it is said in words; a draft can be made at any time.
 */
import type { BillingHistory } from "../../../../lib/telephony/billing-history.ts";
import type { CompanyId } from "../../../../lib/telephony/ids.ts";
import {
  type CivilDate,
  type CivilMonth,
  dayOfMonth,
} from "../../../../lib/telephony/tokyo-time.ts";
import { type PriceFile, type Seller, taxPercentOn } from "../prices/price-file.ts";
import { callDays, cutoffOf, issueDate } from "./calendar.ts";
import { type Owed, owed } from "./fees.ts";
import { type CallSum, callLines, feeLines, type NetLine, type Section } from "./lines.ts";
import { type TaxTotal, taxTotals } from "./tax.ts";
import type { CallClass } from "./wording.ts";

/** A line as it is printed. Amounts are whole yen without tax. */
export interface InvoiceLine {
  readonly section: Section;
  readonly description: string;
  readonly descriptionJa: string;
  readonly month: CivilMonth;
  readonly quantity: number;
  readonly unitYen: number;
  readonly netYen: number;
  readonly taxPercent: number;
  readonly sourceNumber: string;
  readonly destinationClass: CallClass | "";
  readonly billedS: number;
}

/** See the file header. */
export interface Invoice {
  /** Empty for a draft. */
  readonly number: string;
  readonly companyId: CompanyId;
  readonly month: CivilMonth;
  readonly seller: Seller;
  readonly buyerName: string;
  readonly issueDate: CivilDate;
  /** First and last day of the calls, both included. */
  readonly callsFrom: CivilDate;
  readonly callsTo: CivilDate;
  readonly lines: readonly InvoiceLine[];
  readonly taxes: readonly TaxTotal[];
  readonly netYen: number;
  readonly taxYen: number;
  readonly grossYen: number;
  /** In English; empty for none. */
  readonly obstacles: readonly string[];
  /** Version of the price file. */
  readonly priceVersion: number;
}

/** A price file and its number. */
export interface PriceVersion {
  readonly version: number;
  readonly file: PriceFile;
}

/** Fees up to this month are billed already, by this file, as they were known at that invoice's cutoff. */
export interface Billed {
  readonly month: CivilMonth;
  readonly file: PriceFile;
}

/** All that an invoice follows from. */
export interface InvoiceFacts {
  readonly month: CivilMonth;
  readonly history: BillingHistory;
  readonly calls: readonly CallSum[];
  readonly prices: PriceVersion;
  readonly billed: Billed;
}

/**
 * The day whose tax rate holds for a line: the first of its own month, in which the service was given,
 * however late it is billed. Rates of consumption tax begin with a month.
 */
const taxDay = ({ month }: NetLine): CivilDate => dayOfMonth(month, 1);

/** Calls abroad are exempt (Consumption Tax Act, article 7 (1) iii: communication with abroad). */
const isExempt = ({ destinationClass }: NetLine): boolean => destinationClass === "international";

const taxed = (line: NetLine, file: PriceFile): InvoiceLine => ({
  ...line,
  taxPercent: isExempt(line) ? 0 : (taxPercentOn(file, taxDay(line)) ?? 0),
});

const priceObstacles = (unpriced: Owed["unpriced"]): readonly string[] =>
  unpriced.map(
    ({ plan, month }) =>
      `the price file has no prices of plan ${plan} for ${month}: add an entry to plans and apply it`,
  );

function taxObstacles(lines: readonly NetLine[], file: PriceFile): readonly string[] {
  const days = new Set(lines.filter((line) => !isExempt(line)).map(taxDay));
  return [...days]
    .filter((day) => taxPercentOn(file, day) === null)
    .map((day) => `the price file has no tax rate for ${day}: add one to taxRates and apply it`);
}

const SECTIONS: readonly Section[] = ["initial", "flat", "calls", "adjustment"];

/** A draft; its obstacles are those that follow from the prices. */
export function invoice(facts: InvoiceFacts): Invoice {
  const { month, history, prices, billed } = facts;
  const { file, version } = prices;
  const now = owed(history, cutoffOf(month, file.policies), month, file);
  const before = owed(
    history,
    cutoffOf(billed.month, billed.file.policies),
    billed.month,
    billed.file,
  );
  const net = [...feeLines(month, now.fees, before.fees), ...callLines(facts.calls)];
  const lines = SECTIONS.flatMap((section) => net.filter((line) => line.section === section)).map(
    (line) => taxed(line, file),
  );
  const taxes = taxTotals(lines, file.policies.rounding);
  const netYen = taxes.reduce((sum, total) => sum + total.netYen, 0);
  const taxYen = taxes.reduce((sum, total) => sum + total.taxYen, 0);
  const days = callDays(month);
  return {
    number: "",
    companyId: history.companyId,
    month,
    seller: file.seller,
    buyerName: history.name,
    issueDate: issueDate(month, file.policies),
    callsFrom: days.first,
    callsTo: days.last,
    lines,
    taxes,
    netYen,
    taxYen,
    grossYen: netYen + taxYen,
    obstacles: [...priceObstacles(now.unpriced), ...taxObstacles(net, file)],
    priceVersion: version,
  };
}
