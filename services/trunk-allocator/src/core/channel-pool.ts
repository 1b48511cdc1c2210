/**
 * Who holds which channel: the pool, and the decisions on it. Owns: leases, use and limits of
 * scopes. Does not own: the journal, time, leadership.
 *
 * P1  Held channels of a scope never exceed the limit that was in force when the last was taken.
 * P2  A leg's scopes are taken together or not at all; a refusal changes nothing.
 * P3  `decide*` reads the pool and returns facts; only `apply` changes it. Replaying the same facts
 *     gives the same pool.
 * P4  Taking a lease that is held already is granted again (idempotent by (call, leg)); a holder of
 *     a lower epoch can neither take, renew nor release it.
 * P5  Of the scopes that hold nothing, at most IDLE_LIMITS_MAX limits are remembered; those that have
 *     been idle for longest are forgotten first.
 *
 * The pool is changed in place: it holds tens of thousands of leases, and one leader owns it.
 */

import { unreachable } from "../../../lib/telephony/assert.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { ClaimedRate } from "./call-rates.ts";
import type { HeldLegs, JournalEntry, Lease, ScopeLimit, TakenLeg } from "./journal-entry.ts";

/** Lease time to live (ARCHITECTURE, numbers): three missed renewals. */
export const LEASE_TTL_MS = 60_000;

/** Leases one allocator holds at most; more are refused. One lease is about 300 bytes. */
export const LEASES_MAX = 200_000;

/**
 * Limits remembered of scopes that hold nothing; there may be a scope for each number of the service.
 * Forgetting is safe because each claim states its limit: the memory only corrects a claim out of an
 * older revision. What it costs: such a claim is believed on a scope that was idle while this many
 * others were, until somebody states the newer limit.
 */
export const IDLE_LIMITS_MAX = 20_000;

/** Forgotten together: finding who is idle for longest costs as much for one as for many. */
const IDLE_FORGOTTEN = 500;

/** See the file header. */
export interface ChannelPool {
  readonly leases: Map<string, Lease>;
  /** The legs of each call that hold a lease. */
  readonly legs: Map<string, string[]>;
  readonly held: Map<string, number>;
  readonly limits: Map<string, ScopeLimit>;
  /** Scopes with a limit that hold nothing, idle for longest first (P5). */
  readonly idle: Set<string>;
  term: number;
  /** Parts of a snapshot that is not complete yet. */
  pendingSnapshot: {
    readonly leases: Lease[];
    readonly limits: ScopeLimit[];
    nextPart: number;
  } | null;
}

/** A limit as a request states it. */
export interface ClaimedScope {
  readonly id: string;
  readonly limit: number;
  readonly revision: number;
  /** Refused while a leg of another call holds a channel of this scope (DOMAIN 4.5 b). */
  readonly onlyWhenFree: boolean;
}

/** One leg of a take request. */
export interface LegClaim {
  readonly leg: string;
  readonly scopes: readonly ClaimedScope[];
}

/** What to do when only k of n legs can be had. */
export type PartialPolicy = "first-in-order" | "all-or-none";

/** A request for the channels of n legs of one call. */
export interface TakeRequest {
  readonly callId: string;
  readonly epoch: number;
  readonly policy: PartialPolicy;
  readonly legs: readonly LegClaim[];
  /** Judged outside the pool (call-rates.ts). */
  readonly rates: readonly ClaimedRate[];
}

/** A leg that got no lease; `scope` is the first without room, or names the reason. */
export interface RefusedLeg {
  readonly leg: string;
  readonly scope: string;
}

/** A decision: what becomes true, and what the asker hears once it is. */
export interface TakeDecision {
  readonly entries: readonly JournalEntry[];
  readonly granted: readonly string[];
  readonly refused: readonly RefusedLeg[];
}

const keyOf = (callId: string, leg: string): string => `${callId}/${leg}`;

/** A pool without leases. */
export const emptyPool = (): ChannelPool => ({
  leases: new Map(),
  legs: new Map(),
  held: new Map(),
  limits: new Map(),
  idle: new Set(),
  term: 0,
  pendingSnapshot: null,
});

/** Channels held in a scope. */
export const heldIn = (pool: ChannelPool, scope: string): number => pool.held.get(scope) ?? 0;

function limitInForce(pool: ChannelPool, claimed: ClaimedScope): number {
  const known = pool.limits.get(claimed.id);
  return known !== undefined && known.revision >= claimed.revision ? known.limit : claimed.limit;
}

/** True while a leg of another call holds a channel of the scope; the call's own legs do not count. */
function isHeldByOthers(pool: ChannelPool, callId: string, scope: string): boolean {
  const held = heldIn(pool, scope);
  if (held === 0) return false;
  const own = (pool.legs.get(callId) ?? []).filter((leg) =>
    pool.leases.get(keyOf(callId, leg))?.scopes.includes(scope),
  );
  return own.length < held;
}

