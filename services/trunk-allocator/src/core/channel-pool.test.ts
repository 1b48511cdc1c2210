import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  apply,
  type ChannelPool,
  decideExpiry,
  decideRelease,
  decideRenew,
  decideTake,
  emptyPool,
  heldIn,
  IDLE_LIMITS_MAX,
  LEASE_TTL_MS,
  type LegClaim,
  snapshotOf,
  type TakeRequest,
} from "./channel-pool.ts";
import { decodeBatch, encodeBatch, isJournalFault, type JournalEntry } from "./journal-entry.ts";

const scope = (id: string, limit: number, revision = 1) => ({
  id,
  limit,
  revision,
  onlyWhenFree: false,
});
const whenFree = (id: string) => ({ ...scope(id, 9), onlyWhenFree: true });
const claim = (leg: string, ...scopes: ReturnType<typeof scope>[]): LegClaim => ({ leg, scopes });

function take(pool: ChannelPool, request: Partial<TakeRequest>, at = 0) {
  const whole = {
    callId: "c1",
    epoch: 1,
    policy: "first-in-order",
    legs: [],
    rates: [],
    ...request,
  } as const;
  const decision = decideTake(pool, at, whole);
  for (const entry of decision.entries) apply(pool, entry);
  return decision;
}

describe("taking channels", () => {
  it("all scopes of a leg are taken together or not at all", () => {
    const pool = emptyPool();
    take(pool, { legs: [claim("b1", scope("company:x", 5), scope("trunk:t", 1))] });
    const second = take(pool, {
      callId: "c2",
      legs: [claim("b1", scope("company:x", 5), scope("trunk:t", 1))],
    });
    expect(second.granted).toEqual([]);
    expect(second.refused).toEqual([{ leg: "b1", scope: "trunk:t" }]);
    expect(heldIn(pool, "company:x")).toBe(1);
  });

  it("first-in-order gives what is free to the first legs of the list", () => {
    const pool = emptyPool();
    const legs = ["b1", "b2", "b3"].map((leg) => claim(leg, scope("company:x", 2)));
    const { granted, refused } = take(pool, { legs });
    expect(granted).toEqual(["b1", "b2"]);
    expect(refused).toEqual([{ leg: "b3", scope: "company:x" }]);
  });

  it("all-or-none takes nothing when one leg finds no room", () => {
    const pool = emptyPool();
    const legs = ["b1", "b2", "b3"].map((leg) => claim(leg, scope("company:x", 2)));
    const { granted, refused } = take(pool, { legs, policy: "all-or-none" });
    expect(granted).toEqual([]);
    expect(refused.map(({ leg }) => leg).sort()).toEqual(["b1", "b2", "b3"]);
    expect(pool.leases.size).toBe(0);
  });

  it("a repeated request is granted again and takes nothing more", () => {
    const pool = emptyPool();
    const legs = [claim("b1", scope("company:x", 1))];
    take(pool, { legs });
    expect(take(pool, { legs }).granted).toEqual(["b1"]);
    expect(heldIn(pool, "company:x")).toBe(1);
  });

  it("a holder of a lower epoch can neither take, renew nor release", () => {
    const pool = emptyPool();
    const legs = [claim("b1", scope("company:x", 1))];
    take(pool, { legs, epoch: 2 });
    expect(take(pool, { legs, epoch: 1 }).refused).toEqual([{ leg: "b1", scope: "stale-epoch" }]);
    expect(decideRelease(pool, { callId: "c1", epoch: 1, legs: ["b1"] })).toEqual([]);
    const stale = [{ callId: "c1", epoch: 1, legs: ["b1"] }];
    expect(decideRenew(pool, 0, stale)).toEqual({ entries: [], lost: stale });
  });

  it("the limit of the highest revision counts, whoever states it", () => {
    const pool = emptyPool();
    take(pool, { legs: [claim("b1", scope("company:x", 2, 7))] });
    const late = take(pool, {
      callId: "c2",
      legs: [claim("b1", scope("company:x", 99, 6)), claim("b2", scope("company:x", 99, 6))],
    });
    expect(late.granted).toEqual(["b1"]);
  });

  it("a limit lowered below what is held refuses new legs and ends no old one", () => {
    const pool = emptyPool();
    take(pool, { legs: ["b1", "b2"].map((leg) => claim(leg, scope("company:x", 2))) });
    const { refused } = take(pool, { callId: "c2", legs: [claim("b1", scope("company:x", 1, 2))] });
    expect(refused).toEqual([{ leg: "b1", scope: "company:x" }]);
    expect(heldIn(pool, "company:x")).toBe(2);
  });
});

