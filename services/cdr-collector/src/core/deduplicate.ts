/**
 * At-least-once delivery made once: which records of a batch are written, given what is stored.
 *
 * D1  One record a call. A record of a higher epoch replaces one of a lower: the controller that wrote
 *     the lower one had lost the call.
 * D2  The result is the same however a batch is cut, and for every order of records of different epochs.
 */
import type { CallId } from "../../../lib/telephony/ids.ts";

/** What identifies a record. */
export interface Versioned {
  readonly callId: CallId;
  readonly epoch: number;
}

/** What to do with a batch. */
export interface WritePlan<T extends Versioned> {
  /** At most one a call, in the order of their arrival. */
  readonly write: readonly T[];
  /** Calls among them whose stored record goes first. */
  readonly replace: readonly CallId[];
  /** Counts over the batch as if its records had come one by one. */
  readonly counts: {
    readonly stored: number;
    readonly replaced: number;
    readonly duplicate: number;
  };
}

/** Plans a batch; `stored` has the epochs of the calls that are stored already. */
export function planWrites<T extends Versioned>(
  batch: readonly T[],
  stored: ReadonlyMap<CallId, number>,
): WritePlan<T> {
  const winners = new Map<CallId, T>();
  const counts = { stored: 0, replaced: 0, duplicate: 0 };
  for (const record of batch) {
    const epoch = winners.get(record.callId)?.epoch ?? stored.get(record.callId);
    if (epoch !== undefined && epoch >= record.epoch) {
      counts.duplicate += 1;
      continue;
    }
    if (epoch === undefined) counts.stored += 1;
    else counts.replaced += 1;
    winners.set(record.callId, record);
  }
  const write = [...winners.values()];
  const replace = write.map(({ callId }) => callId).filter((callId) => stored.has(callId));
  return { write, replace, counts };
}
