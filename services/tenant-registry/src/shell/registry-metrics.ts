/**
 * What the registry counts: changes by outcome, time of a resolve, watchers, whether the database answers.
 */
import type { Metrics } from "../../../lib/runtime/metrics.ts";
import type { ChangeOutcome, RemovalOutcome } from "../ports.ts";

/** Outcome of an attempt to change something. */
type Outcome = ChangeOutcome["kind"] | RemovalOutcome["kind"];

const OUTCOMES: readonly Outcome[] = [
  "stored",
  "faulty",
  "outdated",
  "removed",
  "absent",
  "blocked",
  "store-fault",
];

/** From a cached company (tens of microseconds of SQL) to a database that is on its knees. */
const RESOLVE_BUCKETS_S = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1, 5];

/** See the file header. */
export interface RegistryMetrics {
  readonly changed: (outcome: Outcome) => void;
  readonly timeResolve: <T>(work: () => Promise<T>) => Promise<T>;
  /** Counts one watcher in; the result counts it out, once however often it is called. */
  readonly watching: () => () => void;
}

/** Declares the metrics. */
export function registryMetrics(metrics: Metrics, databaseUp: () => boolean): RegistryMetrics {
  let watchers = 0;
  const changes = metrics.counter({
    name: "tenant_changes_total",
    help: "Attempts to change a company or trunk, by outcome",
    labels: { outcome: OUTCOMES },
  });
  const resolves = metrics.histogram({
    name: "tenant_resolve_seconds",
    help: "Time to answer Resolve",
    labels: {},
    buckets: RESOLVE_BUCKETS_S,
  });
  metrics.measured({
    name: "tenant_watch_connections",
    help: "Open Watch streams",
    read: () => watchers,
  });
  metrics.measured({
    name: "database_up",
    help: "1 when the database answered the last poll",
    read: () => (databaseUp() ? 1 : 0),
  });
  return {
    changed: (outcome) => changes.add({ outcome }),
    timeResolve: async (work) => {
      const startedAt = performance.now();
      const result = await work();
      resolves.observe({}, (performance.now() - startedAt) / 1000);
      return result;
    },
    watching: () => {
      let here = true;
      watchers += 1;
      return () => {
        watchers -= here ? 1 : 0;
        here = false;
      };
    },
  };
}
