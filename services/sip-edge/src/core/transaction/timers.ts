/**
 * The timers of RFC 3261 Table 4 as data. Owns: their values and how each follows from T1, T2 and
 * T4. Does not own: a clock; a machine turns a value into a deadline by adding it to `at`.
 *
 * T-1  Every wait of a transaction is one of the functions below, so that none has two values.
 * T-2  Over a reliable transport nothing is repeated and nothing lingers (A, E, G off; D, I, J, K 0).
 */

/** The base values, in milliseconds. Tests keep them: time is an input, so waiting costs nothing. */
export interface TimerValues {
  /** Round-trip estimate, RFC 3261 17.1.1.1. */
  readonly t1Ms: number;
  /** Longest pause between repetitions of a non-INVITE request or an INVITE response, 17.1.2.2. */
  readonly t2Ms: number;
  /** How long a message can stay in the network, 17.1.2.2. */
  readonly t4Ms: number;
  /** Timer C: patience after a provisional response to INVITE; more than 3 minutes, 16.6 item 11. */
  readonly ringingMs: number;
  /** How long the layer above may take to answer an INVITE; ours, above every ring limit. */
  readonly answerMs: number;
  /** How soon an INVITE without a response gets 100 Trying, 17.2.1. */
  readonly tryingMs: number;
}

/** The values of RFC 3261; `answerMs` is our own bound, so that a lost call frees its transaction. */
export const RFC_TIMERS: TimerValues = Object.freeze({
  t1Ms: 500,
  t2Ms: 4000,
  t4Ms: 5000,
  ringingMs: 181_000,
  answerMs: 300_000,
  tryingMs: 200,
});

/** Timer values of one transaction and whether its transport is reliable (TCP, TLS). */
export interface Timing extends TimerValues {
  readonly isReliable: boolean;
}

/** The pause after the next repetition: doubled, but never above T2 (timers E and G). */
export const doubledToT2 = (intervalMs: number, t: Timing): number =>
  Math.min(intervalMs * 2, t.t2Ms);

/** Timers B, F, H, L, M and the wait after CANCEL: 64*T1 (17.1.1.2, 17.1.2.2, 17.2.1, 9.1). */
export const patienceMs = (t: Timing): number => 64 * t.t1Ms;

/** Timer D: how long a refused INVITE answers repetitions of its refusal, 17.1.1.2. */
export const timerDMs = (t: Timing): number => (t.isReliable ? 0 : Math.max(64 * t.t1Ms, 32_000));

/** Timer I: how long repeated ACKs are absorbed, 17.2.1. */
export const timerIMs = (t: Timing): number => (t.isReliable ? 0 : t.t4Ms);

/** Timer J: how long repeated non-INVITE requests are absorbed, 17.2.2. */
export const timerJMs = (t: Timing): number => (t.isReliable ? 0 : 64 * t.t1Ms);

/** Timer K: how long repeated responses are absorbed, 17.1.2.2. */
export const timerKMs = (t: Timing): number => (t.isReliable ? 0 : t.t4Ms);
