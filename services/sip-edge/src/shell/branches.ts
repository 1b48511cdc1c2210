/**
 * Where branches of B-legs are dialled: here, or on the edge that holds the target's TCP connection
 * (ARCHITECTURE, an INVITE). Owns: both ends of that traffic. Does not own: what a branch means for its leg.
 *
 * BS1  The call sees no difference: it orders, and hears facts.
 * BS2  A remote branch always ends: when its holder is unreachable, or silent for longer than a CANCEL,
 *      a BYE or an unanswered INVITE can take, the end is reported here.
 * BS3  Branches held for other anchors are bounded; beyond it they fail with 503.
 * BS4  An answered branch held for another anchor is kept for our next life, like our own calls. An
 *      anchor that hears of a branch that it has given up meanwhile has it hung up.
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
import type { KeptCallee, KeptPlace } from "../core/answered.ts";
import type { Peer } from "../core/leg/destination.ts";
import { reasonFor } from "../core/leg/end-cause.ts";
import type { SideFact, SideOrder } from "../core/leg/side.ts";
import type { AnsweredCalls, Keeping } from "./answered-calls.ts";
import { encodeBranch, type KeptBranch } from "./answered-codec.ts";
import { factFromWire, factToWire, flowFrom, orderFromWire } from "./branch-wire.ts";
import { ENDED, failed, isAnswer, isFinal, RemoteBranch } from "./remote-branch.ts";
import type { SideSurroundings } from "./side.ts";
import { newBranch, type OwnSide, PROBE, revivedSide } from "./sides.ts";

/** One branch to dial. */
export interface BranchTarget {
  readonly callId: CallId;
  readonly branch: BranchId;
  readonly peer: Peer;
  readonly holder: NodeId;
  /** How long its INVITE may ring. */
  readonly expiresS: number;
}

/** An answered branch of an earlier life. */
export type RevivedTarget = Pick<BranchTarget, "callId" | "branch"> & {
  readonly callee: KeptCallee;
};

/** A branch, wherever it is. */
export interface BranchDoor {
  readonly order: (order: SideOrder) => void;
  /** What a later life needs of it; null unless its dialog is up and quiet, as far as is known. */
  readonly kept: () => KeptPlace | null;
}

/** What branches need around them. */
export interface BranchSurroundings extends SideSurroundings {
  readonly answered: AnsweredCalls;
  readonly node: NodeId;
  readonly now: () => Instant;
  readonly alarms: Alarms;
  readonly mintToken: () => string;
  /** Sends to another edge; false when it did not leave. */
  readonly toEdge: (edge: NodeId, envelope: EdgeEnvelope) => boolean;
}

/** Branches held for other anchors. */
const HOSTED_MAX = 20_000;
/** Revived branches are asked one after another, once the sockets are open. */
const PROBE_AFTER_MS = 500;

type HostedId = Pick<BranchCommand, "callId" | "branch" | "anchor">;

/** A branch of another anchor's call, held here. */
interface HostedBranch {
  readonly side: OwnSide;
  readonly keeping: Keeping;
}

