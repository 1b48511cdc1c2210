/**
 * One timer for all deadlines: a hashed wheel with 10 ms ticks. Owns: which owner is due when.
 * Does not own: a clock (injected), what an owner does when it is woken.
 *
 * AL1  An owner holds at most one alarm; setting it again moves it.
 * AL2  An alarm never goes off early; it is late by at most one tick plus the event loop's delay.
 * AL3  Setting and clearing are O(1). An idle wheel has no timer, and its timer never keeps the
 *      process alive.
 * AL4  An owner that throws is reported and does not stop the others.
 */
import type { Instant } from "../telephony/instant.ts";

const TICK_MS = 10;
/** Slots of the wheel, a power of two: one turn is 41 s, longer than the usual 32 s timers. */
const SLOTS = 4096;

const IDLE = -1;
const DUE = -2;

/** What is woken. */
export interface AlarmOwner {
  /** The alarm went off; `at` is now. It is no longer set. */
  onAlarm(at: Instant): void;
}

/** One owner's place on the wheel; made once by {@link Alarms.create}, kept by the owner. */
export interface Alarm {
  readonly owner: AlarmOwner;
  at: Instant;
  slot: number;
  next: Alarm | null;
  previous: Alarm | null;
}

/** The wheel. Bounded by its owners: it holds no more entries than alarms were created and set. */
export class Alarms {
  readonly #now: () => Instant;
  readonly #onFault: () => void;
  readonly #slots: (Alarm | null)[] = new Array<Alarm | null>(SLOTS).fill(null);
  #tick: number;
  #count = 0;
  #timer: NodeJS.Timeout | null = null;

  /** `onFault` hears of each owner that threw (AL4). */
  constructor(now: () => Instant, onFault: () => void) {
    this.#now = now;
    this.#onFault = onFault;
    this.#tick = Math.floor(now() / TICK_MS);
  }

  /** How many alarms are set. */
  get count(): number {
    return this.#count;
  }

  /** Makes an alarm that is not set yet. */
  create(owner: AlarmOwner): Alarm {
    return { owner, at: 0, slot: IDLE, next: null, previous: null };
  }

  /** Sets the alarm to a moment, also a past one (next tick), or clears it with null. */
  set(alarm: Alarm, at: Instant | null): void {
    if (at !== null && alarm.slot >= 0 && alarm.at === at) return;
    if (alarm.slot >= 0) this.#unlink(alarm);
    alarm.slot = IDLE;
    if (at === null) return;
    if (this.#timer === null) this.#run();
    alarm.at = at;
    const slot = Math.max(Math.ceil(at / TICK_MS), this.#tick + 1) & (SLOTS - 1);
    const head = this.#slots[slot] ?? null;
    alarm.slot = slot;
    alarm.previous = null;
    alarm.next = head;
    if (head !== null) head.previous = alarm;
    this.#slots[slot] = alarm;
    this.#count += 1;
  }

  /** Wakes all owners whose moment has come. The wheel's own timer calls it; tests may too. */
  turn(): void {
    const at = this.#now();
    const tick = Math.floor(at / TICK_MS);
    // After a long stop of the process one whole turn visits every slot.
    const from = Math.max(this.#tick + 1, tick - SLOTS + 1);
    const due: Alarm[] = [];
    for (let t = from; t <= tick; t += 1) this.#collect(t & (SLOTS - 1), at, due);
    if (tick > this.#tick) this.#tick = tick;
    for (const alarm of due) this.#wake(alarm, at);
    if (this.#count === 0) this.stop();
  }

  /** Stops the timer; the next `set` starts it again. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #run(): void {
    // Nothing was set while the wheel stood still, so it may jump to the present.
    if (this.#count === 0) this.#tick = Math.floor(this.#now() / TICK_MS);
    this.#timer = setInterval(() => this.turn(), TICK_MS).unref();
  }

  #collect(slot: number, at: Instant, due: Alarm[]): void {
    let alarm = this.#slots[slot] ?? null;
    while (alarm !== null) {
      const next = alarm.next;
      if (alarm.at <= at) {
        this.#unlink(alarm);
        alarm.slot = DUE;
        due.push(alarm);
      }
      alarm = next;
    }
  }

  /** An owner woken before this one in the same turn may have cleared or moved the alarm. */
  #wake(alarm: Alarm, at: Instant): void {
    if (alarm.slot !== DUE) return;
    alarm.slot = IDLE;
    try {
      alarm.owner.onAlarm(at);
    } catch {
      this.#onFault();
    }
  }

  #unlink(alarm: Alarm): void {
    if (alarm.previous !== null) alarm.previous.next = alarm.next;
    else this.#slots[alarm.slot] = alarm.next;
    if (alarm.next !== null) alarm.next.previous = alarm.previous;
    alarm.next = null;
    alarm.previous = null;
    this.#count -= 1;
  }
}
