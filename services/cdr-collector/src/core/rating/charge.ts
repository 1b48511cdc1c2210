/**
 * What a call costs (DOMAIN 5.1). Whole yen without tax; tax is taken once, from the sum of the invoice.
 *
 * F1  The time from answer to clear counts, in begun seconds and then in begun units; at least one second.
 * F2  Who answered is not asked: a voicemail's answer is an answer (A20).
 */
import type { Rate } from "./rate-deck.ts";

/** Seconds and units that are charged, and what they cost. */
export interface Charge {
  readonly billedS: number;
  readonly units: number;
  readonly yen: number;
}

/** Charges an answered leg that was up for `talkMs`. */
export function chargeOf(talkMs: number, { unitS, unitYen }: Rate): Charge {
  const billedS = Math.max(1, Math.ceil(talkMs / 1000));
  const units = Math.ceil(billedS / unitS);
  return { billedS, units, yen: units * unitYen };
}
