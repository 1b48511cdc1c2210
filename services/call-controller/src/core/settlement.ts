/**
 * What a call still owes, computed from its state alone: legs to end, channels to free, the caller to
 * let go, the record to write. No terminal path has to remember any of it. Applied after every input.
 *
 * S1  A channel is released only when its leg is final, in one `release-channels` a step.
 * S2  The record is written when every leg has ended and the caller is gone, and is owed until the
 *     stream has it: it is the money, and is never given up.
 * S3  A lost acknowledgement is asked for again by deadline, at growing distance; an unconfirmed end
 *     or release counts as done after SETTLE_GIVE_UP_MS.
 */
import { assert, unreachable } from "../../../lib/telephony/assert.ts";
import type { LegId } from "../../../lib/telephony/ids.ts";
import { LEG_A } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { CallEffect, ChannelClaim } from "./call/effect.ts";
import { ask, endLeg, hasChannel, isFinal } from "./call/legs.ts";
import type {
  Ask,
  CallerLife,
  CallHead,
  CallState,
  Lease,
  Leg,
  Offered,
  SettlingCall,
} from "./call/state.ts";
import { moment } from "./call/state.ts";
import {
  REPLY_WITHIN_MS,
  SETTLE_GIVE_UP_MS,
  SETTLE_RETRY_MAX_MS,
  SETTLE_RETRY_MS,
} from "./limits.ts";
import { loopRates } from "./loop-guard.ts";
import { recordOf } from "./record.ts";

/** A state and what it asks for. */
export interface Settled {
  readonly state: CallState;
  readonly effects: readonly CallEffect[];
}

/** When a debt is asked for again, or given up. */
export const retryAt = (owed: Ask): Instant =>
  owed.lastAt + Math.min(SETTLE_RETRY_MS * 2 ** (owed.count - 1), SETTLE_RETRY_MAX_MS);

const giveUpAt = (owed: Ask): Instant => owed.firstAt + SETTLE_GIVE_UP_MS;

/** The question repeated at `now`. */
export const again = (owed: Ask, now: Instant): Ask => ({
  ...owed,
  lastAt: now,
  count: owed.count + 1,
});

/** When a question to the registry or the allocator is repeated or given up. */
export const replyBy = (owed: Ask): Instant => owed.lastAt + REPLY_WITHIN_MS;

/** Releases what final legs hold (S1). */
export function releaseChannels(state: CallState): Settled {
  switch (state.phase) {
    case "new":
    case "routing":
    case "over":
      return { state, effects: [] };
    case "ringing":
    case "talking":
    case "settling": {
      const freed = releaseFinal(state.legs, state.head);
      return { state: { ...state, legs: freed.legs }, effects: freed.effects };
    }
    default:
      return unreachable(state);
  }
}

/** Writes the record when it is complete (S2), and ends the call when all is paid. */
export function closeBooks(state: CallState): Settled {
  if (state.phase !== "settling") return { state, effects: [] };
  const written = writeWhenComplete(state);
  return { state: close(written.state), effects: written.effects };
}

interface LegsStep {
  readonly legs: readonly Leg[];
  readonly effects: readonly CallEffect[];
}

function releaseFinal(legs: readonly Leg[], head: CallHead): LegsStep {
  const releasing = legs.map((leg) =>
    isFinal(leg.life) ? { ...leg, lease: releaseLease(leg.lease, head) } : leg,
  );
  const changed = releasing.filter((leg, i) => leg.lease !== legs[i]?.lease);
  return { legs: releasing, effects: release(changed) };
}

const release = (legs: readonly Leg[]): readonly CallEffect[] =>
  legs.length === 0 ? [] : [{ kind: "release-channels", legs: legs.map((leg) => leg.target.leg) }];

function releaseLease(lease: Lease, head: CallHead): Lease {
  switch (lease.phase) {
    case "held":
      return {
        phase: "releasing",
        ask: ask(head.now),
        heldMs: Math.max(0, moment(head) - lease.takenAt),
      };
    // A take may be out, and granted.
    case "lost":
      return { phase: "releasing", ask: ask(head.now), heldMs: lease.heldMs };
    case "asked":
      return { phase: "releasing", ask: ask(head.now), heldMs: 0 };
    case "none":
    case "releasing":
    case "freed":
      return lease;
    default:
      return unreachable(lease);
  }
}

const isEnded = (call: SettlingCall): boolean =>
  call.caller.phase === "ended" && call.legs.every((leg) => isFinal(leg.life));

function writeWhenComplete(call: SettlingCall): {
  readonly state: SettlingCall;
  readonly effects: readonly CallEffect[];
} {
  if (call.record.phase !== "open" || !isEnded(call)) return { state: call, effects: [] };
  const state: SettlingCall = {
    ...call,
    record: { phase: "writing", ask: ask(call.head.now) },
  };
  return { state, effects: rewriteRecord(state) };
}

const isFree = (lease: Lease): boolean => lease.phase === "none" || lease.phase === "freed";

function close(call: SettlingCall): CallState {
  const isPaid = call.record.phase === "written" && call.legs.every((leg) => isFree(leg.lease));
  return isPaid ? { phase: "over", head: call.head, outcome: call.outcome } : call;
}

/** Deadlines of the debts of these legs; `planned` and `held` have none. */
export const legDeadlines = (legs: readonly Leg[]): readonly Instant[] =>
  legs.flatMap(({ life, lease }) => [
    ...(life.phase === "cancelling" || life.phase === "hanging-up" ? [retryAt(life.ask)] : []),
    ...(lease.phase === "releasing" ? [retryAt(lease.ask)] : []),
    ...(lease.phase === "asked" ? [replyBy(lease.ask)] : []),
  ]);

