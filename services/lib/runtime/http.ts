/**
 * What an operator and Prometheus see of a process: /metrics, /healthz, /readyz.
 *
 * H1  /healthz answers 200 as long as the event loop turns; it depends on nothing else.
 * H2  /readyz answers 503 and names what is missing as long as any probe does.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Metrics } from "./metrics.ts";

/** Null when ready, else what is missing, in a few words. */
export type Probe = () => string | null;

/** A server that is up. */
export interface ObservationServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Result of {@link serveObservation}. */
export type ObservationResult =
  | { readonly ok: true; readonly server: ObservationServer }
  | { readonly ok: false; readonly message: string };

interface Observed {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly metrics: Metrics;
  readonly probes: Readonly<Record<string, Probe>>;
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}

function readiness(probes: Observed["probes"]): Record<string, string> {
  const missing: Record<string, string> = {};
  for (const [name, probe] of Object.entries(probes)) {
    const problem = probe();
    if (problem !== null) missing[name] = problem;
  }
  return missing;
}

async function answer(
  observed: Observed,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? "/").split("?")[0];
  if (request.method !== "GET" && request.method !== "HEAD") {
    answerJson(response, 405, { fault: "only GET" });
  } else if (path === "/healthz") {
    answerJson(response, 200, { alive: true });
  } else if (path === "/readyz") {
    const missing = readiness(observed.probes);
    const ready = Object.keys(missing).length === 0;
    answerJson(response, ready ? 200 : 503, { ready, missing });
  } else if (path === "/metrics") {
    const { contentType, text } = await observed.metrics.expose();
    response.writeHead(200, { "content-type": contentType });
    response.end(text);
  } else {
    answerJson(response, 404, { fault: "try /metrics, /healthz or /readyz" });
  }
}

/** Starts the server; resolves when it listens or cannot. */
export function serveObservation(observed: Observed): Promise<ObservationResult> {
  const server = createServer((request, response) => {
    answer(observed, request, response).catch(() => {
      if (!response.headersSent) answerJson(response, 500, { fault: "metrics could not be read" });
      else response.destroy();
    });
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const { host, port } = observed;
  return new Promise((resolve) => {
    server.once("error", (error) =>
      resolve({ ok: false, message: `cannot listen on ${host}:${port}: ${error.message}` }),
    );
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      resolve({ ok: true, server: { port: bound, close } });
    });
  });
}
