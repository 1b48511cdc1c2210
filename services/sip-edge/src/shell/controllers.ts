/**
 * Which controllers are alive, as heard on NATS. Owns: the last sign of life of each. Does not own:
 * what a lost one means for its calls.
 *
 * CO1  A heartbeat or a step is a sign of life. After 900 ms without one a controller is lost, once;
 *      it counts again with its next sign.
 * CO2  While this edge itself is cut off from NATS, and for one period after, nobody is lost. The same
 *      holds when it slept (stalled loop, stepped clock): signs that came meanwhile are not read yet.
 * CO3  A controller that says it is leaving is lost at once: its calls need not wait for its silence.
 */
import type { Alarm, AlarmOwner, Alarms } from "../../../lib/actor/alarms.ts";
import type { NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";

/** Heartbeats come every 250 ms: three may be missed (ARCHITECTURE, when something dies). */
export const SILENCE_MS_MAX = 900;
const CHECK_MS = 100;
/** A check that comes later than this after the one before means that this process slept. */
const CHECK_LATE_MS = 3 * CHECK_MS;
/** Far more than a cluster has; beyond it the longest silent one is forgotten. */
const CONTROLLERS_MAX = 1_000;

/** See the file header. */
export class Controllers implements AlarmOwner {
  readonly #seenAt = new Map<NodeId, Instant>();
  readonly #alarms: Alarms;
  readonly #alarm: Alarm;
  readonly #onLost: (controller: NodeId) => void;
  readonly #isConnected: () => boolean;
  #blindUntil: Instant = 0;
  #checkAt: Instant = 0;

  constructor(alarms: Alarms, isConnected: () => boolean, onLost: (controller: NodeId) => void) {
    this.#alarms = alarms;
    this.#alarm = alarms.create(this);
    this.#isConnected = isConnected;
    this.#onLost = onLost;
  }

  /** Controllers that gave a sign of life lately. */
  get alive(): number {
    return this.#seenAt.size;
  }

  /** A sign of life. */
  seen(controller: NodeId, at: Instant): void {
    this.#seenAt.delete(controller);
    this.#seenAt.set(controller, at);
    if (this.#seenAt.size > CONTROLLERS_MAX) {
      const [oldest] = this.#seenAt.keys();
      if (oldest !== undefined) this.#seenAt.delete(oldest);
    }
    if (this.#seenAt.size === 1) this.#checkLater(at);
  }

  /** The controller said that it takes no more calls and lets go of those it has (CO3). */
  leaving(controller: NodeId): void {
    this.#seenAt.delete(controller);
    this.#onLost(controller);
  }

  onAlarm(at: Instant): void {
    const isLate = at > this.#checkAt + CHECK_LATE_MS;
    if (isLate || !this.#isConnected()) this.#blindUntil = at + SILENCE_MS_MAX;
    for (const [controller, seenAt] of this.#seenAt) {
      if (at - seenAt < SILENCE_MS_MAX || at < this.#blindUntil) continue;
      this.#seenAt.delete(controller);
      this.#onLost(controller);
    }
    if (this.#seenAt.size > 0) this.#checkLater(at);
  }

  #checkLater(at: Instant): void {
    this.#checkAt = at + CHECK_MS;
    this.#alarms.set(this.#alarm, this.#checkAt);
  }
}