/** Asks again for the ends and releases that are due, or gives them up (S3). */
export function remindLegs(legs: readonly Leg[], head: CallHead): LegsStep {
  const effects: CallEffect[] = [];
  const reminded = legs.map((leg) => remindLife(remindLease(leg, head.now), head, effects));
  const releases = reminded.filter((leg, i) => isRepeated(legs[i]?.lease, leg.lease));
  return { legs: reminded, effects: [...effects, ...release(releases)] };
}

const isRepeated = (before: Lease | undefined, after: Lease): boolean =>
  before?.phase === "releasing" && after.phase === "releasing" && before.ask !== after.ask;

function remindLease(leg: Leg, now: Instant): Leg {
  const { lease } = leg;
  if (lease.phase !== "releasing" || now < retryAt(lease.ask)) return leg;
  if (now >= giveUpAt(lease.ask))
    return { ...leg, lease: { phase: "freed", heldMs: lease.heldMs } };
  return { ...leg, lease: { ...lease, ask: again(lease.ask, now) } };
}

function remindLife(leg: Leg, head: CallHead, effects: CallEffect[]): Leg {
  const { life } = leg;
  if (life.phase !== "cancelling" && life.phase !== "hanging-up") return leg;
  if (head.now < retryAt(life.ask)) return leg;
  if (head.now >= giveUpAt(life.ask))
    return endLeg(leg, head, { cause: life.cause, status: 0, q850: 0 });
  const order = life.phase === "cancelling" ? "cancel-leg" : "hang-up";
  effects.push({ kind: order, leg: leg.target.leg, cause: life.cause });
  return { ...leg, life: { ...life, ask: again(life.ask, head.now) } };
}

/** Lets the caller go again when its end is overdue. */
export function remindCaller(
  caller: CallerLife,
  now: Instant,
): { readonly caller: CallerLife; readonly effects: readonly CallEffect[] } {
  if (caller.phase === "ended" || now < retryAt(caller.ask)) return { caller, effects: [] };
  if (now >= giveUpAt(caller.ask)) return { caller: { phase: "ended" }, effects: [] };
  return { caller: { ...caller, ask: again(caller.ask, now) }, effects: letCallerGo(caller) };
}

/** The order that ends the A-leg. */
export function letCallerGo(caller: CallerLife): readonly CallEffect[] {
  switch (caller.phase) {
    case "refusing": {
      const { status, reason, q850, retryAfterS } = caller.refusal;
      return [{ kind: "refuse-caller", status, reason, q850, retryAfterS }];
    }
    case "hanging-up":
      return [{ kind: "hang-up", leg: LEG_A, cause: caller.cause }];
    case "ended":
      return [];
    default:
      return unreachable(caller);
  }
}

/** Writes the record again when its acknowledgement is overdue (S2). */
export function remindRecord(call: SettlingCall): {
  readonly state: SettlingCall;
  readonly effects: readonly CallEffect[];
} {
  const { record, head } = call;
  if (record.phase !== "writing" || head.now < retryAt(record.ask))
    return { state: call, effects: [] };
  const state: SettlingCall = { ...call, record: { ...record, ask: again(record.ask, head.now) } };
  return { state, effects: rewriteRecord(state) };
}

/** The record once more, when it is on its way; under the epoch of the present holder. */
export const rewriteRecord = (call: SettlingCall): readonly CallEffect[] =>
  call.record.phase === "writing" ? [{ kind: "write-record", record: recordOf(call) }] : [];

/** What a new holder asks for again: questions without answer, releases, and leases to claim. */
export function reissueLegs(
  call: Asking & { readonly legs: readonly Leg[] },
): readonly CallEffect[] {
  const { legs } = call;
  const ids = (phase: Lease["phase"]): readonly LegId[] =>
    legs.filter((leg) => leg.lease.phase === phase).map((leg) => leg.target.leg);
  const asked = legs.filter((leg) => leg.lease.phase === "asked");
  const held = legs.filter((leg) => hasChannel(leg.lease)).map((leg) => leg.target.leg);
  const owed = ids("releasing");
  return [
    ...takeChannels(call, asked),
    ...(held.length > 0 ? [{ kind: "renew-channels", legs: held } as const] : []),
    ...(owed.length > 0 ? [{ kind: "release-channels", legs: owed } as const] : []),
  ];
}

/** The call that asks for channels. */
export interface Asking {
  readonly head: CallHead;
  readonly offered: Offered;
}

/** The take for these legs, in one request; the guards of loops judge only what is not up yet. */
export function takeChannels(
  { head, offered }: Asking,
  legs: readonly Leg[],
): readonly CallEffect[] {
  if (legs.length === 0) return [];
  const sources = legs.flatMap(({ target: { member }, lease }) =>
    lease.phase === "asked" && member.kind === "outside" ? (member.source?.number ?? []) : [],
  );
  const rates = loopRates(offered.offer, head.loopCallsMax, sources);
  return [{ kind: "take-channels", claims: legs.map(claimOf), rates }];
}

function claimOf({ target: { leg, scopes }, lease }: Leg): ChannelClaim {
  assert(scopes.length > 0, "a leg that needs a channel has scopes");
  if (lease.phase === "asked") return { leg, scopes };
  return { leg, scopes: scopes.map((scope) => ({ ...scope, onlyWhenFree: false })) };
}