function newLimits(pool: ChannelPool, legs: readonly LegClaim[]): readonly JournalEntry[] {
  const newest = new Map<string, ScopeLimit>();
  for (const { scopes } of legs) {
    for (const { id, limit, revision } of scopes) {
      const known = newest.get(id) ?? pool.limits.get(id);
      if (known === undefined || revision > known.revision) {
        newest.set(id, { scope: id, limit, revision });
      }
    }
  }
  return [...newest.values()].map((limit) => ({ kind: "limited", ...limit }));
}

/**
 * Decides a take request (P1, P2, P4). `overRate` is the rate that the call is over: no leg gets a
 * lease that it does not hold already.
 */
export function decideTake(
  pool: ChannelPool,
  at: Instant,
  request: TakeRequest,
  overRate: string | null = null,
): TakeDecision {
  const granted: string[] = [];
  const refused: RefusedLeg[] = [];
  const taken: TakenLeg[] = [];
  const taking = new Map<string, number>();
  for (const { leg, scopes } of request.legs) {
    const existing = pool.leases.get(keyOf(request.callId, leg));
    const full = scopes.find(
      (scope) =>
        heldIn(pool, scope.id) + (taking.get(scope.id) ?? 0) >= limitInForce(pool, scope) ||
        (scope.onlyWhenFree && isHeldByOthers(pool, request.callId, scope.id)),
    );
    if (existing !== undefined && existing.epoch > request.epoch) {
      refused.push({ leg, scope: "stale-epoch" });
    } else if (existing !== undefined) {
      granted.push(leg);
      taken.push({ leg, scopes: existing.scopes });
    } else if (overRate !== null) {
      refused.push({ leg, scope: overRate });
    } else if (pool.leases.size + taken.length >= LEASES_MAX) {
      refused.push({ leg, scope: "allocator-full" });
    } else if (full !== undefined) {
      refused.push({ leg, scope: full.id });
    } else {
      granted.push(leg);
      taken.push({ leg, scopes: scopes.map(({ id }) => id) });
      for (const { id } of scopes) taking.set(id, (taking.get(id) ?? 0) + 1);
    }
  }
  const entries: JournalEntry[] = [...newLimits(pool, request.legs)];
  if (request.policy === "all-or-none" && refused.length > 0) {
    const none = granted.map((leg) => ({ leg, scope: "all-or-none" }));
    return { entries, granted: [], refused: [...refused, ...none] };
  }
  if (taken.length > 0) {
    const { callId, epoch } = request;
    entries.push({ kind: "taken", callId, epoch, at, expiresAt: at + LEASE_TTL_MS, legs: taken });
  }
  return { entries, granted, refused };
}

/** Decides a release: unknown leases are fine, those of a higher epoch stay (P4). */
export function decideRelease(pool: ChannelPool, request: HeldLegs): readonly JournalEntry[] {
  const legs = request.legs.filter((leg) => {
    const lease = pool.leases.get(keyOf(request.callId, leg));
    return lease !== undefined && lease.epoch <= request.epoch;
  });
  return legs.length === 0 ? [] : [{ kind: "released", callId: request.callId, legs }];
}

/** What a renewal comes to: facts, and the leases that are not there any more for this holder. */
export interface RenewDecision {
  readonly entries: readonly JournalEntry[];
  readonly lost: readonly HeldLegs[];
}

/** Decides a renewal of many calls at once. */
export function decideRenew(
  pool: ChannelPool,
  at: Instant,
  request: readonly HeldLegs[],
): RenewDecision {
  const renewed: HeldLegs[] = [];
  const lost: HeldLegs[] = [];
  for (const { callId, epoch, legs } of request) {
    const isOurs = (leg: string): boolean => {
      const lease = pool.leases.get(keyOf(callId, leg));
      return lease !== undefined && lease.epoch <= epoch;
    };
    const kept = legs.filter(isOurs);
    const gone = legs.filter((leg) => !isOurs(leg));
    if (kept.length > 0) renewed.push({ callId, epoch, legs: kept });
    if (gone.length > 0) lost.push({ callId, epoch, legs: gone });
  }
  const expiresAt = at + LEASE_TTL_MS;
  return {
    entries: renewed.length === 0 ? [] : [{ kind: "renewed", held: renewed, expiresAt }],
    lost,
  };
}

/** The leases whose time to live has passed. */
export function decideExpiry(pool: ChannelPool, at: Instant): readonly JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (const { callId, leg, expiresAt } of pool.leases.values()) {
    if (expiresAt <= at) entries.push({ kind: "expired", callId, leg });
  }
  return entries;
}

function put(pool: ChannelPool, lease: Lease): void {
  const key = keyOf(lease.callId, lease.leg);
  if (!pool.leases.has(key)) {
    const legs = pool.legs.get(lease.callId);
    if (legs === undefined) pool.legs.set(lease.callId, [lease.leg]);
    else legs.push(lease.leg);
    for (const scope of lease.scopes) {
      pool.held.set(scope, heldIn(pool, scope) + 1);
      pool.idle.delete(scope);
    }
  }
  pool.leases.set(key, lease);
}

