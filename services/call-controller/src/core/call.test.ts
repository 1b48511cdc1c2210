import { describe, expect, it } from "vitest";
import { attemptLeg, LEG_A } from "../../../lib/telephony/ids.ts";
import { ladderCall } from "../../test/ladder-notation.ts";
import { EDGE, group, MOBILE, NOON, offer, REP, toGroup } from "../../test/sample-company.ts";
import type { CallInput } from "./call/input.ts";
import type { CallState } from "./call/state.ts";
import { crash, deadline, farewell, heldLegs, step } from "./call.ts";

type Kind =
  | Exclude<CallInput["kind"], "edge-reported">
  | (CallInput & { kind: "edge-reported" })["input"]["fact"]["kind"];

/** How a call comes into each phase; the mobile is b2. */
const OFFER = "offered +815010000001 by +81312345678";
const RINGING = [
  OFFER,
  "route-found ring-all 201 +819011112222",
  "channels-taken b2",
  "leg-ringing b1",
];
const TALKING = [...RINGING, "leg-answered b2"];
const SETTLING = [...TALKING, "leg-ended a far-end"];
const PHASES = {
  new: [],
  routing: [OFFER],
  ringing: RINGING,
  talking: TALKING,
  settling: SETTLING,
  over: [
    ...SETTLING,
    "leg-failed b1 487 busy",
    "leg-ended b2 us",
    "channels-released b2",
    "record-written",
  ],
} satisfies Record<CallState["phase"], readonly string[]>;

/** One line for each kind of input. */
const INPUTS = {
  offered: OFFER,
  "leg-ringing": "leg-ringing b2",
  "leg-answered": "leg-answered b1",
  "leg-failed": "leg-failed b1 486 busy",
  "leg-ended": "leg-ended a far-end",
  "caller-cancelled": "caller-cancelled",
  "route-found": "route-found relay 202",
  "route-unknown": "route-unknown",
  "registry-unreachable": "registry-unreachable",
  "channels-taken": "channels-taken b2",
  "allocator-unreachable": "allocator-unreachable b2",
  "channels-lost": "channels-lost b2",
  "channels-released": "channels-released b2",
  "record-written": "record-written",
  deadline: "deadline",
  adopted: "adopted ctl-2",
} satisfies Record<Kind, string>;

function outcome(phase: keyof typeof PHASES, kind: Kind): string {
  const call = ladderCall();
  for (const line of PHASES[phase]) call.say(line);
  const effects = call.say(INPUTS[kind]);
  return `${call.state().phase}: ${effects}`.trim();
}

