import { expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";

const lines = async (
  metrics: ReturnType<typeof createMetrics>,
  name: string,
): Promise<readonly string[]> =>
  (await metrics.expose()).text.split("\n").filter((line) => line.startsWith(`kakehashi_${name}`));

it("shows every combination of closed labels from the start", async () => {
  const metrics = createMetrics({ service: "s", node: "n" });
  metrics.counter({
    name: "refusals_total",
    help: "Refusals.",
    labels: { method: ["INVITE", "BYE"], cause: ["a", "b"] },
  });
  expect(await lines(metrics, "refusals_total")).toHaveLength(4);
});

it("puts values outside a label's set under other, and bounds open labels", async () => {
  const metrics = createMetrics({ service: "s", node: "n" });
  const closed = metrics.counter({ name: "a_total", help: "A.", labels: { method: ["INVITE"] } });
  const method: string = "X-EVIL";
  closed.add({ method: method as "INVITE" });
  expect(await lines(metrics, "a_total")).toContain(
    'kakehashi_a_total{method="other",service="s",node="n"} 1',
  );
  const open = metrics.gauge({
    name: "b_channels",
    help: "B.",
    labels: { trunk: { distinctMax: 2 } },
  });
  for (const trunk of ["t1", "t2", "t3", "t4"]) open.set({ trunk }, 1);
  expect(
    (await lines(metrics, "b_channels")).map((line) => /trunk="([^"]+)"/.exec(line)?.[1]),
  ).toEqual(["t1", "t2", "other"]);
});

it("a gauge that is reset forgets the values of open labels", async () => {
  const metrics = createMetrics({ service: "s", node: "n" });
  const held = metrics.gauge({
    name: "c_channels",
    help: "C.",
    labels: { trunk: { distinctMax: 1 } },
  });
  held.set({ trunk: "t1" }, 1);
  held.reset();
  expect(await lines(metrics, "c_channels")).toEqual([]);
  held.set({ trunk: "t2" }, 2);
  expect(await lines(metrics, "c_channels")).toEqual([
    'kakehashi_c_channels{trunk="t2",service="s",node="n"} 2',
  ]);
});

it("reads measured gauges when scraped and includes Node's event-loop delay", async () => {
  const metrics = createMetrics({ service: "s", node: "n" });
  let calls = 1;
  metrics.measured({ name: "live_calls", help: "Calls.", read: () => calls });
  calls = 7;
  expect((await lines(metrics, "live_calls"))[0]).toMatch(/ 7$/);
  expect((await metrics.expose()).text).toContain("nodejs_eventloop_lag_p99_seconds");
});

it("collects distributions", async () => {
  const metrics = createMetrics({ service: "s", node: "n" });
  const delay = metrics.histogram({
    name: "delay_seconds",
    help: "D.",
    labels: {},
    buckets: [0.1, 1],
  });
  delay.observe({}, 0.5);
  expect((await lines(metrics, "delay_seconds_bucket"))[1]).toMatch(/le="1".* 1$/);
});
