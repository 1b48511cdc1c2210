import { describe, expect, it } from "vitest";
import type { CallId, NodeId } from "../../../lib/telephony/ids.ts";
import { attemptLeg } from "../../../lib/telephony/ids.ts";
import type { LegOrder } from "../../../lib/telephony/leg.ts";
import type { CallStep } from "../../../lib/wire/call-codec.ts";
import { QUIET_MS, StraySteps } from "./stray-steps.ts";

const HANG_UP: LegOrder = { kind: "hang-up", leg: attemptLeg(1), cause: "crashed" };

const stepOf = (callId: string, ...orders: readonly LegOrder[]): CallStep => ({
  callId: callId as CallId,
  epoch: 1,
  controller: "controller-1" as NodeId,
  step: 5,
  ackedInput: 3,
  stateVersion: 1,
  state: new Uint8Array(0),
  orders,
  over: false,
});

describe("steps of unknown calls", () => {
  it("SS2: one without orders is answered, its echo is not, a repetition later is again", () => {
    const strays = new StraySteps();
    const count = (step: CallStep, at: number): number => strays.answer(step, at).length;
    expect(count(stepOf("c"), 0)).toBe(1);
    expect(count(stepOf("c"), 1)).toBe(0);
    expect(count(stepOf("other"), 1)).toBe(1);
    expect(count(stepOf("c"), QUIET_MS)).toBe(1);
  });

  it("SS1: one with orders is always answered, and what follows from the answer is not", () => {
    const strays = new StraySteps();
    expect(strays.answer(stepOf("c"), 0)).toHaveLength(1);
    expect(strays.answer(stepOf("c", HANG_UP), 1)).toHaveLength(2);
    expect(strays.answer(stepOf("c", HANG_UP), 2)).toHaveLength(2);
    expect(strays.answer(stepOf("c"), 3)).toEqual([]);
  });
});
