/**
 * What an invoice needs of the ledger, summed by the database: memory does not grow with the calls.
 *
 * L1  The invoice of an entry is that of core/rating/billing-month.ts, written here as conditions.
 * L2  Every entry is on exactly one invoice; the sums over all invoices are the sum of the ledger.
 */
import { z } from "zod";
import type { Query } from "../../../lib/runtime/database.ts";
import type { SourceClass } from "../../../lib/telephony/call-detail-record.ts";
import { DESTINATION_CLASSES } from "../../../lib/telephony/destination-class.ts";
import type { CompanyId } from "../../../lib/telephony/ids.ts";
import {
  addMonths,
  type CivilMonth,
  parseCivilMonth,
  startOfMonth,
} from "../../../lib/telephony/tokyo-time.ts";
import type { CallSum } from "../core/invoice/lines.ts";
import { callMonthOf, closeOf } from "../core/rating/billing-month.ts";
import { time, wholeColumn } from "./rows.ts";

/** The calls of one invoice of one company. */
export interface InvoiceSelection {
  readonly companyId: CompanyId;
  /** Month of issue. */
  readonly invoiceMonth: CivilMonth;
  /** Day of the month, 1 to 28, on which the calls of the month before are closed. */
  readonly closeDay: number;
}

/** A sum with the price class of its source number. */
export interface CallTotal extends CallSum {
  readonly sourceClass: SourceClass;
}

const month = z.string().transform((text, context) => {
  const parsed = parseCivilMonth(text);
  if (parsed !== null) return parsed;
  context.addIssue(`not a month: ${text}`);
  return z.NEVER;
});

const CallTotalRow = z.object({
  answered_month: month,
  source_number: z.string(),
  source_class: z.enum(["standard", "representative"]),
  destination_class: z.enum(DESTINATION_CLASSES),
  on_net: z.boolean(),
  is_adjustment: z.boolean(),
  calls: wholeColumn,
  billed_s: wholeColumn,
  yen: wholeColumn,
});
const CountRow = z.object({ count: wholeColumn });

const COLUMNS =
  "answered_month, source_number, source_class, destination_class, on_net, calls, billed_s, yen";
const GROUP =
  "answered_month, source_number, source_class, destination_class, on_net, is_adjustment";

/** Own calls by month of answer; adjustments by the moment of booking, from an index of late entries. */
const TOTALS = `
  select ${GROUP}, sum(calls) as calls, sum(billed_s) as billed_s, sum(yen) as yen
  from (
    select ${COLUMNS}, false as is_adjustment from charges
    where company_id = $1 and answered_month = $2 and booked_at < $4
    union all
    select ${COLUMNS}, true from charges
    where company_id = $1 and answered_month < $2
      and booked_month > answered_month and booked_at >= $3 and booked_at < $4
  ) as entries
  group by ${GROUP}
  having sum(calls) <> 0 or sum(billed_s) <> 0 or sum(yen) <> 0
  order by is_adjustment, answered_month, source_number, on_net, destination_class, source_class`;

/** Values of $1 to $4: company, month of the calls, close of the invoice before, close of this one. */
function selectionValues(selection: InvoiceSelection): readonly string[] {
  const { companyId, invoiceMonth, closeDay } = selection;
  const before = closeOf(addMonths(invoiceMonth, -1), closeDay);
  const close = closeOf(invoiceMonth, closeDay);
  return [companyId, callMonthOf(invoiceMonth), time(before), time(close)];
}

/** Sums of the invoice's calls; throws what the database throws, as all of a `Query` does. */
export async function callTotals(
  query: Query,
  selection: InvoiceSelection,
): Promise<readonly CallTotal[]> {
  const rows = await query(TOTALS, selectionValues(selection));
  return rows.map((row) => {
    const total = CallTotalRow.parse(row);
    return {
      answeredMonth: total.answered_month,
      sourceNumber: total.source_number,
      sourceClass: total.source_class,
      destinationClass: total.destination_class,
      onNet: total.on_net,
      isAdjustment: total.is_adjustment,
      calls: total.calls,
      billedS: total.billed_s,
      yen: total.yen,
    };
  });
}

/**
 * Billable legs without a rate that keep this invoice from being issued: of its own month when it was
 * known before the close, and late ones as if they had been booked when they became known.
 */
export async function unratedCount(query: Query, selection: InvoiceSelection): Promise<number> {
  const [companyId, , before, close] = selectionValues(selection);
  const [row] = await query(
    `select count(*) from unrated
     where company_id = $1 and noted_at < $4
       and ((answered_at >= $2 and answered_at < $3) or (answered_at < $2 and noted_at >= $5))`,
    [
      companyId,
      time(startOfMonth(callMonthOf(selection.invoiceMonth))),
      time(startOfMonth(selection.invoiceMonth)),
      close,
      before,
    ],
  );
  return CountRow.parse(row).count;
}
