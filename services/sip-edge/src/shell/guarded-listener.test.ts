import { describe, expect, it } from "vitest";
import { Counters } from "./counters.ts";
import type { EndpointListener } from "./endpoint-ports.ts";
import { GuardedListener } from "./guarded-listener.ts";

const ignore = (): void => undefined;

describe("a listener that throws", () => {
  it("GL1: every exception is counted, and one a second is told of", () => {
    const clock = { now: 5_000 };
    const counters = new Counters();
    const heard: unknown[] = [];
    let thrown = 0;
    const inner: EndpointListener = {
      onRequest: ignore,
      onAck: ignore,
      onCancel: ignore,
      onAckMissing: ignore,
      onServerTransportError: ignore,
      onStrayResponse: ignore,
      onFlowClosed: () => {
        thrown += 1;
        throw new Error(`fault ${thrown}`);
      },
    };
    const guarded = new GuardedListener(inner, counters, {
      now: () => clock.now,
      onListenerFault: (error) => heard.push(error),
    });
    guarded.onFlowClosed("a");
    guarded.onFlowClosed("b");
    clock.now += 1_000;
    guarded.onFlowClosed("c");
    expect(heard).toEqual([new Error("fault 1"), new Error("fault 3")]);
    expect(counters.snapshot().dropped).toEqual({ "listener-fault": 3 });
  });
});
