/**
 * The life of one B-leg, transition by transition. Each takes the leg and the call's head and returns
 * the leg, with the orders it needs. What the call makes of it stands in the phases' files.
 *
 * L1  The race: a CANCEL is an intent. Until the leg's final response both outcomes are open, and a 200
 *     that crosses our CANCEL is a telephone that hears a connection: the edge has sent ACK (RFC 3261
 *     13.2.2.4), so only BYE ends it. It never becomes the bridge, even when nobody else answered: the
 *     decision to give it up was taken, told to the far end, and the next target may already ring.
 *     It is recorded as `lost-race` and never billed (DOMAIN 4.4).
 */
import { assert, unreachable } from "../../../../lib/telephony/assert.ts";
import type { LegId } from "../../../../lib/telephony/ids.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import type { Caller, Destination, EndCause, Offer } from "../../../../lib/telephony/leg.ts";
import { divertingOf } from "../diverting.ts";
import { ANSWER_WITHIN_MS, EXPIRES_MARGIN_MS, MAX_FORWARDS, RINGING_WITHIN_MS } from "../limits.ts";
import type { CallEffect } from "./effect.ts";
import type { Ask, CallHead, Lease, Leg, LegLife, LegTimes, RingingCall } from "./state.ts";
import { moment } from "./state.ts";

/** A leg after a transition, and what must be ordered for it. */
export interface LegStep {
  readonly leg: Leg;
  readonly effects: readonly CallEffect[];
}

/** How a leg ended, as the edge reports it. */
export interface LegEnd {
  readonly cause: EndCause;
  readonly status: number;
  readonly q850: number;
}

/** A first question or order at `now`. */
export const ask = (now: Instant): Ask => ({ firstAt: now, lastAt: now, count: 1 });

/** The leg of this id, or null for an id that is not of this call. */
export const findLeg = (legs: readonly Leg[], id: LegId): Leg | null =>
  legs.find((leg) => leg.target.leg === id) ?? null;

/** The legs with `changed` in the place of its former self. */
export const replaceLeg = (legs: readonly Leg[], changed: Leg): readonly Leg[] =>
  legs.map((leg) => (leg.target.leg === changed.target.leg ? changed : leg));

/** Nothing more can come of the leg. */
export const isFinal = (life: LegLife): life is LegLife & { phase: "ended" | "skipped" } =>
  life.phase === "ended" || life.phase === "skipped";

/** How long a channel was held that is so no more; a grant that comes again must not lose it. */
export const heldMs = (lease: Lease): number =>
  lease.phase === "lost" || lease.phase === "releasing" || lease.phase === "freed"
    ? lease.heldMs
    : 0;

/** The leg may be up: its channel is held, or was lost under it (channels.ts H2). */
export const hasChannel = (lease: Lease): boolean =>
  lease.phase === "held" || lease.phase === "lost";

/** What a leg is dialled by. */
type Dialling = Pick<RingingCall, "head" | "offered" | "route" | "legs">;

/** Dials a leg; an outside one must hold its channel (invariants.ts checks). */
export function dialLeg(leg: Leg, call: Dialling): LegStep {
  const { target } = leg;
  const { head, offered } = call;
  const expiresMs = RINGING_WITHIN_MS + target.ringMs + EXPIRES_MARGIN_MS;
  const times: LegTimes = { invitedAt: moment(head), ringingAt: null, answeredAt: null };
  return {
    leg: { ...leg, life: { phase: "inviting", times } },
    effects: [
      {
        kind: "dial",
        leg: target.leg,
        destination: destination(leg, call),
        expiresS: Math.ceil(Math.min(expiresMs, ANSWER_WITHIN_MS + EXPIRES_MARGIN_MS) / 1000),
        maxForwards: Math.min(offered.offer.maxForwards - 1, MAX_FORWARDS),
      },
    ],
  };
}