describe("loop guards", () => {
  const SOURCE = "source:+81312345678";

  it("4.5b: a leg that wants the number free is refused while another call holds it, room or not", () => {
    const pool = emptyPool();
    take(pool, { callId: "c1", legs: [claim("b1", scope("trunk:t", 9), scope(SOURCE, 9))] });
    const before = plain(pool);
    const legs = [claim("b1", scope("trunk:t", 9), whenFree(SOURCE))];
    expect(take(pool, { callId: "c2", legs }).refused).toEqual([{ leg: "b1", scope: SOURCE }]);
    expect(plain(pool)).toEqual(before);
  });

  it("4.5b: legs of the same call do not refuse each other, in one request or in several", () => {
    const pool = emptyPool();
    const legs = ["b1", "b2"].map((leg) => claim(leg, whenFree(SOURCE)));
    expect(take(pool, { legs }).granted).toEqual(["b1", "b2"]);
    expect(take(pool, { legs: [claim("b3", whenFree(SOURCE))] }).granted).toEqual(["b3"]);
  });

  it("4.5b: who got the number while it was free may share it with calls that do not ask that", () => {
    const pool = emptyPool();
    take(pool, { callId: "c1", legs: [claim("b1", whenFree(SOURCE))] });
    expect(take(pool, { callId: "c2", legs: [claim("b1", scope(SOURCE, 9))] }).granted).toEqual([
      "b1",
    ]);
    expect(take(pool, { callId: "c1", legs: [claim("b2", whenFree(SOURCE))] }).granted).toEqual([]);
  });

  it("4.5b: a leg that holds the number already is granted again though another call came to hold it", () => {
    const pool = emptyPool();
    const legs = [claim("b1", whenFree(SOURCE))];
    take(pool, { callId: "c1", legs });
    take(pool, { callId: "c2", legs: [claim("b1", scope(SOURCE, 9))] });
    expect(take(pool, { callId: "c1", legs }).granted).toEqual(["b1"]);
  });

  it("4.5c: a source number has as many legs at the same time as its limit, and others have theirs", () => {
    const pool = emptyPool();
    const from = (leg: string, source: string) =>
      claim(leg, scope("company:x", 9), scope(source, 2));
    const legs = [
      from("b1", SOURCE),
      from("b2", SOURCE),
      from("b3", SOURCE),
      from("b4", "source:y"),
    ];
    const { granted, refused } = take(pool, { legs });
    expect(granted).toEqual(["b1", "b2", "b4"]);
    expect(refused).toEqual([{ leg: "b3", scope: SOURCE }]);
  });

  it("4.5d: over a rate every leg is refused under its id, but one that is held stays granted", () => {
    const pool = emptyPool();
    take(pool, { legs: [claim("b1", scope("company:x", 9))] });
    const legs = ["b1", "b2", "b3"].map((leg) => claim(leg, scope("company:x", 9)));
    const request = { callId: "c1", epoch: 1, policy: "first-in-order", legs, rates: [] } as const;
    const { granted, refused } = decideTake(pool, 0, request, "loop:x");
    expect(granted).toEqual(["b1"]);
    expect(refused).toEqual(["b2", "b3"].map((leg) => ({ leg, scope: "loop:x" })));
  });
});

