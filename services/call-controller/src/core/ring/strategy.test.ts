import { describe, expect, it } from "vitest";
import { attemptLeg } from "../../../../lib/telephony/ids.ts";
import type { Instant } from "../../../../lib/telephony/instant.ts";
import type { RingEffect, RingInput, RingState, RingTarget } from "./strategy.ts";
import { ringDeadline, ringStep, startRing } from "./strategy.ts";

const TARGETS: readonly RingTarget[] = [1, 2, 3].map((n) => ({
  leg: attemptLeg(n),
  ringMs: 20_000,
}));
const [b1, b2] = [attemptLeg(1), attemptLeg(2)];

/** One of each kind of input; the leg is the one that is tried first. */
const INPUTS = {
  started: { kind: "started" },
  "leg-dialled": { kind: "leg-dialled", leg: b1 },
  "leg-ringing": { kind: "leg-ringing", leg: b1 },
  "leg-over": { kind: "leg-over", leg: b1 },
  deadline: { kind: "deadline" },
} satisfies { [K in RingInput["kind"]]: RingInput & { kind: K } };

interface Played {
  readonly state: RingState;
  readonly now: Instant;
  readonly effects: readonly RingEffect[];
}

/** Plays inputs; `deadline` comes when it is due. */
function play(start: RingState, inputs: readonly RingInput[]): Played {
  let played: Played = { state: start, now: 0, effects: [] };
  for (const input of inputs) {
    const due = input.kind === "deadline" ? ringDeadline(played.state) : null;
    const now = due ?? played.now;
    played = { ...ringStep(played.state, now, input), now };
  }
  return played;
}

const text = ({ state, now, effects }: Played): string => {
  const due = ringDeadline(state);
  const wants = effects.map((effect) =>
    effect.kind === "try"
      ? `try ${effect.legs.join(" ")}`
      : effect.kind === "give-up"
        ? `give-up ${effect.leg}`
        : "exhaust",
  );
  return `${state.phase}${due === null ? "" : ` +${(due - now) / 1000}s`}: ${wants.join("; ")}`.trim();
};

const started: RingInput = { kind: "started" };
const { "leg-dialled": dialled, "leg-ringing": rings, "leg-over": over, deadline } = INPUTS;

describe("sequential: each phase, each input", () => {
  const start = startRing("relay", TARGETS, 0);
  const PHASES = {
    idle: [],
    trying: [started],
    inviting: [started, dialled],
    ringing: [started, dialled, rings],
    cancelling: [started, dialled, rings, deadline],
    exhausted: [
      started,
      over,
      { kind: "leg-over", leg: b2 },
      { kind: "leg-over", leg: attemptLeg(3) },
    ],
  } satisfies Record<(RingState & { strategy: "sequential" })["phase"], readonly RingInput[]>;
  const ROWS: readonly (readonly [keyof typeof PHASES, RingInput["kind"], string])[] = [
    ["idle", "started", "trying: try b1"],
    ["idle", "leg-dialled", "idle:"],
    ["idle", "leg-ringing", "idle:"],
    ["idle", "leg-over", "idle:"],
    ["idle", "deadline", "idle:"],
    ["trying", "started", "trying:"],
    ["trying", "leg-dialled", "inviting +10s:"],
    ["trying", "leg-ringing", "trying:"],
    ["trying", "leg-over", "trying: try b2"],
    ["trying", "deadline", "trying:"],
    ["inviting", "started", "inviting +10s:"],
    ["inviting", "leg-dialled", "inviting +10s:"],
    ["inviting", "leg-ringing", "ringing +20s:"],
    ["inviting", "leg-over", "trying: try b2"],
    ["inviting", "deadline", "cancelling +5s: give-up b1"],
    ["ringing", "started", "ringing +20s:"],
    ["ringing", "leg-dialled", "ringing +20s:"],
    ["ringing", "leg-ringing", "ringing +20s:"],
    ["ringing", "leg-over", "trying: try b2"],
    ["ringing", "deadline", "cancelling +5s: give-up b1"],
    ["cancelling", "started", "cancelling +5s:"],
    ["cancelling", "leg-dialled", "cancelling +5s:"],
    ["cancelling", "leg-ringing", "cancelling +5s:"],
    ["cancelling", "leg-over", "trying: try b2"],
    ["cancelling", "deadline", "trying: try b2"],
    ["exhausted", "started", "exhausted:"],
    ["exhausted", "leg-dialled", "exhausted:"],
    ["exhausted", "leg-ringing", "exhausted:"],
    ["exhausted", "leg-over", "exhausted:"],
    ["exhausted", "deadline", "exhausted:"],
  ];

  it.each(ROWS)("%s, %s -> %s", (phase, kind, after) => {
    expect(text(play(start, [...PHASES[phase], INPUTS[kind]]))).toBe(after);
  });

  it("has a row for every pair", () => {
    const pairs = new Set(ROWS.map(([phase, kind]) => `${phase} ${kind}`));
    expect(pairs.size).toBe(Object.keys(PHASES).length * Object.keys(INPUTS).length);
  });

  it("a final that comes after the next target was tried has no say", () => {
    const late = play(start, [started, dialled, rings, deadline, deadline, over]);
    expect(text(late)).toBe("trying:");
  });

  it("a deadline before its time changes nothing", () => {
    const { state } = play(start, [started, dialled]);
    expect(ringStep(state, 9_999, deadline)).toEqual({ state, effects: [] });
  });

  it("without targets it is exhausted at once", () => {
    expect(text(play(startRing("direct", [], 0), [started]))).toBe("exhausted: exhaust");
  });

  it("Q2: never tries a target while the one before it may still ring", () => {
    const { effects } = play(start, [started, dialled, rings, deadline]);
    expect(effects).toEqual([{ kind: "give-up", leg: b1 }]);
  });
});

