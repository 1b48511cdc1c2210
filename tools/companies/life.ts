/**
 * The life of one call that nobody answers, by the machines that place real calls: the controller's
 * actor, the allocator's pool and rates. Telephones ring until they are cancelled or refuse at once.
 *
 * Owns: what stands in the place of wires and clocks. Does not own: any decision about the call.
 */

import type { CallEffect } from "../../services/call-controller/src/core/call/effect.ts";
import type { CallInput } from "../../services/call-controller/src/core/call/input.ts";
import { deadline, start, step } from "../../services/call-controller/src/core/call.ts";
import { assert, unreachable } from "../../services/lib/telephony/assert.ts";
import type { CallRecord } from "../../services/lib/telephony/call-detail-record.ts";
import type { CallId, NodeId } from "../../services/lib/telephony/ids.ts";
import { LEG_A } from "../../services/lib/telephony/ids.ts";
import type { Instant } from "../../services/lib/telephony/instant.ts";
import type { LegFact, LegOrder, Offer } from "../../services/lib/telephony/leg.ts";
import type { RouteSnapshot } from "../../services/lib/telephony/route-snapshot.ts";
import { type CallRates, countCall } from "../../services/trunk-allocator/src/core/call-rates.ts";
import {
  apply,
  type ChannelPool,
  decideRelease,
  decideTake,
} from "../../services/trunk-allocator/src/core/channel-pool.ts";

/** An order to dial, and when it was given. */
export interface Dialled {
  readonly at: Instant;
  readonly order: LegOrder & { readonly kind: "dial" };
}

/** What is to be lived. */
export interface CallToLive {
  readonly callId: string;
  readonly snapshot: RouteSnapshot;
  readonly offer: Offer;
  readonly at: Instant;
  readonly loopCallsMax: number;
  /** Telephones say busy at once; else they ring until they are cancelled. */
  readonly everyoneBusy: boolean;
}

/** The allocator, whose pool is changed by the call. */
export interface Allocator {
  readonly pool: ChannelPool;
  readonly rates: CallRates;
}

/** What was done and written when the call was over. */
export interface Lived {
  readonly dialled: readonly Dialled[];
  readonly record: CallRecord;
  /** Most channels of one scope that were held at a time. */
  readonly heldMax: ReadonlyMap<string, number>;
}

/** Inputs that one call may take; a call that needs more goes round in circles. */
const INPUTS_MAX = 2_000;
const EPOCH = 1;

interface Life {
  readonly call: CallToLive;
  readonly allocator: Allocator;
  readonly inputs: CallInput[];
  readonly facts: LegFact[];
  readonly dialled: Dialled[];
  readonly heldMax: Map<string, number>;
  record: CallRecord | null;
}

function take(
  life: Life,
  now: Instant,
  effect: CallEffect & { readonly kind: "take-channels" },
): void {
  const { allocator, call, heldMax } = life;
  const { pool } = allocator;
  const over = countCall(allocator.rates, now, { callId: call.callId, rates: effect.rates });
  const decision = decideTake(
    pool,
    now,
    {
      callId: call.callId,
      epoch: EPOCH,
      policy: "first-in-order",
      legs: effect.claims,
      rates: effect.rates,
    },
    over,
  );
  for (const entry of decision.entries) apply(pool, entry);
  for (const [scope, held] of pool.held) {
    heldMax.set(scope, Math.max(held, heldMax.get(scope) ?? 0));
  }
  const { granted, refused } = decision;
  const ids = new Map(effect.claims.map(({ leg }) => [String(leg), leg]));
  life.inputs.push({
    kind: "channels-taken",
    granted: granted.flatMap((leg) => ids.get(leg) ?? []),
    refused: refused.flatMap(({ leg, scope }) => {
      const id = ids.get(leg);
      return id === undefined ? [] : [{ leg: id, scope }];
    }),
  });
}

function carryOut(life: Life, now: Instant, effect: CallEffect): void {
  switch (effect.kind) {
    case "look-up-route":
      life.inputs.push({ kind: "route-found", snapshot: life.call.snapshot });
      return;
    case "take-channels":
      take(life, now, effect);
      return;
    case "release-channels":
      release(life, effect);
      return;
    case "write-record":
      life.record = effect.record;
      life.inputs.push({ kind: "record-written", epoch: EPOCH });
      return;
    case "renew-channels":
      return;
    case "ring-caller":
    case "dial":
    case "cancel-leg":
    case "answer-caller":
    case "hang-up":
    case "refuse-caller":
      obey(life, now, effect);
      return;
    default:
      unreachable(effect);
  }
}

function release(life: Life, { legs }: CallEffect & { readonly kind: "release-channels" }): void {
  const { pool } = life.allocator;
  const { callId } = life.call;
  for (const entry of decideRelease(pool, { callId, epoch: EPOCH, legs })) apply(pool, entry);
  life.inputs.push({ kind: "channels-released", legs });
}

/** What the anchor and its telephones make of an order. */
function obey({ call, dialled, facts }: Life, now: Instant, order: LegOrder): void {
  switch (order.kind) {
    case "dial": {
      const { leg } = order;
      dialled.push({ at: now, order });
      facts.push(
        call.everyoneBusy
          ? { kind: "leg-failed", leg, status: 486, q850: 17, cause: "busy" }
          : { kind: "leg-ringing", leg, status: 180 },
      );
      return;
    }
    case "cancel-leg":
      facts.push({ kind: "leg-failed", leg: order.leg, status: 487, q850: 31, cause: order.cause });
      return;
    case "refuse-caller":
      facts.push({ kind: "leg-ended", leg: LEG_A, by: "us", cause: "refused" });
      return;
    case "ring-caller":
      return;
    case "answer-caller":
    case "hang-up":
      throw new Error(`${order.kind}: nobody answers here`);
    default:
      unreachable(order);
  }
}

/** Lives a call to its end; throws when it does not come to one. */
export function live(call: CallToLive, allocator: Allocator): Lived {
  const life: Life = {
    call,
    allocator,
    inputs: [],
    facts: [{ kind: "offered", offer: call.offer }],
    dialled: [],
    heldMax: new Map(),
    record: null,
  };
  let now = call.at;
  let state = start({
    callId: call.callId as CallId,
    anchor: "edge-1" as NodeId,
    controller: "controller-1" as NodeId,
    epoch: EPOCH,
    at: now,
    loopCallsMax: call.loopCallsMax,
  });
  for (let count = 0; count < INPUTS_MAX; count += 1) {
    const fact = life.inputs.length === 0 ? life.facts.shift() : undefined;
    const reported = fact && { seq: state.head.lastSeq + 1, at: now, fact };
    let input =
      life.inputs.shift() ?? (reported && ({ kind: "edge-reported", input: reported } as const));
    if (input === undefined) {
      const due = deadline(state);
      if (state.phase === "over" || due === null) break;
      now = Math.max(now, due);
      input = { kind: "deadline" };
    }
    const after = step(state, now, input);
    state = after.state;
    for (const effect of after.effects) carryOut(life, now, effect);
  }
  if (state.phase !== "over") throw new Error(`the call ${call.callId} does not end`);
  const { record, dialled, heldMax } = life;
  assert(record !== null, "a call that is over has its record");
  return { dialled, record, heldMax };
}
