/** The table of calls: who is taken, who is declined, who is given up. */
import { describe, expect, it } from "vitest";
import { Alarms } from "../../../lib/actor/alarms.ts";
import {
  attemptLeg,
  type CallId,
  LEG_A,
  type LegId,
  type NodeId,
} from "../../../lib/telephony/ids.ts";
import type { AssignmentAnswer, CallAssignment, CallStep } from "../../../lib/wire/call-codec.ts";
import { EDGE, group, offer, REP, toGroup } from "../../test/sample-company.ts";
import type { CallState } from "../core/call/state.ts";
import { decodeState, STATE_VERSION } from "../core/state-codec.ts";
import type { CallPorts, TakeAnswer } from "../ports.ts";
import { Calls } from "./calls.ts";

const CALL = "c1" as CallId;
const AT = 1_700_000_000_000;

/** Ports of a world in which nobody ever answers. */
const SILENT: CallPorts = {
  lookUpRoute: () => undefined,
  channels: { take: () => undefined, release: () => undefined, renew: () => undefined },
  writeRecord: () => undefined,
  sendStep: () => undefined,
};

function table(ports: CallPorts = SILENT) {
  const told: string[] = [];
  const calls = new Calls({
    controller: "ctl-1" as NodeId,
    ports,
    alarms: new Alarms(
      () => AT,
      () => undefined,
    ),
    now: () => AT,
    loopCallsMax: 5,
    watch: {
      taken: (_call, isAdoption) => told.push(isAdoption ? "adopted" : "taken"),
      over: () => told.push("over"),
      leasesLost: ({ legs }) => told.push(`lost ${legs.join(" ")}`),
      uncounted: (_call, refused) =>
        told.push(`uncounted ${refused.map(({ leg }) => leg).join(" ")}`),
      crashed: () => told.push("crashed"),
      givenUp: () => told.push("given up"),
      declined: (_callId, reason) => told.push(`declined ${reason}`),
      dismissed: () => told.push("dismissed"),
      strayInputs: (_callId, count) => told.push(`stray ${count}`),
    },
  });
  const answers: AssignmentAnswer[] = [];
  const assign = (changes: Partial<CallAssignment> = {}): void =>
    calls.assign({ ...newCall(), ...changes }, (answer) => answers.push(answer));
  return { calls, told, answers, assign };
}

const newCall = (): CallAssignment => ({
  callId: CALL,
  epoch: 1,
  anchor: EDGE,
  step: 0,
  stateVersion: 0,
  state: new Uint8Array(),
  pending: [{ seq: 1, at: AT, fact: { kind: "offered", offer: offer(REP) } }],
});

describe("assignments", () => {
  it("a new call is taken and answered with its first step", () => {
    const { assign, answers, calls } = table();
    assign();
    expect(answers).toMatchObject([{ kind: "step", step: { step: 1, ackedInput: 1, epoch: 1 } }]);
    expect(calls.size).toBe(1);
  });

  it("a later epoch replaces the call from the state that its anchor committed", () => {
    const { assign, answers, calls, told } = table();
    assign();
    const first = answers[0];
    if (first?.kind !== "step") throw new Error("not taken");
    const { step, state, stateVersion } = first.step;
    assign({ epoch: 2, step, state, stateVersion, pending: [] });
    expect(answers[1]).toMatchObject({ kind: "step", step: { step: 2, epoch: 2 } });
    expect([calls.size, told]).toEqual([1, ["taken", "adopted"]]);
  });

  it.each([
    ["of an epoch that is held already", { epoch: 1 }, "outdated"],
    [
      "of a state version of another release",
      { epoch: 2, step: 1, stateVersion: 999 },
      "unknown-state-version",
    ],
    [
      "of a state that does not decode",
      { epoch: 2, step: 1, stateVersion: STATE_VERSION, state: Buffer.from("{") },
      "malformed",
    ],
  ] as const)("one %s is declined and changes nothing", (_title, changes, reason) => {
    const { assign, answers, calls } = table();
    assign();
    assign(changes);
    expect(answers[1]).toMatchObject({ kind: "declined", reason });
    expect(calls.size).toBe(1);
  });

  it("a draining controller declines and keeps what it has", () => {
    const { assign, answers, calls } = table();
    assign();
    calls.drain();
    assign({ callId: "c2" as CallId });
    expect(answers[1]).toMatchObject({ kind: "declined", reason: "draining" });
    expect(calls.size).toBe(1);
  });
});

