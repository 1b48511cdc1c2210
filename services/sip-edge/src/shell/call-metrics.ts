/**
 * The metrics of this edge's calls. Owns: their names, help texts and labels. Does not own: when they
 * are counted (call-watch.ts, door.ts).
 */
import type { Logger } from "../../../lib/runtime/log.ts";
import type { Metrics } from "../../../lib/runtime/metrics.ts";
import type { Tracer } from "../../../lib/runtime/telemetry.ts";
import { END_CAUSES, type EndCause } from "../../../lib/telephony/leg.ts";

/** Anchor protocol events, and admissions that were turned away. */
const EVENTS = [
  "stale-step",
  "repeated-step",
  "gap",
  "adoption",
  "no-taker",
  "orphaned",
  "too-many-inputs",
  "unknown-call-step",
  "undecodable",
  "crashed",
  "revived",
] as const;
const REFUSALS = [
  "full",
  "draining",
  "unready",
  "merged",
  "challenge",
  "refused",
  "silence",
  "fault",
] as const;

/** An event of {@link EVENTS}. */
export type AnchorEvent = (typeof EVENTS)[number];
/** Why an INVITE was not made a call. */
export type Refusal = (typeof REFUSALS)[number];

/** The instruments of the edge's calls. */
export interface CallInstruments {
  readonly log: Logger;
  readonly tracer: Tracer;
  readonly offered: () => void;
  readonly answered: (setupMs: number) => void;
  readonly ringing: (delayMs: number) => void;
  readonly legEnded: (cause: EndCause) => void;
  readonly notAnswered: (cause: "abandoned" | "refused") => void;
  readonly event: (event: AnchorEvent) => void;
  readonly refusedInvite: (refusal: Refusal) => void;
  readonly identityRefused: () => void;
}

const SECONDS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 180];

/** Declares the metrics. */
export function instrumentCalls(metrics: Metrics, log: Logger, tracer: Tracer): CallInstruments {
  return { log, tracer, ...countCallers(metrics), ...timeSetup(metrics), ...countEvents(metrics) };
}

type Counting<K extends keyof CallInstruments> = Pick<CallInstruments, K>;

function countCallers(metrics: Metrics): Counting<"offered" | "notAnswered" | "legEnded"> {
  const offered = metrics.counter({
    name: "calls_offered_total",
    help: "Calls offered to a controller",
    labels: {},
  });
  const failed = metrics.counter({
    name: "calls_failed_total",
    help: "Callers who got no 200",
    labels: { cause: ["abandoned", "refused"] },
  });
  const legs = metrics.counter({
    name: "legs_ended_total",
    help: "Attempts and answered legs that ended, by cause",
    labels: { cause: END_CAUSES },
  });
  return {
    offered: () => offered.add({}),
    notAnswered: (cause) => failed.add({ cause }),
    legEnded: (cause) => legs.add({ cause }),
  };
}

function timeSetup(metrics: Metrics): Counting<"answered" | "ringing"> {
  const answered = metrics.counter({
    name: "calls_answered_total",
    help: "Callers who got a 200",
    labels: {},
  });
  const setup = metrics.histogram({
    name: "call_setup_seconds",
    help: "From INVITE to the caller's 200",
    labels: {},
    buckets: SECONDS,
  });
  const ringDelay = metrics.histogram({
    name: "post_dial_delay_seconds",
    help: "From INVITE to the first ringing of the caller's side",
    labels: {},
    buckets: SECONDS,
  });
  return {
    answered: (setupMs) => {
      answered.add({});
      setup.observe({}, setupMs / 1_000);
    },
    ringing: (delayMs) => ringDelay.observe({}, delayMs / 1_000),
  };
}

function countEvents(metrics: Metrics): Counting<"event" | "refusedInvite" | "identityRefused"> {
  const events = metrics.counter({
    name: "call_protocol_events_total",
    help: "Stale steps, adoptions and the like",
    labels: { event: EVENTS },
  });
  const refusals = metrics.counter({
    name: "invites_refused_total",
    help: "INVITEs that did not become a call, by reason",
    labels: { reason: REFUSALS },
  });
  const identity = metrics.counter({
    name: "identity_refused_total",
    help: "Outside legs refused: source number not of the company, or destination not allowed",
    labels: {},
  });
  return {
    event: (event) => events.add({ event }),
    refusedInvite: (reason) => refusals.add({ reason }),
    identityRefused: () => identity.add({}),
  };
}
