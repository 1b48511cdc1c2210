import { describe, expect, it } from "vitest";
import { attemptLeg, LEG_A } from "../../../lib/telephony/ids.ts";
import type { LegOrder } from "../../../lib/telephony/leg.ts";
import { answerStrayStep } from "./stray-step.ts";

const B1 = attemptLeg(1);
const step = (...orders: readonly LegOrder[]) => ({ orders, over: false, ackedInput: 7 });

describe("a step of a call that nobody here knows", () => {
  it("is told that the caller is gone and every leg of its orders has ended, numbered on", () => {
    const orders: readonly LegOrder[] = [
      { kind: "cancel-leg", leg: B1, cause: "no-answer" },
      { kind: "hang-up", leg: attemptLeg(2), cause: "lost-race" },
      { kind: "hang-up", leg: LEG_A, cause: "answered" },
      { kind: "ring-caller", status: 180 },
    ];
    expect(answerStrayStep(step(...orders), 5)).toEqual([
      { seq: 8, at: 5, fact: { kind: "leg-ended", leg: "a", by: "edge", cause: "crashed" } },
      {
        seq: 9,
        at: 5,
        fact: { kind: "leg-failed", leg: "b1", status: 487, q850: 0, cause: "no-answer" },
      },
      { seq: 10, at: 5, fact: { kind: "leg-ended", leg: "b2", by: "us", cause: "lost-race" } },
    ]);
  });

  it("without orders is told that the caller is gone, so that its actor lets go of the legs", () => {
    expect(answerStrayStep(step(), 5)).toEqual([
      { seq: 8, at: 5, fact: { kind: "leg-ended", leg: "a", by: "edge", cause: "crashed" } },
    ]);
  });

  it("that is settled is answered with nothing", () => {
    const over = { ...step({ kind: "ring-caller", status: 180 }), over: true };
    expect(answerStrayStep(over, 5)).toEqual([]);
  });
});
