import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Alarm, Alarms } from "./alarms.ts";

let now = 0;
let faults = 0;
let alarms: Alarms;

beforeEach(() => {
  now = 1_000_003;
  faults = 0;
  alarms = new Alarms(
    () => now,
    () => {
      faults += 1;
    },
  );
});

afterEach(() => alarms.stop());

/** An owner that writes down when it was woken. */
function owner(woken: number[]): Alarm {
  return alarms.create({ onAlarm: (at) => woken.push(at) });
}

/** Lets time pass tick by tick, as the wheel's own timer would. */
function pass(ms: number): void {
  const end = now + ms;
  while (now < end) {
    now = Math.min(end, now + 10);
    alarms.turn();
  }
}

describe("alarms", () => {
  it("AL2: never early, and at most one tick late", () => {
    for (const delay of [0, 1, 9, 10, 11, 500, 32_000, 40_959, 40_960, 40_961, 181_000]) {
      const woken: number[] = [];
      const due = now + delay;
      alarms.set(owner(woken), due);
      pass(delay + 20);
      expect(woken).toHaveLength(1);
      expect(woken[0]).toBeGreaterThanOrEqual(due);
      expect(woken[0]).toBeLessThanOrEqual(due + 20);
    }
  });

  it("AL1: setting again moves the alarm, null clears it", () => {
    const moved: number[] = [];
    const cleared: number[] = [];
    const first = owner(moved);
    const second = owner(cleared);
    alarms.set(first, now + 100);
    alarms.set(first, now + 300);
    alarms.set(second, now + 100);
    alarms.set(second, null);
    expect(alarms.count).toBe(1);
    pass(200);
    expect(moved).toEqual([]);
    pass(200);
    expect(moved).toHaveLength(1);
    expect(cleared).toEqual([]);
    expect(alarms.count).toBe(0);
  });

  it("an owner may set itself again when woken", () => {
    const woken: number[] = [];
    const alarm: Alarm = alarms.create({
      onAlarm: (at) => {
        woken.push(at);
        if (woken.length < 3) alarms.set(alarm, at + 100);
      },
    });
    alarms.set(alarm, now + 100);
    pass(1000);
    expect(woken).toHaveLength(3);
    expect(alarms.count).toBe(0);
  });

  it("an owner woken in the same turn can clear another one that is due", () => {
    const woken: string[] = [];
    const pair: Alarm[] = [];
    for (const name of ["a", "b"]) {
      pair.push(
        alarms.create({
          onAlarm: () => {
            woken.push(name);
            for (const other of pair) alarms.set(other, null);
          },
        }),
      );
    }
    for (const alarm of pair) alarms.set(alarm, now + 50);
    pass(100);
    expect(woken).toHaveLength(1);
    expect(alarms.count).toBe(0);
  });

  it("AL4: an owner that throws does not stop the others", () => {
    const woken: number[] = [];
    const thrower = alarms.create({
      onAlarm: () => {
        throw new Error("broken owner");
      },
    });
    alarms.set(owner(woken), now + 50);
    alarms.set(thrower, now + 50);
    alarms.set(owner(woken), now + 50);
    pass(100);
    expect(woken).toHaveLength(2);
    expect(faults).toBe(1);
  });

  it("after a stop of the whole process every overdue alarm goes off, once", () => {
    const woken: number[] = [];
    for (let i = 1; i <= 5000; i += 1) alarms.set(owner(woken), now + i * 50);
    now += 300_000;
    alarms.turn();
    expect(woken).toHaveLength(5000);
    alarms.turn();
    expect(woken).toHaveLength(5000);
  });

  it("an alarm set after a long idle time goes off on time", () => {
    const woken: number[] = [];
    now += 3_600_000;
    alarms.set(owner(woken), now + 100);
    pass(90);
    expect(woken).toEqual([]);
    pass(30);
    expect(woken).toHaveLength(1);
  });

  it("a clock that steps back delays alarms and breaks nothing", () => {
    const woken: number[] = [];
    alarms.set(owner(woken), now + 100);
    now -= 5000;
    alarms.turn();
    pass(5090);
    expect(woken).toEqual([]);
    pass(30);
    expect(woken).toHaveLength(1);
  });
});
