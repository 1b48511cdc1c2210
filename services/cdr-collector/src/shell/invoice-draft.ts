/**
 * Gathers the facts of an invoice and makes its draft. All of one draft is read in one transaction.
 *
 * W1  What is billed is what the last issued invoice took for owed, at its prices. Invoices are issued in
 *     order, months that owe nothing left out, so the sum of all of them is what is owed.
 * W2  While an earlier month waits for its invoice, a draft takes it for billed at the newest prices: it
 *     shows its own month, and cannot be issued.
 */
import type { Query } from "../../../lib/runtime/database.ts";
import type { BillingHistory } from "../../../lib/telephony/billing-history.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { addMonths, type CivilMonth, monthOf } from "../../../lib/telephony/tokyo-time.ts";
import { type Billed, type Invoice, invoice, type PriceVersion } from "../core/invoice/invoice.ts";
import { withObstacles } from "../core/invoice/obstacles.ts";
import { issuedMonths, newestPrices, pricesByVersion } from "./invoice-store.ts";
import { callTotals, unratedCount } from "./ledger-readings.ts";

interface Draftable {
  readonly query: Query;
  readonly history: BillingHistory;
  readonly newest: PriceVersion;
  /** Months with an issued invoice, and its version of prices. */
  readonly issued: ReadonlyMap<CivilMonth, number>;
  readonly versions: ReadonlyMap<number, PriceVersion>;
}

const selection = ({ history, newest }: Draftable, invoiceMonth: CivilMonth) => ({
  companyId: history.companyId,
  invoiceMonth,
  closeDay: newest.file.policies.closeDay,
});

/** The last issued invoice before a month, as what is billed; null when there is none. */
function lastBilled({ issued, versions }: Draftable, month: CivilMonth): Billed | null {
  const last = [...issued.keys()]
    .filter((each) => each < month)
    .toSorted()
    .at(-1);
  const file = last && versions.get(issued.get(last) ?? 0)?.file;
  return last && file ? { month: last, file } : null;
}

async function plainDraft(of: Draftable, month: CivilMonth, billed: Billed): Promise<Invoice> {
  const calls = await callTotals(of.query, selection(of, month));
  return invoice({ month, history: of.history, calls, prices: of.newest, billed });
}

const monthBefore = (of: Draftable, month: CivilMonth): Billed => ({
  month: addMonths(month, -1),
  file: of.newest.file,
});

/** The first month after the last issued invoice and before `month` that has something to bill. */
async function firstUnissued(
  of: Draftable,
  month: CivilMonth,
  last: Billed | null,
): Promise<CivilMonth | null> {
  const recorded = of.history.terms.map(({ recordedAt }) => recordedAt);
  if (recorded.length === 0) return null;
  const first = monthOf(recorded.reduce((earliest, at) => Math.min(earliest, at)));
  for (
    let earlier = last === null ? first : addMonths(last.month, 1);
    earlier < month;
    earlier = addMonths(earlier, 1)
  ) {
    const draft = await plainDraft(of, earlier, last ?? monthBefore(of, earlier));
    if (draft.lines.length > 0) return earlier;
  }
  return null;
}

/** A draft with its obstacles; null when no price file was applied yet. */
export async function draftInvoice(
  query: Query,
  history: BillingHistory,
  month: CivilMonth,
  now: Instant,
): Promise<Invoice | null> {
  const newest = await newestPrices(query);
  if (newest === null) return null;
  const issued = await issuedMonths(query, history.companyId);
  const versions = await pricesByVersion(query, [...new Set(issued.values())]);
  const of = { query, history, newest, issued, versions };
  const last = lastBilled(of, month);
  const earlierUnissued = await firstUnissued(of, month, last);
  const billed = earlierUnissued === null ? last : null;
  return withObstacles(await plainDraft(of, month, billed ?? monthBefore(of, month)), {
    now,
    policies: newest.file.policies,
    unrated: await unratedCount(query, selection(of, month)),
    earlierUnissued,
    laterIssued: [...issued.keys()].toSorted().find((each) => each > month) ?? null,
  });
}