describe("a call whose machine breaks", () => {
  /** The state of a call that rings 201, changed as no machine of ours leaves it. */
  function brokenCall(change: (state: CallState & { phase: "ringing" }) => object) {
    const snapshot = toGroup(REP, group("relay", ["201"]));
    const steps: CallStep[] = [];
    const around = table({
      ...SILENT,
      lookUpRoute: (_query, onAnswer) => onAnswer({ kind: "found", snapshot }),
      sendStep: (_anchor, step) => steps.push(step),
    });
    around.assign();
    const first = around.answers[0];
    if (first?.kind !== "step") throw new Error("not taken");
    const { step, state: bytes, stateVersion } = first.step;
    const decoded = decodeState(stateVersion, Buffer.from(bytes).toString());
    if (decoded.kind !== "state" || decoded.state.phase !== "ringing")
      throw new Error("no ringing");
    const state = Buffer.from(JSON.stringify(change(decoded.state)));
    around.assign({ epoch: 2, step, state, stateVersion, pending: [] });
    return { ...around, steps };
  }

  it("and breaks while it is ended is given up: all is let go, and it is over for its anchor too", () => {
    const { answers, calls, told } = brokenCall(({ legs, ...state }) => ({
      ...state,
      legs: legs.map((leg) => ({ ...leg, lease: { phase: "freed", heldMs: 0 } })),
    }));
    expect(answers[1]).toMatchObject({
      kind: "step",
      step: {
        epoch: 2,
        step: 2,
        over: true,
        orders: [{ kind: "cancel-leg" }, { kind: "refuse-caller", status: 500 }],
      },
    });
    expect(told.slice(2)).toEqual(["crashed", "crashed", "given up"]);
    expect(calls.size).toBe(0);
  });

  it("is ended; broken again by its record it is given up", () => {
    const { answers, calls, steps, told } = brokenCall(({ ring: _, legs, offered, ...state }) => ({
      ...state,
      phase: "talking",
      offered: { ...offered, offer: { ...offered.offer, caller: null } },
      legs: legs.map((leg) => ({ ...leg, life: { ...leg.life, phase: "talking" } })),
      winner: "b9",
      answeredAt: AT,
      hangUpAt: AT + 1_000,
    }));
    const hangUps = [{ kind: "hang-up" }, { kind: "hang-up" }];
    expect(answers[1]).toMatchObject({ step: { over: false, orders: hangUps } });
    expect([told.slice(2), calls.size]).toEqual([["crashed"], 1]);
    const ended = (leg: LegId, seq: number) =>
      ({ seq, at: AT, fact: { kind: "leg-ended", leg, by: "us", cause: "crashed" } }) as const;
    const inputs = [ended(LEG_A, 2), ended(attemptLeg(1), 3)];
    calls.receive({ callId: CALL, epoch: 2, anchor: EDGE, inputs });
    expect(steps).toMatchObject([{ over: true, orders: [], ackedInput: 2 }]);
    expect([told.slice(3), calls.size]).toEqual([["crashed", "given up"], 0]);
  });
});

describe("inputs", () => {
  const cancelled = { seq: 2, at: AT, fact: { kind: "caller-cancelled" } } as const;
  const inputs = (epoch: number) => ({ callId: CALL, epoch, anchor: EDGE, inputs: [cancelled] });

  it("of the epoch that is held reach the call", () => {
    const { assign, calls, told } = table();
    assign();
    calls.receive(inputs(1));
    expect([...calls.all()][0]?.state.head.lastSeq).toBe(2);
    expect(told).toEqual(["taken"]);
  });

  it("of a call that is not held are counted", () => {
    const { calls, told } = table();
    calls.receive(inputs(1));
    expect(told).toEqual(["stray 1"]);
  });

  it("of a higher epoch mean that the call is another controller's: it is given up without a word", () => {
    const { assign, calls, told, answers } = table();
    assign();
    calls.receive(inputs(2));
    expect([calls.size, told, answers.length]).toEqual([0, ["taken", "dismissed"], 1]);
  });
});

