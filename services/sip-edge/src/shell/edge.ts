/**
 * The edge as one thing: endpoint, calls, branches, NATS. Owns: joining them, readiness of the calls'
 * side, the way down. Does not own: configuration, the adapters behind the ports.
 *
 * ED1  Draining refuses new calls at once and keeps the others as long as the bound allows. Then who is
 *      not answered is let go with 503, and so are answered calls that no later life would take over.
 * ED2  The calls of an earlier life are there before anything can arrive for them.
 */
import { setTimeout as delay } from "node:timers/promises";
import { Alarms } from "../../../lib/actor/alarms.ts";
import type { Logger } from "../../../lib/runtime/log.ts";
import type { Metrics } from "../../../lib/runtime/metrics.ts";
import type { NatsLink } from "../../../lib/runtime/nats.ts";
import type { Tracer } from "../../../lib/runtime/telemetry.ts";
import { assert } from "../../../lib/telephony/assert.ts";
import type { CallId, NodeId } from "../../../lib/telephony/ids.ts";
import { isIdFault, parseCallId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Ports } from "../ports.ts";
import type { AnsweredBucket } from "./answered-bucket.ts";
import type { AnsweredCalls, KeepingOutcome } from "./answered-calls.ts";
import { KEEPING_NOTHING, KEEPING_OUTCOMES, keepAnsweredCalls } from "./answered-calls.ts";
import { Branches } from "./branches.ts";
import { type CallInstruments, instrumentCalls } from "./call-metrics.ts";
import { Calls } from "./calls.ts";
import { Controllers } from "./controllers.ts";
import { DialogTable } from "./dialog-table.ts";
import { SipEndpoint } from "./endpoint.ts";
import type { EndpointOptions } from "./endpoint-ports.ts";
import { type InboxListener, openInbox } from "./inbox.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import { type Inheritance, inherit, NO_INHERITANCE, RECOVERY_OUTCOMES } from "./recovery.ts";

/** What an edge is made of. */
export interface EdgeParts {
  readonly node: NodeId;
  readonly sip: Pick<EndpointOptions, "udp" | "tcp" | "advertised" | "timers">;
  readonly callsMax: number;
  /** Where answered calls are kept for the next life; null when they end with this one. */
  readonly bucket: AnsweredBucket | null;
  readonly nats: NatsLink;
  readonly ports: Ports;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly tracer: Tracer;
  readonly now: () => Instant;
  readonly mintToken: () => string;
}