/** Phase before, input, phase after and effects. An input that a phase ignores stands here as well. */
const ROWS: readonly (readonly [CallState["phase"], Kind, string])[] = [
  ["new", "offered", "routing: look-up-route +815010000001"],
  ["new", "leg-ringing", "new:"],
  ["new", "leg-answered", "new:"],
  ["new", "leg-failed", "new:"],
  ["new", "leg-ended", "new:"],
  ["new", "caller-cancelled", "new:"],
  ["new", "route-found", "new:"],
  ["new", "route-unknown", "new:"],
  ["new", "registry-unreachable", "new:"],
  ["new", "channels-taken", "new:"],
  ["new", "allocator-unreachable", "new:"],
  ["new", "channels-lost", "new:"],
  ["new", "channels-released", "new:"],
  ["new", "record-written", "new:"],
  ["new", "deadline", "new: no deadline"],
  ["new", "adopted", "new:"],
  ["routing", "offered", "routing:"],
  ["routing", "leg-ringing", "routing:"],
  ["routing", "leg-answered", "routing:"],
  ["routing", "leg-failed", "routing:"],
  ["routing", "leg-ended", "settling: write-record abandoned by caller, billable 0s []"],
  ["routing", "caller-cancelled", "settling: write-record abandoned by caller, billable 0s []"],
  ["routing", "route-found", "ringing: dial b1 202"],
  ["routing", "route-unknown", "settling: refuse-caller 404"],
  ["routing", "registry-unreachable", "settling: refuse-caller 503 retry-after 5s"],
  ["routing", "channels-taken", "routing:"],
  ["routing", "allocator-unreachable", "routing:"],
  ["routing", "channels-lost", "routing:"],
  ["routing", "channels-released", "routing:"],
  ["routing", "record-written", "routing:"],
  ["routing", "deadline", "routing: (+1s) look-up-route +815010000001"],
  ["routing", "adopted", "routing: look-up-route +815010000001"],
  ["ringing", "offered", "ringing:"],
  ["ringing", "leg-ringing", "ringing:"],
  ["ringing", "leg-answered", "talking: answer-caller b1; cancel-leg b2 cancelled-elsewhere"],
  ["ringing", "leg-failed", "ringing:"],
  ["ringing", "leg-ended", "settling: cancel-leg b1 abandoned; cancel-leg b2 abandoned"],
  ["ringing", "caller-cancelled", "settling: cancel-leg b1 abandoned; cancel-leg b2 abandoned"],
  ["ringing", "route-found", "ringing:"],
  ["ringing", "route-unknown", "ringing:"],
  ["ringing", "registry-unreachable", "ringing:"],
  ["ringing", "channels-taken", "ringing:"],
  ["ringing", "allocator-unreachable", "ringing:"],
  ["ringing", "channels-lost", "ringing: take-channels b2"],
  ["ringing", "channels-released", "ringing:"],
  ["ringing", "record-written", "ringing:"],
  [
    "ringing",
    "deadline",
    "settling: (+59.99s) cancel-leg b1 no-answer; cancel-leg b2 no-answer; refuse-caller 480",
  ],
  ["ringing", "adopted", "ringing: renew-channels b2"],
  ["talking", "offered", "talking:"],
  ["talking", "leg-ringing", "talking:"],
  ["talking", "leg-answered", "talking: hang-up b1 lost-race"],
  ["talking", "leg-failed", "talking:"],
  ["talking", "leg-ended", "settling: hang-up b2 answered"],
  ["talking", "caller-cancelled", "settling: hang-up b2 abandoned"],
  ["talking", "route-found", "talking:"],
  ["talking", "route-unknown", "talking:"],
  ["talking", "registry-unreachable", "talking:"],
  ["talking", "channels-taken", "talking:"],
  ["talking", "allocator-unreachable", "talking:"],
  ["talking", "channels-lost", "talking: take-channels b2"],
  ["talking", "channels-released", "talking:"],
  ["talking", "record-written", "talking:"],
  ["talking", "deadline", "talking: (+1s) cancel-leg b1 cancelled-elsewhere"],
  ["talking", "adopted", "talking: renew-channels b2"],
  ["settling", "offered", "settling:"],
  ["settling", "leg-ringing", "settling:"],
  ["settling", "leg-answered", "settling: hang-up b1 lost-race"],
  ["settling", "leg-failed", "settling:"],
  ["settling", "leg-ended", "settling:"],
  ["settling", "caller-cancelled", "settling:"],
  ["settling", "route-found", "settling:"],
  ["settling", "route-unknown", "settling:"],
  ["settling", "registry-unreachable", "settling:"],
  ["settling", "channels-taken", "settling:"],
  ["settling", "allocator-unreachable", "settling:"],
  ["settling", "channels-lost", "settling: take-channels b2"],
  ["settling", "channels-released", "settling:"],
  ["settling", "record-written", "settling:"],
  ["settling", "deadline", "settling: (+1s) cancel-leg b1 cancelled-elsewhere"],
  ["settling", "adopted", "settling: renew-channels b2"],
  ["over", "offered", "over:"],
  ["over", "leg-ringing", "over:"],
  ["over", "leg-answered", "over:"],
  ["over", "leg-failed", "over:"],
  ["over", "leg-ended", "over:"],
  ["over", "caller-cancelled", "over:"],
  ["over", "route-found", "over:"],
  ["over", "route-unknown", "over:"],
  ["over", "registry-unreachable", "over:"],
  ["over", "channels-taken", "over:"],
  ["over", "allocator-unreachable", "over:"],
  ["over", "channels-lost", "over:"],
  ["over", "channels-released", "over:"],
  ["over", "record-written", "over:"],
  ["over", "deadline", "over: no deadline"],
  ["over", "adopted", "over:"],
];

describe("each phase, each input", () => {
  it.each(ROWS)("%s, %s -> %s", (phase, kind, after) => {
    expect(outcome(phase, kind)).toBe(after);
  });

  it("has a row for every pair", () => {
    const pairs = new Set(ROWS.map(([phase, kind]) => `${phase} ${kind}`));
    expect(pairs.size).toBe(Object.keys(PHASES).length * Object.keys(INPUTS).length);
    expect(ROWS).toHaveLength(pairs.size);
  });
});

const at = (phase: keyof typeof PHASES): CallState => {
  const call = ladderCall();
  for (const line of PHASES[phase]) call.say(line);
  return call.state();
};

const cancelled = (seq: number): CallInput => ({
  kind: "edge-reported",
  input: { seq, at: 0, fact: { kind: "caller-cancelled" } },
});

describe("facts are numbered", () => {
  const state = at("ringing");
  const { lastSeq, now } = state.head;

  it.each([
    ["a repeated fact", lastSeq],
    ["a fact behind a gap", lastSeq + 2],
  ])("%s changes nothing", (_claim, seq) => {
    expect(step(state, now, cancelled(seq))).toEqual({ state, effects: [] });
  });

  it("the next fact is taken", () => {
    expect(step(state, now, cancelled(lastSeq + 1)).state.phase).toBe("settling");
  });
});

