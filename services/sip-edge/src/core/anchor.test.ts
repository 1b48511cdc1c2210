import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NodeId } from "../../../lib/telephony/ids.ts";
import { attemptLeg } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { EdgeInput, LegFact } from "../../../lib/telephony/leg.ts";
import {
  ACKNOWLEDGE_MS,
  type Anchor,
  type AnchorEffect,
  type AnchorInput,
  type AnchorStep,
  ASSIGN_ANSWER_MS,
  anchorDeadline,
  NEW_CALL_MS_MAX,
  ORPHAN_MS_MAX,
  ORPHAN_RINGING_MS_MAX,
  PENDING_MAX,
  type Step,
  startAnchor,
  stepAnchor,
} from "./anchor.ts";

const C1 = "c1" as NodeId;
const C2 = "c2" as NodeId;
const T0 = 1_000_000;

const OFFERED: LegFact = {
  kind: "offered",
  offer: {
    origin: { kind: "trunk", trunkId: "t" as never },
    called: "0312345678",
    caller: { number: "", display: "", withheld: false },
    diversions: 0,
    priority: null,
    maxForwards: 70,
    traceparent: "",
  },
};
const ANSWERED: LegFact = { kind: "leg-answered", leg: attemptLeg(1) };
const RINGING: LegFact = { kind: "leg-ringing", leg: attemptLeg(1), status: 180 };

const stepOf = (over: Partial<Step> = {}): Step => ({
  epoch: 1,
  controller: C1,
  step: 1,
  ackedInput: 1,
  stateVersion: 1,
  state: new Uint8Array([1]),
  orders: [],
  over: false,
  ...over,
});

/** Runs inputs, each at its moment, and gives the last step. */
function after(...inputs: readonly (readonly [at: Instant, input: AnchorInput])[]): AnchorStep {
  let step = startAnchor(T0, OFFERED);
  for (const [at, input] of inputs) step = stepAnchor(step.state, at, input);
  return step;
}

const received = (over: Partial<Step> = {}): AnchorInput => ({
  kind: "step-received",
  step: stepOf(over),
});
const failed = (epoch = 1): AnchorInput => ({ kind: "assignment-failed", epoch });
const seen = (fact: LegFact = ANSWERED): AnchorInput => ({ kind: "fact-seen", fact });
const PASSED: AnchorInput = { kind: "deadline-passed" };

const offering = (): Anchor => startAnchor(T0, OFFERED).state;
const held = (): Anchor => after([T0 + 1, received()]).state;
const orphaned = (): Anchor => after([T0 + 1, failed()]).state;
const over = (): Anchor => after([T0 + 1, received({ over: true })]).state;

const seqsOf = (inputs: readonly EdgeInput[]): string => inputs.map(({ seq }) => seq).join(",");

/** Effects as text: kind and what tells them apart. */
const told = (effects: readonly AnchorEffect[]): readonly string[] =>
  effects.map((effect) => {
    switch (effect.kind) {
      case "assign":
        return `assign e${effect.epoch} s${effect.commit.step} [${seqsOf(effect.pending)}]`;
      case "send-inputs":
        return `send ${effect.controller} [${seqsOf(effect.inputs)}]`;
      case "carry-out":
        return `carry-out ${effect.orders.length}`;
      case "let-go":
        return `let-go ${effect.why}`;
      case "dismiss":
        return `dismiss ${effect.controller} e${effect.epoch}`;
      case "count":
        return `count ${effect.what}`;
      case "forget":
        return "forget";
    }
  });

const RING = { kind: "ring-caller", status: 180 } as const;

const TABLE: Readonly<
  Record<
    Anchor["phase"],
    Readonly<Record<AnchorInput["kind"], readonly [AnchorInput, Anchor["phase"], string[]]>>
  >
