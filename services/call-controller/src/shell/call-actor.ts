/**
 * One call at this controller: the actor, its number of steps, and its way out. Owns: turning a run
 * of the machine into exactly one step message, and effects into requests whose answers come back as
 * inputs. Does not own: any decision.
 *
 * K1  The first step of an assignment is its answer; all others go to the anchor's subject.
 * K2  Steps are numbered without gaps from the last one that the anchor committed.
 * K3  A call whose machine breaks is ended; broken again it is given up: the anchor hears a last step,
 *     which lets all legs go and ends the call there too.
 * K4  Answers for a call that is over, or was taken over again, reach nobody: they go to this object.
 * K5  The last step may be said again: an anchor that has it ignores it, one that missed it carries it
 *     out, one that gave the call to another controller says so.
 */
import { Actor, type Machine } from "../../../lib/actor/actor.ts";
import type { Alarms } from "../../../lib/actor/alarms.ts";
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { CallId, LegId, NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { EdgeInput, LegOrder } from "../../../lib/telephony/leg.ts";
import type { CallStep } from "../../../lib/wire/call-codec.ts";
import type { CallEffect, ChannelTake } from "../core/call/effect.ts";
import type { CallInput, RefusedClaim } from "../core/call/input.ts";
import type { CallState } from "../core/call/state.ts";
import { crash, deadline, farewell, heldLegs, lostLegs, type Step, step } from "../core/call.ts";
import { encodeState, STATE_VERSION } from "../core/state-codec.ts";
import type { CallPorts, HeldByCall, LeaseHolder } from "../ports.ts";

const MACHINE: Machine<CallState, CallInput, CallEffect> = {
  step,
  deadline,
  deadlinePassed: { kind: "deadline" },
};

/** What a call starts from. */
export interface CallStart {
  readonly callId: CallId;
  readonly epoch: number;
  readonly anchor: NodeId;
  readonly controller: NodeId;
  readonly state: CallState;
  /** Last step that the anchor has committed. */
  readonly committedStep: number;
}

/** What the last step said. */
interface Said {
  readonly orders: readonly LegOrder[];
  readonly over: boolean;
  readonly state: CallState;
}

/** What a call needs around it. */
export interface CallSurroundings {
  readonly ports: CallPorts;
  readonly alarms: Alarms;
  readonly now: () => Instant;
  readonly onOver: (call: CallActor) => void;
  /** The call is held under a higher epoch elsewhere. */
  readonly onSuperseded: (call: CallActor) => void;
  /** The leases of these legs were lost and refused when taken again; the call stays up. */
  readonly onUncounted: (call: CallActor, refused: readonly RefusedClaim[]) => void;
  readonly onCrash: (call: CallActor, error: unknown, input: CallInput) => void;
  /** The call broke again (K3): it is over, whatever it still owed. */
  readonly onGivenUp: (call: CallActor) => void;
}

/** See the file header. */
export class CallActor {
  readonly start: CallStart;
  readonly #around: CallSurroundings;
  readonly #actor: Actor<CallState, CallInput, CallEffect>;
  #orders: LegOrder[] = [];
  #steps: number;
  #answer: ((step: CallStep) => void) | null;
  #hasCrashed = false;
  #last: Said | null = null;
  #saidAt: Instant = 0;

  constructor(start: CallStart, around: CallSurroundings, answer: (step: CallStep) => void) {
    this.start = start;
    this.#around = around;
    this.#answer = answer;
    this.#steps = start.committedStep;
    this.#actor = new Actor(MACHINE, start.state, {
      alarms: around.alarms,
      now: around.now,
      perform: (effect) => this.#perform(effect),
      commit: (state) => this.#commit(state),
      onCrash: (error, state, input) => this.#crash(error, state, input),
    });
  }

  get state(): CallState {
    return this.#actor.state;
  }

  /** The latest inputs, for the dump of a crash. */
  get history(): readonly CallInput[] {
    return this.#actor.history;
  }

  /** W3C traceparent of the call; empty when it is not traced. */
  get traceparent(): string {
    const { state } = this;
    return state.phase === "new" || state.phase === "over" ? "" : state.offered.offer.traceparent;
  }

  /** The leases to renew; null when it has none. */
  get held(): HeldByCall | null {
    const legs = heldLegs(this.state);
    const { callId, epoch } = this.start;
    return legs.length === 0 ? null : { callId, epoch, legs };
  }

  /** Takes facts from the anchor; false when the mailbox is full. */
  receive(inputs: readonly EdgeInput[]): boolean {
    return this.#put(inputs.map((input) => ({ kind: "edge-reported", input })));
  }

  /** First input of an adopted call: issues again what its state owes, then the facts that waited. */
  adopt(pending: readonly EdgeInput[]): void {
    const { controller, epoch } = this.start;
    const facts = pending.map((input) => ({ kind: "edge-reported", input }) as const);
    this.#put([{ kind: "adopted", controller, epoch }, ...facts]);
  }

  /** The allocator does not hold these leases any more. */
  lose(legs: readonly LegId[]): void {
    this.#put([{ kind: "channels-lost", legs }]);
  }

  /** When the anchor was last told something. */
  get saidAt(): Instant {
    return this.#saidAt;
  }

  /** Sends the last step again (K5). */
  repeat(): void {
    if (this.#last === null) return;
    this.#around.ports.sendStep(this.start.anchor, this.#message(this.#last));
    this.#saidAt = this.#around.now();
  }

  /** Ends this object without a word: the call lives on elsewhere. */
  abandon(): void {
    this.#actor.stop();
  }

  #put(inputs: readonly CallInput[]): boolean {
    const isTaken = this.#actor.post(inputs);
    this.#actor.run();
    return isTaken;
  }

  #perform(effect: CallEffect): void {
    const { ports } = this.#around;
    switch (effect.kind) {
      case "ring-caller":
      case "dial":
      case "cancel-leg":
      case "answer-caller":
      case "hang-up":
      case "refuse-caller":
        this.#orders.push(effect);
        return;
      case "look-up-route":
        ports.lookUpRoute(effect.query, (answer) => {
          if (answer.kind === "found") {
            this.#put([{ kind: "route-found", snapshot: answer.snapshot }]);
          } else {
            const kind = answer.kind === "unknown" ? "route-unknown" : "registry-unreachable";
            this.#put([{ kind }]);
          }
        });
        return;
      case "take-channels":
        return this.#take(effect);
      case "renew-channels":
        ports.channels.renew([{ ...this.#holder(), legs: effect.legs }]);
        return;
      case "release-channels":
        ports.channels.release(this.#holder(), effect.legs, () => {
          this.#put([{ kind: "channels-released", legs: effect.legs }]);
        });
        return;
      case "write-record": {
        const { record } = effect;
        ports.writeRecord(record, this.#holder().traceparent, () => {
          this.#put([{ kind: "record-written", epoch: record.epoch }]);
        });
        return;
      }
      default:
        unreachable(effect);
    }
  }

  #take({ claims, rates }: ChannelTake): void {
    this.#around.ports.channels.take(this.#holder(), { claims, rates }, (answer) => {
      if (answer.kind === "superseded") return this.#around.onSuperseded(this);
      if (answer.kind === "unreachable") {
        this.#put([{ kind: "allocator-unreachable", legs: claims.map(({ leg }) => leg) }]);
        return;
      }
      this.#noteUncounted(answer.refused);
      this.#put([{ ...answer, kind: "channels-taken" }]);
    });
  }

  #noteUncounted(refused: readonly RefusedClaim[]): void {
    const lost = lostLegs(this.state);
    const uncounted = refused.filter(({ leg }) => lost.includes(leg));
    if (uncounted.length > 0) this.#around.onUncounted(this, uncounted);
  }

  #commit(state: CallState): void {
    const isOver = state.phase === "over";
    this.#send(state, isOver);
    if (!isOver) return;
    this.#actor.stop();
    this.#around.onOver(this);
  }

  #send(state: CallState, over: boolean): void {
    this.#steps += 1;
    this.#last = { orders: this.#orders, over, state };
    this.#orders = [];
    const answer = this.#answer;
    this.#answer = null;
    if (answer !== null) answer(this.#message(this.#last));
    else this.#around.ports.sendStep(this.start.anchor, this.#message(this.#last));
    this.#saidAt = this.#around.now();
  }

  #message({ orders, over, state }: Said): CallStep {
    const { callId, epoch, controller } = this.start;
    return {
      callId,
      epoch,
      controller,
      step: this.#steps,
      ackedInput: state.head.lastSeq,
      stateVersion: STATE_VERSION,
      state: Buffer.from(encodeState(state)),
      orders,
      over,
    };
  }

  #crash(error: unknown, state: CallState, input: CallInput): Step | null {
    this.#around.onCrash(this, error, input);
    if (this.#hasCrashed) return this.#giveUp(state);
    this.#hasCrashed = true;
    try {
      return crash(state, this.#around.now(), input);
    } catch (again) {
      this.#around.onCrash(this, again, input);
      return this.#giveUp(state);
    }
  }

  /** K3. Null stops the actor. */
  #giveUp(state: CallState): null {
    for (const order of farewell(state)) this.#perform(order);
    this.#send(state, true);
    this.#around.onGivenUp(this);
    return null;
  }

  #holder(): LeaseHolder {
    const { callId, epoch } = this.start;
    return { callId, epoch, traceparent: this.traceparent };
  }
}