/** See the file header. */
export class Branches {
  readonly #around: BranchSurroundings;
  /** Our calls' branches on other edges. */
  readonly #remote = new Map<string, RemoteBranch>();
  /** Other anchors' branches here. */
  readonly #hosted = new Map<string, HostedBranch>();

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
    return isHere
      ? this.#door(newBranch(this.#around, target.peer, report))
      : this.#elsewhere(target, report, false);
  }

  /** Opens an answered branch of an earlier life. */
  reopen({ callId, branch, callee }: RevivedTarget, report: (fact: SideFact) => void): BranchDoor {
    const { holder, peer, dialog } = callee;
    if (dialog !== null) return this.#door(revivedSide(this.#around, { ...dialog, peer }, report));
    return this.#elsewhere({ callId, branch, peer, holder, expiresS: 0 }, report, true);
  }

  /** Takes over the branches that an earlier life held for other anchors. */
  revive(branches: readonly KeptBranch[]): void {
    const { alarms, now } = this.#around;
    branches.forEach(({ callId, anchor, branch, side }, n) => {
      const id = { callId, anchor, branch };
      const live = revivedSide(this.#around, side, (fact) => this.#hear(id, fact));
      this.#host(id, live, true);
      const alarm = alarms.create({ onAlarm: () => live.order(PROBE) });
      alarms.set(alarm, now() + PROBE_AFTER_MS + n);
    });
  }

  #door(side: OwnSide): BranchDoor {
    const holder = this.#around.node;
    return {
      order: (order) => side.order(order),
      kept: () => {
        const kept = side.kept();
        if (kept === null) return null;
        const { peer, ...dialog } = kept;
        return { holder, peer, dialog };
      },
    };
  }

  #elsewhere(
    target: BranchTarget,
    report: (fact: SideFact) => void,
    isAnswered: boolean,
  ): BranchDoor {
    const key = keyOf(this.#around.node, target.callId, target.branch);
    const over = (): void => void this.#remote.delete(key);
    const remote = new RemoteBranch(this.#around, target, { report, over }, isAnswered);
    this.#remote.set(key, remote);
    return remote;
  }

  /** A command from a call's anchor about a branch that is held here. */
  onCommand({ callId, branch, anchor, order }: BranchCommand): void {
    const id = { callId, branch, anchor };
    const known = this.#hosted.get(keyOf(anchor, callId, branch));
    if (known !== undefined) {
      if (order.kind === "hang-up") known.keeping.ended();
      return known.side.order(orderFromWire(order));
    }
    if (order.kind !== "dial") {
      // We restarted, or the end crossed the order: the anchor must not wait.
      return order.kind === "hang-up" ? this.#hear(id, ENDED) : undefined;
    }
    const endpoint = flowFrom(order.flow);
    if (endpoint === null || this.#hosted.size >= HOSTED_MAX) return this.#hear(id, failed(503));
    const peer = { endpoint, kind: "telephone" } as const;
    const side = newBranch(this.#around, peer, (fact) => this.#hear(id, fact));
    this.#host(id, side, false);
    return side.order(orderFromWire(order));
  }

  #host(id: HostedId, side: OwnSide, isThere: boolean): void {
    const { answered, node } = this.#around;
    const { callId, branch, anchor } = id;
    const keeping = answered.keep({
      key: `${node}.${anchor}.${callId}.${branch.replace(".", "_")}`,
      read: () => {
        const kept = side.kept();
        return kept === null ? null : encodeBranch({ ...id, side: kept });
      },
      isThere,
    });
    this.#hosted.set(keyOf(anchor, callId, branch), { side, keeping });
  }

  /** What a branch that is held here says (BS4). */
  #hear(id: HostedId, fact: SideFact): void {
    const key = keyOf(id.anchor, id.callId, id.branch);
    const keeping = this.#hosted.get(key)?.keeping;
    if (isFinal(fact)) {
      keeping?.ended();
      this.#hosted.delete(key);
    } else if (isAnswer(fact) || fact.kind === "request") keeping?.changed();
    this.#tell(id, fact);
  }

  /** The holder's report about one of our branches. */
  onReport({ callId, branch, holder, fact }: BranchReport): void {
    const { node, toEdge } = this.#around;
    const known = this.#remote.get(keyOf(node, callId, branch));
    const seen = factFromWire(fact);
    if (known !== undefined) return known.hear(seen);
    if (isFinal(seen)) return;
    const order = { kind: "hang-up", reason: reasonFor("crashed") } as const;
    toEdge(holder, { kind: "branch-command", command: { callId, branch, anchor: node, order } });
  }

  /** No edge listens where a command for this branch was sent. */
  onHolderMissing(callId: CallId, branch: BranchId): void {
    this.#remote.get(keyOf(this.#around.node, callId, branch))?.onHolderMissing();
  }

  #tell({ callId, branch, anchor }: HostedId, fact: SideFact): void {
    const wire = factToWire(fact);
    if (wire === null) return;
    const { node, now } = this.#around;
    const report: BranchReport = { callId, branch, holder: node, at: now(), fact: wire };
    this.#around.toEdge(anchor, { kind: "branch-report", report });
  }
}

const keyOf = (anchor: NodeId, callId: CallId, branch: BranchId): string =>
  `${anchor}/${callId}/${branch}`;
