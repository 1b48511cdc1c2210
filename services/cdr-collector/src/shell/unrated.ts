/** Reads the billable legs that have no rate (core/rating/rating.ts P2). */
import { z } from "zod";
import type { Database, StoreFault } from "../../../lib/runtime/database.ts";
import type { CallId, CompanyId, LegId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { callIdColumn, companyIdColumn, legIdColumn, timeColumn, wholeColumn } from "./rows.ts";

/** A leg that waits for a rate. */
export interface WaitingLeg {
  readonly callId: CallId;
  readonly leg: LegId;
  readonly companyId: CompanyId;
  readonly answeredAt: Instant;
  readonly destination: string;
  readonly reason: string;
}

const WaitingRow = z.object({
  call_id: callIdColumn,
  leg: legIdColumn,
  company_id: companyIdColumn,
  answered_at: timeColumn,
  destination: z.string(),
  reason: z.string(),
});
const CountRow = z.object({ count: wholeColumn });

/** The oldest of them, of one company or of all, and how many there are. */
export const listUnrated = (
  database: Database,
  companyId: CompanyId | null,
  limit: number,
): Promise<{ readonly legs: readonly WaitingLeg[]; readonly total: number } | StoreFault> =>
  database.run(async (query) => {
    const where = companyId === null ? "" : "where company_id = $1";
    const values = companyId === null ? [] : [companyId];
    const rows = await query(
      `select * from unrated ${where} order by answered_at, call_id limit ${Math.trunc(limit)}`,
      values,
    );
    const [count] = await query(`select count(*) from unrated ${where}`, values);
    const legs = rows.map((row): WaitingLeg => {
      const { call_id, company_id, answered_at, leg, destination, reason } = WaitingRow.parse(row);
      return {
        callId: call_id,
        leg,
        companyId: company_id,
        answeredAt: answered_at,
        destination,
        reason,
      };
    });
    return { legs, total: CountRow.parse(count).count };
  });

/** Counting ends here: an operator who sees it needs no exact number. */
const COUNTED_MAX = 100_000;

/** How many legs wait for a rate, for the metric. */
export const countUnrated = (database: Database): Promise<number | StoreFault> =>
  database.run(async (query) => {
    const [row] = await query(
      `select count(*) from (select from unrated limit ${COUNTED_MAX}) as waiting`,
    );
    return CountRow.parse(row).count;
  });
