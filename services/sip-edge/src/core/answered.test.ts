import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attemptLeg, type LegId } from "../../../lib/telephony/ids.ts";
import type { LegFact, LegOrder } from "../../../lib/telephony/leg.ts";
import { arbitraryKeptCall, arbitraryKeptSide } from "../../test/kept-arbitrary.ts";
import {
  callOfNextLife,
  EPOCH_JUMP,
  keepCall,
  keepDialog,
  reviveCall,
  reviveDialog,
  SEQUENCE_JUMP,
  sideOfNextLife,
} from "./answered.ts";
import { type EdgeCall, type EdgeCallInput, startEdgeCall, stepEdgeCall } from "./call.ts";

const AT = 1_800_000_000_000;
const [B1, B2, B3] = [attemptLeg(1), attemptLeg(2), attemptLeg(3)] as const;
const [sample] = fc.sample(arbitraryKeptCall, { numRuns: 1, seed: 1 });
if (sample === undefined) throw new Error("no sample");
const { leg: _leg, branch: _branch, ...place } = sample.callee;
const AROUND = {
  callId: sample.callId,
  startedAt: AT,
  traceparent: "",
  caller: sample.caller,
  callee: place,
};

const dial = (leg: LegId): LegOrder => ({
  kind: "dial",
  leg,
  destination: {
    kind: "extension",
    companyId: "acme" as never,
    extension: "1001" as never,
    caller: { number: "", display: "", withheld: false },
  },
  expiresS: 20,
  maxForwards: 69,
});

/** A call after these inputs; every order comes as a step of its own. */
function after(...inputs: readonly (EdgeCallInput | readonly LegOrder[])[]): EdgeCall {
  const offer = {
    origin: { kind: "trunk", trunkId: "carrier" as never },
    called: "1",
    caller: { number: "", display: "", withheld: false },
    diversions: 0,
    priority: null,
    maxForwards: 70,
    traceparent: "",
  } as const;
  let { state } = startEdgeCall(AT, offer);
  let step = 0;
  for (const input of inputs) {
    if ("kind" in input) {
      state = stepEdgeCall(state, AT, input).state;
      continue;
    }
    step += 1;
    const next = {
      epoch: 1,
      controller: "c1" as never,
      step,
      ackedInput: step,
      stateVersion: 1,
      state: new Uint8Array([step]),
      orders: input,
      over: false,
    };
    state = stepEdgeCall(state, AT, { kind: "step-received", step: next }).state;
  }
  return state;
}

const prepared = (leg: LegId): EdgeCallInput => ({
  kind: "prepared",
  leg,
  branches: 1,
  at: "once",
});
const progressed = (leg: LegId, status: number): EdgeCallInput => ({
  kind: "branch-reported",
  leg,
  branch: 0,
  fact: {
    kind: "progressed",
    response: { relayId: 0, status, reason: "", headers: [], body: "v=0" },
  },
});
const ANSWER_B1: readonly LegOrder[] = [
  { kind: "answer-caller", leg: B1 },
  { kind: "cancel-leg", leg: B2, cause: "cancelled-elsewhere" },
];
/** B1 talks, B2 is being cancelled, B3 failed. */
const TALKING = [
  [dial(B1), dial(B2), dial(B3)],
  prepared(B1),
  prepared(B2),
  prepared(B3),
  progressed(B3, 486),
  progressed(B1, 200),
  ANSWER_B1,
] as const;

