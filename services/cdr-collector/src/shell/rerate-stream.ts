/**
 * The answer of a re-rating, as it goes along: differences, then the sums.
 *
 * Z1  At most DIFFERENCES_MAX differences are sent; the sums are over all legs.
 * Z2  The next page is read when the client has taken what was sent; one that leaves ends the work after
 *     the page in hand.
 */
import { type ServerWritableStream, status } from "@grpc/grpc-js";
import { isStoreFault } from "../../../lib/runtime/database.ts";
import type {
  RateDifferenceMessage,
  RerateRequest,
  RerateResponse,
  RerateSummaryMessage,
} from "../../../lib/wire/billing.ts";
import { balanceOf, type Entry } from "../core/rating/ledger.ts";
import { companyAsked, isMoment, MOMENT_FORM, storeRefusal } from "./answers.ts";
import type { Assessed } from "./booking.ts";
import { type ReratePorts, type RerateStep, rerate } from "./rerate.ts";

const DIFFERENCES_MAX = 1000;

type Stream = ServerWritableStream<RerateRequest, RerateResponse>;

/** What the rates' half of the service needs, and whom it tells. */
export interface RatesPorts extends ReratePorts {
  /** Hears of errors that no one expected. */
  readonly onFault: (error: unknown) => void;
  /** A re-rating has booked these. */
  readonly onBooked: (entries: readonly Entry[]) => void;
}

const owedYen = ({ rating }: Assessed): number => (rating?.kind === "rated" ? rating.yen : 0);

function differenceOf(assessed: Assessed): readonly RateDifferenceMessage[] {
  const { rating, existing, added, callId } = assessed;
  if (added.length === 0 || rating === null) return [];
  return [
    {
      callId,
      leg: rating.leg,
      companyId: rating.companyId,
      answeredAtMs: rating.answeredAt,
      chargedYen: balanceOf(existing),
      reratedYen: owedYen(assessed),
      unrated: rating.kind === "unrated" ? rating.reason : "",
    },
  ];
}

const sum = (assessed: readonly Assessed[], of: (one: Assessed) => number): number =>
  assessed.reduce((total, one) => total + of(one), 0);

const plus = (
  before: RerateSummaryMessage,
  { legs, assessed }: RerateStep,
): RerateSummaryMessage => ({
  legs: before.legs + legs.length,
  different: before.different + sum(assessed, ({ added }) => (added.length > 0 ? 1 : 0)),
  chargedYen: before.chargedYen + sum(assessed, ({ existing }) => balanceOf(existing)),
  reratedYen: before.reratedYen + sum(assessed, owedYen),
  unrated: before.unrated + sum(assessed, ({ rating }) => (rating?.kind === "unrated" ? 1 : 0)),
  written: before.written,
});

/** Waits until the stream takes more, or is over. */
const drained = (stream: Stream): Promise<void> =>
  new Promise((resolve) => {
    if (!stream.writableNeedDrain || stream.destroyed || stream.cancelled) return resolve();
    const done = (): void => {
      for (const event of ["drain", "close", "cancelled"]) stream.off(event, done);
      resolve();
    };
    for (const event of ["drain", "close", "cancelled"]) stream.on(event, done);
  });

const close = (stream: Stream, code: status, details: string): void => {
  stream.emit("error", { code, details });
};

/** Serves one request; `onBooked` hears of each page that was written. */
export async function serveRerate(stream: Stream, ports: RatesPorts): Promise<void> {
  const { companyId, fromMs, untilMs, write } = stream.request;
  const company = companyAsked(companyId);
  if (company !== null && typeof company === "object") {
    return close(stream, status.INVALID_ARGUMENT, "company_id: not a company id");
  }
  if (!isMoment(fromMs) || !isMoment(untilMs)) {
    return close(stream, status.INVALID_ARGUMENT, `from_ms, until_ms: ${MOMENT_FORM}`);
  }
  const selection = { companyId: company, from: fromMs || null, until: untilMs || null };
  let left = DIFFERENCES_MAX;
  let summary: RerateSummaryMessage = {
    legs: 0,
    different: 0,
    chargedYen: 0,
    reratedYen: 0,
    unrated: 0,
    written: write,
  };
  for await (const step of rerate(ports, selection, write)) {
    if (isStoreFault(step)) {
      const refusal = storeRefusal(step, ports.onFault);
      const isAway = step.cause === "unavailable";
      const details = refusal.ok ? "" : refusal.message;
      return close(stream, isAway ? status.UNAVAILABLE : status.INTERNAL, details);
    }
    if (write) ports.onBooked(step.assessed.flatMap(({ added }) => added));
    summary = plus(summary, step);
    const differences = step.assessed.flatMap(differenceOf).slice(0, left);
    left -= differences.length;
    if (differences.length > 0) stream.write({ differences, summary: undefined });
    await drained(stream);
    if (stream.cancelled || stream.destroyed) return;
  }
  stream.write({ differences: [], summary });
  stream.end();
}
