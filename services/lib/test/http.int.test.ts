import { afterEach, beforeEach, expect, it } from "vitest";
import { type ObservationServer, serveObservation } from "../runtime/http.ts";
import { createMetrics } from "../runtime/metrics.ts";

let server: ObservationServer;
let missing: string | null = null;

beforeEach(async () => {
  const metrics = createMetrics({ service: "s", node: "n" });
  metrics.counter({ name: "things_total", help: "Things.", labels: {} }).add({}, 2);
  const probes = { nats: () => missing, database: () => null };
  const result = await serveObservation({ host: "127.0.0.1", port: 0, metrics, probes });
  if (!result.ok) throw new Error(result.message);
  server = result.server;
});
afterEach(() => server.close());

const get = async (path: string): Promise<{ status: number; body: string }> => {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  return { status: response.status, body: await response.text() };
};

it("is alive, and ready only when every probe is, naming the one that is not", async () => {
  missing = "disconnected";
  expect(await get("/healthz")).toMatchObject({ status: 200 });
  const unready = await get("/readyz");
  expect(unready.status).toBe(503);
  expect(JSON.parse(unready.body)).toEqual({ ready: false, missing: { nats: "disconnected" } });
  missing = null;
  expect(JSON.parse((await get("/readyz?verbose")).body)).toEqual({ ready: true, missing: {} });
});

it("exposes metrics and knows no other path", async () => {
  expect((await get("/metrics")).body).toContain('kakehashi_things_total{service="s",node="n"} 2');
  expect((await get("/admin")).status).toBe(404);
});

it("an address in use is a value that names it", async () => {
  const metrics = createMetrics({ service: "s", node: "n" });
  const again = await serveObservation({
    host: "127.0.0.1",
    port: server.port,
    metrics,
    probes: {},
  });
  expect(again.ok ? "" : again.message).toMatch(/^cannot listen on 127.0.0.1:/);
});
