/**
 * A small world around one call: an anchor edge with telephones behind it, a registry, an allocator and
 * the record stream, on one clock and one seed. Messages get lost, doubled, delayed and reordered;
 * controllers have skewed clocks and die before or after their step reached the anchor.
 *
 * It states what an anchor, an allocator and a stream promise (ARCHITECTURE.md), and notes as `faults`
 * whatever a call must never ask of them.
 */
import { isDeepStrictEqual } from "node:util";
import type { CallRecord } from "../../lib/telephony/call-detail-record.ts";
import type { CallId, LegId, NodeId } from "../../lib/telephony/ids.ts";
import { LEG_A } from "../../lib/telephony/ids.ts";
import type { Instant } from "../../lib/telephony/instant.ts";
import type { EdgeInput, LegFact, LegOrder, Offer } from "../../lib/telephony/leg.ts";
import type { RouteSnapshot } from "../../lib/telephony/route-snapshot.ts";
import type { CallEffect, ChannelClaim } from "../src/core/call/effect.ts";
import type { CallInput } from "../src/core/call/input.ts";
import type { CallState } from "../src/core/call/state.ts";
import { deadline, heldLegs, start, step } from "../src/core/call.ts";
import { decodeState, encodeState, STATE_VERSION } from "../src/core/state-codec.ts";
import { EDGE } from "./sample-company.ts";

/** What the world is like. Rates are probabilities of one message or step. */
export interface WorldPlan {
  readonly seed: number;
  readonly offer: Offer;
  readonly route: RouteSnapshot | "unknown" | "unreachable" | "silent";
  /** Free channels; the allocator never answers when negative. */
  readonly channels: number;
  readonly lossRate: number;
  readonly deathRate: number;
  /** Probability that a lease under a leg that is up is gone at a renewal, for somebody else's call. */
  readonly leaseLossRate: number;
  /** When the caller gives up, ms after the offer; null: never. */
  readonly cancelAfterMs: number | null;
  /** Who ends an answered call, and how long after the answer. */
  readonly hangUp: { readonly by: "caller" | "callee"; readonly afterMs: number };
}

/** What happened to a B-leg at the edge. */
export interface WorldLeg {
  readonly dialledAt: Instant;
  isOutside: boolean;
  phase: "calling" | "answered" | "ended";
  isCancelled: boolean;
  answeredAt: Instant | null;
  endedAt: Instant | null;
}

/** All that an oracle can look at when the call is over, or when time is up. */
export interface WorldEnd {
  readonly isOver: boolean;
  readonly at: Instant;
  readonly startedAt: Instant;
  readonly faults: readonly string[];
  readonly legs: ReadonlyMap<LegId, WorldLeg>;
  readonly isCallerUp: boolean;
  readonly bridges: readonly LegId[];
  /** When the caller was connected, and when the first of the two let go. */
  readonly talk: { readonly from: Instant; readonly to: Instant } | null;
  /** Leases left, without those that only a step took which never reached the anchor: they expire. */
  readonly held: readonly LegId[];
  readonly records: ReadonlyMap<number, CallRecord>;
  readonly adoptions: number;
  readonly leasesLost: number;
}

const STARTED: Instant = 1_700_000_000_000;
const UNACKED_MS = 1_000;
const LEASE_MS = 60_000;
const EVENTS_MAX = 20_000;

