/**
 * A real edge on a real nats-server with scripted controllers and telephones around it. Owns: putting
 * them together, reading what they saw. Does not own: assertions.
 */
import { createLogger } from "../../lib/runtime/log.ts";
import type { Metrics } from "../../lib/runtime/metrics.ts";
import { createMetrics } from "../../lib/runtime/metrics.ts";
import type { NatsLink } from "../../lib/runtime/nats.ts";
import { connectNats } from "../../lib/runtime/nats.ts";
import { startTelemetry } from "../../lib/runtime/telemetry.ts";
import { unreachable } from "../../lib/telephony/assert.ts";
import type { E164 } from "../../lib/telephony/e164.ts";
import type { CallId, CompanyId, Extension, NodeId, TrunkId } from "../../lib/telephony/ids.ts";
import { attemptLeg } from "../../lib/telephony/ids.ts";
import type { Destination, EdgeInput, LegFact, LegOrder } from "../../lib/telephony/leg.ts";
import type { NatsServer } from "../../lib/testkit/nats-server.ts";
import { startNatsServer } from "../../lib/testkit/nats-server.ts";
import { encodeEnvelope } from "../../lib/wire/branch-codec.ts";
import type { CallAssignment, CallInputs, CallStep } from "../../lib/wire/call-codec.ts";
import {
  decodeAssignment,
  decodeInputs,
  encodeAnswer,
  encodeHeartbeat,
} from "../../lib/wire/call-codec.ts";
import { isWireFault } from "../../lib/wire/fault.ts";
import type { FinishedSpan } from "../../lib/wire/span-codec.ts";
import { decodeSpans } from "../../lib/wire/span-codec.ts";
import {
  ASSIGN_SUBJECT,
  CONTROLLERS_QUEUE,
  controllerSubject,
  edgeSubject,
  heartbeatSubject,
} from "../../lib/wire/subjects.ts";
import type { Endpoint } from "../src/core/message/message.ts";
import { respond } from "../src/core/message/serialize.ts";
import type { Authenticated, Binding, Ports } from "../src/ports.ts";
import type { AnsweredBucket } from "../src/shell/answered-bucket.ts";
import { ensureAnsweredBucket, openAnsweredBucket } from "../src/shell/answered-bucket.ts";
import type { Edge, EdgeParts } from "../src/shell/edge.ts";
import { startEdge } from "../src/shell/edge.ts";
import { SkippingClock, token } from "./phone.ts";

export const COMPANY = "acme" as CompanyId;
export const TRUNK = "carrier" as TrunkId;
export const SOURCE = "+815055550100" as E164;
/** A number of another company, whoever owns the rest. */
export const FOREIGN = "+815066660100" as E164;
const OTHER = "other" as CompanyId;
export const MOBILE = "+819012345678" as E164;
export const EXTENSION = "1001" as Extension;
const EDGE = "edge-1" as NodeId;