describe("simultaneous: each phase, each input", () => {
  const start = startRing("ring-all", TARGETS, 60_000);
  const PHASES = {
    idle: [],
    ringing: [started],
    exhausted: [started, deadline],
  } satisfies Record<(RingState & { strategy: "simultaneous" })["phase"], readonly RingInput[]>;
  const ROWS: readonly (readonly [keyof typeof PHASES, RingInput["kind"], string])[] = [
    ["idle", "started", "ringing +60s: try b1 b2 b3"],
    ["idle", "leg-dialled", "idle:"],
    ["idle", "leg-ringing", "idle:"],
    ["idle", "leg-over", "idle:"],
    ["idle", "deadline", "idle:"],
    ["ringing", "started", "ringing +60s:"],
    ["ringing", "leg-dialled", "ringing +60s:"],
    ["ringing", "leg-ringing", "ringing +60s:"],
    ["ringing", "leg-over", "ringing +60s:"],
    ["ringing", "deadline", "exhausted: give-up b1; give-up b2; give-up b3; exhaust"],
    ["exhausted", "started", "exhausted:"],
    ["exhausted", "leg-dialled", "exhausted:"],
    ["exhausted", "leg-ringing", "exhausted:"],
    ["exhausted", "leg-over", "exhausted:"],
    ["exhausted", "deadline", "exhausted:"],
  ];

  it.each(ROWS)("%s, %s -> %s", (phase, kind, after) => {
    expect(text(play(start, [...PHASES[phase], INPUTS[kind]]))).toBe(after);
  });

  it("has a row for every pair", () => {
    const pairs = new Set(ROWS.map(([phase, kind]) => `${phase} ${kind}`));
    expect(pairs.size).toBe(Object.keys(PHASES).length * Object.keys(INPUTS).length);
  });

  it("is exhausted when the last leg is over, not before", () => {
    const all = TARGETS.map(({ leg }): RingInput => ({ kind: "leg-over", leg }));
    expect(text(play(start, [started, ...all.slice(0, 2)]))).toBe("ringing +60s:");
    expect(text(play(start, [started, ...all]))).toBe("exhausted: exhaust");
  });

  it("at the end of its time gives up those that are left", () => {
    expect(text(play(start, [started, over, deadline]))).toBe(
      "exhausted: give-up b2; give-up b3; exhaust",
    );
  });
});
