/**
 * One actor: mailbox + state + step (ADR 1). Owns: running inputs one at a time, one alarm for
 * the machine's next deadline, handing effects on. Knows no telephony.
 *
 * A1  `step` is synchronous: between reading the state and storing the next nothing else runs.
 * A2  A run takes inputs until none waits, also those that effects post meanwhile, then commits once.
 * A3  A throw inside `step` ends the machine's life, not the process: `onCrash` gives the state to go
 *     on from, or null to stop.
 */
import type { Instant } from "../telephony/instant.ts";
import type { Alarm, AlarmOwner, Alarms } from "./alarms.ts";
import { Mailbox } from "./mailbox.ts";

/** What one input made of a state. */
export interface Transition<S, E> {
  readonly state: S;
  readonly effects: readonly E[];
}

/** A pure state machine: see ADR 1. */
export interface Machine<S, I, E> {
  readonly step: (state: S, at: Instant, input: I) => Transition<S, E>;
  readonly deadline: (state: S) => Instant | null;
  /** The input that a passed deadline becomes. */
  readonly deadlinePassed: I;
}

/** What an actor needs around it. */
export interface ActorSurroundings<S, I, E> {
  readonly alarms: Alarms;
  readonly now: () => Instant;
  /** Carries out one effect; may post further inputs. */
  readonly perform: (effect: E) => void;
  /** Called once a run with the state after it. */
  readonly commit: (state: S) => void;
  /** The machine broke an assertion while it ran `input` in `state`. */
  readonly onCrash: (error: unknown, state: S, input: I) => Transition<S, E> | null;
}

/** Inputs remembered for the dump of a crash. */
const HISTORY_MAX = 64;

/** See the file header. */
export class Actor<S, I, E> implements AlarmOwner {
  readonly #machine: Machine<S, I, E>;
  readonly #around: ActorSurroundings<S, I, E>;
  readonly #mailbox = new Mailbox<I>();
  readonly #alarm: Alarm;
  readonly #history: I[] = [];
  #state: S;
  #isRunning = false;
  #hasStopped = false;

  constructor(machine: Machine<S, I, E>, state: S, around: ActorSurroundings<S, I, E>) {
    this.#machine = machine;
    this.#state = state;
    this.#around = around;
    this.#alarm = around.alarms.create(this);
    around.alarms.set(this.#alarm, machine.deadline(state));
  }

  get state(): S {
    return this.#state;
  }

  /** The latest inputs, oldest first, for the dump of a crash. */
  get history(): readonly I[] {
    return this.#history;
  }

  /** Puts inputs into the mailbox without running them; false when they did not all fit. */
  post(inputs: readonly I[]): boolean {
    return inputs.every((input) => this.#mailbox.offer(input));
  }

  /** Runs all that waits, then commits (A2); inside a run it does nothing: that run takes them. */
  run(): void {
    if (this.#isRunning || this.#hasStopped || this.#mailbox.depth === 0) return;
    this.#isRunning = true;
    try {
      while (this.#mailbox.depth > 0 && !this.#hasStopped) {
        for (const input of this.#mailbox.takeAll()) this.#take(input);
      }
      if (this.#hasStopped) return;
      this.#around.commit(this.#state);
      this.#around.alarms.set(this.#alarm, this.#machine.deadline(this.#state));
    } finally {
      this.#isRunning = false;
    }
  }

  onAlarm(): void {
    this.post([this.#machine.deadlinePassed]);
    this.run();
  }

  /** No input runs any more and no alarm goes off. */
  stop(): void {
    this.#hasStopped = true;
    this.#around.alarms.set(this.#alarm, null);
  }

  #take(input: I): void {
    if (this.#hasStopped) return;
    if (this.#history.push(input) > HISTORY_MAX) this.#history.shift();
    const next = this.#step(input);
    if (next === null) return this.stop();
    this.#state = next.state;
    for (const effect of next.effects) this.#around.perform(effect);
  }

  #step(input: I): Transition<S, E> | null {
    try {
      return this.#machine.step(this.#state, this.#around.now(), input);
    } catch (error) {
      return this.#around.onCrash(error, this.#state, input);
    }
  }
}
