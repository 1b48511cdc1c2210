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
 *
 * The pool is changed in place: it holds tens of thousands of leases, and one leader owns it.
 */

import { unreachable } from "../../../lib/telephony/assert.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { HeldLegs, JournalEntry, Lease, ScopeLimit, TakenLeg } from "./journal-entry.ts";

/** Lease time to live (ARCHITECTURE, numbers): three missed renewals. */
export const LEASE_TTL_MS = 60_000;

/** Leases one allocator holds at most; more are refused. One lease is about 300 bytes. */
export const LEASES_MAX = 200_000;

/** See the file header. */
export interface ChannelPool {
  readonly leases: Map<string, Lease>;
  readonly held: Map<string, number>;
  readonly limits: Map<string, ScopeLimit>;
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
  held: new Map(),
  limits: new Map(),
  term: 0,
  pendingSnapshot: null,
});

/** Channels held in a scope. */
export const heldIn = (pool: ChannelPool, scope: string): number => pool.held.get(scope) ?? 0;

function limitInForce(pool: ChannelPool, claimed: ClaimedScope): number {
  const known = pool.limits.get(claimed.id);
  return known !== undefined && known.revision >= claimed.revision ? known.limit : claimed.limit;
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

/** Decides a take request (P1, P2, P4). */
export function decideTake(pool: ChannelPool, at: Instant, request: TakeRequest): TakeDecision {
  const granted: string[] = [];
  const refused: RefusedLeg[] = [];
  const taken: TakenLeg[] = [];
  const taking = new Map<string, number>();
  for (const { leg, scopes } of request.legs) {
    const existing = pool.leases.get(keyOf(request.callId, leg));
    const full = scopes.find(
      (scope) => heldIn(pool, scope.id) + (taking.get(scope.id) ?? 0) >= limitInForce(pool, scope),
    );
    if (existing !== undefined && existing.epoch > request.epoch) {
      refused.push({ leg, scope: "stale-epoch" });
    } else if (existing !== undefined) {
      granted.push(leg);
      taken.push({ leg, scopes: existing.scopes });
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
    for (const scope of lease.scopes) pool.held.set(scope, heldIn(pool, scope) + 1);
  }
  pool.leases.set(key, lease);
}

function drop(pool: ChannelPool, callId: string, leg: string): void {
  const key = keyOf(callId, leg);
  const lease = pool.leases.get(key);
  if (lease === undefined) return;
  pool.leases.delete(key);
  for (const scope of lease.scopes) {
    const rest = heldIn(pool, scope) - 1;
    if (rest === 0) pool.held.delete(scope);
    else pool.held.set(scope, rest);
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
      pool.limits.set(entry.scope, {
        scope: entry.scope,
        limit: entry.limit,
        revision: entry.revision,
      });
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
  pool.leases.clear();
  pool.held.clear();
  pool.limits.clear();
  for (const limit of pending.limits) pool.limits.set(limit.scope, limit);
  for (const lease of pending.leases) put(pool, lease);
}

/** Leases in one snapshot part: keeps a part under a quarter of NATS' default message size. */
const SNAPSHOT_PART_LEASES = 1_000;

/** The pool as snapshot parts; applying them to any pool gives this one. */
export function snapshotOf(pool: ChannelPool): readonly JournalEntry[] {
  const leases = [...pool.leases.values()];
  const limits = [...pool.limits.values()];
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
