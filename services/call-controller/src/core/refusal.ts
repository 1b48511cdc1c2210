/**
 * Every answer with which the controller turns a caller away, in one table: SIP status, Q.850 cause, outcome, fault.
 * A new reason is one line here. Q.850 values follow RFC 3398 8.2.6.1 read backwards.
 */
import type { Disposition, Fault } from "../../../lib/telephony/call-detail-record.ts";
import { RETRY_AFTER_S } from "./limits.ts";

/** See the file header. `reason` is the SIP reason phrase. */
export interface Refusal {
  readonly kind: "refusal";
  readonly status: number;
  readonly reason: string;
  readonly q850: number;
  readonly retryAfterS: number;
  readonly disposition: Disposition;
  readonly fault: Fault;
}

const refusal = (
  [status, reason]: readonly [number, string],
  q850: number,
  [disposition, fault]: readonly [Disposition, Fault],
): Refusal => ({
  kind: "refusal",
  status,
  reason,
  q850,
  retryAfterS: status === 503 ? RETRY_AFTER_S : 0,
  disposition,
  fault,
});

/** Nothing has the called number or extension. */
export const UNKNOWN_NUMBER = refusal([404, "Not Found"], 1, ["refused", "caller"]);
/** What was dialled is not a number. */
export const NOT_A_NUMBER = refusal([484, "Address Incomplete"], 28, ["refused", "caller"]);
/** An extension dialled a number that is not its company's. */
export const OUTSIDE_CALL = refusal([403, "Forbidden"], 21, ["refused", "caller"]);
/** Max-Forwards leaves no hop for our INVITE. */
export const TOO_MANY_HOPS = refusal([483, "Too Many Hops"], 25, ["refused", "upstream"]);
/** The registry cannot be asked and the number is not cached (ARCHITECTURE, when something dies). */
export const REGISTRY_AWAY = refusal([503, "Service Unavailable"], 41, ["failed", "internal"]);
/** The snapshot lacks the group or terminal that it names. */
export const BROKEN_ROUTE = refusal([500, "Server Internal Error"], 41, ["failed", "internal"]);
/** The call's own machine broke. */
export const CRASHED = refusal([500, "Server Internal Error"], 41, ["failed", "internal"]);
/** All that was tried was busy or had no channel (DOMAIN 2.3, A15). */
export const ALL_BUSY = refusal([486, "Busy Here"], 17, ["busy", "callee"]);
/** At least one target rang or was given time to. */
export const NOBODY_ANSWERED = refusal([480, "Temporarily Unavailable"], 19, [
  "no-answer",
  "callee",
]);
/** No target could be rung at all. */
export const NOBODY_THERE = refusal([480, "Temporarily Unavailable"], 20, ["failed", "callee"]);
