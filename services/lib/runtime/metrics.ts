/**
 * A process's Prometheus metrics: declared once, with unit and labels.
 *
 * M1  The name says the unit: counters end in _total, the others in one of UNITS.
 * M2  Label sets are closed: a value outside becomes `other`, so a metric cannot grow without bound.
 * M3  Every combination of closed labels is there from the start, at 0.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Units a gauge or histogram can have; time in seconds, as Prometheus wants it. */
type Unit =
  | "seconds"
  | "bytes"
  | "ratio"
  | "calls"
  | "legs"
  | "channels"
  | "leases"
  | "messages"
  | "records"
  | "spans"
  | "inputs"
  | "bindings"
  | "transactions"
  | "dialogs"
  | "connections"
  | "entries"
  | "up";

/** Values of a label: all of them, or how many different ones may appear before `other`. */
type LabelValues = readonly string[] | { readonly distinctMax: number };
type LabelSet = Readonly<Record<string, LabelValues>>;
type Labels<L extends LabelSet> = {
  readonly [Name in keyof L & string]: L[Name] extends readonly (infer Value extends string)[]
    ? Value
    : string;
};

/** Counts up. */
export interface CounterMetric<L extends LabelSet> {
  readonly add: (labels: Labels<L>, by?: number) => void;
}
/** Goes up and down. */
export interface GaugeMetric<L extends LabelSet> {
  readonly set: (labels: Labels<L>, value: number) => void;
  /** Back to the start: closed labels at 0 (M3), values of open ones gone. */
  readonly reset: () => void;
}
/** Distribution. */
export interface HistogramMetric<L extends LabelSet> {
  readonly observe: (labels: Labels<L>, value: number) => void;
}

/** A process's metrics. */
export interface Metrics {
  readonly counter: <const L extends LabelSet>(declared: {
    readonly name: `${string}_total`;
    readonly help: string;
    readonly labels: L;
  }) => CounterMetric<L>;
  readonly gauge: <const L extends LabelSet>(declared: {
    readonly name: `${string}_${Unit}`;
    readonly help: string;
    readonly labels: L;
  }) => GaugeMetric<L>;
  /** A gauge without labels that is read when it is scraped. */
  readonly measured: (declared: {
    readonly name: `${string}_${Unit}`;
    readonly help: string;
    readonly read: () => number;
  }) => void;
  readonly histogram: <const L extends LabelSet>(declared: {
    readonly name: `${string}_${Unit}`;
    readonly help: string;
    readonly labels: L;
    readonly buckets: readonly number[];
  }) => HistogramMetric<L>;
  /** The exposition text. */
  readonly expose: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

const OTHER = "other";

type Plain = Record<string, string>;

/** Keeps label values within their declared sets (M2). */
function closing(labels: LabelSet): (given: Readonly<Record<string, string>>) => Plain {
  const names = Object.entries(labels).map(([name, values]) =>
    "distinctMax" in values
      ? { name, known: new Set<string>(), max: values.distinctMax }
      : { name, known: new Set<string>(values), max: 0 },
  );
  return (given) => {
    const closed: Plain = {};
    for (const { name, known, max } of names) {
      const value = given[name] ?? OTHER;
      if (!known.has(value) && known.size < max) known.add(value);
      closed[name] = known.has(value) ? value : OTHER;
    }
    return closed;
  };
}

/** Every combination of closed labels; none when a label is open (M3). */
function combinations(labels: LabelSet): readonly Plain[] {
  let rows: readonly Plain[] = [{}];
  for (const [name, values] of Object.entries(labels)) {
    if ("distinctMax" in values) return [];
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value })));
  }
  return rows;
}

type Declared = { readonly name: string; readonly help: string; readonly labels: LabelSet };

const options = (registry: Registry, declared: Declared) => ({
  name: `kakehashi_${declared.name}`,
  help: declared.help,
  labelNames: Object.keys(declared.labels),
  registers: [registry],
});

/** Makes a process's metrics, with Node's own (heap, CPU, event-loop delay) included. */
export function createMetrics(process: {
  readonly service: string;
  readonly node: string;
}): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: process.service, node: process.node });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 10 });
  return {
    counter: (declared) => {
      const counter = new Counter(options(registry, declared));
      const close = closing(declared.labels);
      for (const labels of combinations(declared.labels)) counter.inc(labels, 0);
      return { add: (labels, by = 1) => counter.inc(close(labels), by) };
    },
    gauge: (declared) => {
      const gauge = new Gauge(options(registry, declared));
      let close = closing(declared.labels);
      const reset = (): void => {
        close = closing(declared.labels);
        gauge.reset();
        for (const labels of combinations(declared.labels)) gauge.set(labels, 0);
      };
      reset();
      return { set: (labels, value) => gauge.set(close(labels), value), reset };
    },
    measured: ({ name, help, read }) => {
      new Gauge({
        ...options(registry, { name, help, labels: {} }),
        collect() {
          this.set(read());
        },
      });
    },
    histogram: (declared) => {
      const buckets = [...declared.buckets];
      const histogram = new Histogram({ ...options(registry, declared), buckets });
      const close = closing(declared.labels);
      for (const labels of combinations(declared.labels)) histogram.zero(labels);
      return { observe: (labels, value) => histogram.observe(close(labels), value) };
    },
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
