/**
 * Every request against every state that a lease can be in. A row says what becomes of the lease:
 * free, or its epoch and the moment it expires. `take-when-free` and `take-over-rate` find room enough:
 * what refuses them is the other call, or the rate.
 */
import { describe, expect, it } from "vitest";
import {
  apply,
  decideExpiry,
  decideRelease,
  decideRenew,
  decideTake,
  emptyPool,
  heldIn,
  LEASE_TTL_MS,
  snapshotOf,
} from "./channel-pool.ts";
import type { JournalEntry } from "./journal-entry.ts";

const SCOPE = "company:x";
const TAKEN_AT = 1_000;
const NOW = 2_000;

const RATE = "loop:x";

const PHASES = [
  "free",
  "full",
  "sibling",
  "held-lower",
  "held-same",
  "held-higher",
  "too-old",
] as const;
const REQUESTS = [
  "take",
  "take-when-free",
  "take-over-rate",
  "release",
  "renew",
  "expire",
  "lead",
  "snapshot",
] as const;
type Phase = (typeof PHASES)[number];
type RequestKind = (typeof REQUESTS)[number];

/** The asker's epoch is 5 in every row. */
const EPOCHS: Readonly<Record<Phase, number>> = {
  free: 0,
  full: 0,
  sibling: 5,
  "held-lower": 4,
  "held-same": 5,
  "held-higher": 6,
  "too-old": 5,
};

const fresh = NOW + LEASE_TTL_MS;
const old = TAKEN_AT + LEASE_TTL_MS;

/** What is left of lease c1/b1: `free`, or `epoch@expiry`; then who holds how many channels. */
const TABLE: Readonly<Record<Phase, Readonly<Record<RequestKind, string>>>> = {
  free: {
    take: `5@${fresh} held 1`,
    "take-when-free": `5@${fresh} held 1`,
    "take-over-rate": `free held 0 refused ${RATE}`,
    release: "free held 0",
    renew: "free held 0 lost",
    expire: "free held 0",
    lead: "free held 0",
    snapshot: "free held 0",
  },
  full: {
    take: `free held 1 refused ${SCOPE}`,
    "take-when-free": `free held 1 refused ${SCOPE}`,
    "take-over-rate": `free held 1 refused ${RATE}`,
    release: "free held 1",
    renew: "free held 1 lost",
    expire: "free held 1",
    lead: "free held 1",
    snapshot: "free held 1",
  },
  // Another leg of the same call holds the only channel.
  sibling: {
    take: `free held 1 refused ${SCOPE}`,
    "take-when-free": `5@${fresh} held 2`,
    "take-over-rate": `free held 1 refused ${RATE}`,
    release: "free held 1",
    renew: "free held 1 lost",
    expire: "free held 1",
    lead: "free held 1",
    snapshot: "free held 1",
  },
  "held-lower": {
    take: `5@${fresh} held 1`,
    "take-when-free": `5@${fresh} held 1`,
    "take-over-rate": `5@${fresh} held 1`,
    release: "free held 0",
    renew: `5@${fresh} held 1`,
    expire: `4@${old} held 1`,
    lead: `4@${fresh} held 1`,
    snapshot: `4@${old} held 1`,
  },
  "held-same": {
    take: `5@${fresh} held 1`,
    "take-when-free": `5@${fresh} held 1`,
    "take-over-rate": `5@${fresh} held 1`,
    release: "free held 0",
    renew: `5@${fresh} held 1`,
    expire: `5@${old} held 1`,
    lead: `5@${fresh} held 1`,
    snapshot: `5@${old} held 1`,
  },
  "held-higher": {
    take: `6@${old} held 1 refused stale-epoch`,
    "take-when-free": `6@${old} held 1 refused stale-epoch`,
    "take-over-rate": `6@${old} held 1 refused stale-epoch`,
    release: `6@${old} held 1`,
    renew: `6@${old} held 1 lost`,
    expire: `6@${old} held 1`,
    lead: `6@${fresh} held 1`,
    snapshot: `6@${old} held 1`,
  },
  // Past its time but not yet swept: still ours to take again, give back and renew.
  "too-old": {
    take: `5@${fresh} held 1`,
    "take-when-free": `5@${fresh} held 1`,
    "take-over-rate": `5@${fresh} held 1`,
    release: "free held 0",
    renew: `5@${fresh} held 1`,
    expire: "free held 0",
    lead: `5@${fresh} held 1`,
    snapshot: `5@${NOW - 1} held 1`,
  },
};

function start(phase: Phase) {
  const pool = emptyPool();
  const holder = phase === "full" ? "c2" : "c1";
  if (phase === "free") return pool;
  apply(pool, {
    kind: "taken",
    callId: holder,
    epoch: EPOCHS[phase],
    at: TAKEN_AT,
    expiresAt: phase === "too-old" ? NOW - 1 : old,
    legs: [{ leg: phase === "sibling" ? "b2" : "b1", scopes: [SCOPE] }],
  });
  return pool;
}

function outcome(phase: Phase, request: RequestKind): string {
  let pool = start(phase);
  const holder = { callId: "c1", epoch: 5, legs: ["b1"] };
  const words: string[] = [];
  const believe = (entries: readonly JournalEntry[]): void => {
    for (const entry of entries) apply(pool, entry);
  };
  switch (request) {
    case "take":
    case "take-when-free":
    case "take-over-rate": {
      const onlyWhenFree = request === "take-when-free";
      const limit = request === "take" ? 1 : 9;
      const take = {
        callId: "c1",
        epoch: 5,
        policy: "first-in-order" as const,
        legs: [{ leg: "b1", scopes: [{ id: SCOPE, limit, revision: 1, onlyWhenFree }] }],
        rates: [],
      };
      const decided = decideTake(pool, NOW, take, request === "take-over-rate" ? RATE : null);
      believe(decided.entries);
      words.push(...decided.refused.map(({ scope }) => `refused ${scope}`));
      break;
    }
    case "release":
      believe(decideRelease(pool, holder));
      break;
    case "renew": {
      const decided = decideRenew(pool, NOW, [holder]);
      believe(decided.entries);
      if (decided.lost.length > 0) words.push("lost");
      break;
    }
    case "expire":
      believe(decideExpiry(pool, NOW));
      break;
    case "lead":
      believe([{ kind: "led", leader: "a2", term: 2, at: NOW }]);
      break;
    case "snapshot": {
      const parts = snapshotOf(pool);
      pool = emptyPool();
      believe(parts);
      break;
    }
  }
  const lease = pool.leases.get("c1/b1");
  const left = lease === undefined ? "free" : `${lease.epoch}@${lease.expiresAt}`;
  return [left, `held ${heldIn(pool, SCOPE)}`, ...words].join(" ");
}

describe("every request against every state of a lease", () => {
  const rows = PHASES.flatMap((phase) => REQUESTS.map((request) => ({ phase, request })));

  it.each(rows)("$phase x $request", ({ phase, request }) => {
    expect(outcome(phase, request)).toBe(TABLE[phase][request]);
  });

  it("has a row for every pair", () => {
    const written = Object.values(TABLE).flatMap((row) => Object.keys(row));
    expect(written).toHaveLength(PHASES.length * REQUESTS.length);
  });
});
