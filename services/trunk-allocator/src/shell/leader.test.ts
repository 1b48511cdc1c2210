/** The leader's desk over a journal that does as it is told. */
import { describe, expect, it } from "vitest";
import { apply, emptyPool, LEASE_TTL_MS } from "../core/channel-pool.ts";
import type { JournalEntry } from "../core/journal-entry.ts";
import type { AppendOutcome, Journal } from "../ports.ts";
import { type Answer, Leader, type Request } from "./leader.ts";

const SCOPES = [{ id: "company:x", limit: 1, revision: 1, onlyWhenFree: false }];
const ROOMY = [{ id: "company:x", limit: 99, revision: 1, onlyWhenFree: false }];

const asked = { epoch: 1, policy: "first-in-order" } as const;

const take = (callId: string): Request => ({
  kind: "take",
  take: { ...asked, callId, legs: [{ leg: "b1", scopes: SCOPES }], rates: [] },
});

/** Two legs under a rate of one call in ten seconds; there is room for both. */
const takeRated = (callId: string): Request => ({
  kind: "take",
  take: {
    ...asked,
    callId,
    legs: ["b1", "b2"].map((leg) => ({ leg, scopes: ROOMY })),
    rates: [{ id: "loop:x", limit: 1, windowMs: 10_000 }],
  },
});

function desk(leases = 0) {
  const world = { now: 0, isFresh: true, outcome: null as AppendOutcome | null };
  const appended: (readonly JournalEntry[])[] = [];
  const deposed: string[] = [];
  const journal: Journal = {
    append: (entries, after) => {
      appended.push(entries);
      return Promise.resolve(world.outcome ?? { kind: "appended", sequence: after + 1 });
    },
    replay: () => Promise.resolve({ kind: "replayed", lastSequence: 0, messages: 0 }),
    trim: () => Promise.resolve(),
  };
  const pool = emptyPool();
  for (let call = 0; call < leases; call += 1) {
    const legs = [{ leg: "b1", scopes: ["company:y"] }];
    const expiresAt = LEASE_TTL_MS;
    apply(pool, { kind: "taken", callId: `c${call}`, epoch: 1, at: 0, expiresAt, legs });
  }
  const leader = new Leader(
    { pool, sequence: 0, journalMessages: 0 },
    {
      journal,
      now: () => world.now,
      isFresh: () => world.isFresh,
      onDeposed: (why) => deposed.push(why),
    },
  );
  const ask = (request: Request): Promise<Answer> =>
    new Promise((resolve) => {
      leader.ask(request, resolve);
    });
  return { world, leader, pool, appended, deposed, ask };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the leader's desk", () => {
  it("requests that arrive together share one append, and are answered in order", async () => {
    const { ask, appended } = desk();
    const answers = await Promise.all([ask(take("c1")), ask(take("c2"))]);
    expect(answers).toMatchObject([{ granted: ["b1"] }, { refused: [{ scope: "company:x" }] }]);
    expect(appended).toHaveLength(1);
  });

  it.each([[{ kind: "fenced" }], [{ kind: "unreachable", problem: "timeout" }]] as const)(
    "after an append that is %j nobody hears a grant, and the reign is over",
    async (outcome) => {
      const { ask, world, deposed } = desk();
      world.outcome = outcome;
      expect(await ask(take("c1"))).toEqual({ kind: "not-leading" });
      expect(deposed).toHaveLength(1);
      expect(await ask(take("c2"))).toEqual({ kind: "not-leading" });
    },
  );

  it("4.5d: the second call within the window gets no leg at all, and the window passes", async () => {
    const { ask, pool, world } = desk();
    expect(await ask(takeRated("c1"))).toMatchObject({ granted: ["b1", "b2"], refused: [] });
    world.now = 9_999;
    expect(await ask(takeRated("c2"))).toMatchObject({
      granted: [],
      refused: [
        { leg: "b1", scope: "loop:x" },
        { leg: "b2", scope: "loop:x" },
      ],
    });
    expect(pool.leases.size).toBe(2);
    world.now = 19_999;
    expect(await ask(takeRated("c3"))).toMatchObject({ granted: ["b1", "b2"] });
  });

  it("leases that expire by the thousand go into several journal messages", async () => {
    const { leader, pool, appended, world } = desk(2_500);
    world.now = LEASE_TTL_MS;
    leader.expire();
    while (pool.leases.size > 0) await settled();
    expect(appended.map((entries) => entries.length)).toEqual([1_000, 1_000, 500]);
  });

  it("a leader that slept gives no answer out of its old pool, not even one that needs no append", async () => {
    const { ask, world, deposed } = desk();
    world.isFresh = false;
    const release = { callId: "c9", epoch: 1, legs: ["b1"] };
    expect(await ask({ kind: "release", release })).toEqual({ kind: "not-leading" });
    expect(deposed).toHaveLength(1);
  });
});
