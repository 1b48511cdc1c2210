/** One call between its machine and its ports: what a step holds, and leases that were lost. */
import { describe, expect, it } from "vitest";
import { Alarms } from "../../../lib/actor/alarms.ts";
import { attemptLeg, type CallId, type LegId, type NodeId } from "../../../lib/telephony/ids.ts";
import type { CallStep } from "../../../lib/wire/call-codec.ts";
import { EDGE, group, offer, REP, toGroup } from "../../test/sample-company.ts";
import { start } from "../core/call.ts";
import type { CallPorts, TakeAnswer } from "../ports.ts";
import { CallActor } from "./call-actor.ts";
import { lookUp } from "./outbox.ts";

const AT = 1_700_000_000_000;
const CONTROLLER = "ctl-1" as NodeId;
const CALL = "c1" as CallId;

/** An offered call; `registry` is what a look-up finds. */
function offeredCall(registry: Parameters<typeof lookUp>[0]) {
  const steps: CallStep[] = [];
  const takes: ((answer: TakeAnswer) => void)[] = [];
  const uncounted: LegId[] = [];
  const ports: CallPorts = {
    lookUpRoute: lookUp(registry),
    channels: {
      take: (_holder, _claims, onAnswer) => takes.push(onAnswer),
      release: () => undefined,
      renew: () => undefined,
    },
    writeRecord: () => undefined,
    sendStep: (_anchor, step) => steps.push(step),
  };
  const call = new CallActor(
    {
      callId: CALL,
      epoch: 1,
      anchor: EDGE,
      controller: CONTROLLER,
      state: start({
        callId: CALL,
        anchor: EDGE,
        controller: CONTROLLER,
        epoch: 1,
        at: AT,
        loopCallsMax: 5,
      }),
      committedStep: 0,
    },
    {
      ports,
      alarms: new Alarms(
        () => AT,
        () => undefined,
      ),
      now: () => AT,
      onOver: () => undefined,
      onSuperseded: () => undefined,
      onUncounted: (_call, refused) => uncounted.push(...refused.map(({ leg }) => leg)),
      onCrash: (_call, error) => {
        throw error;
      },
      onGivenUp: () => undefined,
    },
    (first) => steps.push(first),
  );
  call.receive([{ seq: 1, at: AT, fact: { kind: "offered", offer: offer(REP) } }]);
  return { call, steps, takes, uncounted };
}

const known = (...targets: readonly string[]) => {
  const snapshot = toGroup(REP, group("ring-all", targets));
  return {
    peek: () => ({ kind: "found", snapshot }) as const,
    resolve: () => Promise.reject(new Error("asked although it is known")),
  };
};

const orders = (steps: readonly CallStep[]) =>
  steps.map((step) => step.orders.map((order) => order.kind));

describe("a look-up", () => {
  it("of a known route is part of the first step, which already dials", () => {
    const { steps } = offeredCall(known("201", "202"));
    expect(orders(steps)).toEqual([["dial", "dial"]]);
  });

  it("of another route asks the registry, and dials in a later step", async () => {
    const { promise, resolve } =
      Promise.withResolvers<ReturnType<ReturnType<typeof known>["peek"]>>();
    const { steps } = offeredCall({ peek: () => null, resolve: () => promise });
    expect(orders(steps)).toEqual([[]]);
    resolve(known("201", "202").peek());
    await promise;
    expect(orders(steps)).toEqual([[], ["dial", "dial"]]);
  });
});

describe("a lease that a renewal did not find", () => {
  const b1 = attemptLeg(1);
  const refused = {
    kind: "taken",
    granted: [],
    refused: [{ leg: b1, scope: "company:demo" }],
  } as const;

  it("is taken again; refused, the call stays up without it, is counted, and asks again", () => {
    const { call, steps, takes, uncounted } = offeredCall(known("+819011112222"));
    takes[0]?.({ kind: "taken", granted: [b1], refused: [] });
    call.lose([b1]);
    takes[1]?.(refused);
    expect([uncounted, call.held?.legs]).toEqual([[b1], [b1]]);
    call.lose([b1]);
    takes[2]?.({ kind: "taken", granted: [b1], refused: [] });
    expect([takes.length, uncounted]).toEqual([3, [b1]]);
    expect(orders(steps).flat()).toEqual(["dial"]);
  });

  it("refused before it was dialled it is an ordinary refusal", () => {
    const { takes, uncounted, steps } = offeredCall(known("+819011112222"));
    takes[0]?.(refused);
    expect([uncounted, orders(steps).flat()]).toEqual([[], ["refuse-caller"]]);
  });
});
