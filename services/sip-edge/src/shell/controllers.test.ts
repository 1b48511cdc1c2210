import { describe, expect, it } from "vitest";
import { Alarms } from "../../../lib/actor/alarms.ts";
import type { NodeId } from "../../../lib/telephony/ids.ts";
import { Controllers, SILENCE_MS_MAX } from "./controllers.ts";

const ONE = "controller-1" as NodeId;
const TWO = "controller-2" as NodeId;

function watch() {
  const clock = { now: 1_000, isConnected: true };
  const lost: NodeId[] = [];
  const alarms = new Alarms(
    () => clock.now,
    () => undefined,
  );
  const controllers = new Controllers(
    alarms,
    () => clock.isConnected,
    (controller) => lost.push(controller),
  );
  const pass = (ms: number): void => {
    for (const end = clock.now + ms; clock.now < end; ) {
      clock.now += 50;
      alarms.turn();
    }
  };
  return { clock, controllers, lost, pass };
}

describe("signs of life", () => {
  it("a controller that falls silent is lost once, the others are not", () => {
    const { clock, controllers, lost, pass } = watch();
    controllers.seen(ONE, clock.now);
    controllers.seen(TWO, clock.now);
    pass(500);
    controllers.seen(TWO, clock.now);
    pass(SILENCE_MS_MAX - 100);
    expect(lost).toEqual([ONE]);
    pass(SILENCE_MS_MAX);
    expect(lost).toEqual([ONE, TWO]);
  });

  it("one that says it is leaving is lost at once", () => {
    const { clock, controllers, lost } = watch();
    controllers.seen(ONE, clock.now);
    controllers.leaving(ONE);
    expect(lost).toEqual([ONE]);
    expect(controllers.alive).toBe(0);
  });

  it("nobody is lost when this edge slept: it was late itself", () => {
    const { clock, controllers, lost, pass } = watch();
    controllers.seen(ONE, clock.now);
    pass(200);
    clock.now += 5_000;
    pass(SILENCE_MS_MAX - 100);
    expect(lost).toEqual([]);
    pass(200);
    expect(lost).toEqual([ONE]);
  });

  it("nobody is lost while this edge itself is cut off, nor right after", () => {
    const { clock, controllers, lost, pass } = watch();
    controllers.seen(ONE, clock.now);
    clock.isConnected = false;
    pass(5_000);
    clock.isConnected = true;
    pass(SILENCE_MS_MAX - 100);
    expect(lost).toEqual([]);
    pass(500);
    expect(lost).toEqual([ONE]);
  });
});
