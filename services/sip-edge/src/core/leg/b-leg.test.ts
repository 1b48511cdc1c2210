import { describe, expect, it } from "vitest";
import { attemptLeg } from "../../../../lib/telephony/ids.ts";
import type { EndCause } from "../../../../lib/telephony/leg.ts";
import { runTable } from "../../../test/transition-table.ts";
import type { HeaderPair } from "../message/serialize.ts";
import { type BLeg, type BLegInput, startBLeg, stepBLeg } from "./b-leg.ts";

const B1 = attemptLeg(1);

const progressed = (
  branch: number,
  status: number,
  { body = "", headers = [] }: { body?: string; headers?: readonly HeaderPair[] } = {},
): BLegInput => ({
  kind: "progressed",
  branch,
  response: { relayId: 0, status, reason: "", headers, body },
});

const ringing = (over: Partial<Extract<BLeg, { phase: "ringing" }>> = {}): BLeg => ({
  phase: "ringing",
  leg: B1,
  open: [0, 1],
  spare: [],
  failures: [],
  cancelled: null,
  told: [],
  earlySdp: "",
  ...over,
});
const answered: BLeg = { phase: "answered", leg: B1, branch: 0, sdp: "v=0", hangingUp: null };

runTable<BLeg, BLegInput>({
  name: "an attempt of the ring plan",
  phases: {
    preparing: startBLeg(B1),
    ringing: ringing(),
    answered,
    over: { phase: "over", leg: B1 },
  },
  inputs: {
    prepared: { kind: "prepared", branches: 2, at: "once" },
    undiallable: { kind: "undiallable", status: 480, cause: "unregistered" },
    "180": progressed(0, 180),
    "200": progressed(0, 200),
    "200 other": progressed(1, 200),
    "486": progressed(0, 486),
    ended: { kind: "branch-ended", branch: 0, byFarEnd: true },
    "ended other": { kind: "branch-ended", branch: 1, byFarEnd: false },
    cancel: { kind: "cancel-ordered", cause: "no-answer" },
    "hang-up": { kind: "hang-up-ordered", cause: "session-timeout" },
  },
  kinds: {
    prepared: true,
    undiallable: true,
    progressed: true,
    "branch-ended": true,
    "cancel-ordered": true,
    "hang-up-ordered": true,
  },
  step: stepBLeg,
  table: `
    preparing | prepared    | ringing   | dial-branch dial-branch | all contacts at once
    preparing | undiallable | over      | report                  | unregistered: at once
    preparing | 180         | same      |                         | no branch exists yet
    preparing | 200         | same      |                         | no branch exists yet
    preparing | 200 other   | same      |                         | no branch exists yet
    preparing | 486         | same      |                         | no branch exists yet
    preparing | ended       | same      |                         | no branch exists yet
    preparing | ended other | same      |                         | no branch exists yet
    preparing | cancel      | preparing |                         | remembered until the look-up is done
    preparing | hang-up     | preparing |                         | the same before any answer
    ringing   | prepared    | same      |                         | prepared once
    ringing   | undiallable | same      |                         | prepared once
    ringing   | 180         | ringing   | report                  | leg-ringing
    ringing   | 200         | answered  | cancel-branch report    | BL2: the other branch is cancelled
    ringing   | 200 other   | answered  | cancel-branch report    | BL2: whichever comes first
    ringing   | 486         | ringing   |                         | the other one still rings
    ringing   | ended       | same      |                         | ends only after an answer
    ringing   | ended other | same      |                         | ends only after an answer
    ringing   | cancel      | ringing   | cancel-branch cancel-branch | BL3: over when both are
    ringing   | hang-up     | ringing   | cancel-branch cancel-branch | the same before any answer
    answered  | prepared    | same      |                         | prepared once
    answered  | undiallable | same      |                         | prepared once
    answered  | 180         | same      |                         | late
    answered  | 200         | same      |                         | the answer that is known
    answered  | 200 other   | same      | hang-up-branch          | BL2: a late answer is hung up
    answered  | 486         | same      |                         | late
    answered  | ended       | over      | report                  | BL1: leg-ended
    answered  | ended other | same      |                         | the late answer is gone
    answered  | cancel      | same      |                         | it crossed leg-answered: the actor hangs up
    answered  | hang-up     | answered  | hang-up-branch          | BYE; over when it is confirmed
    over      | prepared    | same      |                         | BL1
    over      | undiallable | same      |                         | BL1
    over      | 180         | same      |                         | BL1
    over      | 200         | same      | hang-up-branch          | BL2: no dialog stays up
    over      | 200 other   | same      | hang-up-branch          | BL2: no dialog stays up
    over      | 486         | same      |                         | BL1
    over      | ended       | same      |                         | BL1
    over      | ended other | same      |                         | BL1
    over      | cancel      | same      |                         | BL1
    over      | hang-up     | same      |                         | BL1
  `,
});

