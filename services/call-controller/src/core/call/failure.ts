/**
 * What the caller is told when nobody answered (DOMAIN 2.3): 486 when all that was tried was busy or
 * had no channel (A15), else 480. A carrier's own status is never passed on (DOMAIN 4.4).
 */
import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { EndCause } from "../../../../lib/telephony/leg.ts";
import type { Refusal } from "../refusal.ts";
import { ALL_BUSY, NOBODY_ANSWERED, NOBODY_THERE } from "../refusal.ts";
import type { Leg } from "./state.ts";

/** The refusal that sums up the causes of all legs. */
export function failureOf(legs: readonly Leg[]): Refusal {
  const causes = legs.flatMap(causeOf);
  if (causes.includes("no-answer")) return NOBODY_ANSWERED;
  const isBusy = causes.length > 0 && causes.every((one) => one === "busy" || one === "no-channel");
  return isBusy ? ALL_BUSY : NOBODY_THERE;
}

/** Cause of a leg that was tried; targets that a rule dropped say nothing about the callee. */
function causeOf({ life }: Leg): readonly EndCause[] {
  switch (life.phase) {
    case "skipped":
      return life.cause === "no-channel" ? [life.cause] : [];
    case "cancelling":
    case "hanging-up":
    case "ended":
      return [life.cause];
    case "planned":
    case "reserving":
    case "inviting":
    case "ringing":
    case "talking":
      return [];
    default:
      return unreachable(life);
  }
}