function drop(pool: ChannelPool, callId: string, leg: string): void {
  const key = keyOf(callId, leg);
  const lease = pool.leases.get(key);
  if (lease === undefined) return;
  pool.leases.delete(key);
  const legs = (pool.legs.get(callId) ?? []).filter((one) => one !== leg);
  if (legs.length === 0) pool.legs.delete(callId);
  else pool.legs.set(callId, legs);
  for (const scope of lease.scopes) {
    const rest = heldIn(pool, scope) - 1;
    if (rest > 0) pool.held.set(scope, rest);
    else {
      pool.held.delete(scope);
      if (pool.limits.has(scope)) putIdle(pool, scope);
    }
  }
}

function setLimit(pool: ChannelPool, { scope, limit, revision }: ScopeLimit): void {
  pool.limits.set(scope, { scope, limit, revision });
  if (heldIn(pool, scope) === 0) putIdle(pool, scope);
}

/** P5. */
function putIdle(pool: ChannelPool, scope: string): void {
  pool.idle.add(scope);
  if (pool.idle.size <= IDLE_LIMITS_MAX) return;
  let left = IDLE_FORGOTTEN;
  for (const longest of pool.idle) {
    if (left === 0) return;
    left -= 1;
    pool.idle.delete(longest);
    pool.limits.delete(longest);
  }
}

function renew(pool: ChannelPool, held: HeldLegs, expiresAt: Instant): void {
  for (const leg of held.legs) {
    const lease = pool.leases.get(keyOf(held.callId, leg));
    if (lease !== undefined) put(pool, { ...lease, epoch: held.epoch, expiresAt });
  }
}

/**
 * While nobody led, holders could not renew: silence then is no proof that they died. Every lease
 * gets a whole time to live from the start of a reign.
 */
function grantGrace(pool: ChannelPool, at: Instant): void {
  const atLeast = at + LEASE_TTL_MS;
  for (const lease of pool.leases.values()) {
    if (lease.expiresAt < atLeast) put(pool, { ...lease, expiresAt: atLeast });
  }
}

/** Makes one fact true (P3). */
export function apply(pool: ChannelPool, entry: JournalEntry): void {
  switch (entry.kind) {
    case "led":
      pool.term = entry.term;
      pool.pendingSnapshot = null;
      grantGrace(pool, entry.at);
      return;
    case "limited":
      setLimit(pool, entry);
      return;
    case "taken":
      for (const { leg, scopes } of entry.legs) {
        const { callId, epoch, at: takenAt, expiresAt } = entry;
        const before = pool.leases.get(keyOf(callId, leg))?.takenAt;
        put(pool, { callId, leg, epoch, scopes, takenAt: before ?? takenAt, expiresAt });
      }
      return;
    case "released":
      for (const leg of entry.legs) drop(pool, entry.callId, leg);
      return;
    case "renewed":
      for (const held of entry.held) renew(pool, held, entry.expiresAt);
      return;
    case "expired":
      drop(pool, entry.callId, entry.leg);
      return;
    case "snapshot-part":
      applySnapshotPart(pool, entry);
      return;
    default:
      unreachable(entry);
  }
}

function applySnapshotPart(
  pool: ChannelPool,
  entry: Extract<JournalEntry, { kind: "snapshot-part" }>,
): void {
  const pending = entry.part === 0 ? { leases: [], limits: [], nextPart: 0 } : pool.pendingSnapshot;
  if (pending === null || pending.nextPart !== entry.part) return;
  pending.leases.push(...entry.leases);
  pending.limits.push(...entry.limits);
  pending.nextPart += 1;
  pool.pendingSnapshot = pending;
  if (pending.nextPart < entry.parts) return;
  pool.pendingSnapshot = null;
  for (const part of [pool.leases, pool.legs, pool.held, pool.limits, pool.idle]) part.clear();
  for (const lease of pending.leases) put(pool, lease);
  for (const limit of pending.limits) setLimit(pool, limit);
}

/** Leases in one snapshot part: keeps a part under a quarter of NATS' default message size. */
const SNAPSHOT_PART_LEASES = 1_000;

/** The pool as snapshot parts; applying them to any pool gives this one. */
export function snapshotOf(pool: ChannelPool): readonly JournalEntry[] {
  const leases = [...pool.leases.values()];
  // The idle ones last, in their order: the pool that reads it forgets in the same order (P5).
  const inUse = [...pool.limits.values()].filter(({ scope }) => !pool.idle.has(scope));
  const idle = [...pool.idle].flatMap((scope) => pool.limits.get(scope) ?? []);
  const limits = [...inUse, ...idle];
  const size = SNAPSHOT_PART_LEASES;
  const parts = Math.max(1, Math.ceil(leases.length / size), Math.ceil(limits.length / size));
  return Array.from({ length: parts }, (_, part) => ({
    kind: "snapshot-part",
    part,
    parts,
    leases: leases.slice(part * size, (part + 1) * size),
    limits: limits.slice(part * size, (part + 1) * size),
  }));
}
