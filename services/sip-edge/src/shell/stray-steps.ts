/**
 * Answers to steps of calls that this edge does not know. Owns: how often one call is answered. Does
 * not own: what its actor is told (core/stray-step.ts).
 *
 * SS1  A step with orders is always answered: each order is given a bounded number of times.
 * SS2  A step without orders is answered once in QUIET_MS: the answer brings about a step again, and
 *      while the record cannot be written that one has no orders either. Without this the two would
 *      talk as fast as they can.
 * SS3  The calls answered last are remembered, ANSWERED_MAX of them; beyond it the oldest is forgotten
 *      and may be answered once more.
 */
import type { CallId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { EdgeInput } from "../../../lib/telephony/leg.ts";
import type { CallStep } from "../../../lib/wire/call-codec.ts";
import { answerStrayStep } from "../core/stray-step.ts";

/** A controller says its last step again once a minute (call-controller): each of those is heard. */
export const QUIET_MS = 10_000;
const ANSWERED_MAX = 50_000;

/** See the file header. */
export class StraySteps {
  readonly #answeredAt = new Map<CallId, Instant>();

  /** What the sender must hear; nothing when it needs nothing more. */
  answer(step: CallStep, at: Instant): readonly EdgeInput[] {
    const { callId, orders } = step;
    const last = this.#answeredAt.get(callId);
    if (orders.length === 0 && last !== undefined && at - last < QUIET_MS) return [];
    const inputs = answerStrayStep(step, at);
    if (inputs.length > 0) this.#remember(callId, at);
    return inputs;
  }

  #remember(callId: CallId, at: Instant): void {
    this.#answeredAt.delete(callId);
    this.#answeredAt.set(callId, at);
    if (this.#answeredAt.size <= ANSWERED_MAX) return;
    const [oldest] = this.#answeredAt.keys();
    if (oldest !== undefined) this.#answeredAt.delete(oldest);
  }
}
