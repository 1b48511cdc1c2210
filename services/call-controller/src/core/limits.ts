/**
 * Every bound of a call, with its reason. Milliseconds unless the name says otherwise.
 */

/** A plan tries at most this many targets; bounds state, record and the time of a call (ARCHITECTURE, numbers). */
export const TARGETS_MAX = 20;
/** From this many diversions on no outside target is dialled (DOMAIN 4.5). */
export const DIVERSIONS_MAX = 5;
/** Highest counter of a diversion that we tell (Diversion and History-Info have two digits at most). */
export const DIVERSION_COUNTER_MAX = 99;
/** Window in which calls of one caller to one number under one source are counted (DOMAIN 4.5 d). */
export const LOOP_WINDOW_MS = 10_000;
/** Rates one request to the allocator may name: each target of a plan may have a source of its own. */
export const RATES_MAX = TARGETS_MAX;
/** From the offer to the answer; under Timer C of the proxies before us (RFC 3261 16.6, 3 min). */
export const ANSWER_WITHIN_MS = 170_000;
/** A target without a 18x for so long is passed over (DOMAIN 4.4); ring time counts from the 18x. */
export const RINGING_WITHIN_MS = 10_000;
/** Wait for the final response of a cancelled relay target before the next one is tried anyway. */
export const FINAL_WITHIN_MS = 5_000;
/** A call is hung up after so long: no human talks for 12 h, a lost BYE does. */
export const TALK_MAX_MS = 12 * 3_600_000;
/** First wait for the registry's or allocator's answer; the question is then asked once more. */
export const REPLY_WITHIN_MS = 1_000;
/** Questions asked before the other side counts as unreachable: together < 2 s (ARCHITECTURE, when something dies). */
export const ASKS_MAX = 2;
/** First wait for an acknowledgement while settling; doubles with each repetition ... */
export const SETTLE_RETRY_MS = 1_000;
/** ... up to this. */
export const SETTLE_RETRY_MAX_MS = 15_000;
/**
 * An unconfirmed end of a leg or release of a channel counts as done after so long: every INVITE or
 * BYE transaction is over after 64 * T1 = 32 s, every lease that nobody renews after 60 s.
 */
export const SETTLE_GIVE_UP_MS = 65_000;
/** Time that an INVITE's Expires leaves beyond our own timers, so that ours act first. */
export const EXPIRES_MARGIN_MS = 5_000;
/** Upper bound of Max-Forwards on our INVITEs (RFC 3261 8.1.1.6). */
export const MAX_FORWARDS = 70;
/** Retry-After of a 503 of ours, seconds. */
export const RETRY_AFTER_S = 5;
