/**
 * What every service does first and last, in one place: log, metrics, NATS, traces, the observation
 * server, and the way down. Owns no service's parts; main.ts joins those.
 *
 * B1  A boot that fails says why in one line, without a stack, and ends the process with status 1.
 * B2  On the way down the service's own steps run first, then the shared ones.
 * B3  A service that no message reaches stands on its Ground alone and needs no NATS.
 */

import { SPANS_SUBJECT } from "../wire/subjects.ts";
import type { Config } from "./config.ts";
import { type DrainStep, drainOnSignal, exitOnUncaught } from "./drain.ts";
import { type Probe, serveObservation } from "./http.ts";
import { createLogger, type Logger } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { connectNats, type NatsEvent, type NatsLink } from "./nats.ts";
import type { GROUND_SETTINGS, PROCESS_SETTINGS } from "./process-settings.ts";
import { startTelemetry, type Telemetry } from "./telemetry.ts";

/** Readiness, and what is closed on the way down, in this order. */
export interface Parts {
  readonly probes: Readonly<Record<string, Probe>>;
  readonly drain: readonly DrainStep[];
}

/** What every process stands on. */
export interface Ground {
  readonly service: string;
  readonly config: Config<typeof GROUND_SETTINGS>;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The shared parts that the boot made, with which {@link openToTheWorld} ends. */
  readonly shared: Parts;
}

/** What a process of the cluster stands on. */
export interface Base extends Ground {
  readonly config: Config<typeof PROCESS_SETTINGS>;
  readonly nats: NatsLink;
  readonly telemetry: Telemetry;
}

/** A result whose failure ends the boot. */
type Attempt<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly message: string };

/** Ends the process with one line (B1). */
export function bootFault(log: Logger, message: string): never {
  log.fatal(message);
  process.exit(1);
}

/** The good part of an attempt; a failed one ends the process (B1). */
export async function orBootFault<T>(log: Logger, attempt: Promise<Attempt<T>>): Promise<T> {
  const result = await attempt;
  return result.ok ? result : bootFault(log, result.message);
}

/** Log and metrics; an exception that nobody catches ends the process. */
export function bootAlone(service: string, config: Config<typeof GROUND_SETTINGS>): Ground {
  const node = config.nodeId;
  const log = createLogger({ service, node, level: config.logLevel });
  exitOnUncaught(log);
  const metrics = createMetrics({ service, node });
  return { service, config, log, metrics, shared: { probes: {}, drain: [] } };
}

/** Connects a process to the cluster. `onNats` hears of losses and returns of the connection. */
export async function boot(
  service: string,
  config: Config<typeof PROCESS_SETTINGS>,
  onNats: (event: NatsEvent) => void = () => undefined,
): Promise<Base> {
  const { log, metrics } = bootAlone(service, config);
  const node = config.nodeId;
  const onEvent = (event: NatsEvent): void => {
    const isNews = event.kind === "fault" || event.kind === "disconnected";
    log[isNews ? "warn" : "info"]({ ...event }, "NATS");
    onNats(event);
  };
  const dialled = connectNats({ url: config.natsUrl, name: `${service} ${node}`, onEvent });
  const { nats } = await orBootFault(log, dialled);
  const telemetry = startTelemetry({
    service,
    node,
    otlpEndpoint: config.otlpEndpoint,
    publishSpans: (batch) => nats.publish(SPANS_SUBJECT, batch) === "sent",
    sampleRatio: config.traceShare,
  });
  metrics.measured({
    name: "spans_dropped_spans",
    help: "Finished spans that were dropped since the start",
    read: telemetry.dropped,
  });
  const shared = {
    probes: { nats: () => (nats.isConnected() ? null : "not connected") },
    drain: [
      { name: "flush traces", run: telemetry.shutdown },
      { name: "close NATS", run: nats.close },
    ],
  };
  return { service, config, log, metrics, shared, nats, telemetry };
}

/** Opens the observation server and installs the way down; the process is up after it. */
export async function openToTheWorld(ground: Ground, own: Parts): Promise<void> {
  const { config, log, metrics, shared } = ground;
  const opened = serveObservation({
    host: config.httpHost,
    port: config.httpPort,
    metrics,
    probes: { ...shared.probes, ...own.probes },
  });
  const { server } = await orBootFault(log, opened);
  drainOnSignal({
    log,
    boundMs: config.drainMs,
    steps: [...own.drain, ...shared.drain, { name: "close observation", run: server.close }],
  });
  log.info({ http: `${config.httpHost}:${server.port}` }, "up");
}
