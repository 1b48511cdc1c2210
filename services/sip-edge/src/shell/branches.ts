/**
 * Where branches of B-legs are dialled: here, or on the edge that holds the target's TCP connection
 * (DESIGN 3.7). Owns: both ends of that traffic. Does not own: what a branch means for its leg.
 *
 * BS1  The call sees no difference: it orders, and hears facts.
 * BS2  A remote branch always ends: when its holder is unreachable, or silent for longer than a CANCEL,
 *      a BYE or an unanswered INVITE can take, the end is reported here.
 * BS3  Branches held for other anchors are bounded; beyond it they fail with 503.
 */
import type { Alarms } from "../../../lib/actor/alarms.ts";
import type { CallId, NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type {
  BranchCommand,
  BranchId,
  BranchReport,
  EdgeEnvelope,
} from "../../../lib/wire/branch-codec.ts";
import { branchKeys, startBranch, stepBranch } from "../core/leg/branch.ts";
import type { Peer } from "../core/leg/destination.ts";
import type { RelayResponse, SideFact, SideOrder } from "../core/leg/side.ts";
import { factFromWire, factToWire, flowFrom, orderFromWire, orderToWire } from "./branch-wire.ts";
import type { SideSurroundings } from "./side.ts";
import { Side } from "./side.ts";

/** One branch to dial. */
export interface BranchTarget {
  readonly callId: CallId;
  readonly branch: BranchId;
  readonly peer: Peer;
  readonly holder: NodeId;
  /** How long its INVITE may ring. */
  readonly expiresS: number;
}

/** A branch, wherever it is. */
export interface BranchDoor {
  readonly order: (order: SideOrder) => void;
}

/** What branches need around them. */
export interface BranchSurroundings extends SideSurroundings {
  readonly node: NodeId;
  readonly now: () => Instant;
  readonly alarms: Alarms;
  readonly mintToken: () => string;
  /** Sends to another edge; false when it did not leave. */
  readonly toEdge: (edge: NodeId, envelope: EdgeEnvelope) => boolean;
}

/** Branches held for other anchors. */
const HOSTED_MAX = 20_000;
/** 64*T1 for a final response after CANCEL or to BYE, and some for the way. */
const ENDING_MS = 40_000;

interface RemoteBranch {
  readonly report: (fact: SideFact) => void;
  /** Ends it here: `ended` after an answer, else a failure with that status (BS2). */
  readonly giveUp: (status: 408 | 503) => void;
}

/** See the file header. */
export class Branches {
  readonly #around: BranchSurroundings;
  /** Our calls' branches on other edges. */
  readonly #remote = new Map<string, RemoteBranch>();
  /** Other anchors' branches here. */
  readonly #hosted = new Map<string, BranchDoor>();

  constructor(around: BranchSurroundings) {
    this.#around = around;
  }

  /** Branches of other edges' calls that are held here. */
  get hosted(): number {
    return this.#hosted.size;
  }

  /** Opens a branch; it is dialled by its first order. */
  open(target: BranchTarget, report: (fact: SideFact) => void): BranchDoor {
    const isHere = target.holder === this.#around.node || target.peer.endpoint.transport === "udp";
    return isHere ? this.#local(target.peer, report) : this.#elsewhere(target, report);
  }

  #local(peer: Peer, report: (fact: SideFact) => void): BranchDoor {
    const { sender, mintToken } = this.#around;
    const { transport } = peer.endpoint;
    const state = startBranch({
      sipCallId: mintToken(),
      fromTag: mintToken(),
      contact: contactValue(sender.sentBy(transport), transport),
    });
    return new Side(this.#around, BRANCH, { state, peer }, report);
  }

  #elsewhere(target: BranchTarget, report: (fact: SideFact) => void): BranchDoor {
    const { callId, branch, holder, peer } = target;
    const { alarms, now, node, toEdge } = this.#around;
    const key = keyOf(node, callId, branch);
    let isAnswered = false;
    const hear = (fact: SideFact): void => {
      if (fact.kind === "progressed" && fact.response.status >= 200) {
        isAnswered = fact.response.status < 300;
        alarms.set(alarm, null);
      }
      if (isFinal(fact)) this.#remote.delete(key);
      report(fact);
    };
    const giveUp = (status: 408 | 503): void => {
      alarms.set(alarm, null);
      if (!this.#remote.has(key)) return;
      hear(isAnswered ? ENDED : failed(status));
    };
    const alarm = alarms.create({ onAlarm: () => giveUp(408) });
    this.#remote.set(key, { report: hear, giveUp });
    return {
      order: (order) => {
        const wire = orderToWire(order, peer.endpoint);
        if (wire === null) return;
        if (order.kind === "dial") alarms.set(alarm, now() + target.expiresS * 1_000 + ENDING_MS);
        if (order.kind === "cancel" || order.kind === "hang-up")
          alarms.set(alarm, now() + ENDING_MS);
        const command: BranchCommand = { callId, branch, anchor: node, order: wire };
        if (!toEdge(holder, { kind: "branch-command", command }) && order.kind === "dial") {
          giveUp(503);
        }
      },
    };
  }

  /** A command from a call's anchor about a branch that is held here. */
  onCommand({ callId, branch, anchor, order }: BranchCommand): void {
    const key = keyOf(anchor, callId, branch);
    const report = (fact: SideFact): void => {
      if (isFinal(fact)) this.#hosted.delete(key);
      this.#tell({ callId, branch, anchor }, fact);
    };
    const known = this.#hosted.get(key);
    if (known !== undefined) return known.order(orderFromWire(order));
    if (order.kind !== "dial") {
      // We restarted, or the end crossed the order: the anchor must not wait.
      return order.kind === "hang-up" ? report(ENDED) : undefined;
    }
    const endpoint = flowFrom(order.flow);
    if (endpoint === null || this.#hosted.size >= HOSTED_MAX) return report(failed(503));
    const door = this.#local({ endpoint, kind: "telephone" }, report);
    this.#hosted.set(key, door);
    door.order(orderFromWire(order));
  }

  /** The holder's report about one of our branches. */
  onReport({ callId, branch, fact }: BranchReport): void {
    this.#remote.get(keyOf(this.#around.node, callId, branch))?.report(factFromWire(fact));
  }

  /** No edge listens where a command for this branch was sent. */
  onHolderMissing(callId: CallId, branch: BranchId): void {
    this.#remote.get(keyOf(this.#around.node, callId, branch))?.giveUp(503);
  }

  #tell(
    { callId, branch, anchor }: Pick<BranchCommand, "callId" | "branch" | "anchor">,
    fact: SideFact,
  ): void {
    const wire = factToWire(fact);
    if (wire === null) return;
    const { node, now } = this.#around;
    const report: BranchReport = { callId, branch, holder: node, at: now(), fact: wire };
    this.#around.toEdge(anchor, { kind: "branch-report", report });
  }
}

const BRANCH = { step: stepBranch, keys: branchKeys };
const ENDED: SideFact = { kind: "ended", byFarEnd: false, reason: "edge unreachable" };

const keyOf = (anchor: NodeId, callId: CallId, branch: BranchId): string =>
  `${anchor}/${callId}/${branch}`;

const isFinal = (fact: SideFact): boolean =>
  fact.kind === "ended" || (fact.kind === "progressed" && fact.response.status >= 300);

function failed(status: 408 | 503): SideFact {
  const response: RelayResponse = { relayId: 0, status, reason: "", headers: [], body: "" };
  return { kind: "progressed", response };
}

/** Our Contact: where in-dialog requests of this transport reach this edge. */
export function contactValue(
  { host, port }: { readonly host: string; readonly port: number },
  transport: "udp" | "tcp",
): string {
  const place = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `<sip:edge@${place}:${port}${transport === "tcp" ? ";transport=tcp" : ""}>`;
}
