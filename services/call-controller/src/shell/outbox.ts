/**
 * What leaves this controller: steps to anchors, records to the stream, questions to the registry.
 * Every answer comes back as an input of its call. Spans of look-ups and reservations start here.
 */
import { type JetStreamClient, jetstream } from "@nats-io/jetstream";
import type { RegistryClient } from "../../../lib/registry-client/index.ts";
import { type NatsLink, traceHeaders } from "../../../lib/runtime/nats.ts";
import {
  CALL_ID_ATTRIBUTE,
  failSpan,
  startSpan,
  type Tracer,
} from "../../../lib/runtime/telemetry.ts";
import { encodeEnvelope } from "../../../lib/wire/branch-codec.ts";
import { encodeRecord } from "../../../lib/wire/record-codec.ts";
import { edgeSubject, RECORDS_SUBJECT } from "../../../lib/wire/subjects.ts";
import type { CallPorts, Channels, LookUpRoute, SendStep, WriteRecord } from "../ports.ts";

/** Records on their way to the stream at once; more are left to the calls to write again. */
const RECORDS_IN_FLIGHT_MAX = 5_000;
const RECORD_TIMEOUT_MS = 2_000;

/** What the outbox needs around it. */
export interface OutboxSurroundings {
  readonly nats: NatsLink;
  readonly registry: RegistryClient;
  readonly channels: Channels;
  readonly tracer: Tracer;
  readonly onFailure: (what: "record" | "step", problem: string) => void;
}

/** The ports of the calls. */
export function openOutbox(around: OutboxSurroundings): CallPorts {
  return {
    lookUpRoute: lookUp(around.registry),
    channels: tracedChannels(around.channels, around.tracer),
    writeRecord: recordWriter(jetstream(around.nats.connection), around.onFailure),
    sendStep: stepSender(around),
  };
}

/** A route that is known is answered within the run that asks: its step already holds the dial orders. */
export function lookUp(registry: Pick<RegistryClient, "peek" | "resolve">): LookUpRoute {
  return (query, onAnswer) => {
    const known = registry.peek(query);
    if (known === null) void registry.resolve(query).then(onAnswer);
    else onAnswer(known);
  };
}

function stepSender({ nats, onFailure }: OutboxSurroundings): SendStep {
  return (anchor, step) => {
    const sent = nats.publish(edgeSubject(anchor), encodeEnvelope({ kind: "step", step }));
    // A lost step is a gap at the anchor, which then offers the call for adoption.
    if (sent !== "sent") onFailure("step", sent);
  };
}

function recordWriter(
  stream: JetStreamClient,
  onFailure: OutboxSurroundings["onFailure"],
): WriteRecord {
  let inFlight = 0;
  return (record, traceparent, onWritten) => {
    if (inFlight >= RECORDS_IN_FLIGHT_MAX) return onFailure("record", "too many in flight");
    inFlight += 1;
    stream
      .publish(RECORDS_SUBJECT, encodeRecord(record), {
        msgID: `${record.callId}:${record.epoch}`,
        ...(traceparent === "" ? {} : { headers: traceHeaders(traceparent) }),
        timeout: RECORD_TIMEOUT_MS,
      })
      .then(onWritten)
      // The call is not over until its record is written: its deadline writes it again.
      .catch((error: unknown) => onFailure("record", String(error)))
      .finally(() => {
        inFlight -= 1;
      });
  };
}

/** A child span per reservation (ARCHITECTURE, seen from outside). */
function tracedChannels(channels: Channels, tracer: Tracer): Channels {
  return {
    ...channels,
    release: (holder, legs, onReleased) => channels.release(holder, legs, onReleased),
    renew: (held) => channels.renew(held),
    take: (holder, wanted, onAnswer) => {
      const attributes = {
        [CALL_ID_ATTRIBUTE]: holder.callId,
        "kakehashi.legs": wanted.claims.map(({ leg }) => leg).join(" "),
      };
      const span = startSpan(tracer, {
        name: "reserve channels",
        parent: holder.traceparent,
        attributes,
      });
      channels.take(holder, wanted, (answer) => {
        if (answer.kind === "taken") {
          span.setAttribute("kakehashi.granted", answer.granted.join(" "));
        } else failSpan(span, answer.kind);
        span.end();
        onAnswer(answer);
      });
    },
  };
}
