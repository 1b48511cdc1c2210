/**
 * One call at work at its anchor: the machine of core/call.ts, the caller's side, the branches. Owns:
 * carrying out what the machine wants. Does not own: decisions, the table of calls.
 *
 * LC1  Inputs run one at a time through the actor; a look-up's answer returns as an input.
 * LC2  A broken assertion ends this call alone: caller refused or hung up, every branch let go.
 */

import type { Machine } from "../../../lib/actor/actor.ts";
import { Actor } from "../../../lib/actor/actor.ts";
import type { Alarms } from "../../../lib/actor/alarms.ts";
import type { CallId, LegId, NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Offer } from "../../../lib/telephony/leg.ts";
import { branchId } from "../../../lib/wire/branch-codec.ts";
import type { EdgeCall, EdgeCallEffect, EdgeCallInput } from "../core/call.ts";
import { edgeCallDeadline, startEdgeCall, stepEdgeCall } from "../core/call.ts";
import { aLegKeys, startALeg, stepALeg } from "../core/leg/a-leg.ts";
import { mayLeave, sdpOf } from "../core/leg/content.ts";
import type { Peer } from "../core/leg/destination.ts";
import { reasonFor } from "../core/leg/end-cause.ts";
import type { SideOrder } from "../core/leg/side.ts";
import { maskedOrder } from "../core/mask.ts";
import type { SipRequest } from "../core/message/message.ts";
import { reasonPhrase } from "../core/message/reason-phrase.ts";
import type { Ports } from "../ports.ts";
import type { BranchDoor, Branches } from "./branches.ts";
import { contactValue } from "./branches.ts";
import type { CallWatch } from "./call-watch.ts";
import type { ServerTransaction } from "./endpoint-ports.ts";
import type { Outbox } from "./outbox.ts";
import type { Preparation } from "./preparation.ts";
import { prepare } from "./preparation.ts";
import type { SideSurroundings } from "./side.ts";
import { Side } from "./side.ts";

/** What every call of this edge stands on. */
export interface CallSurroundings {
  readonly node: NodeId;
  readonly now: () => Instant;
  readonly alarms: Alarms;
  readonly sides: SideSurroundings;
  readonly branches: Branches;
  readonly outbox: Outbox;
  readonly ports: Ports;
  readonly identityRefused: () => void;
  readonly onForgotten: () => void;
}

/** A call that was let in. */
export interface Admission {
  readonly callId: CallId;
  readonly offer: Offer;
  readonly callerNumbers: readonly string[];
  readonly invite: SipRequest;
  readonly transaction: ServerTransaction;
  readonly peer: Peer;
  readonly localTag: string;
  readonly startedAt: Instant;
}

interface OpenLeg {
  readonly preparation: Extract<Preparation, { kind: "ready" }>;
  readonly expiresS: number;
  readonly doors: Map<number, BranchDoor>;
}

type CallActor = Actor<EdgeCall, EdgeCallInput, EdgeCallEffect>;
type Of<K extends EdgeCallEffect["kind"]> = Extract<EdgeCallEffect, { kind: K }>;

const MACHINE: Machine<EdgeCall, EdgeCallInput, EdgeCallEffect> = {
  step: stepEdgeCall,
  deadline: edgeCallDeadline,
  deadlinePassed: { kind: "deadline-passed" },
};
const CALLER = { step: stepALeg, keys: aLegKeys };

/** See the file header. */
export class LiveCall {
  readonly callId: CallId;
  readonly #around: CallSurroundings;
  readonly #admission: Admission;
  readonly #watch: CallWatch;
  readonly #caller: LiveCaller;
  readonly #legs = new Map<LegId, OpenLeg>();
  readonly #actor: CallActor;