describe("limits remembered", () => {
  const sourceOf = (n: number) => `source:${n}`;
  const callFrom = (pool: ChannelPool, n: number, limit = 1, revision = 5): readonly string[] => {
    const callId = `c${n}`;
    const legs = [claim("b1", scope(sourceOf(n), limit, revision))];
    const { granted } = take(pool, { callId, legs });
    for (const entry of decideRelease(pool, { callId, epoch: 1, legs: ["b1"] })) apply(pool, entry);
    return granted;
  };

  it("a call from each of very many numbers leaves a bounded memory and a bounded snapshot", () => {
    const pool = emptyPool();
    for (let n = 0; n < IDLE_LIMITS_MAX + 500; n += 1) callFrom(pool, n);
    expect(pool.limits.size).toBe(IDLE_LIMITS_MAX);
    expect([pool.idle.size, pool.legs.size, pool.held.size]).toEqual([IDLE_LIMITS_MAX, 0, 0]);
    expect(snapshotOf(pool)).toHaveLength(IDLE_LIMITS_MAX / 1_000);
    // Number 500 is used again, so 501 has been idle for longest: the restored pool knows it too.
    callFrom(pool, 500);
    const again = emptyPool();
    for (const part of snapshotOf(pool)) apply(again, part);
    callFrom(again, 0);
    expect(again.limits.has(sourceOf(500))).toBe(true);
    expect(again.limits.has(sourceOf(501))).toBe(false);
  });

  it("the limit of a scope that holds a channel is never forgotten", () => {
    const pool = emptyPool();
    take(pool, { callId: "held", legs: [claim("b1", scope("company:x", 1, 7))] });
    for (let n = 0; n < IDLE_LIMITS_MAX + 500; n += 1) callFrom(pool, n);
    const stale = take(pool, { callId: "c2", legs: [claim("b1", scope("company:x", 99, 6))] });
    expect(stale.refused).toEqual([{ leg: "b1", scope: "company:x" }]);
  });

  it("what forgetting costs: an older revision is believed until a newer one is stated", () => {
    const pool = emptyPool();
    callFrom(pool, 0, 0, 7);
    expect(callFrom(pool, 0, 1, 6)).toEqual([]);
    for (let n = 1; n <= IDLE_LIMITS_MAX; n += 1) callFrom(pool, n);
    expect(callFrom(pool, 0, 1, 6)).toEqual(["b1"]);
    expect(callFrom(pool, 0, 0, 7)).toEqual([]);
    expect(callFrom(pool, 0, 1, 6)).toEqual([]);
  });
});

describe("leases end", () => {
  it("an unrenewed lease expires, a renewed one stays", () => {
    const pool = emptyPool();
    take(pool, { callId: "c1", legs: [claim("b1", scope("company:x", 5))] });
    take(pool, { callId: "c2", legs: [claim("b1", scope("company:x", 5))] });
    const renewed = decideRenew(pool, 30_000, [{ callId: "c2", epoch: 1, legs: ["b1"] }]);
    for (const entry of renewed.entries) apply(pool, entry);
    const expired = decideExpiry(pool, LEASE_TTL_MS);
    expect(expired).toEqual([{ kind: "expired", callId: "c1", leg: "b1" }]);
  });

  it("releasing twice, or what was never held, changes nothing", () => {
    const pool = emptyPool();
    take(pool, { legs: [claim("b1", scope("company:x", 5))] });
    const release = { callId: "c1", epoch: 1, legs: ["b1", "b9"] };
    for (const entry of decideRelease(pool, release)) apply(pool, entry);
    expect(heldIn(pool, "company:x")).toBe(0);
    expect(decideRelease(pool, release)).toEqual([]);
  });

  it("a new reign gives every lease a whole time to live: nobody could renew before it", () => {
    const pool = emptyPool();
    take(pool, { legs: [claim("b1", scope("company:x", 5))] });
    apply(pool, { kind: "led", leader: "a2", term: 2, at: LEASE_TTL_MS * 3 });
    expect(decideExpiry(pool, LEASE_TTL_MS * 3 + 1)).toEqual([]);
    expect(decideExpiry(pool, LEASE_TTL_MS * 4)).toHaveLength(1);
  });
});

type Step =
  | { readonly kind: "take"; readonly request: TakeRequest }
  | {
      readonly kind: "release" | "renew";
      readonly callId: string;
      readonly epoch: number;
      readonly legs: string[];
    }
  | { readonly kind: "expire" };

