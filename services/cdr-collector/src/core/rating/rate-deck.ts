/**
 * Rate decks: what a call to a kind of number costs, by price plan and from a day on.
 *
 * K1  Inside a class the longest prefix of the destination wins; the row without prefix is for the rest.
 * K2  A number of this service is rated by the on-net rows, and is free where there are none (A22).
 * K3  A call is rated by the deck that was valid at the moment of its answer (DOMAIN 5.1): the newest
 *     version of the newest first day that is not after the day of the answer, in Tokyo.
 * K4  How a call came to be forwarded is no part of the question: neither mode nor trigger (R13).
 */
import {
  DESTINATION_CLASSES,
  type DestinationClass,
} from "../../../../lib/telephony/destination-class.ts";
import type { E164 } from "../../../../lib/telephony/e164.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import { type CivilDate, dateOf } from "../../../../lib/telephony/tokyo-time.ts";

/** What a row of a deck is about. */
export const RATE_CLASSES = [...DESTINATION_CLASSES, "on-net"] as const;
/** One of {@link RATE_CLASSES}. */
export type RateClass = (typeof RATE_CLASSES)[number];

/** One row: each begun unit of `unitS` seconds costs `unitYen`, net of tax. */
export interface Rate {
  readonly class: RateClass;
  /** Leading part of an E.164 number with its +; empty for the rest of the class. */
  readonly prefix: string;
  readonly unitS: number;
  readonly unitYen: number;
}

/** The version of a deck: it never changes. */
export interface DeckVersion {
  readonly version: number;
  readonly plan: string;
  /** First day of its validity. */
  readonly validFrom: CivilDate;
}

/** The rows of one deck, made for look-up by {@link tariffOf}. */
export type Tariff = ReadonlyMap<string, Rate>;

/** What a rate is asked for. */
export interface RatedDestination {
  readonly plan: string;
  readonly answeredAt: Instant;
  readonly destination: E164;
  /** Null in a record from before classes were recorded. */
  readonly destinationClass: DestinationClass | null;
  readonly onNet: boolean;
}

/** A number of this service that no row of the deck is about. */
const FREE: Rate = { class: "on-net", prefix: "", unitS: 1, unitYen: 0 };

const keyOf = (rateClass: RateClass, prefix: string): string => `${rateClass} ${prefix}`;

/** Prepares the rows of a deck for look-up. */
export const tariffOf = (rates: readonly Rate[]): Tariff =>
  new Map(rates.map((rate) => [keyOf(rate.class, rate.prefix), rate]));

function longest(tariff: Tariff, rateClass: RateClass, destination: E164): Rate | null {
  for (let length = destination.length; length > 1; length -= 1) {
    const rate = tariff.get(keyOf(rateClass, destination.slice(0, length)));
    if (rate !== undefined) return rate;
  }
  return tariff.get(keyOf(rateClass, "")) ?? null;
}

/** The row for a destination (K1, K2), or null when the deck has none. */
export function rateIn(
  tariff: Tariff,
  { destination, destinationClass, onNet }: RatedDestination,
): Rate | null {
  if (onNet) return longest(tariff, "on-net", destination) ?? FREE;
  return destinationClass === null ? null : longest(tariff, destinationClass, destination);
}

/** The deck that a call answered at that moment is rated by (K3), or null when there is none. */
export function deckAt(
  decks: readonly DeckVersion[],
  { plan, answeredAt }: Pick<RatedDestination, "plan" | "answeredAt">,
): DeckVersion | null {
  const day = dateOf(answeredAt);
  let best: DeckVersion | null = null;
  for (const deck of decks) {
    if (deck.plan !== plan || deck.validFrom > day) continue;
    if (best === null || isNewer(deck, best)) best = deck;
  }
  return best;
}

const isNewer = (deck: DeckVersion, than: DeckVersion): boolean =>
  deck.validFrom === than.validFrom ? deck.version > than.version : deck.validFrom > than.validFrom;