describe("a call that waits for a channel", () => {
  function waiting() {
    const snapshot = toGroup(REP, group("relay", ["+819011112222", "+819011113333"]));
    const takes: ((answer: TakeAnswer) => void)[] = [];
    let steps = 0;
    const around = table({
      ...SILENT,
      lookUpRoute: (_query, onAnswer) => onAnswer({ kind: "found", snapshot }),
      channels: { ...SILENT.channels, take: (_holder, _claims, answer) => takes.push(answer) },
      sendStep: () => {
        steps += 1;
      },
    });
    around.assign();
    const answer = (given: TakeAnswer): void => takes.shift()?.(given);
    return { ...around, answer, asked: () => takes.length, steps: () => steps };
  }

  it("and hears that a higher epoch holds it is given up: no other target is tried", () => {
    const { answer, asked, calls, told } = waiting();
    answer({ kind: "superseded" });
    expect([calls.size, told, asked()]).toEqual([0, ["taken", "dismissed"], 0]);
  });

  it("goes on with the next target when the allocator is out of reach", () => {
    const { answer, asked, calls } = waiting();
    const before = asked();
    answer({ kind: "unreachable" });
    expect([before, calls.size, asked()]).toEqual([1, 1, 1]);
  });

  it("says nothing more once it is handed over, whatever becomes of its question", () => {
    const { answer, asked, calls, steps } = waiting();
    const before = steps();
    calls.handOver();
    answer({ kind: "unreachable" });
    expect([calls.size, asked(), steps()]).toEqual([0, 0, before]);
  });
});

describe("leases that were lost", () => {
  it("are taken again by the call of that epoch, and by no other", () => {
    const b1 = attemptLeg(1);
    const snapshot = toGroup(REP, group("relay", ["+819011112222"]));
    const takes: ((answer: TakeAnswer) => void)[] = [];
    const { assign, calls, told } = table({
      ...SILENT,
      lookUpRoute: (_query, onAnswer) => onAnswer({ kind: "found", snapshot }),
      channels: { ...SILENT.channels, take: (_holder, _claims, answer) => takes.push(answer) },
    });
    assign();
    takes[0]?.({ kind: "taken", granted: [b1], refused: [] });
    calls.lose([{ callId: CALL, epoch: 2, legs: [b1] }]);
    expect(takes).toHaveLength(1);
    calls.lose([{ callId: CALL, epoch: 1, legs: [b1] }]);
    expect(takes).toHaveLength(2);
    expect(told).toEqual(["taken", "lost b1", "lost b1"]);
  });
});

describe("what NATS may have lost", () => {
  it("the last step is said again, word for word, and only by calls that were silent since", () => {
    const steps: CallStep[] = [];
    const snapshot = toGroup(REP, group("relay", ["201"]));
    const { assign, answers, calls } = table({
      ...SILENT,
      lookUpRoute: (_query, onAnswer) => onAnswer({ kind: "found", snapshot }),
      sendStep: (_anchor, step) => steps.push(step),
    });
    assign();
    calls.repeat(AT - 1);
    expect(steps).toEqual([]);
    calls.repeat(AT);
    expect(answers[0]).toEqual({ kind: "step", step: steps[0] });
    expect(steps[0]?.orders).toMatchObject([{ kind: "dial" }]);
  });

  it("a call that was over lately says so again, until it is forgotten", () => {
    const steps: CallStep[] = [];
    const { assign, calls, told } = table({
      ...SILENT,
      lookUpRoute: (_query, onAnswer) => onAnswer({ kind: "unknown" }),
      writeRecord: (_record, _traceparent, onWritten) => onWritten(),
      sendStep: (_anchor, step) => steps.push(step),
    });
    assign();
    const fact = { kind: "leg-ended", leg: LEG_A, by: "us", cause: "refused" } as const;
    calls.receive({ callId: CALL, epoch: 1, anchor: EDGE, inputs: [{ seq: 2, at: AT, fact }] });
    expect(told).toContain("over");
    calls.repeat(AT);
    expect(steps.map(({ step, over }) => [step, over])).toEqual([
      [2, true],
      [2, true],
    ]);
    calls.forget(AT);
    calls.repeat(AT);
    expect(steps).toHaveLength(2);
  });
});