describe("what is kept of an answered call", () => {
  it("kept, revived and kept again it is the same", () => {
    fc.assert(
      fc.property(arbitraryKeptCall, fc.nat(10_000), (kept, wait) => {
        const revived = reviveCall(kept, AT, AT + wait);
        const { leg: _ofLeg, branch: _ofBranch, ...callee } = kept.callee;
        expect(keepCall(revived, AT, { ...kept, callee })).toEqual(kept);
      }),
    );
  });

  it("a dialog kept, revived and kept again is the same", () => {
    fc.assert(
      fc.property(arbitraryKeptSide, ({ peer: _peer, ...kept }) => {
        expect(keepDialog(reviveDialog(kept))).toEqual(kept);
      }),
    );
  });

  it("holds the last commit, and what the actor must hear of a leg that is lost with this life", () => {
    const kept = keepCall(after(...TALKING), AT, AROUND);
    expect(kept?.anchor).toMatchObject({
      epoch: 1,
      commit: { step: 2, stateVersion: 1, state: new Uint8Array([2]) },
      formerHolder: "c1",
      lastSeq: 4,
    });
    const lost: LegFact = {
      kind: "leg-failed",
      leg: B2,
      status: 487,
      q850: 0,
      cause: "cancelled-elsewhere",
    };
    expect(kept?.anchor.pending.map(({ seq }) => seq)).toEqual([3, 4]);
    expect(kept?.anchor.pending.at(-1)?.fact).toEqual(lost);
    expect(kept?.over).toEqual([B2, B3]);
    expect(kept?.callee).toMatchObject({ leg: B1, branch: 0 });
  });

  it.each([
    ["that rings", TALKING.slice(0, 4)],
    ["that was answered, but its caller is not told yet", TALKING.slice(0, 6)],
    [
      "whose callee hung up",
      [
        ...TALKING,
        {
          kind: "branch-reported",
          leg: B1,
          branch: 0,
          fact: { kind: "ended", byFarEnd: true, reason: "" },
        },
      ],
    ],
    ["that is let go", [...TALKING, { kind: "let-go", retryAfterS: 5 }]],
  ] as const)("is nothing for a call %s", (_which, inputs) => {
    expect(keepCall(after(...inputs), AT, AROUND)).toBeNull();
  });

  it("a dialog with an open request, or a BYE that waits for the first ACK, is not kept", () => {
    const up = reviveDialog(sample.caller);
    if (up.phase !== "up") throw new Error("not up");
    const request = { kind: "request", method: "INVITE", uri: "", headers: [], body: "" } as const;
    const relay = { relayId: 9, request, phase: "open" } as const;
    expect(keepDialog({ ...up, asked: [relay] })).toBeNull();
    expect(keepDialog({ ...up, passed: [{ ...relay, phase: "unacknowledged" }] })).toBeNull();
    expect(keepDialog({ ...up, byeReason: "" })).toBeNull();
    expect(keepDialog({ phase: "gone" })).toBeNull();
    expect(keepDialog(null)).toBeNull();
  });
});

describe("the next life", () => {
  it("is offered at its time, under an epoch above all that this one reached", () => {
    const next = callOfNextLife(sample);
    const revived = reviveCall(next, AT, AT + 250);
    const early = stepEdgeCall(revived, AT + 249, { kind: "deadline-passed" });
    expect(early.effects).toEqual([]);
    const { effects } = stepEdgeCall(revived, AT + 250, { kind: "deadline-passed" });
    const { commit, pending, epoch } = sample.anchor;
    expect(effects).toEqual([{ kind: "assign", epoch: epoch + EPOCH_JUMP + 1, commit, pending }]);
  });

  it("numbers its requests on from far above, whatever was sent before", () => {
    fc.assert(
      fc.property(arbitraryKeptSide, (side) => {
        const next = sideOfNextLife(side);
        const localSeq = (side.dialog.localSeq ?? 0) + SEQUENCE_JUMP;
        expect(next.dialog).toEqual({ ...side.dialog, localSeq });
        expect(next.lastRelay).toBe(side.lastRelay + SEQUENCE_JUMP);
      }),
    );
  });

  it("knows no connection: a peer over TCP is sought at its Contact, one over UDP where it was", () => {
    const remoteTarget = "sip:1001@192.0.2.7:5062;transport=tcp";
    const dialog = { ...sample.caller.dialog, remoteTarget, routes: [] };
    const host = "198.51.100.9";
    const peer = (transport: "udp" | "tcp") =>
      sideOfNextLife({
        ...sample.caller,
        dialog,
        peer: { kind: "telephone", endpoint: { transport, host, port: 40_000, flow: "tcp-7" } },
      }).peer.endpoint;
    expect(peer("tcp")).toEqual({ transport: "tcp", host: "192.0.2.7", port: 5062 });
    expect(peer("udp")).toMatchObject({ transport: "udp", host, port: 40_000 });
  });
});