> = {
  offering: {
    "fact-seen": [seen(), "offering", []],
    "step-received": [received({ orders: [RING] }), "held", ["carry-out 1"]],
    "assignment-failed": [failed(), "orphaned", []],
    "inputs-undelivered": [{ kind: "inputs-undelivered", epoch: 1 }, "offering", []],
    "controller-lost": [{ kind: "controller-lost", controller: C1 }, "offering", []],
    "deadline-passed": [PASSED, "offering", ["assign e2 s0 [1]"]],
  },
  held: {
    "fact-seen": [seen(), "held", ["send c1 [2]"]],
    "step-received": [received({ step: 2, orders: [RING] }), "held", ["carry-out 1"]],
    "assignment-failed": [failed(), "held", []],
    "inputs-undelivered": [
      { kind: "inputs-undelivered", epoch: 1 },
      "offering",
      ["count adoption", "assign e2 s1 []"],
    ],
    "controller-lost": [
      { kind: "controller-lost", controller: C1 },
      "offering",
      ["count adoption", "assign e2 s1 []"],
    ],
    "deadline-passed": [PASSED, "held", []],
  },
  orphaned: {
    "fact-seen": [seen(), "orphaned", []],
    "step-received": [received({ orders: [RING] }), "held", ["carry-out 1"]],
    "assignment-failed": [failed(), "orphaned", []],
    "inputs-undelivered": [{ kind: "inputs-undelivered", epoch: 1 }, "orphaned", []],
    "controller-lost": [{ kind: "controller-lost", controller: C1 }, "orphaned", []],
    "deadline-passed": [PASSED, "offering", ["assign e2 s0 [1]"]],
  },
  over: {
    "fact-seen": [seen(), "over", []],
    "step-received": [received({ step: 2 }), "over", []],
    "assignment-failed": [failed(), "over", []],
    "inputs-undelivered": [{ kind: "inputs-undelivered", epoch: 1 }, "over", []],
    "controller-lost": [{ kind: "controller-lost", controller: C1 }, "over", []],
    "deadline-passed": [PASSED, "over", []],
  },
};

describe("each phase and each input", () => {
  const phases = { offering, held, orphaned, over };
  const rows = Object.entries(phases).flatMap(([phase, make]) =>
    Object.values(TABLE[phase as Anchor["phase"]]).map(([input, next, effects]) => ({
      phase,
      kind: input.kind,
      make,
      input,
      next,
      effects,
    })),
  );

  it.each(rows)("$phase, $kind", ({ make, input, next, effects }) => {
    const step = stepAnchor(make(), T0 + 700, input);
    expect(step.state.phase).toBe(next);
    expect(told(step.effects)).toEqual(effects);
  });
});

describe("taking a call", () => {
  it("offers it under epoch 1 with its first input", () => {
    expect(told(startAnchor(T0, OFFERED).effects)).toEqual(["assign e1 s0 [1]"]);
  });

  it("a fact seen before the call is taken is sent to whoever takes it", () => {
    const step = after([T0 + 1, seen()], [T0 + 2, received()]);
    expect(told(step.effects)).toEqual(["send c1 [2]"]);
  });

  it("the late answer of the last controller asked still counts", () => {
    const step = after([T0 + 1, failed()], [T0 + 90, received()]);
    expect(step.state.phase).toBe("held");
  });

  it("the late answer of a controller passed over does not", () => {
    const step = after([T0 + ASSIGN_ANSWER_MS, PASSED], [T0 + 600, received({ epoch: 1 })]);
    expect(step.state.phase).toBe("offering");
    expect(told(step.effects)).toEqual(["count stale-step", "dismiss c1 e2"]);
  });

  it("is given up after two seconds without a taker, and not before", () => {
    let step = startAnchor(T0, OFFERED);
    let at = T0;
    const assigned: number[] = [];
    while (step.state.phase !== "over") {
      const { state } = step;
      if (state.phase === "offering") {
        assigned.push(at);
        step = stepAnchor(state, at, failed(state.epoch));
      } else {
        at = anchorDeadline(state) ?? at;
        step = stepAnchor(state, at, PASSED);
      }
    }
    expect(told(step.effects)).toEqual(["let-go no-taker", "forget"]);
    expect(at).toBe(T0 + NEW_CALL_MS_MAX);
    expect(assigned.length).toBeGreaterThanOrEqual(3);
  });
});

