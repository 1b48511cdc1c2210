import { describe, expect, it } from "vitest";
import { AssertionFault } from "../../../lib/telephony/assert.ts";
import { attemptLeg } from "../../../lib/telephony/ids.ts";
import { ladderCall } from "../../test/ladder-notation.ts";
import type { CallEffect } from "./call/effect.ts";
import type { CallState, Leg, RingingCall, TalkingCall } from "./call/state.ts";
import { checkStep } from "./invariants.ts";

function said<P extends CallState["phase"]>(phase: P, lines: readonly string[]) {
  const call = ladderCall();
  for (const line of lines) call.say(line);
  const state = call.state();
  if (state.phase !== phase) throw new Error(`${state.phase}, not ${phase}`);
  return state as CallState & { phase: P };
}

const LINES = [
  "offered +815010000001 by +81312345678",
  "route-found ring-all 201 +819011112222",
  "channels-taken b2",
];
const ringing: RingingCall = said("ringing", LINES);
const talking: TalkingCall = said("talking", [...LINES, "leg-answered b1"]);
const [b1, b2] = [attemptLeg(1), attemptLeg(2)];

const withLeg = <S extends RingingCall | TalkingCall>(
  state: S,
  seq: number,
  change: Partial<Leg>,
): S => ({
  ...state,
  legs: state.legs.map((leg) => (leg.target.seq === seq ? { ...leg, ...change } : leg)),
});

const times = { invitedAt: 1, ringingAt: null, answeredAt: null };
const dial: CallEffect = {
  kind: "dial",
  leg: b1,
  destination: {
    kind: "extension",
    companyId: ringing.route.companyId,
    extension: "201" as never,
    caller: ringing.offered.offer.caller,
  },
  expiresS: 30,
  maxForwards: 69,
};

interface Row {
  readonly claim: string;
  readonly before?: CallState;
  readonly after: CallState;
  readonly effects?: readonly CallEffect[];
}

const ROWS: readonly Row[] = [
  {
    claim: "an outside leg is up only on a channel",
    after: withLeg(ringing, 2, { lease: { phase: "none" } }),
  },
  {
    claim: "only outside legs hold channels",
    after: withLeg(ringing, 1, { lease: { phase: "held", takenAt: 1 } }),
  },
  {
    claim: "who reserves waits for it",
    after: withLeg(ringing, 2, { life: { phase: "reserving" } }),
  },
  {
    claim: "a leg that is over holds no channel",
    after: withLeg(ringing, 2, { life: { phase: "skipped", at: 1, cause: "refused", reason: "" } }),
  },
  {
    claim: "the bridge has one winner, and only while talking",
    before: talking,
    after: withLeg(talking, 2, {
      life: { phase: "talking", times },
      lease: { phase: "held", takenAt: 1 },
    }),
  },
  { claim: "the bridge is the winner's", before: talking, after: { ...talking, winner: b2 } },
  { claim: "a leg is dialled once", after: ringing, effects: [dial] },
  {
    claim: "a call never goes back a phase",
    before: talking,
    after: { ...ringing, head: talking.head },
  },
  {
    claim: "facts are never untaken",
    after: { ...ringing, head: { ...ringing.head, lastSeq: 0 } },
  },
  { claim: "time never goes backwards", after: { ...ringing, head: { ...ringing.head, now: 0 } } },
  { claim: "an epoch never falls", after: { ...ringing, head: { ...ringing.head, epoch: 0 } } },
  {
    claim: "only a leg without final is cancelled",
    before: talking,
    after: talking,
    effects: [{ kind: "cancel-leg", leg: b1, cause: "no-answer" }],
  },
  {
    claim: "only an answered leg is hung up",
    after: ringing,
    effects: [{ kind: "hang-up", leg: b1, cause: "answered" }],
  },
  {
    claim: "the caller is answered once",
    before: talking,
    after: talking,
    effects: [{ kind: "answer-caller", leg: b1 }],
  },
  {
    claim: "no refusal after the answer",
    before: talking,
    after: talking,
    effects: [{ kind: "refuse-caller", status: 480, reason: "", q850: 0, retryAfterS: 0 }],
  },
  {
    claim: "a channel is taken for a leg that waits for it",
    after: ringing,
    effects: [{ kind: "take-channels", claims: [{ leg: b2, scopes: [] }], rates: [] }],
  },
  {
    claim: "no channel is released under a leg that is up",
    after: ringing,
    effects: [{ kind: "release-channels", legs: [b2] }],
  },
];

describe("invariants", () => {
  it.each(ROWS)("$claim", ({ claim, before = ringing, after, effects = [] }) => {
    expect(() => checkStep(before, after, effects)).toThrow(new AssertionFault(claim));
  });

  it("let a sound step pass", () => {
    expect(() => checkStep(ringing, ringing, [])).not.toThrow();
    expect(() => checkStep(ringing, talking, [{ kind: "answer-caller", leg: b1 }])).not.toThrow();
  });
});
