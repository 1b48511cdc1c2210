/**
 * From a record to the charge that the ledger should hold for it.
 *
 * P1  At most one leg of a call is charged: the outside leg that won and was answered. A leg that lost,
 *     was cancelled, or was never answered costs nothing.
 * P2  A billable leg without a rate is not free: it stays unrated, with the reason, until it has one.
 */
import type { CallRecord, SourceClass } from "../../../../lib/telephony/call-detail-record.ts";
import type { DestinationClass } from "../../../../lib/telephony/destination-class.ts";
import type { CallId, CompanyId, LegId } from "../../../../lib/telephony/ids.ts";
import { dateOf } from "../../../../lib/telephony/tokyo-time.ts";
import { type Charge, chargeOf } from "./charge.ts";
import {
  type DeckVersion,
  deckAt,
  type Rate,
  type RatedDestination,
  rateIn,
  type Tariff,
} from "./rate-deck.ts";

const NO_CLASS = "the record does not say the class of the destination";

/** What rating knows of the leg that is to be charged; nothing of how it came to be dialled (R13). */
export interface BillableLeg extends RatedDestination {
  readonly callId: CallId;
  readonly leg: LegId;
  readonly companyId: CompanyId;
  /** E.164; presented = charged. */
  readonly sourceNumber: string;
  readonly sourceClass: SourceClass;
  /** Answer to clear. */
  readonly talkMs: number;
}

/** A rate and the deck that it stands in, or why there is none. */
export type FoundRate =
  | { readonly kind: "found"; readonly rate: Rate; readonly deckVersion: number }
  | { readonly kind: "missing"; readonly reason: string };

/** A charge with whose it is, and by which deck. */
export interface RatedLeg extends BillableLeg, Charge {
  readonly kind: "rated";
  readonly destinationClass: DestinationClass;
  readonly deckVersion: number;
}

/** A billable leg that has no rate (P2). */
export interface UnratedLeg extends BillableLeg {
  readonly kind: "unrated";
  readonly reason: string;
}

/** The leg of a record that is to be charged (P1), or null. */
export function billableLegOf(record: CallRecord): BillableLeg | null {
  const leg = record.legs.find(({ billable }) => billable);
  if (leg === undefined || leg.answeredAt === null || leg.member.kind !== "outside") return null;
  const { source } = leg.member;
  if (source === null || record.companyId === null) return null;
  return {
    callId: record.callId,
    leg: leg.leg,
    companyId: record.companyId,
    sourceNumber: source.number,
    sourceClass: source.class,
    destination: leg.member.number,
    destinationClass: leg.member.class,
    onNet: leg.member.onNet,
    plan: record.pricePlan,
    answeredAt: leg.answeredAt,
    talkMs: leg.talkMs,
  };
}

/** Which deck a destination needs, or why none fits. */
export function deckFor(
  decks: readonly DeckVersion[],
  asked: RatedDestination,
): DeckVersion | Extract<FoundRate, { kind: "missing" }> {
  if (asked.plan === "") return { kind: "missing", reason: "the record names no price plan" };
  const deck = deckAt(decks, asked);
  if (deck !== null) return deck;
  const day = dateOf(asked.answeredAt);
  return { kind: "missing", reason: `no rates of plan ${asked.plan} are valid on ${day}` };
}

/** The rate of a destination in the deck that was chosen for it. */
export function rateFor(deck: DeckVersion, tariff: Tariff, asked: RatedDestination): FoundRate {
  const rate = rateIn(tariff, asked);
  if (rate !== null) return { kind: "found", rate, deckVersion: deck.version };
  const what = `${asked.destinationClass} number ${asked.destination}`;
  const where = `plan ${deck.plan} from ${deck.validFrom} (version ${deck.version})`;
  return { kind: "missing", reason: `no rate for the ${what} in ${where}` };
}

/** The charge of a leg at the rate that was found for it. */
export function rated(leg: BillableLeg, found: FoundRate): RatedLeg | UnratedLeg {
  const { destinationClass } = leg;
  if (destinationClass === null) return { ...leg, kind: "unrated", reason: NO_CLASS };
  if (found.kind === "missing") return { ...leg, kind: "unrated", reason: found.reason };
  const charge = chargeOf(leg.talkMs, found.rate);
  return { ...leg, ...charge, kind: "rated", destinationClass, deckVersion: found.deckVersion };
}
