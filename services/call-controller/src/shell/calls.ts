/**
 * The calls of this controller. Owns: the table, taking and declining assignments, renewal of leases.
 *
 * CT1  At most CALLS_MAX calls; more are declined as overloaded, so another controller takes them.
 * CT2  A later epoch of a call replaces the earlier one; an equal or lower epoch is declined.
 * CT3  Inputs for a call or epoch that we do not hold are dropped and counted: the anchor misses the
 *     acknowledgement and offers the call again.
 * CT4  Inputs, or a lease, of a higher epoch than ours say that the call is no longer ours (we slept, or
 *     our step got lost): it is abandoned without a word, its leases and record are the next holder's.
 */
import type { Alarms } from "../../../lib/actor/alarms.ts";
import type { CallId, NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { CallAssignment, CallInputs, DeclineReason } from "../../../lib/wire/call-codec.ts";
import type { CallInput, RefusedClaim } from "../core/call/input.ts";
import { start } from "../core/call.ts";
import { type DecodedState, decodeState } from "../core/state-codec.ts";
import type { AnswerAssignment, CallPorts, HeldByCall } from "../ports.ts";
import { CallActor } from "./call-actor.ts";

/** Calls one controller holds at most: about 10 kB each, and half an hour of a busy carrier. */
export const CALLS_MAX = 20_000;

type Opened = DecodedState | { readonly kind: "declined"; readonly reason: DeclineReason };

const declined = (reason: DeclineReason): Opened => ({ kind: "declined", reason });

/** Calls over that are remembered for the case that NATS lost their last step. */
const DEPARTED_MAX = 2_000;

/** What the table needs around it. */
export interface CallsSurroundings {
  readonly controller: NodeId;
  readonly ports: CallPorts;
  readonly alarms: Alarms;
  readonly now: () => Instant;
  readonly watch: CallsWatch;
  /** What new calls are guarded by (core/loop-guard.ts L3). */
  readonly loopCallsMax: number;
}

/** What is told to logs and metrics. */
export interface CallsWatch {
  readonly taken: (call: CallActor, isAdoption: boolean) => void;
  readonly over: (call: CallActor) => void;
  readonly leasesLost: (held: HeldByCall) => void;
  readonly uncounted: (call: CallActor, refused: readonly RefusedClaim[]) => void;
  readonly crashed: (call: CallActor, error: unknown, input: CallInput) => void;
  readonly givenUp: (call: CallActor) => void;
  readonly declined: (callId: CallId, reason: DeclineReason) => void;
  readonly dismissed: (call: CallActor) => void;
  readonly strayInputs: (callId: CallId, count: number) => void;
}

/** See the file header. */
export class Calls {
  readonly #around: CallsSurroundings;
  readonly #calls = new Map<CallId, CallActor>();
  /** Calls that were over lately, oldest first: their last step may have been lost. */
  readonly #departed: CallActor[] = [];
  #isDraining = false;

  constructor(around: CallsSurroundings) {
    this.#around = around;
  }

  get size(): number {
    return this.#calls.size;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** All calls, for the live list. */
  all(): IterableIterator<CallActor> {
    return this.#calls.values();
  }

  /** From now on every assignment is declined. */
  drain(): void {
    this.#isDraining = true;
  }

  /**
   * Gives every call up without a word; the anchors offer them to other controllers. Answers that come
   * while the process goes down, or fail because it does, must not become steps.
   */
  handOver(): void {
    for (const call of this.#calls.values()) call.abandon();
    this.#calls.clear();
  }

  /** Takes a call or declines it; `answer` is called exactly once. */
  assign(assignment: CallAssignment, answer: AnswerAssignment): void {
    const { callId, epoch, anchor, step: committedStep } = assignment;
    const { controller } = this.#around;
    const opened = this.#open(assignment);
    if (opened.kind === "declined") {
      this.#around.watch.declined(callId, opened.reason);
      return answer({ kind: "declined", controller, reason: opened.reason });
    }
    this.#calls.get(callId)?.abandon();
    const call = new CallActor(
      { callId, epoch, anchor, controller, state: opened.state, committedStep },
      this.#surroundings(),
      (first) => answer({ kind: "step", step: first }),
    );
    this.#calls.set(callId, call);
    this.#around.watch.taken(call, committedStep > 0);
    if (committedStep === 0) call.receive(assignment.pending);
    else call.adopt(assignment.pending);
  }

  /** Facts for a call that we hold (CT3, CT4). */
  receive({ callId, epoch, inputs }: CallInputs): void {
    const call = this.#calls.get(callId);
    if (call !== undefined && epoch > call.start.epoch) return this.#dismiss(call);
    const isOurs = call !== undefined && call.start.epoch === epoch;
    if (!isOurs || !call.receive(inputs)) this.#around.watch.strayInputs(callId, inputs.length);
  }

  /**
   * Says again what anchors were told before `since`: all of it after a loss of NATS, which may have
   * swallowed a step; what is old from time to time, so that a call whose anchor has forgotten it, or
   * given it to another controller, ends here too.
   */
  repeat(since: Instant): void {
    for (const call of this.#calls.values()) if (call.saidAt <= since) call.repeat();
    for (const call of this.#departed) if (call.saidAt <= since) call.repeat();
  }

  /** Forgets calls that were over before `since`: their anchors have heard it long ago. */
  forget(since: Instant): void {
    const kept = this.#departed.findIndex((call) => call.state.head.now > since);
    this.#departed.splice(0, kept === -1 ? this.#departed.length : kept);
  }

  /** The leases to renew, call by call. */
  held(): readonly HeldByCall[] {
    const held: HeldByCall[] = [];
    for (const call of this.#calls.values()) {
      const ofCall = call.held;
      if (ofCall !== null) held.push(ofCall);
    }
    return held;
  }

  /** Leases that a renewal did not find any more: each call takes its own again. */
  lose(lost: readonly HeldByCall[]): void {
    for (const one of lost) {
      this.#around.watch.leasesLost(one);
      const call = this.#calls.get(one.callId);
      if (call?.start.epoch === one.epoch) call.lose(one.legs);
    }
  }

  #dismiss(call: CallActor): void {
    call.abandon();
    this.#calls.delete(call.start.callId);
    this.#around.watch.dismissed(call);
  }

  #open(assignment: CallAssignment): Opened {
    const { callId, epoch, anchor, step, stateVersion, state } = assignment;
    const held = this.#calls.get(callId);
    if (this.#isDraining) return declined("draining");
    if (held === undefined && this.#calls.size >= CALLS_MAX) return declined("overloaded");
    if (held !== undefined && held.start.epoch >= epoch) return declined("outdated");
    const { controller, now, loopCallsMax } = this.#around;
    if (step === 0) {
      const at = now();
      const state = start({ callId, anchor, controller, epoch, at, loopCallsMax });
      return { kind: "state", state };
    }
    const decoded = decodeState(stateVersion, Buffer.from(state).toString("utf8"));
    if (decoded.kind === "state") return decoded;
    return declined(decoded.what === "malformed" ? "malformed" : "unknown-state-version");
  }

  /** A call of a later epoch may have taken the place. */
  #drop(call: CallActor): void {
    const { callId } = call.start;
    if (this.#calls.get(callId) === call) this.#calls.delete(callId);
  }

  #surroundings() {
    const { ports, alarms, now, watch } = this.#around;
    return {
      ports,
      alarms,
      now,
      onOver: (call: CallActor) => {
        this.#drop(call);
        if (this.#departed.length < DEPARTED_MAX) this.#departed.push(call);
        watch.over(call);
      },
      onGivenUp: (call: CallActor) => {
        this.#drop(call);
        watch.givenUp(call);
      },
      onSuperseded: (call: CallActor) => {
        if (this.#calls.get(call.start.callId) === call) this.#dismiss(call);
      },
      onUncounted: watch.uncounted,
      onCrash: watch.crashed,
    };
  }
}