describe("committing", () => {
  it("a repeated step is not carried out again", () => {
    const step = after(
      [T0 + 1, received({ orders: [RING] })],
      [T0 + 2, received({ orders: [RING] })],
    );
    expect(told(step.effects)).toEqual(["count repeated-step"]);
  });

  it("a gap offers the call anew with the last state before it", () => {
    const step = after([T0 + 1, received()], [T0 + 2, received({ step: 3, orders: [RING] })]);
    expect(told(step.effects)).toEqual(["count gap", "assign e2 s1 []"]);
  });

  it("over: the last orders are carried out, then the call is forgotten", () => {
    const step = after([T0 + 1, received({ over: true, orders: [RING] })]);
    expect(told(step.effects)).toEqual(["carry-out 1", "forget"]);
  });

  it("an unacknowledged input makes the call be offered anew after a second", () => {
    const step = after([T0 + 1, received()], [T0 + 10, seen()]);
    expect(anchorDeadline(step.state)).toBe(T0 + 10 + ACKNOWLEDGE_MS);
    const next = stepAnchor(step.state, T0 + 10 + ACKNOWLEDGE_MS, PASSED);
    expect(told(next.effects)).toEqual(["count adoption", "assign e2 s1 [2]"]);
  });

  it("a step that acknowledges nothing new buys no time", () => {
    const step = after(
      [T0 + 1, received()],
      [T0 + 10, seen()],
      [T0 + 500, received({ step: 2, ackedInput: 1 })],
    );
    expect(anchorDeadline(step.state)).toBe(T0 + 10 + ACKNOWLEDGE_MS);
  });
});

describe("changing hands", () => {
  const lost: AnchorInput = { kind: "controller-lost", controller: C1 };

  it("tells the former holder, that only seemed gone, once another holds the call", () => {
    const taken = after(
      [T0 + 1, received()],
      [T0 + 2, lost],
      [T0 + 3, received({ epoch: 2, step: 2, controller: C2, orders: [RING] })],
    );
    expect(told(taken.effects)).toEqual(["dismiss c1 e2", "carry-out 1"]);
    const next = received({ epoch: 2, step: 3, controller: C2 });
    expect(stepAnchor(taken.state, T0 + 4, next).effects).toEqual([]);
  });

  it("tells it also after offers that nobody took, and when the first step is the last", () => {
    const taken = after(
      [T0 + 1, received()],
      [T0 + 2, lost],
      [T0 + 3, failed(2)],
      [T0 + 900, PASSED],
      [T0 + 901, received({ epoch: 3, step: 2, controller: C2, over: true })],
    );
    expect(told(taken.effects)).toEqual(["dismiss c1 e3", "forget"]);
  });

  it("has nothing to tell to a holder that takes its own call back", () => {
    const taken = after(
      [T0 + 1, received()],
      [T0 + 2, lost],
      [T0 + 3, received({ epoch: 2, step: 2 })],
    );
    expect(taken.effects).toEqual([]);
  });
});

