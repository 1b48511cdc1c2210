import { beforeEach, describe, expect, it } from "vitest";
import { Alarms } from "../../../lib/actor/alarms.ts";
import type { Put } from "./answered-bucket.ts";
import type { AnsweredCalls, KeepingOutcome } from "./answered-calls.ts";
import { keepAnsweredCalls } from "./answered-calls.ts";

/** A bucket whose every operation waits until the test decides how it ends. */
class DecidedBucket {
  readonly asked: string[] = [];
  readonly #waiting: ((result: "done" | "unreachable") => void)[] = [];

  put(_key: string, text: string): Promise<Put> {
    return this.#ask(`put ${text}`).then((result) => (result === "done" ? "stored" : result));
  }

  remove(): Promise<"removed" | "unreachable"> {
    return this.#ask("remove").then((result) => (result === "done" ? "removed" : result));
  }

  entriesOf(): Promise<"unreachable"> {
    return Promise.resolve("unreachable");
  }

  async decide(result: "done" | "unreachable"): Promise<void> {
    const next = this.#waiting.shift();
    if (next === undefined) throw new Error("nothing was asked");
    next(result);
    // What the caller does with it comes a few microtasks later.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #ask(what: string): Promise<"done" | "unreachable"> {
    this.asked.push(what);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

let at: number;
let alarms: Alarms;
let bucket: DecidedBucket;
let counted: KeepingOutcome[];
let calls: AnsweredCalls;
let text: string | null;

beforeEach(() => {
  at = 1_800_000_000_000;
  const now = (): number => at;
  alarms = new Alarms(now, () => expect.unreachable("an alarm threw"));
  bucket = new DecidedBucket();
  counted = [];
  calls = keepAnsweredCalls({ bucket, alarms, now, count: (outcome) => counted.push(outcome) });
  text = "one";
});

const pass = (ms: number): void => {
  at += ms;
  alarms.turn();
};
const keep = (isThere = false) => calls.keep({ key: "edge.call", read: () => text, isThere });

describe("an answered call in the bucket", () => {
  it("costs one write a moment after the answer and one removal at its end", async () => {
    const call = keep();
    call.changed();
    call.changed();
    pass(200);
    expect(bucket.asked).toEqual([]);
    pass(100);
    await bucket.decide("done");
    pass(3_600_000);
    call.ended();
    await bucket.decide("done");
    call.changed();
    pass(60_000);
    expect(bucket.asked).toEqual(["put one", "remove"]);
    expect(counted).toEqual(["written", "removed"]);
  });

  it("that ends before it was written costs nothing", () => {
    const call = keep();
    call.changed();
    call.ended();
    pass(60_000);
    expect(bucket.asked).toEqual([]);
  });

  it("is written when it can be kept, not before", () => {
    text = null;
    keep().changed();
    pass(300);
    pass(300);
    expect(bucket.asked).toEqual([]);
    text = "quiet";
    pass(300);
    expect(bucket.asked).toEqual(["put quiet"]);
  });

  it("is written again at most once a second", async () => {
    const call = keep();
    call.changed();
    pass(300);
    await bucket.decide("done");
    text = "two";
    call.changed();
    pass(300);
    expect(bucket.asked).toEqual(["put one"]);
    pass(800);
    expect(bucket.asked).toEqual(["put one", "put two"]);
  });

  it("a removal never overtakes the write that is under way", async () => {
    const call = keep();
    call.changed();
    pass(300);
    call.ended();
    expect(bucket.asked).toEqual(["put one"]);
    await bucket.decide("unreachable");
    expect(bucket.asked).toEqual(["put one", "remove"]);
  });

  it("of an earlier life is removed though this one never wrote it", () => {
    keep(true).ended();
    expect(bucket.asked).toEqual(["remove"]);
  });
});

describe("while the bucket is out of reach", () => {
  it("a write is tried five times, then left until the next change", async () => {
    const call = keep();
    call.changed();
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      pass(30_000);
      expect(bucket.asked).toHaveLength(attempt);
      await bucket.decide("unreachable");
    }
    pass(60_000);
    expect(bucket.asked).toHaveLength(5);
    expect(counted).toEqual(["failed", "failed", "failed", "failed", "failed", "given-up"]);
    call.changed();
    pass(2_000);
    expect(bucket.asked).toHaveLength(6);
  });

  it("a removal is tried until it succeeds", async () => {
    keep(true).ended();
    for (let attempt = 1; attempt <= 20; attempt += 1) {
      expect(bucket.asked).toHaveLength(attempt);
      await bucket.decide("unreachable");
      pass(30_000);
    }
    await bucket.decide("done");
    pass(60_000);
    expect(bucket.asked).toHaveLength(21);
    expect(counted.at(-1)).toBe("removed");
  });
});

it("after stop nothing is asked any more", async () => {
  const call = keep();
  call.changed();
  calls.stop();
  pass(60_000);
  call.ended();
  await calls.flush();
  expect(bucket.asked).toEqual([]);
});
