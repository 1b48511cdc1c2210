/**
 * What an edge must know before it can judge its first request: who is registered, which addresses are
 * carriers'. Owns: waiting for it at the start. Does not own: how it comes to be known (bindings.ts,
 * lib/registry-client), what is answered meanwhile (calls.ts CA3).
 *
 * KN1  The wait is bounded: an edge whose registry is away still serves the calls that it has.
 */
import { setTimeout as delay } from "node:timers/promises";

const CHECK_MS = 20;

/** Names what is missing; null when nothing is. Once it said null it always does. */
export type Missing = () => string | null;

/** Waits until nothing is missing, at most `patienceMs`; what is missing then, or null. */
export async function untilKnown(missing: Missing, patienceMs: number): Promise<string | null> {
  for (let waitedMs = 0; waitedMs < patienceMs && missing() !== null; waitedMs += CHECK_MS) {
    await delay(CHECK_MS);
  }
  return missing();
}
