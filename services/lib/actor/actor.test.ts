import { describe, expect, it } from "vitest";
import { Actor, type Machine } from "./actor.ts";
import { Alarms } from "./alarms.ts";
import { MAILBOX_MAX } from "./mailbox.ts";

type Input = { kind: "add"; n: number } | { kind: "break" } | { kind: "deadline" };

const machine: Machine<number, Input, string> = {
  step: (state, _at, input) => {
    if (input.kind === "break") throw new Error("broken");
    const next = input.kind === "add" ? state + input.n : -1;
    return { state: next, effects: [`now ${next}`] };
  },
  deadline: (state) => (state >= 10 ? 1_000 : null),
  deadlinePassed: { kind: "deadline" },
};

function start(react: (effect: string, actor: Actor<number, Input, string>) => void = () => {}) {
  const clock = { now: 0 };
  const seen: string[] = [];
  const alarms = new Alarms(
    () => clock.now,
    () => undefined,
  );
  const actor: Actor<number, Input, string> = new Actor(machine, 0, {
    alarms,
    now: () => clock.now,
    perform: (effect) => {
      seen.push(effect);
      react(effect, actor);
    },
    commit: (state) => seen.push(`commit ${state}`),
    onCrash: (_error, state) => (state > 5 ? { state: 0, effects: ["saved"] } : null),
  });
  return { actor, alarms, clock, seen };
}

describe("an actor", () => {
  it("runs all that waits, then commits once", () => {
    const { actor, seen } = start();
    actor.post([
      { kind: "add", n: 1 },
      { kind: "add", n: 2 },
    ]);
    actor.run();
    expect(seen).toEqual(["now 1", "now 3", "commit 3"]);
  });

  it("an input posted by an effect runs in the same run, after the inputs before it", () => {
    const { actor, seen } = start((effect, self) => {
      if (effect === "now 1") self.post([{ kind: "add", n: 5 }]);
      self.run();
    });
    actor.post([
      { kind: "add", n: 1 },
      { kind: "add", n: 1 },
    ]);
    actor.run();
    expect(seen).toEqual(["now 1", "now 2", "now 7", "commit 7"]);
  });

  it("commits nothing when nothing waits", () => {
    const { actor, seen } = start();
    actor.run();
    expect(seen).toEqual([]);
  });

  it("has one alarm for the machine's deadline, and none after it stopped", () => {
    const { actor, alarms, clock, seen } = start();
    actor.post([{ kind: "add", n: 10 }]);
    actor.run();
    clock.now = 1_050;
    alarms.turn();
    expect(seen).toEqual(["now 10", "commit 10", "now -1", "commit -1"]);
    actor.post([{ kind: "add", n: 20 }]);
    actor.run();
    actor.stop();
    clock.now = 5_000;
    alarms.turn();
    expect(seen.at(-1)).toBe("commit 19");
  });

  it("a crash that can be mended goes on from the mended state", () => {
    const { actor, seen } = start();
    actor.post([{ kind: "add", n: 6 }, { kind: "break" }, { kind: "add", n: 1 }]);
    actor.run();
    expect(seen).toEqual(["now 6", "saved", "now 1", "commit 1"]);
  });

  it("a crash that cannot be mended stops this actor without a commit", () => {
    const { actor, seen } = start();
    actor.post([{ kind: "break" }, { kind: "add", n: 1 }]);
    actor.run();
    expect(seen).toEqual([]);
    expect(actor.history).toEqual([{ kind: "break" }]);
  });

  it("says so when its mailbox is full", () => {
    const { actor } = start();
    const one: Input = { kind: "add", n: 0 };
    expect(actor.post(Array.from({ length: MAILBOX_MAX }, () => one))).toBe(true);
    expect(actor.post([one])).toBe(false);
  });
});
