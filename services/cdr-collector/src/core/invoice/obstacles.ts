/**
 * What stands in the way of issuing a draft. Owns the conditions; who checks them inside a transaction
 * is the shell's.
 */
import type { Instant } from "../../../../lib/telephony/instant.ts";
import type { CivilMonth } from "../../../../lib/telephony/tokyo-time.ts";
import type { Policies } from "../prices/price-file.ts";
import { cutoffOf } from "./calendar.ts";
import type { Invoice } from "./invoice.ts";

/**
 * After the cutoff the invoice waits so long: a change that bears a moment before it may still be on its
 * way into a database, and the clocks of two machines differ. What came later would never be billed.
 */
const SETTLE_MS = 60_000;

/** What is known around a draft. */
export interface Circumstances {
  readonly now: Instant;
  readonly policies: Policies;
  /** Billable legs of the invoice without a rate. */
  readonly unrated: number;
  /** First earlier month with something owed and no issued invoice. */
  readonly earlierUnissued: CivilMonth | null;
  /** First later month with an issued invoice. */
  readonly laterIssued: CivilMonth | null;
}

/**
 * The draft with everything that stands in the way of issuing it, in English. The cutoff never comes
 * before the close of the calls (closeDay <= invoiceDay), so it alone is waited for.
 */
export function withObstacles(draft: Invoice, around: Circumstances): Invoice {
  const obstacles = [...draft.obstacles];
  const { unrated, earlierUnissued, laterIssued } = around;
  if (around.now < cutoffOf(draft.month, around.policies) + SETTLE_MS) {
    obstacles.push(`it is made out on ${draft.issueDate}: wait until 00:01 in Tokyo`);
  }
  if (unrated > 0) {
    const legs = unrated === 1 ? "1 call has" : `${unrated} calls have`;
    obstacles.push(
      `${legs} no rate: see \`kakehashi rates unrated\`, import rates, then run \`kakehashi rerate --write\``,
    );
  }
  if (earlierUnissued !== null) {
    obstacles.push(`the invoice of ${earlierUnissued} is not issued: issue that one first`);
  }
  if (laterIssued !== null) {
    obstacles.push(`the invoice of ${laterIssued} is issued already: what is owed stands there`);
  }
  if (draft.lines.length === 0) obstacles.push("nothing is owed: there is nothing to issue");
  return { ...draft, obstacles };
}
