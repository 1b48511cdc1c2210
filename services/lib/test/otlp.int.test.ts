/** OTLP over real HTTP: what a collector of any make receives when an endpoint is configured. */
import { createServer, type Server } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { failSpan, startSpan, startTelemetry, traceparentOf } from "../runtime/telemetry.ts";

interface Received {
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

let server: Server | null = null;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

function listen(status: number, received: Received[]): Promise<string> {
  const receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const type = request.headers["content-type"] ?? "";
      received.push({ path: request.url ?? "", type, body: Buffer.concat(parts) });
      response.writeHead(status).end();
    });
  });
  server = receiver;
  return new Promise((resolve) => {
    receiver.listen(0, "127.0.0.1", () => {
      const address = receiver.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      resolve(`http://127.0.0.1:${port}`);
    });
  });
}

const traced = (otlpEndpoint: string, published: Uint8Array[]) =>
  startTelemetry({
    service: "sip-edge",
    node: "edge-7",
    otlpEndpoint,
    publishSpans: (batch) => {
      published.push(batch);
      return true;
    },
    sampleRatio: 1,
  });

describe("with an OTLP endpoint", () => {
  it("spans go there as protobuf, parent and service named, and not to NATS", async () => {
    const received: Received[] = [];
    const published: Uint8Array[] = [];
    const { tracer, shutdown } = traced(await listen(200, received), published);
    const parent = startSpan(tracer, { name: "call setup", parent: "" });
    const child = startSpan(tracer, { name: "leg b1", parent: traceparentOf(parent) });
    failSpan(child, "busy");
    child.end();
    parent.end();
    await shutdown();
    expect(received.map(({ path, type }) => [path, type])).toEqual([
      ["/v1/traces", "application/x-protobuf"],
    ]);
    const body = received[0]?.body ?? Buffer.alloc(0);
    for (const text of ["sip-edge", "edge-7", "call setup", "leg b1", "busy"]) {
      expect(body.includes(text)).toBe(true);
    }
    const { traceId, spanId } = parent.spanContext();
    expect(body.includes(Buffer.from(traceId, "hex"))).toBe(true);
    // Once as the parent's own id, once as the child's parent.
    expect(body.toString("hex").split(spanId)).toHaveLength(3);
    expect(published).toEqual([]);
  });

  it("a collector that refuses costs spans, which are counted, and nothing else", async () => {
    const received: Received[] = [];
    const telemetry = traced(await listen(400, received), []);
    startSpan(telemetry.tracer, { name: "call setup", parent: "" }).end();
    await telemetry.shutdown();
    expect(received).toHaveLength(1);
    expect(telemetry.dropped()).toBe(1);
  });
});
