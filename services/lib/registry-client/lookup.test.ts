import { expect, it } from "vitest";
import { createLookup, type Fetched, type LookupOutcome } from "./lookup.ts";
import type { Tag } from "./lookup-table.ts";

const found = (value: string, tag: Tag = "company:a"): Fetched<string> => ({
  kind: "found",
  value,
  tags: [tag],
});

/** A lookup whose questions wait until the test answers them, in order. */
function rig() {
  const asked: string[] = [];
  const open: ((answer: Fetched<string>) => void)[] = [];
  const outcomes: LookupOutcome[] = [];
  let now = 0;
  const lookup = createLookup<string, string>({
    keyOf: (question) => question,
    fetch: (question) => {
      asked.push(question);
      const { promise, resolve } = Promise.withResolvers<Fetched<string>>();
      open.push(resolve);
      return promise;
    },
    now: () => now,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  const answer = (fetched: Fetched<string>): void => open.shift()?.(fetched);
  const get = async (key: string, fetched: Fetched<string>) => {
    const promise = lookup.ask(key);
    answer(fetched);
    return promise;
  };
  return { ...lookup, asked, outcomes, answer, get, pass: (ms: number) => (now += ms) };
}

it("asks once for many who ask at once (L1)", async () => {
  const { ask, asked, answer } = rig();
  const all = Array.from({ length: 50 }, () => ask("1"));
  answer(found("one"));
  expect(new Set((await Promise.all(all)).map((one) => JSON.stringify(one))).size).toBe(1);
  expect(await ask("1")).toEqual({ kind: "found", value: "one" });
  expect(asked).toEqual(["1"]);
});

it("asks again after a change of the company, not of another", async () => {
  const { ask, asked, get, changed } = rig();
  await get("1", found("one"));
  changed("company:b");
  await ask("1");
  expect(asked).toHaveLength(1);
  changed("company:a");
  expect(await get("1", found("uno"))).toMatchObject({ value: "uno" });
  expect(asked).toHaveLength(2);
});

it("gives what it remembers, however old, while nobody answers (L3)", async () => {
  const { get, changed, outcomes } = rig();
  await get("1", found("one"));
  changed("all");
  expect(await get("1", { kind: "unreachable" })).toMatchObject({ kind: "found", value: "one" });
  expect(await get("2", { kind: "unreachable" })).toEqual({ kind: "unreachable" });
  expect(outcomes).toEqual(["fetched", "stale", "unreachable"]);
});

it("an answer overtaken by a change is not believed afterwards (L2)", async () => {
  const { ask, asked, answer, changed, get } = rig();
  const first = ask("1");
  changed("company:a");
  answer(found("old"));
  expect(await first).toMatchObject({ value: "old" });
  expect(await get("1", found("new"))).toMatchObject({ value: "new" });
  expect(asked).toHaveLength(2);
});

it("who asks after a change does not get the answer asked for before it (L2)", async () => {
  const { ask, asked, answer, changed } = rig();
  const before = ask("1");
  changed("company:a");
  const after = ask("1");
  expect(asked).toHaveLength(2);
  answer(found("old"));
  answer(found("new"));
  expect(await before).toMatchObject({ value: "old" });
  expect(await after).toMatchObject({ value: "new" });
  expect(await ask("1")).toMatchObject({ value: "new" });
});

it("an unknown that was overtaken by a change is asked again at once", async () => {
  const { ask, asked, answer, changed, get } = rig();
  const first = ask("1");
  changed("company:a");
  answer({ kind: "unknown" });
  expect(await first).toEqual({ kind: "unknown" });
  expect(await get("1", found("one"))).toMatchObject({ value: "one" });
  expect(asked).toHaveLength(2);
});

it("unknown is asked again after two seconds", async () => {
  const { ask, asked, get, pass } = rig();
  await get("1", { kind: "unknown" });
  expect(await ask("1")).toEqual({ kind: "unknown" });
  expect(asked).toHaveLength(1);
  pass(2000);
  expect(await get("1", found("one"))).toMatchObject({ value: "one" });
});

it("a thousand questions under way are the most; who comes then is told at once (L1)", async () => {
  const { ask, asked, answer } = rig();
  const waiting = Array.from({ length: 1000 }, (_, key) => ask(`x${key}`));
  expect(await ask("late")).toEqual({ kind: "unreachable" });
  expect(asked).toHaveLength(1000);
  for (const _ of waiting) answer({ kind: "unknown" });
  await Promise.all(waiting);
  const late = ask("late");
  answer(found("one"));
  expect(await late).toMatchObject({ value: "one" });
});

it("peek answers at once, and only what is current; each answer is counted once", async () => {
  const { ask, peek, get, changed, pass, asked, outcomes } = rig();
  expect(peek("1")).toBeNull();
  expect(outcomes).toEqual([]);
  await get("1", found("one"));
  expect(peek("1")).toEqual({ kind: "found", value: "one" });
  changed("company:a");
  expect(peek("1")).toBeNull();
  await get("2", { kind: "unknown" });
  expect(peek("2")).toEqual({ kind: "unknown" });
  pass(2000);
  expect(peek("2")).toBeNull();
  expect(asked).toEqual(["1", "2"]);
  expect(outcomes).toEqual(["fetched", "cached", "unknown", "unknown"]);
  await get("1", found("uno"));
  await ask("1");
  expect(outcomes.slice(4)).toEqual(["fetched", "cached"]);
});
