import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../../lib/telephony/call-detail-record.ts";
import type { RouteSnapshot } from "../../../lib/telephony/route-snapshot.ts";
import type { WorldEnd, WorldPlan } from "../../test/call-world.ts";
import { liveCall } from "../../test/call-world.ts";
import {
  group,
  OWN,
  offer,
  REP,
  relay,
  terminal,
  toGroup,
  toTerminal,
} from "../../test/sample-company.ts";
import { ANSWER_WITHIN_MS, SETTLE_GIVE_UP_MS, TALK_MAX_MS } from "./limits.ts";

const arbitraryTargets = fc
  .array(fc.boolean(), { maxLength: 6 })
  .map((kinds) => kinds.map((isOutside, i) => (isOutside ? `+8190111100${10 + i}` : `${300 + i}`)));

const arbitraryRoute: fc.Arbitrary<RouteSnapshot> = fc
  .tuple(fc.constantFrom("ring-all", "relay", "terminal"), arbitraryTargets, fc.boolean())
  .map(([mode, targets, flag]) =>
    mode === "terminal"
      ? toTerminal(OWN, terminal("201", { number: OWN, relay: relay(targets, { ringSelf: flag }) }))
      : toGroup(REP, group(mode === "relay" ? "relay" : "ring-all", targets)),
  );

const arbitraryWorld: fc.Arbitrary<WorldPlan> = fc.record({
  seed: fc.integer(),
  offer: fc.constantFrom(offer(REP), offer("600", "101")),
  route: fc.oneof(
    { weight: 20, arbitrary: arbitraryRoute },
    { weight: 1, arbitrary: fc.constantFrom("unknown", "unreachable", "silent") },
  ),
  channels: fc.integer({ min: -1, max: 4 }),
  lossRate: fc.constantFrom(0, 0, 0.1, 0.3),
  deathRate: fc.constantFrom(0, 0, 0.05, 0.2),
  leaseLossRate: fc.constantFrom(0, 0.3),
  cancelAfterMs: fc.option(
    fc.oneof(
      fc.nat({ max: 100 }),
      // When telephones answer.
      fc.integer({ min: 3_000, max: 3_080 }),
      fc.nat({ max: 60_000 }),
    ),
    { nil: null },
  ),
  hangUp: fc.record({
    by: fc.constantFrom("caller" as const, "callee" as const),
    afterMs: fc.oneof(
      { weight: 9, arbitrary: fc.nat({ max: 120_000 }) },
      { weight: 1, arbitrary: fc.constant(2 * TALK_MAX_MS) },
    ),
  }),
});

const RUNS = 400;

/** Whole lives under loss, duplication, reordering, crossing CANCEL and 200, skew and adoption. */
function holds(claim: (end: WorldEnd, plan: WorldPlan) => void): void {
  fc.assert(
    fc.property(arbitraryWorld, (plan) => {
      claim(liveCall(plan), plan);
    }),
    { numRuns: RUNS },
  );
}

function recordOf({ records }: WorldEnd): CallRecord {
  const record = records.get(Math.max(...records.keys()));
  if (record === undefined) throw new Error("no record");
  return record;
}

describe("every life of a call", () => {
  it("asks nothing twice or without leave of the edge and the allocator", () => {
    holds(({ faults }) => expect(faults).toEqual([]));
  });

  it("comes to its end in bounded time, with no leg and no channel left", () => {
    holds((end) => {
      expect(end.isOver).toBe(true);
      const talked = end.talk === null ? 0 : end.talk.to - end.talk.from;
      const bound = ANSWER_WITHIN_MS + Math.min(talked, TALK_MAX_MS) + 3 * SETTLE_GIVE_UP_MS;
      expect(end.at - end.startedAt).toBeLessThan(bound);
      expect([...end.legs.values()].filter((leg) => leg.phase !== "ended")).toEqual([]);
      expect(end.isCallerUp).toBe(false);
      expect(end.held).toEqual([]);
    });
  });

  it("bridges at most one leg, and bills at most that one", () => {
    holds((end) => {
      expect(end.bridges.length).toBeLessThanOrEqual(1);
      const { legs, disposition } = recordOf(end);
      const billable = legs.filter((leg) => leg.billable);
      expect(billable.length).toBeLessThanOrEqual(1);
      for (const leg of billable) expect(leg.leg).toBe(end.bridges[0]);
      expect(disposition === "answered").toBe(end.bridges.length === 1);
    });
  });

  it("leaves one record, the same under every epoch that wrote it", () => {
    holds((end) => {
      const last = recordOf(end);
      for (const record of end.records.values())
        expect({ ...record, epoch: 0, controller: "" }).toEqual({
          ...last,
          epoch: 0,
          controller: "",
        });
    });
  });

  it("has a record that adds up: legs, talk time, causes", () => {
    holds((end) => {
      const { legs, billableMs, durationMs } = recordOf(end);
      const dialled = legs.filter((leg) => leg.invitedAt !== null).map((leg) => leg.leg);
      expect(dialled.toSorted()).toEqual([...end.legs.keys()].toSorted());
      expect(billableMs).toBe(legs.reduce((sum, leg) => sum + (leg.billable ? leg.talkMs : 0), 0));
      expect(billableMs).toBeLessThanOrEqual(durationMs);
      for (const leg of legs) {
        if (leg.leg !== end.bridges[0]) expect([leg.talkMs, leg.billable]).toEqual([0, false]);
        if (leg.skipped !== "") expect(leg.invitedAt).toBeNull();
        if (leg.billable && end.leasesLost === 0)
          expect(leg.channelHeldMs).toBeGreaterThanOrEqual(leg.talkMs);
        const answeredAt = end.legs.get(leg.leg)?.answeredAt ?? null;
        expect(leg.answeredAt).toBe(answeredAt);
      }
    });
  });

  it("C1: bills exactly the time that the two talked, whatever the controllers' clocks show", () => {
    holds((end, plan) => {
      if (end.talk === null || plan.hangUp.afterMs >= TALK_MAX_MS) return;
      const winner = recordOf(end).legs.find((leg) => leg.leg === end.bridges[0]);
      expect(winner?.talkMs).toBe(end.talk.to - end.talk.from);
    });
  });
});

describe("the world is hard enough", () => {
  it("shows answers, callees gone too early, lost races, adoptions, lost leases, refusals for want of a channel, and abandoned calls", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(arbitraryWorld, (plan) => {
        const end = liveCall(plan);
        if (end.adoptions > 0) seen.add("adopted");
        if (end.leasesLost > 0 && end.talk !== null) seen.add("lost leases");
        const record = recordOf(end);
        seen.add(record.disposition);
        for (const leg of record.legs) seen.add(leg.endCause);
        const isMissed = record.disposition === "failed" && record.endedBy === "callee";
        if (isMissed) seen.add("gone before connected");
      }),
      { numRuns: RUNS, seed: 1 },
    );
    expect([...seen]).toEqual(
      expect.arrayContaining([
        "adopted",
        "lost leases",
        "gone before connected",
        "answered",
        "abandoned",
        "lost-race",
        "no-channel",
        "busy",
      ]),
    );
  });
});