  constructor(around: CallSurroundings, admission: Admission, watch: CallWatch) {
    const { invite, localTag, peer, transaction, startedAt, offer } = admission;
    this.callId = admission.callId;
    this.#around = around;
    this.#admission = admission;
    this.#watch = watch;
    const { transport } = peer.endpoint;
    const contact = contactValue(around.sides.sender.sentBy(transport), transport);
    const caller = { state: startALeg(invite, localTag, contact), peer };
    this.#caller = new Side(around.sides, CALLER, caller, (fact) =>
      this.take({ kind: "caller-reported", fact }),
    );
    this.#caller.hold(transaction);
    const start = startEdgeCall(startedAt, offer);
    this.#actor = new Actor(MACHINE, start.state, {
      alarms: around.alarms,
      now: around.now,
      perform: (effect) => this.#perform(effect),
      commit: () => undefined,
      onCrash: (error, _state, input) => this.#onCrash(error, input),
    });
    for (const effect of start.effects) this.#perform(effect);
  }

  /** The controller that holds the call; null while none does. */
  get controller(): NodeId | null {
    const { anchor } = this.#actor.state;
    return anchor.phase === "held" ? anchor.controller : null;
  }

  /** True once the caller was answered and until the caller's leg ends. */
  get isAnswered(): boolean {
    return this.#actor.state.bridge.caller.phase === "answered";
  }

  /** One input; what cannot be taken any more is dropped. */
  take(input: EdgeCallInput): void {
    if (!this.#actor.post([input])) this.#watch.log.error({ input: input.kind }, "mailbox is full");
    this.#actor.run();
  }

  #perform(effect: EdgeCallEffect): void {
    switch (effect.kind) {
      case "assign":
        return this.#assign(effect);
      case "send-inputs":
        return this.#sendInputs(effect);
      case "dismiss":
        return dismiss(this.#around, this.callId, effect);
      case "prepare":
        return this.#prepare(effect);
      case "dial-branch":
        return this.#dialBranch(effect);
      case "order-caller":
        return this.#orderCaller(effect.order);
      case "order-branch":
        return this.#orderBranch(effect);
      case "fact-seen":
        return effect.fact.kind === "offered"
          ? this.#watch.offered(effect.fact.offer)
          : this.#watch.fact(effect.fact, this.#around.now());
      case "count":
        return this.#watch.event(effect.what);
      case "let-go":
        return this.#watch.event(effect.why);
      case "forget":
        return this.#forget();
    }
  }

  #assign({ epoch, commit, pending }: Of<"assign">): void {
    const { node, outbox } = this.#around;
    const assignment = { callId: this.callId, anchor: node, epoch, ...commit, pending };
    if (!outbox.assign(assignment, this.#watch.traceparent)) {
      this.take({ kind: "assignment-failed", epoch });
    }
  }

  #sendInputs({ controller, epoch, inputs }: Of<"send-inputs">): void {
    const { node, outbox } = this.#around;
    const message = { callId: this.callId, anchor: node, epoch, inputs };
    if (!outbox.inputs(controller, message, this.#watch.traceparent)) {
      this.take({ kind: "inputs-undelivered", epoch });
    }
  }

  #prepare({ leg, destination, expiresS, maxForwards }: Of<"prepare">): void {
    const { offer, callerNumbers, invite, startedAt } = this.#admission;
    const { node, ports, sides } = this.#around;
    const where = destination.kind === "outside" ? destination.number : destination.extension;
    this.#watch.dialled(leg, where);
    const wish = {
      leg,
      destination,
      limits: { expiresS, maxForwards },
      offer,
      offerSdp: sdpOf(invite),
      callerNumbers,
      sessionId: String(startedAt),
    };
    const here = { node, host: sides.sender.sentBy("udp").host };
    prepare(wish, ports, here).then(
      (preparation) => this.#prepared(leg, expiresS, preparation),
      (error: unknown) => {
        this.#watch.log.error({ err: error, leg }, "look-up failed");
        this.take({ kind: "undiallable", leg, status: 503, cause: "unavailable" });
      },
    );
  }

  #prepared(leg: LegId, expiresS: number, preparation: Preparation): void {
    if (preparation.kind === "undiallable") {
      const { status, cause, isIdentityRefused } = preparation;
      if (isIdentityRefused) this.#around.identityRefused();
      return this.take({ kind: "undiallable", leg, status, cause });
    }
    this.#legs.set(leg, { preparation, expiresS, doors: new Map() });
    const { branches, at } = preparation;
    return this.take({ kind: "prepared", leg, branches: branches.length, at });
  }

  #dialBranch({ leg, branch }: Of<"dial-branch">): void {
    const open = this.#legs.get(leg);
    const prepared = open?.preparation.branches[branch];
    if (open === undefined || prepared === undefined) return;
    const { peer, holder, requestUri, headers, sdp } = prepared;
    const target = {
      callId: this.callId,
      branch: branchId(leg, branch),
      peer,
      holder,
      expiresS: open.expiresS,
    };
    const door = this.#around.branches.open(target, (fact) =>
      this.take({ kind: "branch-reported", leg, branch, fact }),
    );
    open.doors.set(branch, door);
    door.order({ kind: "dial", requestUri, headers, body: sdp });
  }

  #orderCaller(order: SideOrder): void {
    const at = this.#around.now();
    if (order.kind === "ring") this.#watch.rang(at);
    if (order.kind === "answer") this.#watch.answered(order.leg, at);
    if (order.kind === "refuse") this.#watch.refused(order.status, at);
    this.#caller.order(order);
  }

  #orderBranch({ leg, branch, order }: Of<"order-branch">): void {
    const open = this.#legs.get(leg);
    const door = open?.doors.get(branch);
    if (open === undefined || door === undefined) return;
    if (order.kind === "request" && open.preparation.isOutside && !mayLeave(order.request)) {
      return this.#caller.order(unsupported(order.request.relayId));
    }
    door.order(maskedOrder(order, open.preparation.mask));
  }

  #forget(): void {
    this.#actor.stop();
    this.#watch.over(this.#around.now());
    this.#around.onForgotten();
  }

  /** LC2. */
  #onCrash(error: unknown, input: EdgeCallInput): null {
    this.#watch.event("crashed");
    const kinds = this.#actor.history.map((past) => past.kind);
    this.#watch.log.error({ err: error, input: input.kind, inputs: kinds }, "call broke");
    const reason = reasonFor("crashed");
    this.#caller.order({ kind: "refuse", status: 500, reason: "", headers: [] });
    this.#caller.order({ kind: "hang-up", reason });
    for (const { doors } of this.#legs.values()) {
      for (const door of doors.values()) door.order({ kind: "hang-up", reason });
    }
    this.#forget();
    return null;
  }
}

/** Inputs of a later epoch, and none at all: whoever holds the call under an older one lets it go. */
export function dismiss(
  { node, outbox }: Pick<CallSurroundings, "node" | "outbox">,
  callId: CallId,
  { controller, epoch }: { readonly controller: NodeId; readonly epoch: number },
): void {
  outbox.inputs(controller, { callId, anchor: node, epoch, inputs: [] }, "");
}

type LiveCaller = Side<ReturnType<typeof startALeg>>;

const unsupported = (relayId: number): SideOrder => ({
  kind: "response",
  response: { relayId, status: 415, reason: reasonPhrase(415), headers: [], body: "" },
});
