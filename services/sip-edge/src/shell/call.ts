/**
 * One call at work at its anchor: the machine of core/call.ts, the caller's side, the attempts. Owns:
 * carrying out what the machine wants. Does not own: decisions, the table of calls, B-legs (attempts.ts).
 *
 * LC1  Inputs run one at a time through the actor.
 * LC2  A broken assertion ends this call alone: caller refused or hung up, every branch let go.
 * LC3  A revived call talks already; once a controller has it, its dialogs are asked whether they are up.
 */

import type { Machine } from "../../../lib/actor/actor.ts";
import { Actor } from "../../../lib/actor/actor.ts";
import type { Alarms } from "../../../lib/actor/alarms.ts";
import type { CallId, NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { KeptCall } from "../core/answered.ts";
import { keepCall, reviveCall, talkingTo } from "../core/answered.ts";
import type { EdgeCall, EdgeCallEffect, EdgeCallInput } from "../core/call.ts";
import { edgeCallDeadline, startEdgeCall, stepEdgeCall } from "../core/call.ts";
import { reasonFor } from "../core/leg/end-cause.ts";
import type { SideFact, SideOrder } from "../core/leg/side.ts";
import type { AnsweredCalls } from "./answered-calls.ts";
import { encodeCall } from "./answered-codec.ts";
import { type AttemptSurroundings, Attempts, type Dialling } from "./attempts.ts";
import { CallKeeper } from "./call-keeper.ts";
import type { CallWatch } from "./call-watch.ts";
import { type Ear, heardBy } from "./ear.ts";
import type { Outbox } from "./outbox.ts";
import { type CallerStart, newCaller, type OwnSide, PROBE, revivedSide } from "./sides.ts";

/** What every call of this edge stands on. */
export interface CallSurroundings extends AttemptSurroundings {
  readonly now: () => Instant;
  readonly alarms: Alarms;
  readonly answered: AnsweredCalls;
  readonly outbox: Outbox;
  readonly onForgotten: () => void;
}

/** A call that was let in. */
export interface Admission extends Dialling, CallerStart {
  readonly callId: CallId;
}

/** A call of an earlier life of this edge, and when it is offered to a controller. */
export interface Revival {
  readonly kept: KeptCall;
  readonly offerAt: Instant;
}

type CallActor = Actor<EdgeCall, EdgeCallInput, EdgeCallEffect>;
type Of<K extends EdgeCallEffect["kind"]> = Extract<EdgeCallEffect, { kind: K }>;

const MACHINE: Machine<EdgeCall, EdgeCallInput, EdgeCallEffect> = {
  step: stepEdgeCall,
  deadline: edgeCallDeadline,
  deadlinePassed: { kind: "deadline-passed" },
};

/** See the file header. */
export class LiveCall {
  readonly callId: CallId;
  readonly #around: CallSurroundings;
  readonly #startedAt: Instant;
  readonly #watch: CallWatch;
  readonly #caller: OwnSide;
  readonly #attempts: Attempts;
  readonly #ear: Ear = { call: this };
  readonly #actor: CallActor;
  readonly #keeper: CallKeeper;
  #isProved: boolean;

  constructor(around: CallSurroundings, origin: Admission | Revival, watch: CallWatch) {
    const isNew = "invite" in origin;
    const { callId, startedAt } = isNew ? origin : origin.kept;
    const { answered, node, now, sides } = around;
    this.callId = callId;
    this.#startedAt = startedAt;
    this.#around = around;
    this.#watch = watch;
    this.#isProved = isNew;
    this.#keeper = new CallKeeper({ answered, node, callId, read: () => this.#asText() });
    const dialling = isNew ? origin : null;
    this.#attempts = new Attempts(around, { callId, dialling, ear: this.#ear, watch });
    const report = heardBy(this.#ear, callerReported);
    this.#caller = isNew
      ? newCaller(sides, origin, report)
      : revivedSide(sides, origin.kept.caller, report);
    const start = isNew
      ? startEdgeCall(startedAt, origin.offer)
      : { state: reviveCall(origin.kept, now(), origin.offerAt), effects: [] };
    this.#actor = new Actor(MACHINE, start.state, {
      alarms: around.alarms,
      now,
      perform: (effect) => this.#perform(effect),
      commit: (state) => this.#onRun(state),
      onCrash: (error, _state, input) => this.#onCrash(error, input),
    });
    if (!isNew) this.#revive(origin.kept);
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
    this.#keeper.onInput(input);
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
        return this.#dismiss(effect);
      case "prepare":
        return this.#attempts.prepare(effect);
      case "dial-branch":
        return this.#attempts.dial(effect);
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

  /** Inputs of a later epoch, and none at all: who holds the call under an older one lets it go. */
  #dismiss({ controller, epoch }: Of<"dismiss">): void {
    const { node, outbox } = this.#around;
    outbox.inputs(controller, { callId: this.callId, anchor: node, epoch, inputs: [] }, "");
  }

  #orderCaller(order: SideOrder): void {
    const at = this.#around.now();
    if (order.kind === "ring") this.#watch.rang(at);
    if (order.kind === "answer") {
      this.#watch.answered(order.leg, at);
      this.#keeper.begin(null);
    }
    if (order.kind === "refuse") this.#watch.refused(order.status, at);
    this.#caller.order(order);
  }

  #orderBranch(effect: Of<"order-branch">): void {
    const answer = this.#attempts.order(effect);
    if (answer !== null) this.#caller.order(answer);
  }

  /** The rest of a revived call: its callee, its place in the bucket. */
  #revive({ callee, anchor, over }: KeptCall): void {
    this.#attempts.reopen(callee);
    this.#keeper.begin({ holder: anchor.formerHolder, over: over.length });
  }

  #onRun(state: EdgeCall): void {
    this.#keeper.follow(state);
    if (this.#isProved || this.controller === null) return;
    this.#isProved = true;
    this.#caller.order(PROBE);
    this.#attempts.orderAll(PROBE);
  }

  /** What is kept of the call; null while a request is open in one of its dialogs. */
  #asText(): string | null {
    const { state } = this.#actor;
    const talking = talkingTo(state.bridge);
    const callee = talking === null ? null : this.#attempts.kept(talking);
    const caller = this.#caller.kept();
    if (callee === null || caller === null) return null;
    const kept = keepCall(state, this.#around.now(), {
      callId: this.callId,
      startedAt: this.#startedAt,
      traceparent: this.#watch.traceparent,
      caller,
      callee,
    });
    return kept === null ? null : encodeCall(this.#around.node, kept);
  }

  #forget(): void {
    this.#ear.call = null;
    this.#actor.stop();
    this.#keeper.end();
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
    this.#attempts.orderAll({ kind: "hang-up", reason });
    this.#forget();
    return null;
  }
}

const callerReported = (fact: SideFact) => ({ kind: "caller-reported", fact }) as const;