/** A running edge. */
export interface Edge {
  readonly endpoint: SipEndpoint;
  readonly calls: Calls;
  /** Refuses new calls and waits until none is left, at most `patienceMs`; the end of it is ED1's. */
  readonly drain: (patienceMs: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const DRAIN_CHECK_MS = 50;
/** What is left of the patience when calls are let go: for their last messages. */
const LET_GO_MS = 2_000;

/**
 * Takes over the calls of its earlier life, binds the sockets and starts taking new ones; rejects when
 * an address cannot be had, or the earlier life's calls cannot be read.
 */
export async function startEdge(parts: EdgeParts): Promise<Edge> {
  const { nats, now, metrics, log, mintToken } = parts;
  const inheritance = await inheritanceOf(parts);
  const alarms = new Alarms(now, () => log.error("a deadline was not met: its owner threw"));
  const prefix = `_INBOX.${parts.node}-${mintToken()}`;
  const joined = join(parts, alarms, createOutbox(nats, prefix));
  const { endpoint, calls, branches, answered } = joined;
  // Before anything arrives: a request in a revived dialog must find it, a report its branch.
  branches.revive(inheritance.branches);
  calls.revive(inheritance.calls);
  const closeInbox = openInbox(nats, { node: parts.node, prefix }, inboxListener(parts, joined));
  await endpoint.start();
  measure(metrics, joined);
  return {
    endpoint,
    calls,
    drain: async (patienceMs) => {
      calls.refuseNew();
      await drained(() => calls.size, now, patienceMs - LET_GO_MS);
      const isKept = parts.bucket !== null;
      calls.letGo((call) => !(isKept && call.isAnswered));
      await drained(() => calls.size - (isKept ? calls.answered : 0), now, LET_GO_MS);
      await answered.flush();
    },
    stop: async () => {
      answered.stop();
      closeInbox();
      alarms.stop();
      await endpoint.stop();
    },
  };
}

/** Waits until nothing is left, at most so long. */
async function drained(left: () => number, now: () => Instant, patienceMs: number): Promise<void> {
  const until = now() + patienceMs;
  while (left() > 0 && now() < until) await delay(DRAIN_CHECK_MS);
}

interface Joined {
  readonly endpoint: SipEndpoint;
  readonly calls: Calls;
  readonly branches: Branches;
  readonly answered: AnsweredCalls;
  readonly dialogs: DialogTable;
  readonly controllers: Controllers;
  readonly instruments: CallInstruments;
}

/** What an earlier life of this edge has left. */
async function inheritanceOf({ bucket, node, log, metrics }: EdgeParts): Promise<Inheritance> {
  if (bucket === null) return NO_INHERITANCE;
  const inherited = metrics.counter({
    name: "inherited_calls_total",
    help: "Answered calls of an earlier life of this edge, by what became of them",
    labels: { outcome: RECOVERY_OUTCOMES },
  });
  const count = (outcome: (typeof RECOVERY_OUTCOMES)[number]): void => inherited.add({ outcome });
  const inheritance = await inherit({ bucket, node, log, count });
  if (inheritance === "unreachable") throw new Error("bucket of answered calls is out of reach");
  return inheritance;
}

function keepingOf({ bucket, now, metrics }: EdgeParts, alarms: Alarms): AnsweredCalls {
  if (bucket === null) return KEEPING_NOTHING;
  const operations = metrics.counter({
    name: "answered_call_writes_total",
    help: "Operations on the bucket of answered calls, by what became of them",
    labels: { outcome: KEEPING_OUTCOMES },
  });
  const count = (outcome: KeepingOutcome): void => operations.add({ outcome });
  return keepAnsweredCalls({ bucket, alarms, now, count });
}

/** The parts that know each other. */
function join(parts: EdgeParts, alarms: Alarms, outbox: Outbox): Joined {
  const { node, now, mintToken, nats, log } = parts;
  const instruments = instrumentCalls(parts.metrics, log, parts.tracer);
  const dialogs = new DialogTable();
  const late: { calls: Calls | null } = { calls: null };
  const onListenerFault = (error: unknown): void =>
    log.error({ err: error }, "a SIP message broke its handling");
  const options = { ...parts.sip, now, mintToken, onListenerFault };
  const endpoint = new SipEndpoint(
    options,
    listenerOf(() => late.calls),
  );
  const sides = { sender: endpoint, dialogs };
  const { toEdge } = outbox;
  const answered = keepingOf(parts, alarms);
  const branches = new Branches({ ...sides, answered, node, now, alarms, mintToken, toEdge });
  const calls = new Calls({
    node,
    now,
    alarms,
    sides,
    branches,
    answered,
    outbox,
    instruments,
    mintToken,
    ports: parts.ports,
    callsMax: parts.callsMax,
    mintCallId: () => callIdFrom(mintToken()),
    identityRefused: instruments.identityRefused,
  });
  late.calls = calls;
  const controllers = new Controllers(alarms, nats.isConnected, (controller) => {
    log.warn({ controller }, "controller lost");
    calls.onControllerLost(controller);
  });
  return { endpoint, calls, branches, answered, dialogs, controllers, instruments };
}

function inboxListener({ now, log }: EdgeParts, joined: Joined): InboxListener {
  const { calls, branches, controllers, instruments } = joined;
  return {
    onStep: (step) => {
      controllers.seen(step.controller, now());
      calls.onStep(step);
    },
    onAssignmentFailed: (callId, epoch) => calls.onAssignmentFailed(callId, epoch),
    onInputsUndelivered: (callId, epoch) => calls.onInputsUndelivered(callId, epoch),
    onHeartbeat: ({ controller, draining }) =>
      draining ? controllers.leaving(controller) : controllers.seen(controller, now()),
    onBranchCommand: (command) => branches.onCommand(command),
    onBranchReport: (report) => branches.onReport(report),
    onHolderMissing: (callId, branch) => branches.onHolderMissing(callId, branch),
    onFault: (what) => {
      instruments.event("undecodable");
      log.warn({ what }, "message did not decode");
    },
  };
}

/** The endpoint needs its listener first; nothing is received before `start`. */
function listenerOf(calls: () => Calls | null): ConstructorParameters<typeof SipEndpoint>[1] {
  return {
    onRequest: (request, transaction) => calls()?.onRequest(request, transaction),
    onAck: (request) => calls()?.onAck(request),
    onCancel: (invite) => calls()?.onCancel(invite),
    onAckMissing: (invite) => calls()?.onAckMissing(invite),
    onServerTransportError: (reason, transaction) =>
      calls()?.onServerTransportError(reason, transaction),
    onStrayResponse: (response, source) => calls()?.onStrayResponse(response, source),
    onFlowClosed: (flow) => calls()?.onFlowClosed(flow),
  };
}

function measure(metrics: Metrics, { calls, branches, dialogs, controllers }: Joined): void {
  metrics.measured({
    name: "active_calls",
    help: "Calls anchored here, ringing and answered",
    read: () => calls.size,
  });
  metrics.measured({
    name: "answered_calls",
    help: "Answered calls anchored here",
    read: () => calls.answered,
  });
  metrics.measured({
    name: "live_dialogs",
    help: "Dialogs that requests can be for",
    read: () => dialogs.size,
  });
  metrics.measured({
    name: "hosted_legs",
    help: "Branches held here for calls of other edges",
    read: () => branches.hosted,
  });
  metrics.measured({
    name: "controllers_up",
    help: "Controllers with a sign of life in the last 900 ms",
    read: () => controllers.alive,
  });
}

function callIdFrom(token: string): CallId {
  const id = parseCallId(token);
  assert(!isIdFault(id), "a minted token is an id");
  return id;
}
