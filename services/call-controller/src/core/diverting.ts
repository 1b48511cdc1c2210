/**
 * What a trunk may be told of the forwarding (DOMAIN 4.2, RFC 5806, RFC 7544). Every outside leg of ours
 * diverts a call that came for somebody inside, so there is always something to tell.
 *
 * V1  Only numbers of the company stand in it, never the caller or a destination.
 * V2  In a relay the reason is what the last target before did that was dialled; one that was passed
 *     over says nothing about the callee.
 */
import type { E164 } from "../../../lib/telephony/e164.ts";
import type { Diverting, DivertingReason, EndCause } from "../../../lib/telephony/leg.ts";
import type { Leg, RingingCall } from "./call/state.ts";
import { DIVERSION_COUNTER_MAX } from "./limits.ts";

/** The diversion that dialling `leg` under `source` is. */
export function divertingOf(
  { offered, route, legs }: Pick<RingingCall, "offered" | "route" | "legs">,
  leg: Leg,
  source: E164,
): Diverting {
  const before = legs.filter((one) => one.target.seq < leg.target.seq);
  const cause = route.mode === "ring-all" ? null : lastCause(before);
  return {
    number: route.called ?? source,
    reason: cause === null ? "unconditional" : REASONS[cause],
    counter: Math.min(offered.offer.diversions + 1, DIVERSION_COUNTER_MAX),
  };
}

function lastCause(legs: readonly Leg[]): EndCause | null {
  const causes = legs.flatMap(({ life }) =>
    life.phase === "cancelling" || life.phase === "hanging-up" || life.phase === "ended"
      ? [life.cause]
      : [],
  );
  return causes.at(-1) ?? null;
}

/** The last seven never stand before a leg that is dialled. */
const REASONS: Readonly<Record<EndCause, DivertingReason>> = {
  busy: "user-busy",
  "no-answer": "no-answer",
  "lost-race": "no-answer",
  rejected: "deflection",
  "not-found": "not-found",
  unavailable: "unavailable",
  unregistered: "unavailable",
  crashed: "unavailable",
  answered: "unconditional",
  "cancelled-elsewhere": "unconditional",
  abandoned: "unconditional",
  "no-channel": "unconditional",
  refused: "unconditional",
  "session-timeout": "unconditional",
  "not-tried": "unconditional",
};