/** The session description of a telephone. */
export const sdp = (port: number): string =>
  [
    "v=0",
    "o=alice 2890844526 1 IN IP4 127.0.0.1",
    "s=call",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=audio ${port} RTP/AVP 0`,
    "",
  ].join("\r\n");

/** An order to dial the extension. */
export const dialExtension = (n: number, extension = EXTENSION): LegOrder => ({
  kind: "dial",
  leg: attemptLeg(n),
  destination: {
    kind: "extension",
    companyId: COMPANY,
    extension,
    caller: { number: "+81312345678", display: "", withheld: false },
  },
  expiresS: 60,
  maxForwards: 69,
});

/** An order to dial an outside number. */
export const dialOutside = (
  n: number,
  over: Partial<Extract<Destination, { kind: "outside" }>> = {},
): LegOrder => ({
  kind: "dial",
  leg: attemptLeg(n),
  destination: {
    kind: "outside",
    companyId: COMPANY,
    trunkId: TRUNK,
    number: MOBILE,
    source: SOURCE,
    diverting: null,
    ...over,
  },
  expiresS: 60,
  maxForwards: 69,
});

type Script = (fact: LegFact) => readonly LegOrder[] | null;

/** A controller that answers each input with the orders of its script; null means silence. */
export class ScriptedController {
  readonly node: NodeId;
  readonly assignments: CallAssignment[] = [];
  readonly inputs: EdgeInput[] = [];
  readonly epochs: number[] = [];
  /** Messages that told it to let a call go. */
  readonly dismissals: CallInputs[] = [];
  readonly #nats: NatsLink;
  readonly #script: Script;
  readonly #ends: (() => void)[] = [];
  #stopTaking = (): void => undefined;
  #heartbeat: NodeJS.Timeout | null = null;
  #call: { callId: CallId; epoch: number; step: number; acked: number } | null = null;

  constructor(nats: NatsLink, name: string, script: Script) {
    this.#nats = nats;
    this.node = name as NodeId;
    this.#script = script;
  }

  start(): this {
    this.#stopTaking = this.#nats.subscribe(ASSIGN_SUBJECT, CONTROLLERS_QUEUE, (message) => {
      const assignment = decodeAssignment(message.data);
      if (isWireFault(assignment)) throw new Error(assignment.problem);
      this.assignments.push(assignment);
      const { callId, epoch, step, pending } = assignment;
      this.epochs.push(epoch);
      this.#call = { callId, epoch, step, acked: 0 };
      const first = this.#answer(pending);
      if (first !== null) message.respond(encodeAnswer({ kind: "step", step: first }));
    });
    this.#ends.push(
      () => this.#stopTaking(),
      this.#nats.subscribe(controllerSubject(this.node), null, (message) => {
        const inputs = decodeInputs(message.data);
        if (isWireFault(inputs)) throw new Error(inputs.problem);
        if (inputs.epoch > (this.#call?.epoch ?? 0)) return void this.dismissals.push(inputs);
        const step = this.#answer(inputs.inputs);
        if (step !== null) this.send(step);
      }),
    );
    const beat = (): void => {
      const sign = { controller: this.node, calls: 0, draining: false };
      this.#nats.publish(heartbeatSubject(this.node), encodeHeartbeat(sign));
    };
    beat();
    this.#heartbeat = setInterval(beat, 250);
    return this;
  }

  /** From now on it takes no call. */
  refuse(): void {
    this.#stopTaking();
    this.#stopTaking = () => undefined;
  }

  /** As after kill -9: it takes nothing any more and gives no sign of life. */
  kill(): void {
    for (const end of this.#ends) end();
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
  }

  /** Sends a step of its own accord. */
  send(step: CallStep): void {
    this.#nats.publish(edgeSubject(EDGE), encodeEnvelope({ kind: "step", step }));
  }

  /** The next step of the call with these orders. */
  next(orders: readonly LegOrder[], over = false): CallStep {
    const call = this.#call;
    if (call === null) throw new Error("no call yet");
    call.step += 1;
    return {
      callId: call.callId,
      epoch: call.epoch,
      controller: this.node,
      step: call.step,
      ackedInput: call.acked,
      stateVersion: 1,
      state: new TextEncoder().encode(`{"acked":${call.acked}}`),
      orders,
      over,
    };
  }

  /** Sends these orders as the next step. */
  order(...orders: readonly LegOrder[]): void {
    this.send(this.next(orders));
  }

  /** Says that all is settled. */
  settle(): void {
    this.send(this.next([], true));
  }

  /** The facts after `offered`. */
  readonly told = (): readonly string[] => this.facts().filter((fact) => fact !== "offered");

  /** Kinds and legs of the facts so far, as one line each. */
  facts(): readonly string[] {
    return this.inputs.map(({ fact }) => {
      switch (fact.kind) {
        case "leg-ringing":
          return `leg-ringing ${fact.leg} ${fact.status}`;
        case "leg-answered":
          return `leg-answered ${fact.leg}`;
        case "leg-failed":
          return `leg-failed ${fact.leg} ${fact.status} ${fact.cause}`;
        case "leg-ended":
          return `leg-ended ${fact.leg} ${fact.by} ${fact.cause}`;
        case "offered":
        case "caller-cancelled":
          return fact.kind;
        default:
          return unreachable(fact);
      }
    });
  }

  #answer(inputs: readonly EdgeInput[]): CallStep | null {
    const call = this.#call;
    if (call === null) return null;
    const orders: LegOrder[] = [];
    let isSilent = false;
    for (const input of inputs) {
      if (input.seq <= call.acked) continue;
      this.inputs.push(input);
      call.acked = input.seq;
      const wanted = this.#script(input.fact);
      if (wanted === null) isSilent = true;
      else orders.push(...wanted);
    }
    return isSilent ? null : this.next(orders);
  }
}

/** The whole bench. */
export interface Bench {
  readonly nats: NatsServer;
  readonly link: NatsLink;
  /** The edge's present life. */
  edge: Edge;
  readonly bucket: AnsweredBucket;
  /** Ends the edge without a word; the function returned starts its next life. */
  readonly killEdge: () => Promise<() => Promise<void>>;
  readonly clock: SkippingClock;
  readonly spans: readonly FinishedSpan[];
  readonly bindings: Map<string, Binding[]>;
  readonly gateways: Endpoint[];
  /** Who the sender of an INVITE is. */
  authenticated: Authenticated | Promise<Authenticated>;
  owner: CompanyId | null | "unreachable";
  /** What the edge does not know yet. */
  missing: string | null;
  readonly address: Endpoint;
  /** Value of a metric's sample, 0 when absent. */
  readonly metric: (sample: string) => Promise<number>;
  /** A further edge on the same NATS; telephones connect to it over TCP. */
  readonly anotherEdge: (node: string) => Promise<{
    readonly address: Endpoint;
    /** Where REGISTERs came from. */
    readonly registered: readonly Endpoint[];
    readonly metric: (sample: string) => Promise<number>;
    readonly stop: () => Promise<void>;
    /** Its next life, on the same addresses. */
    readonly restart: () => Promise<void>;
  }>;
  readonly stop: () => Promise<void>;
}

async function sampleOf(metrics: Metrics, sample: string): Promise<number> {
  const { text } = await metrics.expose();
  const line = text.split("\n").find((one) => one.startsWith(`kakehashi_${sample}`));
  return Number(line?.split(" ").at(-1) ?? 0);
}

/** Starts NATS and an edge; every sender is the carrier until told otherwise. */
export async function startBench({
  callsMax = 100,
  keepsAnswered = true,
  isSilent = true,
}: {
  callsMax?: number;
  keepsAnswered?: boolean;
  isSilent?: boolean;
} = {}): Promise<Bench> {
  const nats = await startNatsServer();
  const connected = await connectNats({ url: nats.url, name: "bench" });
  if (!connected.ok) throw new Error(connected.message);
  const link = connected.nats;
  const clock = new SkippingClock();
  const metrics = createMetrics({ service: "sip-edge", node: EDGE });
  const spans: FinishedSpan[] = [];
  const telemetry = startTelemetry({
    service: "sip-edge",
    node: EDGE,
    otlpEndpoint: null,
    sampleRatio: 1,
    publishSpans: (batch) => {
      const decoded = decodeSpans(batch);
      if (!isWireFault(decoded)) spans.push(...decoded);
      return true;
    },
  });
  const bindings = new Map<string, Binding[]>();
  const gateways: Endpoint[] = [];
  const bench = {
    authenticated: { kind: "trunk", trunkId: TRUNK } as Authenticated | Promise<Authenticated>,
    owner: COMPANY as Bench["owner"],
    missing: null as string | null,
  };
  const registered: Endpoint[] = [];
  const ports: Ports = {
    missing: () => bench.missing,
    authenticate: () => bench.authenticated,
    answerRegister: (request, source) => {
      registered.push(source);
      return respond(request, 200, { toTag: token() });
    },
    bindingsOf: (_company, extension) => bindings.get(extension) ?? [],
    trunkById: () => ({
      gateways,
      identity: "pai",
      format: "e164",
      privacy: "none",
      diversion: "diversion",
      userPhone: true,
      domain: "carrier.example",
    }),
    ownerOf: async (number) => (number === FOREIGN ? OTHER : bench.owner),
  };
  const listen = [{ host: "127.0.0.1", port: 0 }];
  const made = await ensureAnsweredBucket(link, 1);
  if (!made.ok) throw new Error(made.message);
  const bucket = await openAnsweredBucket(link);
  const startNamed = async (
    node: NodeId,
    into: Metrics,
    sip: EdgeParts["sip"] = { udp: listen, tcp: listen },
  ): Promise<Edge> =>
    await startEdge({
      node,
      sip,
      callsMax,
      bucket: keepsAnswered ? bucket : null,
      nats: link,
      ports,
      metrics: into,
      log: createLogger({ service: "sip-edge", node, level: isSilent ? "error" : "debug" }),
      tracer: telemetry.tracer,
      now: clock.now,
      mintToken: token,
    });
  const edge = await startNamed(EDGE, metrics);
  const ofEdge = { metrics };
  const [bound] = edge.endpoint.bound().udp;
  if (bound === undefined) throw new Error("edge has no socket");
  const others: Edge[] = [];
  const running = Object.assign(bench, {
    nats,
    link,
    edge,
    clock,
    metrics,
    spans,
    bindings,
    gateways,
    address: { transport: "udp" as const, ...bound },
    metric: (sample: string) => sampleOf(ofEdge.metrics, sample),
    bucket,
    killEdge: async () => {
      const { udp, tcp } = running.edge.endpoint.bound();
      await running.edge.stop();
      return async () => {
        ofEdge.metrics = createMetrics({ service: "sip-edge", node: EDGE });
        running.edge = await startNamed(EDGE, ofEdge.metrics, { udp, tcp });
      };
    },
    anotherEdge: async (node: string) => {
      let own = createMetrics({ service: "sip-edge", node });
      let other = await startNamed(node as NodeId, own);
      others.push(other);
      const [tcp] = other.endpoint.bound().tcp;
      if (tcp === undefined) throw new Error("edge has no socket");
      return {
        address: { transport: "tcp" as const, ...tcp },
        registered,
        metric: (sample: string) => sampleOf(own, sample),
        stop: other.stop,
        restart: async () => {
          const { udp, tcp } = other.endpoint.bound();
          await other.stop();
          own = createMetrics({ service: "sip-edge", node });
          other = await startNamed(node as NodeId, own, { udp, tcp });
          others.push(other);
        },
      };
    },
    stop: async () => {
      for (const one of [running.edge, ...others]) await one.stop();
      await telemetry.shutdown();
      await link.close();
      await nats.stop();
    },
  });
  return running;
}