/** A seeded draw in [0, 1) (mulberry32). */
function draws(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Actor {
  state: CallState;
  readonly epoch: number;
  readonly skewMs: number;
}

/** Lives one call to its end. */
export function liveCall(plan: WorldPlan): WorldEnd {
  const draw = draws(plan.seed);
  const within = (min: number, max: number): number => min + Math.floor(draw() * (max - min));
  let now = STARTED;
  let order = 0;
  const agenda: { at: Instant; order: number; run: () => void }[] = [];
  const after = (ms: number, run: () => void): void => {
    agenda.push({ at: now + ms, order: (order += 1), run });
  };
  const faults: string[] = [];
  const fault = (what: string): void => void faults.push(`${now - STARTED} ms: ${what}`);
  const message = (run: () => void): void => {
    if (draw() < plan.lossRate) return;
    after(within(1, 20), run);
    if (draw() < plan.lossRate) after(within(1, 3_000), run);
  };

  // The anchor: committed state, unacknowledged facts, telephones.
  let committed: { state: string; epoch: number } | null = null;
  let offeredEpoch = 0;
  let isOver = false;
  let lastSeq = 0;
  let unacked: EdgeInput[] = [];
  let actor: Actor | null = null;
  let adoptions = 0;
  const legs = new Map<LegId, WorldLeg>();
  let caller = "waiting" as "waiting" | "answered" | "ended";
  const bridges: LegId[] = [];
  let talk: { from: Instant; to: Instant } | null = null;

  const offerCall = (): void => {
    offeredEpoch += 1;
    if (offeredEpoch > 1) adoptions += 1;
    const epoch = offeredEpoch;
    const skewMs = within(-5_000, 5_000);
    const controller = `ctl-${epoch}` as NodeId;
    if (committed === null) {
      const callId = "c1" as CallId;
      const at = now + skewMs;
      const state = start({ callId, anchor: EDGE, controller, epoch, at, loopCallsMax: 5 });
      actor = { state, epoch, skewMs };
    } else {
      const decoded = decodeState(STATE_VERSION, committed.state);
      if (decoded.kind !== "state") return fault(`state ${decoded.what}`);
      actor = { state: decoded.state, epoch, skewMs };
      put(actor, { kind: "adopted", controller, epoch });
    }
    for (const input of unacked) if (actor !== null) put(actor, { kind: "edge-reported", input });
  };
  const lookAfter = (seq: number): void =>
    after(UNACKED_MS, () => {
      if (isOver || !unacked.some((input) => input.seq === seq)) return;
      offerCall();
      lookAfter(seq);
    });
  const report = (fact: LegFact): void => {
    const input: EdgeInput = { seq: (lastSeq += 1), at: now, fact };
    unacked.push(input);
    message(() => actor !== null && put(actor, { kind: "edge-reported", input }));
    lookAfter(input.seq);
  };
  const missHeartbeats = (epoch: number): void =>
    after(900, () => {
      if (!isOver && offeredEpoch === epoch) offerCall();
    });

  const endLeg = (id: LegId, leg: WorldLeg, fact: LegFact): void => {
    if (leg.phase === "ended") return;
    leg.phase = "ended";
    leg.endedAt = now;
    if (talk !== null && bridges[0] === id) talk.to = Math.min(talk.to, now);
    report(fact);
    // An anchor passes the BYE of one bridged leg to the other without asking anybody.
    if (bridges[0] === id && caller === "answered") after(within(1, 30), () => endCaller("us"));
  };
  const endCaller = (by: "far-end" | "us"): void => {
    if (caller === "ended") return;
    const cause = caller === "waiting" ? "refused" : "answered";
    caller = "ended";
    if (talk !== null) talk.to = Math.min(talk.to, now);
    report({ kind: "leg-ended", leg: LEG_A, by, cause });
    const [winner] = bridges;
    const leg = winner === undefined ? undefined : legs.get(winner);
    if (winner === undefined || leg?.phase !== "answered") return;
    after(within(1, 30), () =>
      endLeg(winner, leg, { kind: "leg-ended", leg: winner, by: "us", cause: "answered" }),
    );
  };
  const answerLeg = (id: LegId, leg: WorldLeg): void => {
    if (leg.phase !== "calling") return;
    leg.phase = "answered";
    leg.answeredAt = now;
    report({ kind: "leg-answered", leg: id });
    // A few hang up before the answer has come through.
    if (draw() >= 0.15) return;
    after(within(1, 60), () => {
      if (leg.phase === "answered" && caller === "waiting")
        endLeg(id, leg, { kind: "leg-ended", leg: id, by: "far-end", cause: "answered" });
    });
  };
  const failLeg = (id: LegId, leg: WorldLeg): void => {
    if (leg.phase !== "calling") return;
    const busy = { status: 486, cause: "busy" } as const;
    const [{ status, cause }] =
      draw() < 0.5 ? [busy] : [{ status: 603, cause: "rejected" } as const];
    endLeg(id, leg, { kind: "leg-failed", leg: id, status, q850: 17, cause });
  };
  const dial = (id: LegId, isOutside: boolean): void => {
    if (legs.has(id)) return fault(`${id} dialled twice`);
    if (isOutside && !isHeld(id)) fault(`${id} dialled without a channel`);
    const leg: WorldLeg = {
      dialledAt: now,
      isOutside,
      phase: "calling",
      isCancelled: false,
      answeredAt: null,
      endedAt: null,
    };
    legs.set(id, leg);
    if (draw() < 0.15) return after(within(1, 500), () => failLeg(id, leg));
    if (draw() < 0.9)
      after(within(1, 3_000), () => {
        if (leg.phase === "calling" && !leg.isCancelled)
          report({ kind: "leg-ringing", leg: id, status: 180 });
      });
    const fate = draw();
    // Some answer at the same moment as others, or right when their time runs out.
    if (fate < 0.3) after(within(3_000, 3_006), () => answerLeg(id, leg));
    else if (fate < 0.5) after(within(10, 40_000), () => answerLeg(id, leg));
    else if (fate < 0.7) after(within(500, 30_000), () => failLeg(id, leg));
  };
  const cancel = (id: LegId): void => {
    const leg = legs.get(id);
    if (leg === undefined) return fault(`${id} cancelled without being dialled`);
    if (leg.isCancelled || leg.phase !== "calling") return;
    leg.isCancelled = true;
    const isCrossing = draw() < 0.3;
    // One telephone in twenty is gone: its transaction ends by RFC 3261 timers.
    const ms = draw() < 0.05 ? 32_000 : within(1, 400);
    after(ms, () => {
      if (isCrossing) answerLeg(id, leg);
      else if (leg.phase === "calling")
        endLeg(id, leg, { kind: "leg-failed", leg: id, status: 487, q850: 0, cause: "no-answer" });
    });
  };
  const hangUp = (id: LegId): void => {
    if (id === LEG_A) return after(within(1, 50), () => endCaller("us"));
    const leg = legs.get(id);
    if (leg?.phase !== "answered") return;
    after(within(1, 50), () =>
      endLeg(id, leg, { kind: "leg-ended", leg: id, by: "us", cause: "answered" }),
    );
  };
  const answerCaller = (id: LegId): void => {
    if (caller !== "waiting") return;
    const leg = legs.get(id);
    if (leg === undefined) return fault(`bridge to ${id}, which was never dialled`);
    if (leg.isCancelled) fault(`bridge to ${id}, which was told to stop`);
    // An anchor answers nobody with a leg that is gone: the actor hears of its end.
    if (leg.phase === "ended") return;
    caller = "answered";
    bridges.push(id);
    talk = { from: leg.answeredAt ?? now, to: Number.POSITIVE_INFINITY };
    const { by, afterMs } = plan.hangUp;
    after(afterMs, () => {
      if (by === "caller") endCaller("far-end");
      else endLeg(id, leg, { kind: "leg-ended", leg: id, by: "far-end", cause: "answered" });
    });
  };
  const carryOut = (legOrder: LegOrder): void => {
    switch (legOrder.kind) {
      case "ring-caller":
        return;
      case "dial":
        return dial(legOrder.leg, legOrder.destination.kind === "outside");
      case "cancel-leg":
        return cancel(legOrder.leg);
      case "answer-caller":
        return answerCaller(legOrder.leg);
      case "hang-up":
        return hangUp(legOrder.leg);
      case "refuse-caller":
        return caller === "waiting" ? endCaller("us") : undefined;
      default:
        return legOrder satisfies never;
    }
  };

  // Registry, allocator, record stream. Requests to the allocator keep their order (one stream).
  const leases = new Map<LegId, Instant>();
  const isHeld = (leg: LegId): boolean => (leases.get(leg) ?? 0) > now;
  const heldCount = (): number => [...leases.keys()].filter(isHeld).length;
  const RENEW_MS = LEASE_MS / 3;
  let leasesLost = 0;
  const lostAt = new Map<LegId, Instant>();
  /** Channels that others took while this call's leases were lost, each for three renewals. */
  let taken = 0;
  const loseSome = (): void => {
    for (const [leg, { phase }] of legs) {
      if (!isHeld(leg) || phase === "ended" || draw() >= plan.leaseLossRate) continue;
      leases.delete(leg);
      leasesLost += 1;
      lostAt.set(leg, now);
      taken += 1;
      after(2.5 * RENEW_MS, () => void (taken -= 1));
    }
  };
  /** Four renewals later a leg that is still up has its lease again, unless something was in the way. */
  const seekForgotten = (leg: LegId): void =>
    after(4 * RENEW_MS, () => {
      const isUp = actor !== null && heldLegs(actor.state).includes(leg);
      const isCalm = plan.lossRate === 0 && plan.deathRate === 0;
      const isRoom = heldCount() + taken < plan.channels;
      const isLongGone = (lostAt.get(leg) ?? 0) <= now - 4 * RENEW_MS;
      if (isCalm && isRoom && isUp && isLongGone && !isHeld(leg))
        fault(`the lease of ${leg} stays lost`);
    });
  const renew = (): void => {
    loseSome();
    const ids = actor === null ? [] : heldLegs(actor.state);
    for (const leg of ids.filter(isHeld)) leases.set(leg, now + LEASE_MS);
    const lost = ids.filter((leg) => !isHeld(leg));
    lost.forEach(seekForgotten);
    if (actor !== null && lost.length > 0)
      reply(actor.epoch, { kind: "channels-lost", legs: lost });
    after(RENEW_MS, renew);
  };
  const records = new Map<number, CallRecord>();
  let streamFreeAt = 0;
  const stream = (run: () => void): void => {
    if (draw() < plan.lossRate) return;
    const at = Math.max(streamFreeAt, now + within(1, 20));
    streamFreeAt = at;
    after(at - now, run);
  };
  const orphans = new Set<LegId>();
  const take = (epoch: number, claims: readonly ChannelClaim[], isCommitted: boolean): void => {
    if (plan.channels < 0 || epoch < offeredEpoch) return;
    const granted: LegId[] = [];
    const refused: { leg: LegId; scope: string }[] = [];
    for (const { leg } of claims) {
      if (isHeld(leg) || heldCount() + taken < plan.channels) {
        if (isCommitted) orphans.delete(leg);
        else if (!isHeld(leg)) orphans.add(leg);
        leases.set(leg, now + LEASE_MS);
        granted.push(leg);
      } else refused.push({ leg, scope: "company:demo" });
    }
    reply(epoch, { kind: "channels-taken", granted, refused });
  };
  const reply = (epoch: number, input: CallInput): void =>
    message(() => actor?.epoch === epoch && put(actor, input));
  const lookUp = (epoch: number): void => {
    if (plan.route === "silent") return;
    if (plan.route === "unknown") return reply(epoch, { kind: "route-unknown" });
    if (plan.route === "unreachable") return reply(epoch, { kind: "registry-unreachable" });
    reply(epoch, { kind: "route-found", snapshot: plan.route });
  };
  const release = (epoch: number, ids: readonly LegId[]): void => {
    if (epoch < offeredEpoch) return;
    for (const leg of ids) {
      const phase = legs.get(leg)?.phase ?? "ended";
      if (phase !== "ended") fault(`the channel of ${leg} was released while it was up`);
      leases.delete(leg);
    }
    reply(epoch, { kind: "channels-released", legs: ids });
  };
  const write = (record: CallRecord): void => {
    records.set(record.epoch, record);
    reply(record.epoch, { kind: "record-written", epoch: record.epoch });
  };
  /** What a controller does itself; orders are the anchor's. */
  const work = (epoch: number, effect: CallEffect, isCommitted: boolean): void => {
    if (effect.kind === "look-up-route") lookUp(epoch);
    if (effect.kind === "take-channels") stream(() => take(epoch, effect.claims, isCommitted));
    if (effect.kind === "release-channels") stream(() => release(epoch, effect.legs));
    if (effect.kind === "write-record") message(() => write(effect.record));
  };

  const isOrder = (effect: CallEffect): effect is LegOrder =>
    ![
      "look-up-route",
      "take-channels",
      "renew-channels",
      "release-channels",
      "write-record",
    ].includes(effect.kind);

  const put = (holder: Actor, input: CallInput): void => {
    if (isOver || holder !== actor) return;
    const { epoch, skewMs } = holder;
    const next = step(holder.state, now + skewMs, input);
    const isDead = draw() < plan.deathRate;
    if (isDead && draw() < 0.5) {
      // Died before the anchor had the step; what it asked of others may have gone out.
      actor = null;
      if (draw() < 0.5) for (const effect of next.effects) work(epoch, effect, false);
      return missHeartbeats(epoch);
    }
    holder.state = next.state;
    const text = encodeState(next.state);
    const reread = decodeState(STATE_VERSION, text);
    if (reread.kind !== "state" || !isDeepStrictEqual(reread.state, next.state))
      fault("the state does not survive its codec");
    committed = { state: text, epoch };
    unacked = unacked.filter((one) => one.seq > next.state.head.lastSeq);
    for (const effect of next.effects) if (isOrder(effect)) carryOut(effect);
    if (isDead) {
      actor = null;
      missHeartbeats(epoch);
      return;
    }
    for (const effect of next.effects) work(epoch, effect, true);
    isOver = next.state.phase === "over";
    const due = deadline(next.state);
    if (due === null) return;
    after(Math.max(0, due - skewMs - now), () => {
      if (actor === holder && deadline(holder.state) === due) put(holder, { kind: "deadline" });
    });
  };

  after(RENEW_MS, renew);
  unacked.push({ seq: (lastSeq = 1), at: now, fact: { kind: "offered", offer: plan.offer } });
  offerCall();
  lookAfter(1);
  if (plan.cancelAfterMs !== null)
    after(plan.cancelAfterMs, () => {
      if (caller !== "waiting") return;
      caller = "ended";
      report({ kind: "caller-cancelled" });
    });

  for (let events = 0; agenda.length > 0 && !isOver; events += 1) {
    if (events > EVENTS_MAX) {
      fault("never comes to rest");
      break;
    }
    agenda.sort((x, y) => x.at - y.at || x.order - y.order);
    const next = agenda.shift();
    if (next === undefined) break;
    now = next.at;
    next.run();
  }
  return {
    isOver,
    at: now,
    startedAt: STARTED,
    faults,
    legs,
    isCallerUp: caller !== "ended",
    bridges,
    talk,
    held: [...leases.keys()].filter((leg) => isHeld(leg) && !orphans.has(leg)),
    records,
    adoptions,
    leasesLost,
  };
}
