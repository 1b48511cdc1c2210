/**
 * The channel of each outside leg: asked, held, released. Answers of the allocator may come late, twice
 * or after the call gave the leg up.
 *
 * H1  A grant that nobody waits for any more is taken as held by a leg that is over: settlement.ts
 *     releases it in the same step. No channel leaks by a late answer.
 * H2  A lease that was lost (no allocator heard of us for its time to live) is taken again, as long as
 *     its leg is up: the carrier's channel is in use whatever the books say. A refusal changes nothing:
 *     no call is cut for a count. The next renewal finds the lease missing and asks again; the record
 *     counts as held only the time in which it was.
 * H3  A refusal answers one question. When it was asked twice, the other one may have been granted
 *     (another leg gave its channel back in between) and its answer lost: the lease is released, held or not.
 */
import type { LegId } from "../../../../lib/telephony/ids.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import { ASKS_MAX } from "../limits.ts";
import { guardRule } from "../loop-guard.ts";
import type { Asking } from "../settlement.ts";
import { again, replyBy, takeChannels } from "../settlement.ts";
import type { CallEffect } from "./effect.ts";
import type { RefusedClaim } from "./input.ts";
import { ask, heldMs, isFinal, skipLeg } from "./legs.ts";
import type { CallHead, Leg } from "./state.ts";
import { moment } from "./state.ts";

/** The legs after an answer, and those for which it decided something. */
export interface Decided {
  readonly legs: readonly Leg[];
  readonly decided: readonly LegId[];
}

/** Sends legs to the allocator. */
export const reserveLegs = (legs: readonly Leg[], ids: readonly LegId[], now: Instant): Decided =>
  decide(legs, ids, (leg) => ({
    ...leg,
    life: { phase: "reserving" },
    lease: { phase: "asked", ask: ask(now) },
  }));

/** Takes granted channels; `decided` are the legs that can be dialled now. */
export function grantLegs(
  legs: readonly Leg[],
  granted: readonly LegId[],
  head: CallHead,
): Decided {
  const isWanted = (leg: Leg): boolean =>
    leg.target.scopes.length > 0 &&
    leg.lease.phase !== "held" &&
    (leg.life.phase === "reserving" || leg.lease.phase === "lost" || isFinal(leg.life));
  const { legs: after } = decide(legs, granted, (leg) =>
    isWanted(leg)
      ? { ...leg, lease: { phase: "held", takenAt: moment(head) - heldMs(leg.lease) } }
      : leg,
  );
  const isReady = (leg: Leg): boolean =>
    leg.life.phase === "reserving" && leg.lease.phase === "held";
  return { legs: after, decided: after.filter(isReady).map((leg) => leg.target.leg) };
}

/** Passes over the legs that got no channel, with the scope that was full or the guard (DOMAIN 4.5). */
export function refuseLegs(
  legs: readonly Leg[],
  refused: readonly RefusedClaim[],
  head: CallHead,
): Decided {
  const scopeOf = (id: LegId): string => refused.find((one) => one.leg === id)?.scope ?? "";
  return decide(
    legs,
    refused.map((one) => one.leg),
    (leg) =>
      leg.lease.phase === "asked"
        ? {
            ...skipLeg(leg, head, "no-channel", wanting(leg, scopeOf(leg.target.leg))),
            // H3: an earlier or later question may have been granted, and its answer lost.
            lease: leg.lease.ask.count > 1 ? leg.lease : { phase: "none" },
          }
        : leg,
  );
}

const wanting = ({ target }: Leg, scope: string): string =>
  guardRule(target.scopes, scope) ?? `no-channel ${scope}`;

/** Passes over the legs that no allocator answered for; a lost grant is released (settlement.ts). */
export const missLegs = (legs: readonly Leg[], ids: readonly LegId[], head: CallHead): Decided =>
  decide(legs, ids, (leg) =>
    leg.life.phase === "reserving"
      ? skipLeg(leg, head, "no-channel", "allocator-unreachable")
      : leg,
  );

/** Marks leases as lost and takes them again (H2). */
export function loseLegs<C extends Asking & { readonly legs: readonly Leg[] }>(
  call: C,
  ids: readonly LegId[],
): { readonly state: C; readonly effects: readonly CallEffect[] } {
  const { legs } = decide(call.legs, ids, (leg) => {
    const { lease } = leg;
    if (lease.phase !== "held") return leg;
    const held = Math.max(0, moment(call.head) - lease.takenAt);
    return { ...leg, lease: { phase: "lost", heldMs: held } };
  });
  const isLost = ({ target, lease }: Leg): boolean =>
    lease.phase === "lost" && ids.includes(target.leg);
  return { state: { ...call, legs }, effects: takeChannels(call, legs.filter(isLost)) };
}

/** Notes that channels are free again. */
export const freeLegs = (legs: readonly Leg[], ids: readonly LegId[]): readonly Leg[] =>
  decide(legs, ids, (leg) =>
    leg.lease.phase === "releasing"
      ? { ...leg, lease: { phase: "freed", heldMs: leg.lease.heldMs } }
      : leg,
  ).legs;

/** Legs whose take has no answer and is due: those to ask again, and those to give up. */
export function overdueLegs(
  legs: readonly Leg[],
  now: Instant,
): { readonly askAgain: readonly LegId[]; readonly giveUp: readonly LegId[] } {
  const due = legs.flatMap(({ target, lease }) =>
    lease.phase === "asked" && now >= replyBy(lease.ask)
      ? [{ leg: target.leg, isLast: lease.ask.count >= ASKS_MAX }]
      : [],
  );
  return {
    askAgain: due.filter((one) => !one.isLast).map((one) => one.leg),
    giveUp: due.filter((one) => one.isLast).map((one) => one.leg),
  };
}

/** Marks the takes of these legs as asked once more. */
export const askAgain = (legs: readonly Leg[], ids: readonly LegId[], now: Instant): Decided =>
  decide(legs, ids, (leg) =>
    leg.lease.phase === "asked"
      ? { ...leg, lease: { phase: "asked", ask: again(leg.lease.ask, now) } }
      : leg,
  );

function decide(legs: readonly Leg[], ids: readonly LegId[], change: (leg: Leg) => Leg): Decided {
  const after = legs.map((leg) => (ids.includes(leg.target.leg) ? change(leg) : leg));
  const decided = after.filter((leg, i) => leg !== legs[i]).map((leg) => leg.target.leg);
  return { legs: after, decided };
}
