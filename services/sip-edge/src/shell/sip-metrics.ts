/**
 * The endpoint's tallies as Prometheus counters. Owns: names and the copying. Does not own: counting
 * (counters.ts).
 *
 * SM1  The tallies are copied every 5 s, so that a message costs no metric on its way.
 */
import type { Metrics } from "../../../lib/runtime/metrics.ts";
import type { EndpointCounters, SipEndpoint } from "./endpoint.ts";

const COPY_EVERY_MS = 5_000;
/** Methods, statuses and reasons are bounded by the endpoint; this is a second fence. */
const DISTINCT_MAX = 128;

const TALLIES = {
  requestsIn: ["sip_requests_in_total", "Requests received, by method"],
  requestsOut: ["sip_requests_out_total", "Requests sent, by method"],
  requestsRepeatedIn: ["sip_requests_repeated_in_total", "Repetitions received, by method"],
  requestsRepeatedOut: ["sip_requests_repeated_out_total", "Repetitions sent, by method"],
  responsesIn: ["sip_responses_in_total", "Responses received, by status"],
  responsesOut: ["sip_responses_out_total", "Responses sent, by status"],
  responsesRepeatedOut: ["sip_responses_repeated_out_total", "Repetitions sent, by status"],
  malformed: ["sip_malformed_total", "Messages that are no SIP, by reason"],
  dropped: ["sip_dropped_total", "Messages dropped or answered without work, by reason"],
} as const satisfies Partial<Record<keyof EndpointCounters, readonly [`${string}_total`, string]>>;

type TallyName = keyof typeof TALLIES;
const NAMES: readonly TallyName[] = [
  "requestsIn",
  "requestsOut",
  "requestsRepeatedIn",
  "requestsRepeatedOut",
  "responsesIn",
  "responsesOut",
  "responsesRepeatedOut",
  "malformed",
  "dropped",
];

/** Declares the metrics and starts copying; the function returned ends it. */
export function exposeSipCounters(metrics: Metrics, endpoint: SipEndpoint): () => void {
  const copies = NAMES.map((tally) => {
    const [name, help] = TALLIES[tally];
    const counter = metrics.counter({ name, help, labels: { of: { distinctMax: DISTINCT_MAX } } });
    const copied = new Map<string, number>();
    return (counters: EndpointCounters): void => {
      for (const [of, count] of Object.entries(counters[tally])) {
        counter.add({ of }, count - (copied.get(of) ?? 0));
        copied.set(of, count);
      }
    };
  });
  metrics.measured({
    name: "sip_server_transactions",
    help: "Live server transactions",
    read: () => endpoint.counters().serverTransactions,
  });
  metrics.measured({
    name: "sip_client_transactions",
    help: "Live client transactions",
    read: () => endpoint.counters().clientTransactions,
  });
  metrics.measured({
    name: "sip_tcp_connections",
    help: "Open TCP connections",
    read: () => endpoint.counters().connections,
  });
  metrics.measured({
    name: "sip_accepted_transactions",
    help: "INVITEs answered with 2xx whose ACK may still come (timer L)",
    read: () => endpoint.counters().acceptedInvites,
  });
  const refused = metrics.counter({
    name: "sip_connections_refused_total",
    help: "TCP connections refused because too many were open",
    labels: {},
  });
  let refusedBefore = 0;
  const timer = setInterval(() => {
    const counters = endpoint.counters();
    for (const copy of copies) copy(counters);
    refused.add({}, counters.connectionsRefused - refusedBefore);
    refusedBefore = counters.connectionsRefused;
  }, COPY_EVERY_MS).unref();
  return () => clearInterval(timer);
}
