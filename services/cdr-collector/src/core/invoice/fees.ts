/**
 * What a company owes in flat and initial fees: D(t, <=K), the fees of all months up to K by what was
 * known at t. Owns the fee rules (R16, R17, R20-R24, A13, A14); invoices are differences of D.
 *
 * F1  Pure in (known, prices, month): the same history and price file owe the same for ever.
 * F2  A quantity without a price is named, never charged as 0.
 */
import type { BillingHistory } from "../../../../lib/telephony/billing-history.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import {
  addMonths,
  type CivilMonth,
  dayOfMonth,
  daysInMonth,
  parseCivilMonth,
} from "../../../../lib/telephony/tokyo-time.ts";
import { type PriceFile, pricesOf } from "../prices/price-file.ts";
import {
  COMPONENTS,
  type Component,
  firstDay,
  knownAt,
  type Measured,
  measure,
} from "./measure.ts";

/** One fee of a month. */
export interface Fee {
  readonly month: CivilMonth;
  readonly section: "initial" | "flat";
  readonly component: Component;
  /** Things, or things times days when `byDay`. */
  readonly quantity: number;
  /** Days of the month when the fee is charged by the day; null: charged in full. */
  readonly byDay: number | null;
  /** Monthly fee for one. */
  readonly unitYen: number;
  readonly netYen: number;
}

/** D(t, <=K), and the plans that have no price in a month. */
export interface Owed {
  readonly fees: readonly Fee[];
  readonly unpriced: readonly { readonly plan: string; readonly month: CivilMonth }[];
}

function flatFee(component: Component, measured: Measured, unitYen: number, by: MonthTerms): Fee {
  const { month, proration } = by;
  if (proration === "none") {
    const quantity = measured.peak[component];
    const netYen = quantity * unitYen;
    return { month, section: "flat", component, quantity, byDay: null, unitYen, netYen };
  }
  const days = daysInMonth(month);
  const quantity = measured.unitDays[component];
  const netYen = Math.floor((quantity * unitYen) / days);
  return { month, section: "flat", component, quantity, byDay: days, unitYen, netYen };
}

interface MonthTerms {
  readonly month: CivilMonth;
  readonly proration: "none" | "daily";
  /** False: growth costs no initial fee this month. */
  readonly initial: boolean;
}

/** Fees of a month; the initial fee is one monthly fee for each one more than the month before (A14). */
function feesOf(
  by: MonthTerms,
  measured: Measured,
  before: Measured,
  price: (component: Component) => number,
): readonly Fee[] {
  const { month } = by;
  return COMPONENTS.flatMap((component) => {
    const unitYen = price(component);
    const flat = flatFee(component, measured, unitYen, by);
    const more = measured.peak[component] - before.peak[component];
    const quantity = by.initial ? more : 0;
    const netYen = quantity * unitYen;
    const initial: Fee = {
      month,
      section: "initial",
      component,
      quantity,
      byDay: null,
      unitYen,
      netYen,
    };
    return [initial, flat].filter((fee) => fee.quantity > 0);
  });
}

/** D(t, <=K) under a price file. */
export function owed(history: BillingHistory, t: Instant, last: CivilMonth, file: PriceFile): Owed {
  const known = knownAt(history, t);
  const first = parseCivilMonth(firstDay(known)?.slice(0, 7) ?? "");
  const fees: Fee[] = [];
  const unpriced: Owed["unpriced"][number][] = [];
  if (first === null) return { fees, unpriced };
  const { proration, initialFeeOnGrowth } = file.policies;
  let before = measure(known, addMonths(first, -1));
  let isFirst = true;
  for (let month = first; month <= last; month = addMonths(month, 1)) {
    const measured = measure(known, month);
    const plan = measured.plan;
    const prices = plan === null ? null : pricesOf(file, plan, dayOfMonth(month, 1));
    if (prices !== null) {
      const by = { month, proration, initial: initialFeeOnGrowth || isFirst };
      fees.push(...feesOf(by, measured, before, (component) => prices[component]));
    } else if (plan !== null && COMPONENTS.some((component) => measured.peak[component] > 0)) {
      unpriced.push({ plan, month });
    }
    before = measured;
    if (plan !== null) isFirst = false;
  }
  return { fees, unpriced };
}
