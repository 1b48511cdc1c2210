/**
 * What must hold after every step, checked in production: cheap, one pass over the legs and effects. A
 * broken one throws AssertionFault and ends that one call.
 */
import { assert, unreachable } from "../../../lib/telephony/assert.ts";
import type { LegId } from "../../../lib/telephony/ids.ts";
import { LEG_A } from "../../../lib/telephony/ids.ts";
import type { CallEffect } from "./call/effect.ts";
import { findLeg, hasChannel, isFinal } from "./call/legs.ts";
import type { CallState, Leg } from "./call/state.ts";

/** Throws when the step from `before` to `after` with `effects` breaks a rule of calls. */
export function checkStep(
  before: CallState,
  after: CallState,
  effects: readonly CallEffect[],
): void {
  assert(after.head.lastSeq >= before.head.lastSeq, "facts are never untaken");
  assert(after.head.epoch >= before.head.epoch, "an epoch never falls");
  assert(after.head.now >= before.head.now, "time never goes backwards");
  assert(RANK[after.phase] >= RANK[before.phase], "a call never goes back a phase");
  const legs = legsOf(after);
  for (const leg of legs) checkLeg(leg);
  checkBridge(after, legs);
  for (const effect of effects) checkEffect(before, after, effect);
}

const RANK = { new: 0, routing: 1, ringing: 2, talking: 3, settling: 4, over: 5 } as const;

const legsOf = (state: CallState): readonly Leg[] =>
  state.phase === "ringing" || state.phase === "talking" || state.phase === "settling"
    ? state.legs
    : [];

function checkLeg({ target, life, lease }: Leg): void {
  const isOutside = target.member.kind === "outside";
  const isHeld = hasChannel(lease);
  assert(isOutside || lease.phase === "none", "only outside legs hold channels");
  assert(!isOutside || !isDialled(life.phase) || isHeld, "an outside leg is up only on a channel");
  assert(!isFinal(life) || !isHeld, "a leg that is over holds no channel");
  assert((life.phase === "reserving") === (lease.phase === "asked"), "who reserves waits for it");
}

const isDialled = (phase: Leg["life"]["phase"]): boolean =>
  phase === "inviting" ||
  phase === "ringing" ||
  phase === "cancelling" ||
  phase === "talking" ||
  phase === "hanging-up";

function checkBridge(state: CallState, legs: readonly Leg[]): void {
  const bridged = legs.filter((leg) => leg.life.phase === "talking");
  const allowed = state.phase === "talking" ? 1 : 0;
  assert(bridged.length === allowed, "the bridge has one winner, and only while talking");
  if (state.phase !== "talking") return;
  assert(bridged[0]?.target.leg === state.winner, "the bridge is the winner's");
}

function checkEffect(before: CallState, after: CallState, effect: CallEffect): void {
  const now = (leg: LegId): Leg["life"]["phase"] => phaseOf(after, leg);
  switch (effect.kind) {
    case "dial":
      assert(now(effect.leg) === "inviting", "a dialled leg is inviting");
      return assert(!isDialled(phaseOf(before, effect.leg)), "a leg is dialled once");
    case "cancel-leg":
      return assert(now(effect.leg) === "cancelling", "only a leg without final is cancelled");
    case "hang-up":
      return assert(
        effect.leg === LEG_A || now(effect.leg) === "hanging-up",
        "only an answered leg is hung up",
      );
    case "ring-caller":
      return assert(before.phase === "ringing", "only a ringing call rings the caller");
    case "answer-caller":
      return assert(isBridging(before, after), "the caller is answered once");
    case "refuse-caller":
      return assert(isUnanswered(after), "no refusal after the answer");
    case "take-channels":
      return assert(
        effect.claims.every(({ leg }) => isWanting(findLeg(legsOf(after), leg))),
        "a channel is taken for a leg that waits for it",
      );
    case "release-channels":
      return assert(
        effect.legs.every((leg) => !isDialled(now(leg))),
        "no channel is released under a leg that is up",
      );
    case "write-record":
      return assert(
        legsOf(after).every((leg) => isFinal(leg.life)),
        "a record is complete",
      );
    case "look-up-route":
    case "renew-channels":
      return;
    default:
      return unreachable(effect);
  }
}

const isWanting = (leg: Leg | null): boolean =>
  leg?.lease.phase === "asked" || leg?.lease.phase === "lost";

const isBridging = (before: CallState, after: CallState): boolean =>
  before.phase === "ringing" && after.phase === "talking";

const isUnanswered = (state: CallState): boolean =>
  state.phase === "settling" && state.outcome.winner === null;

const phaseOf = (state: CallState, leg: LegId): Leg["life"]["phase"] =>
  findLeg(legsOf(state), leg)?.life.phase ?? "planned";
