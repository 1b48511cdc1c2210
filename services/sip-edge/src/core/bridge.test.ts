import { describe, expect, it } from "vitest";
import { unreachable } from "../../../lib/telephony/assert.ts";
import { attemptLeg, LEG_A, type LegId } from "../../../lib/telephony/ids.ts";
import type { LegFact, LegOrder } from "../../../lib/telephony/leg.ts";
import { type BridgeEffect, type BridgeInput, startBridge, stepBridge } from "./bridge.ts";
import type { SideFact } from "./leg/side.ts";

const B1 = attemptLeg(1);
const B2 = attemptLeg(2);

const ordered = (order: LegOrder): BridgeInput => ({ kind: "ordered", order });
const dial = (leg: LegId): BridgeInput =>
  ordered({
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
const prepared = (leg: LegId, branches = 1): BridgeInput => ({
  kind: "prepared",
  leg,
  branches,
  at: "once",
});
const branch = (leg: LegId, fact: SideFact, n = 0): BridgeInput => ({
  kind: "branch-reported",
  leg,
  branch: n,
  fact,
});
const caller = (fact: SideFact): BridgeInput => ({ kind: "caller-reported", fact });
const response = (status: number, body = "", relayId = 0) => ({
  relayId,
  status,
  reason: "",
  headers: [],
  body,
});
const progressed = (status: number, body = ""): SideFact => ({
  kind: "progressed",
  response: response(status, body),
});
const ended = (byFarEnd: boolean): SideFact => ({ kind: "ended", byFarEnd, reason: "" });
const request = (method: string, relayId = 7): SideFact => ({
  kind: "request",
  request: { relayId, method, headers: [], body: "" },
});

function showFact(fact: LegFact): string {
  switch (fact.kind) {
    case "leg-ringing":
      return `leg-ringing ${fact.leg} ${fact.status}`;
    case "leg-answered":
      return `leg-answered ${fact.leg}`;
    case "leg-failed":
      return `leg-failed ${fact.leg} ${fact.status} ${fact.cause}`;
    case "leg-ended":
      return `leg-ended ${fact.leg} ${fact.by} ${fact.cause}`;
    case "offered":
    case "caller-cancelled":
      return fact.kind;
    default:
      return unreachable(fact);
  }
}

function show(effect: BridgeEffect): string {
  switch (effect.kind) {
    case "prepare":
      return `prepare ${effect.leg}`;
    case "dial-branch":
      return `dial ${effect.leg}.${effect.branch}`;
    case "order-caller":
      return `a: ${effect.order.kind}`;
    case "order-branch":
      return `${effect.leg}.${effect.branch}: ${effect.order.kind}`;
    case "report":
      return showFact(effect.fact);
    default:
      return unreachable(effect);
  }
}

/** What each input brings about, after those before it. */
function linesOf(...inputs: readonly BridgeInput[]): readonly string[] {
  let state = startBridge();
  return inputs.map((input) => {
    const step = stepBridge(state, input);
    state = step.state;
    return step.effects.map(show).join("; ");
  });
}
const lastOf = (...inputs: readonly BridgeInput[]): string => linesOf(...inputs).at(-1) ?? "";

const RINGING = [dial(B1), prepared(B1)] as const;
const JOINED = [
  ...RINGING,
  branch(B1, progressed(200, "v=0")),
  ordered({ kind: "answer-caller", leg: B1 }),
] as const;

describe("orders", () => {
  it("a call from dial to answer", () => {
    expect(linesOf(...JOINED)).toEqual(["prepare b1", "dial b1.0", "leg-answered b1", "a: answer"]);
  });

  it.each([
    ["dial", dial(B1)],
    ["answer-caller", ordered({ kind: "answer-caller", leg: B1 })],
    ["ring-caller", ordered({ kind: "ring-caller", status: 180 })],
    ["cancel-leg", ordered({ kind: "cancel-leg", leg: B1, cause: "no-answer" })],
  ])("%s again changes nothing (BG1)", (_kind, order) => {
    expect(lastOf(...JOINED, order)).toBe("");
  });

  it.each([
    ["cancel-leg", ordered({ kind: "cancel-leg", leg: B2, cause: "no-answer" })],
    ["hang-up", ordered({ kind: "hang-up", leg: B2, cause: "answered" })],
    ["answer-caller", ordered({ kind: "answer-caller", leg: B2 })],
  ])("%s of an unknown leg changes nothing (BG1)", (_kind, order) => {
    expect(lastOf(...RINGING, order)).toBe("");
  });

  it("nobody is dialled for a caller who has gone (BG3)", () => {
    expect(linesOf(caller({ kind: "cancelled" }), dial(B1))).toEqual([
      "caller-cancelled",
      "leg-failed b1 487 abandoned",
    ]);
  });

  it("a winner that hung up meanwhile answers nobody", () => {
    const answer = ordered({ kind: "answer-caller", leg: B1 });
    const lines = linesOf(...RINGING, branch(B1, progressed(200)), branch(B1, ended(true)), answer);
    expect(lines.slice(3)).toEqual(["leg-ended b1 far-end answered", ""]);
  });

  it.each([
    ["refused", RINGING, "leg-ended a us refused"],
    ["answered", JOINED, "leg-ended a us answered"],
  ] as const)(
    "a caller let go by hang-up is %s: it shows whether there was a 200 (BG5)",
    (_, before, end) => {
      const overtaken = [
        branch(B1, progressed(200)),
        branch(B1, ended(true)),
        ordered({ kind: "answer-caller", leg: B1 }),
        ordered({ kind: "hang-up", leg: LEG_A, cause: "answered" }),
      ];
      expect(lastOf(...before, ...overtaken, caller(ended(false)))).toContain(end);
    },
  );

  it("a refusal carries cause and pause", () => {
    const refuse = ordered({
      kind: "refuse-caller",
      status: 503,
      reason: "",
      q850: 34,
      retryAfterS: 5,
    });
    const { effects } = stepBridge(startBridge(), refuse);
    expect(effects).toMatchObject([
      {
        order: {
          headers: [
            ["Reason", "Q.850;cause=34"],
            ["Retry-After", "5"],
          ],
        },
      },
    ]);
    expect(lastOf(refuse, caller(ended(false)))).toBe("leg-ended a us refused");
  });
});

describe("early media (DOMAIN 4.4)", () => {
  const early = branch(B1, progressed(183, "v=0"));
  const ring = ordered({ kind: "ring-caller", status: 183 });
  const sdpAfter = (...inputs: readonly BridgeInput[]): unknown => {
    let state = startBridge();
    let effects: readonly BridgeEffect[] = [];
    for (const input of inputs) ({ state, effects } = stepBridge(state, input));
    const [effect] = effects;
    return effect?.kind === "order-caller" && effect.order.kind === "ring"
      ? effect.order.sdp
      : null;
  };

  it("of the only leg reaches the caller", () => {
    expect(sdpAfter(...RINGING, early, ring)).toBe("v=0");
  });

  it("does not when a second leg was dialled", () => {
    expect(sdpAfter(...RINGING, dial(B2), prepared(B2), early, ring)).toBe("");
  });
});

describe("the join (BG2)", () => {
  it("the caller's BYE hangs the callee up at once", () => {
    expect(linesOf(...JOINED, caller(ended(true)), branch(B1, ended(false))).slice(4)).toEqual([
      "leg-ended a far-end answered; b1.0: hang-up",
      "leg-ended b1 us answered",
    ]);
  });

  it("the callee's BYE hangs the caller up at once", () => {
    expect(linesOf(...JOINED, branch(B1, ended(true)), caller(ended(false))).slice(4)).toEqual([
      "leg-ended b1 far-end answered; a: hang-up",
      "leg-ended a us answered",
    ]);
  });

  it("BYEs that cross end each leg once", () => {
    expect(linesOf(...JOINED, caller(ended(true)), branch(B1, ended(true))).slice(4)).toEqual([
      "leg-ended a far-end answered; b1.0: hang-up",
      "leg-ended b1 far-end answered",
    ]);
  });

  it("the actor's order to end both gives its cause to both", () => {
    const lines = linesOf(
      ...JOINED,
      ordered({ kind: "hang-up", leg: LEG_A, cause: "session-timeout" }),
      ordered({ kind: "hang-up", leg: B1, cause: "session-timeout" }),
      caller(ended(false)),
      branch(B1, ended(false)),
    );
    expect(lines.slice(4)).toEqual([
      "a: hang-up",
      "b1.0: hang-up",
      "leg-ended a us session-timeout",
      "leg-ended b1 us session-timeout",
    ]);
  });

  it("requests and answers pass both ways", () => {
    const answer: SideFact = { kind: "response", response: response(200, "", 7) };
    expect(lastOf(...JOINED, caller(request("INVITE")))).toBe("b1.0: request");
    expect(lastOf(...JOINED, branch(B1, answer))).toBe("a: response");
    expect(lastOf(...JOINED, branch(B1, request("INFO")))).toBe("a: request");
    expect(lastOf(...JOINED, caller(answer))).toBe("b1.0: response");
  });

  it.each([
    ["UPDATE", 491],
    ["INFO", 480],
  ])("%s of a leg that is not joined yet is answered %i", (method, status) => {
    let state = startBridge();
    for (const input of [...RINGING, branch(B1, progressed(200))]) {
      ({ state } = stepBridge(state, input));
    }
    const { effects } = stepBridge(state, branch(B1, request(method)));
    expect(effects).toMatchObject([{ order: { kind: "response", response: { status } } }]);
  });

  it("a loser's end does not touch the caller", () => {
    const lines = linesOf(
      ...RINGING,
      dial(B2),
      prepared(B2),
      branch(B1, progressed(200)),
      branch(B2, progressed(200)),
      ordered({ kind: "answer-caller", leg: B1 }),
      ordered({ kind: "hang-up", leg: B2, cause: "lost-race" }),
      branch(B2, ended(false)),
    );
    expect(lines.slice(-2)).toEqual(["b2.0: hang-up", "leg-ended b2 us lost-race"]);
  });
});

describe("letting a call go without an actor", () => {
  const letGo: BridgeInput = { kind: "let-go", retryAfterS: 5 };

  it("while it rings: 503 for the caller, CANCEL for every leg", () => {
    expect(lastOf(...RINGING, dial(B2), prepared(B2, 2), letGo)).toBe(
      "a: refuse; b1.0: cancel; b2.0: cancel; b2.1: cancel",
    );
  });

  it("during talk: BYE for both", () => {
    expect(lastOf(...JOINED, letGo)).toBe("a: hang-up; b1.0: hang-up");
  });
});
