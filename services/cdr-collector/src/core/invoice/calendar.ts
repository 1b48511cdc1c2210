/**
 * The days of an invoice (DOMAIN 5.2), named by its month K: flat fees of K by what was known on the
 * invoice day, calls answered in K-1. In Asia/Tokyo. When calls are closed: ../rating/billing-month.ts.
 */
import type { Instant } from "../../../../lib/telephony/instant.ts";
import {
  addDays,
  type CivilDate,
  type CivilMonth,
  dayOfMonth,
  startOfDate,
} from "../../../../lib/telephony/tokyo-time.ts";
import type { Policies } from "../prices/price-file.ts";
import { callMonthOf } from "../rating/billing-month.ts";

/** Date of the invoice. */
export const issueDate = (invoice: CivilMonth, { invoiceDay }: Policies): CivilDate =>
  dayOfMonth(invoice, invoiceDay);

/** What was recorded before this moment stands on the invoice; later changes wait for the next. */
export const cutoffOf = (invoice: CivilMonth, policies: Policies): Instant =>
  startOfDate(issueDate(invoice, policies));

/** First and last day of the calls of an invoice, both included. */
export const callDays = (
  invoice: CivilMonth,
): { readonly first: CivilDate; readonly last: CivilDate } => ({
  first: dayOfMonth(callMonthOf(invoice), 1),
  last: addDays(dayOfMonth(invoice, 1), -1),
});