describe("an orphaned call", () => {
  /** Every offer is refused until the machine stops asking or the time is over. */
  function refusedUntil(start: AnchorStep, from: Instant, until: Instant) {
    let step = start;
    let at = from;
    const effects: string[] = [];
    const pauses: number[] = [];
    while (step.state.phase !== "over" && at < until) {
      const { state } = step;
      const before = at;
      const input = state.phase === "offering" ? failed(state.epoch) : PASSED;
      if (state.phase === "orphaned") at = state.retryAt;
      if (at > before) pauses.push(at - before);
      step = stepAnchor(state, at, input);
      effects.push(...told(step.effects).filter((effect) => !effect.startsWith("assign")));
    }
    return { step, effects, pauses };
  }

  it("pauses 250 ms, doubling up to two seconds", () => {
    const lost = after([T0, received()], [T0, { kind: "controller-lost", controller: C1 }]);
    const { pauses } = refusedUntil(lost, T0, T0 + 10_000);
    expect(pauses.slice(0, 5)).toEqual([250, 500, 1_000, 2_000, 2_000]);
  });

  it("that is not answered lets its caller go after 30 s, once, and goes on looking", () => {
    const lost = after([T0, received()], [T0, { kind: "controller-lost", controller: C1 }]);
    const { step, effects } = refusedUntil(lost, T0, T0 + 3 * ORPHAN_RINGING_MS_MAX);
    expect(effects).toEqual(["let-go orphaned"]);
    expect(step.state.phase).not.toBe("over");
  });

  it("that is answered stays up, and is hung up and forgotten after twelve hours", () => {
    const answer = received({ orders: [{ kind: "answer-caller", leg: attemptLeg(1) }] });
    const lost = after([T0, answer], [T0, { kind: "controller-lost", controller: C1 }]);
    const { effects, step } = refusedUntil(lost, T0, T0 + 2 * ORPHAN_MS_MAX);
    expect(effects).toEqual(["let-go orphaned", "forget"]);
    expect(step.state.phase).toBe("over");
  });

  it("that was let go while it rang is not let go again when it is forgotten", () => {
    const lost = after([T0, received()], [T0, { kind: "controller-lost", controller: C1 }]);
    const { effects } = refusedUntil(lost, T0, T0 + 2 * ORPHAN_MS_MAX);
    expect(effects).toEqual(["let-go orphaned", "forget"]);
  });
});

describe("too many unacknowledged inputs", () => {
  const full = (): Anchor => {
    let { state } = startAnchor(T0, OFFERED);
    for (let n = 1; n < PENDING_MAX; n += 1) state = stepAnchor(state, T0, seen()).state;
    return state;
  };

  it("a ringing is dropped", () => {
    expect(stepAnchor(full(), T0, seen(RINGING)).effects).toEqual([]);
  });

  it("any other fact ends the call before one is missing", () => {
    const step = stepAnchor(full(), T0, seen());
    expect(told(step.effects)).toEqual(["let-go too-many-inputs", "forget"]);
  });
});

/** A controller that is as simple as can be: it takes what has a higher epoch, acknowledges all. */
class ModelController {
  readonly node: NodeId;
  readonly #made: { epoch: number; step: number }[];
  #epoch = 0;
  #step = 0;
  #acked = 0;

  constructor(node: NodeId, made: { epoch: number; step: number }[]) {
    this.node = node;
    this.#made = made;
  }