function destination(leg: Leg, call: Dialling): Destination {
  const { member } = leg.target;
  const { companyId } = call.route;
  switch (member.kind) {
    case "extension":
      return {
        kind: "extension",
        companyId,
        extension: member.extension,
        caller: shown(call.offered.offer),
      };
    case "outside": {
      assert(member.source !== null, "an outside leg that is dialled has a source number");
      const { number: source, trunkId } = member.source;
      const diverting = divertingOf(call, leg, source);
      return { kind: "outside", companyId, trunkId, number: member.number, source, diverting };
    }
    default:
      return unreachable(member);
  }
}

/** What a colleague sees of the caller; one who withheld the number is nobody (DOMAIN 4.3). */
const shown = ({ caller }: Offer): Caller =>
  caller.withheld ? { number: "", display: "", withheld: true } : caller;

/** Marks a leg that was never dialled. `reason` is empty for a leg whose turn did not come. */
export const skipLeg = (leg: Leg, head: CallHead, cause: EndCause, reason: string): Leg => ({
  ...leg,
  life: { phase: "skipped", at: moment(head), cause, reason },
});

/** Lets go of a leg in whatever state it is: not tried, CANCEL, BYE, or nothing left to do. */
export function letGo(leg: Leg, head: CallHead, cause: EndCause): LegStep {
  const { life, target } = leg;
  switch (life.phase) {
    case "planned":
    case "reserving":
      return { leg: skipLeg(leg, head, "not-tried", ""), effects: [] };
    case "inviting":
    case "ringing":
      return {
        leg: {
          ...leg,
          life: { phase: "cancelling", times: life.times, cause, ask: ask(head.now) },
        },
        effects: [{ kind: "cancel-leg", leg: target.leg, cause }],
      };
    case "talking":
      return hangUp(leg, head, life.times, cause);
    case "cancelling":
    case "hanging-up":
    case "ended":
    case "skipped":
      return { leg, effects: [] };
    default:
      return unreachable(life);
  }
}

function hangUp(leg: Leg, head: CallHead, times: LegTimes, cause: EndCause): LegStep {
  return {
    leg: { ...leg, life: { phase: "hanging-up", times, cause, ask: ask(head.now) } },
    effects: [{ kind: "hang-up", leg: leg.target.leg, cause }],
  };
}

/** First 18x of a leg; later ones change nothing. */
export const ringLeg = (leg: Leg, head: CallHead): Leg =>
  leg.life.phase === "inviting"
    ? { ...leg, life: { phase: "ringing", times: { ...leg.life.times, ringingAt: moment(head) } } }
    : leg;

/** A 200 of a leg that was given up (L1), or of one that has already answered: no change. */
export function answerTooLate(leg: Leg, head: CallHead): LegStep {
  const { life } = leg;
  switch (life.phase) {
    case "inviting":
    case "ringing":
    case "cancelling":
      return hangUp(leg, head, { ...life.times, answeredAt: moment(head) }, "lost-race");
    // A repetition, or a leg that was never dialled and cannot answer.
    case "planned":
    case "skipped":
    case "reserving":
    case "talking":
    case "hanging-up":
    case "ended":
      return { leg, effects: [] };
    default:
      return unreachable(life);
  }
}

/** The leg's end as the edge reports it. A leg that we let go keeps the cause of our order. */
export function endLeg(leg: Leg, head: CallHead, end: LegEnd): Leg {
  const { life } = leg;
  const at = moment(head);
  switch (life.phase) {
    case "inviting":
    case "ringing":
    case "talking":
      return { ...leg, life: { phase: "ended", times: life.times, at, ...end } };
    case "cancelling":
    case "hanging-up":
      return { ...leg, life: { ...end, phase: "ended", times: life.times, at, cause: life.cause } };
    // A repetition, or a leg that was never dialled and cannot end.
    case "planned":
    case "skipped":
    case "reserving":
    case "ended":
      return leg;
    default:
      return unreachable(life);
  }
}
