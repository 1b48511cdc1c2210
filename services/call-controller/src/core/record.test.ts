import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../../lib/telephony/call-detail-record.ts";
import { ladderCall } from "../../test/ladder-notation.ts";
import { recordOf } from "./record.ts";

const RING_ALL = [
  "offered +815010000001 by +81312345678",
  "route-found ring-all 201 +819011112222",
  "channels-taken b2",
  "leg-ringing b2",
  "wait 7s",
];

function recorded(lines: readonly string[]): CallRecord {
  const call = ladderCall();
  for (const line of lines) call.say(line);
  const state = call.state();
  if (state.phase !== "settling") throw new Error(`still ${state.phase}`);
  return recordOf(state);
}

const answered = recorded([
  ...RING_ALL,
  "leg-answered b2",
  "leg-failed b1 487 rejected",
  "wait 60.99s",
  "leg-ended a far-end",
  "leg-ended b2 us",
]);

describe("record of an answered call", () => {
  it("has the call's own facts", () => {
    expect(answered).toMatchObject({
      callId: "c1",
      companyId: "demo",
      revision: 7,
      traceId: "0af7651916cd43dd8448eb211c80319c",
      trunkId: "carrier-a",
      callerExtension: null,
      callerNumber: "+81312345678",
      calledNumber: "+815010000001",
      mode: "ring-all",
      trigger: "external",
      disposition: "answered",
      endedBy: "caller",
      fault: "none",
      sipStatus: 200,
    });
  });

  it("B3: bills talk time alone, and the call's duration holds the ringing as well", () => {
    expect(answered.billableMs).toBe(61_000);
    expect(answered.durationMs).toBe((answered.endedAt ?? 0) - answered.startedAt);
    expect(answered.durationMs).toBeGreaterThan(68_000);
  });

  it("B2: one billable leg; the loser has its cause and no talk time", () => {
    expect(
      answered.legs.map((leg) => [leg.leg, leg.endCause, leg.talkMs, leg.billable, leg.sipStatus]),
    ).toEqual([
      ["b1", "cancelled-elsewhere", 0, false, 487],
      ["b2", "answered", 61_000, true, 200],
    ]);
  });

  it("R15: the channel is held from before the INVITE until the leg's end is confirmed", () => {
    const [, mobile] = answered.legs;
    expect(mobile?.channelHeldMs).toBe((mobile?.endedAt ?? 0) - (mobile?.invitedAt ?? 0));
  });

  it("a grant that is told again after the leg's end does not change how long it was held", () => {
    const lines = [...RING_ALL, "leg-answered b2", "leg-failed b1 487 rejected", "wait 60s"];
    const ends = ["leg-ended b2 far-end", "channels-taken b2", "leg-ended a us"];
    const mobile = recorded([...lines, ...ends]).legs[1];
    expect(mobile?.channelHeldMs).toBeGreaterThan(60_000);
  });

  it("counts as held only the time before a lost lease was missed and after it was taken again", () => {
    const up = [...RING_ALL, "leg-answered b2", "leg-failed b1 487 rejected"];
    const gap = ["wait 30s", "channels-lost b2", "wait 20s", "channels-taken b2", "wait 10s"];
    const mobile = recorded([...up, ...gap, "leg-ended b2 far-end", "leg-ended a us"]).legs[1];
    expect(mobile?.talkMs).toBeGreaterThan(60_000);
    expect(mobile?.channelHeldMs).toBeGreaterThan(47_000);
    expect(mobile?.channelHeldMs).toBeLessThan(48_000);
  });

  it("R14: the outside leg says the class of its number, by which it is rated", () => {
    expect(answered.legs[1]?.member).toMatchObject({ class: "mobile", onNet: false });
    expect(answered.pricePlan).toBe("standard");
  });

  it("R9, R10: the outside leg shows the number that was called, by its rule", () => {
    expect(answered.legs[1]?.member).toMatchObject({
      kind: "outside",
      number: "+819011112222",
      source: { number: "+815010000001", rule: "D1", class: "representative" },
    });
  });
});

describe("record of a call that failed", () => {
  it("B1: targets that were skipped or not tried are legs with their cause", () => {
    const record = recorded([
      "offered 203 by 101",
      "route-found terminal 203 +819011112222 204 205",
      "caller-cancelled",
      "leg-failed b2 487 rejected",
    ]);
    expect(record.legs.map((leg) => [leg.endCause, leg.skipped, leg.invitedAt === null])).toEqual([
      ["refused", "D8", true],
      ["abandoned", "", false],
      ["not-tried", "", true],
    ]);
    expect(record).toMatchObject({ disposition: "abandoned", trigger: "internal", billableMs: 0 });
  });

  it("a caller whom the company turned away is in its records, with the rule", () => {
    const record = recorded([
      "company deny +81312345678",
      "offered +815010000001 by +81312345678",
      "route-found ring-all 201 +819011112222",
      "leg-ended a us refused",
    ]);
    expect(record).toMatchObject({
      companyId: "demo",
      revision: 7,
      trunkId: "carrier-a",
      pricePlan: "standard",
      disposition: "refused",
      fault: "none",
      sipStatus: 603,
      refusedBy: "deny",
      legs: [],
    });
  });

  it("A20: whatever answers counts as an answer and is billed", () => {
    expect(answered).toMatchObject({ disposition: "answered", refusedBy: "" });
    expect(answered.legs[1]).toMatchObject({ endCause: "answered", billable: true });
  });

  it("a callee who is gone before the caller could be connected is no answer, and is not billed", () => {
    const lines = [
      ...RING_ALL,
      "leg-answered b2",
      "leg-ended b2 far-end",
      "leg-ended a us refused",
    ];
    const record = recorded([...lines, "leg-failed b1 487 rejected"]);
    expect(record).toMatchObject({
      disposition: "failed",
      endedBy: "callee",
      sipStatus: 480,
      answeredAt: null,
      billableMs: 0,
    });
    expect(record.legs[1]).toMatchObject({ endCause: "lost-race", billable: false, talkMs: 0 });
  });

  it("the same when the caller's end is heard of before the callee's", () => {
    const lines = [
      ...RING_ALL,
      "leg-answered b2",
      "leg-ended a us refused",
      "leg-ended b2 far-end",
    ];
    const record = recorded([...lines, "leg-failed b1 487 rejected"]);
    expect(record).toMatchObject({ disposition: "failed", sipStatus: 480, billableMs: 0 });
  });

  it("an unknown number has no company and no legs", () => {
    const record = recorded([
      "offered 0501111222233 by +81312345678",
      "route-unknown",
      "leg-ended a us",
    ]);
    expect(record).toMatchObject({ companyId: null, revision: 0, sipStatus: 404, legs: [] });
  });

  it("what was dialled is recorded as it came when it is no number", () => {
    expect(recorded(["offered *21 by +81312345678", "leg-ended a us"]).calledNumber).toBe("*21");
  });

  it("is refused while a leg is still up", () => {
    expect(() => recorded([...RING_ALL, "caller-cancelled"])).toThrow(/ended legs only/);
  });
});