  assigned(epoch: number, step: number, seqs: readonly number[]): Step | null {
    if (epoch <= this.#epoch) return null;
    this.#epoch = epoch;
    this.#step = step;
    this.#acked = (seqs[0] ?? 1) - 1;
    return this.took(epoch, seqs) ?? this.#next();
  }

  took(epoch: number, seqs: readonly number[]): Step | null {
    if (epoch !== this.#epoch || !seqs.includes(this.#acked + 1)) return null;
    this.#acked = Math.max(...seqs);
    return this.#next();
  }

  #next(): Step {
    this.#step += 1;
    this.#made.push({ epoch: this.#epoch, step: this.#step });
    return stepOf({
      epoch: this.#epoch,
      controller: this.node,
      step: this.#step,
      ackedInput: this.#acked,
      // The order's status names the step that it came out of.
      orders: [{ kind: "ring-caller", status: this.#epoch * 10_000 + this.#step }],
      state: new Uint8Array([this.#step % 256, this.#acked % 256]),
    });
  }
}

type Packet =
  | {
      readonly to: "controller";
      readonly effect: Extract<AnchorEffect, { kind: "assign" | "send-inputs" }>;
    }
  | { readonly to: "anchor"; readonly step: Step };

const CHANCE = fc.record({
  pick: fc.nat(1_000),
  fate: fc.constantFrom(
    "deliver",
    "deliver",
    "deliver",
    "lose",
    "repeat",
    "wait",
    "fact",
    "lost",
    "undelivered",
  ),
  pauseMs: fc.constantFrom(0, 1, 20, 300, 600, 1_500),
});

describe("under loss, repetition and reordering of every message", () => {
  it("orders are carried out once, in the order of committed steps, never from an older epoch", () => {
    fc.assert(
      fc.property(fc.array(CHANCE, { minLength: 5, maxLength: 120 }), (chances) => {
        const made: { epoch: number; step: number }[] = [];
        const controllers = [C1, C2].map((node) => new ModelController(node, made));
        let at = T0;
        let { state, effects } = startAnchor(at, OFFERED);
        let packets: Packet[] = [];
        const done: { epoch: number; step: number }[] = [];
        let facts = 1;

        const absorb = (epochBefore: number): void => {
          for (const effect of effects) {
            if (effect.kind === "assign" || effect.kind === "send-inputs") {
              packets.push({ to: "controller", effect });
            }
            if (effect.kind !== "carry-out") continue;
            for (const order of effect.orders) {
              if (order.kind !== "ring-caller") throw new Error("unknown order");
              const epoch = Math.floor(order.status / 10_000);
              expect(epoch).toBe(epochBefore);
              done.push({ epoch, step: order.status % 10_000 });
            }
          }
        };
        const take = (input: AnchorInput): void => {
          const epochBefore = state.phase === "over" ? 0 : state.epoch;
          ({ state, effects } = stepAnchor(state, at, input));
          absorb(epochBefore);
        };
        const deliver = (packet: Packet, pick: number): void => {
          if (packet.to === "anchor") return take({ kind: "step-received", step: packet.step });
          const { effect } = packet;
          if (effect.kind === "assign") {
            const seqs = effect.pending.map((input) => input.seq);
            const taker = controllers[pick % 2];
            const step = taker?.assigned(effect.epoch, effect.commit.step, seqs) ?? null;
            if (step !== null) packets.push({ to: "anchor", step });
            return;
          }
          const holder = controllers.find(({ node }) => node === effect.controller);
          const step =
            holder?.took(
              effect.epoch,
              effect.inputs.map((input) => input.seq),
            ) ?? null;
          if (step !== null) packets.push({ to: "anchor", step });
        };
        const remove = (pick: number): Packet | undefined => {
          const index = packets.length === 0 ? 0 : pick % packets.length;
          const packet = packets[index];
          packets = packets.filter((_, other) => other !== index);
          return packet;
        };

        absorb(0);
        for (const { pick, fate, pauseMs } of chances) {
          at += pauseMs;
          const due = anchorDeadline(state);
          if (due !== null && due <= at) take(PASSED);
          if (fate === "fact") {
            facts += 1;
            take(seen());
          } else if (fate === "lost") {
            if (state.phase === "held")
              take({ kind: "controller-lost", controller: state.controller });
          } else if (fate === "undelivered") {
            if (state.phase !== "over") take({ kind: "inputs-undelivered", epoch: state.epoch });
          } else if (fate !== "wait") {
            const packet = remove(pick);
            if (packet === undefined || fate === "lose") continue;
            deliver(packet, pick);
            if (fate === "repeat") packets.push(packet);
          }
        }
        expect(done.map(({ step }) => step)).toEqual(done.map((_, index) => index + 1));
        for (const [index, { epoch }] of done.entries()) {
          expect(epoch).toBeGreaterThanOrEqual(done[index - 1]?.epoch ?? 0);
        }

        // The network is sound from here on: everything is acknowledged in bounded time.
        for (let n = 0; n < 400 && state.phase !== "over"; n += 1) {
          const packet = packets.shift();
          if (packet !== undefined) deliver(packet, n);
          else if (state.phase === "held" && state.pending.length === 0) break;
          else {
            at = Math.max(at, anchorDeadline(state) ?? at);
            take(PASSED);
          }
        }
        if (state.phase === "over") {
          // Only a call that nobody ever took is given up (A4).
          expect(done).toEqual([]);
          return;
        }
        expect(state.phase).toBe("held");
        if (state.phase !== "held") return;
        expect(state.pending).toEqual([]);
        expect(state.lastSeq).toBe(facts);
      }),
      { numRuns: 400 },
    );
  });
});