const callIds = fc.constantFrom("c1", "c2", "c3", "c4");
const legIds = fc.uniqueArray(fc.constantFrom("b1", "b2", "b3"), { minLength: 1 });
const epochs = fc.integer({ min: 1, max: 3 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({
      callId: callIds,
      epoch: epochs,
      policy: fc.constantFrom("first-in-order" as const, "all-or-none" as const),
      legs: legIds,
      trunk: fc.constantFrom("trunk:s", "trunk:t"),
      guarded: fc.boolean(),
    })
    .map(({ callId, epoch, policy, legs, trunk, guarded }) => ({
      kind: "take" as const,
      request: {
        callId,
        epoch,
        policy,
        legs: legs.map((leg) =>
          claim(leg, scope("company:x", 3), { ...scope(trunk, 2), onlyWhenFree: guarded }),
        ),
        rates: [],
      },
    })),
  fc.record({
    kind: fc.constantFrom("release" as const, "renew" as const),
    callId: callIds,
    epoch: epochs,
    legs: legIds,
  }),
  fc.constant({ kind: "expire" as const }),
);

function run(pool: ChannelPool, at: number, step: Step): readonly JournalEntry[] {
  switch (step.kind) {
    case "take":
      return decideTake(pool, at, step.request).entries;
    case "release":
      return decideRelease(pool, step);
    case "renew":
      return decideRenew(pool, at, [step]).entries;
    case "expire":
      return decideExpiry(pool, at);
  }
}

const plain = (pool: ChannelPool) => ({
  leases: [...pool.leases].sort(),
  held: [...pool.held].sort(),
  limits: [...pool.limits].sort(),
  legs: [...pool.legs].map(([call, legs]) => [call, [...legs].sort()]).sort(),
  idle: [...pool.idle],
});

describe("any schedule of requests", () => {
  it("never holds more than the limit, and held is the sum of the leases", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(steps, fc.nat(40_000)), { maxLength: 60 }), (schedule) => {
        const pool = emptyPool();
        let at = 0;
        for (const [step, afterMs] of schedule) {
          at += afterMs;
          for (const entry of run(pool, at, step)) {
            apply(pool, entry);
            expect(heldIn(pool, "company:x")).toBeLessThanOrEqual(3);
            expect(heldIn(pool, "trunk:t")).toBeLessThanOrEqual(2);
          }
          const sum = [...pool.leases.values()].filter(({ scopes }) => scopes.includes("trunk:s"));
          expect(heldIn(pool, "trunk:s")).toBe(sum.length);
        }
      }),
    );
  });

  it("4.5b: no leg that wants a scope free gets it while another call holds it", () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 60 }), (schedule) => {
        const pool = emptyPool();
        schedule.forEach((step, index) => {
          const before = new Map(pool.leases);
          for (const entry of run(pool, index * 5_000, step)) apply(pool, entry);
          if (step.kind !== "take") return;
          const { callId, legs } = step.request;
          const others = [...before.values()].filter((lease) => lease.callId !== callId);
          const inUse = new Set(others.flatMap(({ scopes }) => scopes));
          const broken = legs.filter(({ leg, scopes }) => {
            const key = `${callId}/${leg}`;
            const isNew = pool.leases.has(key) && !before.has(key);
            return isNew && scopes.some(({ id, onlyWhenFree }) => onlyWhenFree && inUse.has(id));
          });
          expect(broken).toEqual([]);
        });
      }),
    );
  });

  it("replaying the journal, or a snapshot and its tail, gives the same pool", () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 40 }), fc.nat(40), (schedule, cut) => {
        const pool = emptyPool();
        const journal: string[] = [];
        schedule.forEach((step, index) => {
          const entries = run(pool, index * 10_000, step);
          for (const entry of entries) apply(pool, entry);
          journal.push(encodeBatch(entries));
          if (index === cut) journal.push(...snapshotOf(pool).map((part) => encodeBatch([part])));
        });
        const again = emptyPool();
        const tail = emptyPool();
        journal.forEach((text, index) => {
          const entries = decodeBatch(text);
          if (isJournalFault(entries)) throw new Error(entries.problem);
          for (const entry of entries) {
            apply(again, entry);
            if (index > cut) apply(tail, entry);
          }
        });
        expect(plain(again)).toEqual(plain(pool));
        if (cut < schedule.length) expect(plain(tail)).toEqual(plain(pool));
      }),
    );
  });

  it("a snapshot that was cut off changes nothing", () => {
    const pool = emptyPool();
    for (let call = 0; call < 1_500; call += 1) {
      take(pool, { callId: `c${call}`, legs: [claim("b1", scope("company:x", 9_999))] });
    }
    const [first] = snapshotOf(pool);
    if (first === undefined) throw new Error("no snapshot");
    const before = plain(pool);
    apply(pool, first);
    apply(pool, { kind: "led", leader: "a2", term: 2, at: 0 });
    expect(plain(pool)).toEqual(before);
  });
});

describe("journal messages", () => {
  it.each([
    "",
    "{}",
    '{"v":2,"entries":[]}',
    '{"v":1,"entries":[{"kind":"stolen"}]}',
    '{"v":1,"entries":[{"kind":"released"}]}',
    '{"v":1,"entries":[{"kind":"released","callId":"c1","legs":"b1"}]}',
    '{"v":1,"entries":[{"kind":"limited","scope":"company:demo","limit":"9","revision":1}]}',
    '{"v":1,"entries":[{"kind":"renewed","held":[{"callId":"c1","epoch":1}],"expiresAt":1}]}',
    '{"v":1,"entries":[{"kind":"taken","callId":"c1","epoch":1,"at":1,"expiresAt":null,"legs":[]}]}',
  ])("%s is a fault, not an empty batch", (text) => {
    expect(decodeBatch(text)).toMatchObject({ kind: "journal-fault" });
  });
});
