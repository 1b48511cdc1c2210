/**
 * One of our calls' branches on the edge that holds the target's TCP connection. Owns: that it always
 * ends (branches.ts BS2), and that every request to it is answered. Does not own: the other end.
 *
 * RB1  A holder that is missing ends a branch that rings or is being let go. An answered one stays: the
 *      holder comes back with it (ADR 8), and what was asked meanwhile fails with 503.
 */
import type { Alarm, Alarms } from "../../../lib/actor/alarms.ts";
import type { CallId, NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { BranchId, EdgeEnvelope } from "../../../lib/wire/branch-codec.ts";
import type { KeptPlace } from "../core/answered.ts";
import type { Peer } from "../core/leg/destination.ts";
import type { RelayResponse, SideFact, SideOrder } from "../core/leg/side.ts";
import { reasonPhrase } from "../core/message/reason-phrase.ts";
import { orderToWire } from "./branch-wire.ts";

/** 64*T1 for a final response after CANCEL or to BYE, and some for the way. */
const ENDING_MS = 40_000;

/** What a branch elsewhere needs. */
export interface RemoteSurroundings {
  readonly node: NodeId;
  readonly now: () => Instant;
  readonly alarms: Alarms;
  readonly toEdge: (edge: NodeId, envelope: EdgeEnvelope) => boolean;
}

/** Which branch it is. */
export interface RemoteTarget {
  readonly callId: CallId;
  readonly branch: BranchId;
  readonly peer: Peer;
  readonly holder: NodeId;
  /** How long its INVITE may ring. */
  readonly expiresS: number;
}

interface RemoteListener {
  readonly report: (fact: SideFact) => void;
  readonly over: () => void;
}

/** See the file header. */
export class RemoteBranch {
  readonly #around: RemoteSurroundings;
  readonly #target: RemoteTarget;
  readonly #listener: RemoteListener;
  readonly #alarm: Alarm;
  /** Requests without an answer yet, by relay number. */
  readonly #open = new Set<number>();
  #isAnswered: boolean;
  #isEnding = false;
  #isOver = false;

  constructor(
    around: RemoteSurroundings,
    target: RemoteTarget,
    listener: RemoteListener,
    isAnswered: boolean,
  ) {
    this.#around = around;
    this.#target = target;
    this.#listener = listener;
    this.#isAnswered = isAnswered;
    this.#alarm = around.alarms.create({ onAlarm: () => this.#giveUp(408) });
  }

  order(order: SideOrder): void {
    const { callId, branch, holder, peer, expiresS } = this.#target;
    const { alarms, now, node, toEdge } = this.#around;
    const wire = orderToWire(order, peer.endpoint);
    if (wire === null) return;
    if (order.kind === "dial") alarms.set(this.#alarm, now() + expiresS * 1_000 + ENDING_MS);
    if (order.kind === "cancel" || order.kind === "hang-up") {
      this.#isEnding = true;
      alarms.set(this.#alarm, now() + ENDING_MS);
    }
    if (order.kind === "request" && !UNANSWERED.includes(order.request.method)) {
      this.#open.add(order.request.relayId);
    }
    const command = { callId, branch, anchor: node, order: wire };
    const hasLeft = toEdge(holder, { kind: "branch-command", command });
    if (!hasLeft && order.kind === "dial") this.#giveUp(503);
  }

  /** Its holder keeps its dialog; a later life of ours only needs to know where it is. */
  kept(): KeptPlace | null {
    const { holder, peer } = this.#target;
    return this.#isAnswered && !this.#isEnding ? { holder, peer, dialog: null } : null;
  }

  /** The holder's report. */
  hear(fact: SideFact): void {
    if (fact.kind === "progressed" && fact.response.status >= 200) {
      this.#isAnswered = isAnswer(fact);
      this.#around.alarms.set(this.#alarm, null);
    }
    if (fact.kind === "response") this.#open.delete(fact.response.relayId);
    if (isFinal(fact)) {
      this.#isOver = true;
      this.#listener.over();
    }
    this.#listener.report(fact);
  }

  /** RB1. No edge listens where an order was sent. */
  onHolderMissing(): void {
    if (!this.#isAnswered || this.#isEnding) return this.#giveUp(503);
    for (const relayId of this.#open) this.hear({ kind: "response", response: refused(relayId) });
  }

  /** Ends it here: `ended` after an answer, else a failure with that status. */
  #giveUp(status: 408 | 503): void {
    this.#around.alarms.set(this.#alarm, null);
    if (!this.#isOver) this.hear(this.#isAnswered ? ENDED : failed(status));
  }
}

const UNANSWERED: readonly string[] = ["ACK", "CANCEL"];

/** The end of a branch whose holder is out of reach, or knows nothing of it. */
export const ENDED: SideFact = { kind: "ended", byFarEnd: false, reason: "edge unreachable" };

/** True when no fact of that branch follows. */
export const isFinal = (fact: SideFact): boolean =>
  fact.kind === "ended" || (fact.kind === "progressed" && fact.response.status >= 300);

/** True for the 2xx of a branch. */
export const isAnswer = (fact: SideFact): boolean =>
  fact.kind === "progressed" && fact.response.status >= 200 && fact.response.status < 300;

/** The failure of a branch that was never dialled, or gave no answer. */
export const failed = (status: 408 | 503): SideFact => ({
  kind: "progressed",
  response: { relayId: 0, status, reason: "", headers: [], body: "" },
});

const refused = (relayId: number): RelayResponse => ({
  relayId,
  status: 503,
  reason: reasonPhrase(503),
  headers: [],
  body: "",
});