/** Runs inputs and gives the facts that were reported. */
function factsOf(start: BLeg, ...inputs: readonly BLegInput[]) {
  let state = start;
  return inputs.flatMap((input) => {
    const step = stepBLeg(state, input);
    state = step.state;
    return step.effects.flatMap((effect) => (effect.kind === "report" ? [effect.fact] : []));
  });
}

describe("what the actor hears", () => {
  it("each provisional status once, never 100", () => {
    const facts = factsOf(
      ringing(),
      progressed(0, 100),
      progressed(0, 180),
      progressed(1, 180),
      progressed(1, 183),
    );
    expect(facts).toMatchObject([{ status: 180 }, { status: 183 }]);
  });

  it.each([
    [486, "busy"],
    [600, "busy"],
    [603, "rejected"],
    [403, "rejected"],
    [404, "not-found"],
    [484, "not-found"],
    [480, "unavailable"],
    [503, "unavailable"],
    [408, "unavailable"],
    [302, "unavailable"],
    [487, "no-answer"],
  ] as const)("%i means %s", (status, cause) => {
    const [fact] = factsOf(ringing({ open: [0] }), progressed(0, status));
    expect(fact).toEqual({ kind: "leg-failed", leg: B1, status, q850: 0, cause });
  });

  it("the Q.850 cause of the Reason header goes along", () => {
    const headers: readonly HeaderPair[] = [["Reason", 'Q.850 ;cause=17;text="User busy"']];
    expect(factsOf(ringing({ open: [0] }), progressed(0, 486, { headers }))).toMatchObject([
      { q850: 17 },
    ]);
  });

  it.each([
    ["a busy contact outweighs one that is out of reach", [408, 486], 486],
    ["a rejection outweighs an unknown user", [404, 603], 603],
    ["the order does not matter", [486, 408], 486],
  ])("%s", (_claim, [first = 0, second = 0], status) => {
    expect(factsOf(ringing(), progressed(0, first), progressed(1, second))).toMatchObject([
      { kind: "leg-failed", status },
    ]);
  });

  it.each(["cancelled-elsewhere", "no-answer", "abandoned"] as const)(
    "a leg cancelled for %s fails with that cause when the last branch is over",
    (cause: EndCause) => {
      const facts = factsOf(
        ringing(),
        { kind: "cancel-ordered", cause },
        progressed(0, 487),
        progressed(1, 487),
      );
      expect(facts).toEqual([{ kind: "leg-failed", leg: B1, status: 487, q850: 0, cause }]);
    },
  );

  it("a cancelled branch that never answers is over with the cause of the cancel (9.1)", () => {
    const facts = factsOf(
      ringing({ open: [0] }),
      { kind: "cancel-ordered", cause: "no-answer" },
      progressed(0, 408),
    );
    expect(facts).toMatchObject([{ status: 408, cause: "no-answer" }]);
  });

  it("a cancel that crosses the 200 reports the answer, then the end by our BYE", () => {
    const facts = factsOf(
      ringing({ open: [0] }),
      { kind: "cancel-ordered", cause: "cancelled-elsewhere" },
      progressed(0, 200),
      { kind: "hang-up-ordered", cause: "lost-race" },
      { kind: "branch-ended", branch: 0, byFarEnd: false },
    );
    expect(facts).toEqual([
      { kind: "leg-answered", leg: B1 },
      { kind: "leg-ended", leg: B1, by: "us", cause: "lost-race" },
    ]);
  });

  it("an order to cancel during the look-up dials nobody", () => {
    const step = stepBLeg(
      stepBLeg(startBLeg(B1), { kind: "cancel-ordered", cause: "abandoned" }).state,
      { kind: "prepared", branches: 1, at: "once" },
    );
    expect(step.effects).toMatchObject([{ kind: "report", fact: { cause: "abandoned" } }]);
  });
});

describe("gateways of a trunk", () => {
  const start = stepBLeg(startBLeg(B1), { kind: "prepared", branches: 2, at: "in-order" });

  it("only the first is dialled", () => {
    expect(start.effects).toEqual([{ kind: "dial-branch", branch: 0 }]);
  });

  it("503 dials the next", () => {
    expect(stepBLeg(start.state, progressed(0, 503)).effects).toEqual([
      { kind: "dial-branch", branch: 1 },
    ]);
  });

  it("486 does not: it speaks of the person called", () => {
    expect(factsOf(start.state, progressed(0, 486))).toMatchObject([{ cause: "busy" }]);
  });

  it("nor does 503 after a cancel", () => {
    const facts = factsOf(
      start.state,
      { kind: "cancel-ordered", cause: "no-answer" },
      progressed(0, 503),
    );
    expect(facts).toMatchObject([{ kind: "leg-failed" }]);
  });
});

describe("early media", () => {
  it("is kept for the only branch, not for one of several", () => {
    const only = stepBLeg(ringing({ open: [0] }), progressed(0, 183, { body: "v=0" })).state;
    const several = stepBLeg(ringing(), progressed(0, 183, { body: "v=0" })).state;
    expect(only).toMatchObject({ earlySdp: "v=0" });
    expect(several).toMatchObject({ earlySdp: "" });
  });
});
