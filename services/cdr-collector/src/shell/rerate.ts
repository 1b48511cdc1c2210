/**
 * Rates recorded calls anew, by the decks of today, and books the differences when told to.
 *
 * R1  A page of legs at a time, along an index: memory does not grow with the calls.
 * R2  A page that is written is read and booked in one transaction under the writers' lock, so a record
 *     that arrives meanwhile is either in it or comes after it. Nothing is lost or booked twice.
 * R3  A page that is only shown is read from one snapshot.
 * R4  Running it again finds no difference. One that broke off has booked whole pages.
 */
import { z } from "zod";
import {
  type Database,
  isStoreFault,
  type Query,
  type StoreFault,
} from "../../../lib/runtime/database.ts";
import { DESTINATION_CLASSES } from "../../../lib/telephony/destination-class.ts";
import type { CompanyId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { BillableLeg } from "../core/rating/rating.ts";
import { type Assessed, assess, book } from "./booking.ts";
import {
  callIdColumn,
  companyIdColumn,
  legIdColumn,
  lockWriters,
  numberColumn,
  time,
  timeColumn,
  wholeColumn,
} from "./rows.ts";
import type { Rating } from "./sink.ts";

const PAGE = 500;

/** Which legs; null = no limit. */
export interface RerateSelection {
  readonly companyId: CompanyId | null;
  readonly from: Instant | null;
  /** Not included. */
  readonly until: Instant | null;
}

const LegRow = z.object({
  call_id: callIdColumn,
  leg: legIdColumn,
  company_id: companyIdColumn,
  source_number: z.string(),
  source_class: z.enum(["standard", "representative"]),
  destination: numberColumn,
  destination_class: z.enum(DESTINATION_CLASSES).nullable(),
  on_net: z.boolean(),
  answered_at: timeColumn,
  talk_ms: wholeColumn,
  price_plan: z.string(),
});

function billableLeg(row: unknown): BillableLeg {
  const read = LegRow.parse(row);
  return {
    callId: read.call_id,
    leg: read.leg,
    companyId: read.company_id,
    sourceNumber: read.source_number,
    sourceClass: read.source_class,
    destination: read.destination,
    destinationClass: read.destination_class,
    onNet: read.on_net,
    plan: read.price_plan,
    answeredAt: read.answered_at,
    talkMs: read.talk_ms,
  };
}

/** The next billable legs after `last`, in the order of company, answer and call. */
async function pageAfter(
  query: Query,
  { companyId, from, until }: RerateSelection,
  last: BillableLeg | null,
): Promise<readonly BillableLeg[]> {
  const values: unknown[] = [];
  const place = (value: unknown): string => `$${values.push(value)}`;
  const terms = ["billable", "member_kind = 'outside'", "source_number is not null"];
  if (companyId === null) terms.push("company_id is not null");
  else terms.push(`company_id = ${place(companyId)}`);
  if (from !== null) terms.push(`answered_at >= ${place(time(from))}`);
  if (until !== null) terms.push(`answered_at < ${place(time(until))}`);
  if (last !== null) {
    const after = [last.companyId, time(last.answeredAt), last.callId].map(place);
    terms.push(`(company_id, answered_at, call_id) > (${after.join(", ")})`);
  }
  const order = "order by company_id, answered_at, call_id";
  const rows = await query(
    `with page as materialized (
       select * from leg_records where ${terms.join(" and ")} ${order} limit ${PAGE}
     )
     select page.*, call_records.price_plan from page join call_records using (call_id)
     order by page.company_id, page.answered_at, call_id`,
    values,
  );
  return rows.map(billableLeg);
}

/** A page of legs with what each is charged and should be. */
export interface RerateStep {
  readonly legs: readonly BillableLeg[];
  readonly assessed: readonly Assessed[];
}

/** What {@link rerate} works with. */
export interface ReratePorts extends Rating {
  readonly database: Database;
}

function oneStep(
  { database, findRates, now }: ReratePorts,
  selection: RerateSelection,
  { last, write }: { readonly last: BillableLeg | null; readonly write: boolean },
): Promise<RerateStep | StoreFault> {
  return database.transaction(
    async (query): Promise<RerateStep> => {
      if (write) await lockWriters(query);
      else await query("set transaction isolation level repeatable read, read only");
      const legs = await pageAfter(query, selection, last);
      const calls = legs.map((leg) => ({ callId: leg.callId, leg, isNew: false }));
      const assessed = await assess(query, findRates, calls, "re-rated");
      if (write) await book(query, assessed, now());
      return { legs, assessed };
    },
    () => write,
  );
}

/** Goes through the selected legs; ends with a fault when the database fails. */
export async function* rerate(
  ports: ReratePorts,
  selection: RerateSelection,
  write: boolean,
): AsyncGenerator<RerateStep | StoreFault, void> {
  for (let last: BillableLeg | null = null; ; ) {
    const step: RerateStep | StoreFault = await oneStep(ports, selection, { last, write });
    yield step;
    if (isStoreFault(step) || step.legs.length < PAGE) return;
    last = step.legs.at(-1) ?? null;
  }
}