describe("time", () => {
  it("never goes backwards when a controller's clock does", () => {
    const state = at("ringing");
    const { now } = state.head;
    expect(step(state, now - 60_000, { kind: "deadline" }).state.head.now).toBe(now);
  });

  it("a deadline that comes early changes nothing but the clock", () => {
    for (const phase of ["routing", "ringing", "talking", "settling"] as const) {
      const state = at(phase);
      const due = deadline(state) ?? 0;
      const early = step(state, due - 1, { kind: "deadline" });
      expect(early.effects).toEqual([]);
      expect(deadline(early.state)).toBe(due);
    }
  });

  it("C1: talk time is the anchor's, whatever the controllers' clocks show", () => {
    const state = at("talking");
    const seen = state.head.seen;
    const ended: CallInput = {
      kind: "edge-reported",
      input: {
        seq: state.head.lastSeq + 1,
        at: seen + 30_000,
        fact: { kind: "leg-ended", leg: LEG_A, by: "far-end", cause: "answered" },
      },
    };
    const after = step(state, state.head.now + 95_000, ended).state;
    expect(
      after.phase === "settling" && after.outcome.endedAt - (after.outcome.answeredAt ?? 0),
    ).toBe(30_000);
  });
});

describe("who sees the caller", () => {
  const dialled = (withheld: boolean) => {
    const caller = { number: "+81312345678", display: "Caller", withheld };
    const fact = { kind: "offered", offer: offer(REP, "+81312345678", { caller }) } as const;
    const input = { kind: "edge-reported", input: { seq: 1, at: NOON, fact } } as const;
    const routing = step(at("new"), NOON, input).state;
    const snapshot = toGroup(REP, group("ring-all", ["201", MOBILE]));
    const rung = step(routing, NOON, { kind: "route-found", snapshot }).state;
    const reserved = { kind: "channels-taken", granted: [attemptLeg(2)], refused: [] } as const;
    return [
      ...step(routing, NOON, { kind: "route-found", snapshot }).effects,
      ...step(rung, NOON, reserved).effects,
    ].filter((effect) => effect.kind === "dial");
  };

  it("R8: a colleague sees the original caller, the outside never does", () => {
    const [colleague, outside] = dialled(false).map((order) => JSON.stringify(order));
    expect(colleague).toContain("+81312345678");
    expect(outside).not.toMatch(/312345678|Caller/);
  });

  it("A17: nobody sees a caller who withheld the number; the source number is shown all the same", () => {
    expect(JSON.stringify(dialled(true))).not.toMatch(/312345678|"Caller"/);
    expect(dialled(true).at(-1)).toMatchObject({ destination: { source: REP } });
  });
});

describe("adoption", () => {
  it("a call of an older or the same epoch is not taken over", () => {
    const state = at("talking");
    const adopted = { kind: "adopted", controller: EDGE, epoch: 1 } as const;
    expect(step(state, state.head.now, adopted)).toEqual({ state, effects: [] });
  });

  it("the new holder renews what it now holds", () => {
    const state = at("talking");
    const next = step(state, 0, { kind: "adopted", controller: EDGE, epoch: 2 });
    expect(next.effects).toEqual([{ kind: "renew-channels", legs: ["b2"] }]);
    expect(next.state.head).toMatchObject({ controller: EDGE, epoch: 2 });
    expect(heldLegs(next.state)).toEqual(["b2"]);
  });
});

describe("a call whose machine broke", () => {
  it.each([
    ["routing", ["refuse-caller"]],
    ["ringing", ["cancel-leg", "cancel-leg", "refuse-caller"]],
    ["talking", ["hang-up", "hang-up"]],
    ["settling", []],
  ] as const)("from %s lets go of all that is up", (phase, kinds) => {
    const broken = crash(at(phase), 0, { kind: "deadline" });
    expect(broken.effects.map((effect) => effect.kind)).toEqual(kinds);
    expect(broken.state.phase).toBe("settling");
  });

  it("takes the fact that broke it, so that nobody is offered it again", () => {
    const state = at("ringing");
    const seq = state.head.lastSeq + 1;
    const fact = { kind: "leg-answered", leg: attemptLeg(1) } as const;
    const broken = crash(state, 0, { kind: "edge-reported", input: { seq, at: 0, fact } });
    expect(broken.state.head.lastSeq).toBe(seq);
  });

  it("by its offer refuses the caller", () => {
    const fact = { kind: "offered", offer: offer(REP) } as const;
    const input = { kind: "edge-reported", input: { seq: 1, at: 0, fact } } as const;
    const broken = crash(at("new"), 0, input);
    expect(broken.state).toMatchObject({ phase: "settling", head: { lastSeq: 1 } });
    expect(broken.effects).toMatchObject([{ kind: "refuse-caller", status: 500 }]);
  });

  it.each([
    ["new", ["refuse-caller"]],
    ["ringing", ["cancel-leg", "cancel-leg", "refuse-caller"]],
    ["talking", ["hang-up", "hang-up"]],
    ["settling", []],
    ["over", []],
  ] as const)("and broke again: its farewell from %s", (phase, kinds) => {
    expect(farewell(at(phase)).map((effect) => effect.kind)).toEqual(kinds);
  });

  it("is our fault on the record", () => {
    const broken = crash(at("ringing"), 0, { kind: "deadline" }).state;
    expect(broken.phase === "settling" && broken.outcome).toMatchObject({
      disposition: "failed",
      fault: "internal",
      sipStatus: 500,
    });
  });
});
