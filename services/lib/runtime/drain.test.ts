import { expect, it } from "vitest";
import { type DrainStep, drain } from "./drain.ts";
import { createLogger } from "./log.ts";

const log = createLogger({ service: "s", node: "n", level: "error" }, { write: () => undefined });

async function exitOf(steps: readonly DrainStep[], boundMs = 1000): Promise<readonly number[]> {
  const codes: number[] = [];
  await drain({ log, boundMs, steps, exit: (code) => codes.push(code) });
  return codes;
}

it("runs the steps in order, each after the one before has ended, and exits 0", async () => {
  const done: string[] = [];
  const step = (name: string): DrainStep => ({
    name,
    run: async () => {
      await Promise.resolve();
      done.push(name);
    },
  });
  expect(await exitOf([step("a"), step("b"), step("c")])).toEqual([0]);
  expect(done).toEqual(["a", "b", "c"]);
});

it("goes on after a step that fails, and exits 1", async () => {
  const done: string[] = [];
  const failing = { name: "a", run: () => Promise.reject(new Error("no")) };
  const throwing = {
    name: "b",
    run: () => {
      throw new Error("no");
    },
  };
  expect(await exitOf([failing, throwing, { name: "c", run: () => void done.push("c") }])).toEqual([
    1,
  ]);
  expect(done).toEqual(["c"]);
});

it("exits 1 when the bound is over, whatever a step waits for", async () => {
  const stuck = { name: "stuck", run: () => new Promise<void>(() => undefined) };
  const done: string[] = [];
  expect(await exitOf([stuck, { name: "after", run: () => void done.push("after") }], 20)).toEqual([
    1,
  ]);
  expect(done).toEqual([]);
});
