/**
 * Every answer with which the controller turns a caller away, in one table: SIP status, Q.850 cause, outcome, fault.
 * A new reason is one line here. Q.850 values follow RFC 3398 8.2.6.1 read backwards.
 *
 * F1  A rule names a wish of the called company (admission.ts): nobody is at fault then.
 */
import type { Disposition, Fault } from "../../../lib/telephony/call-detail-record.ts";
import { RETRY_AFTER_S } from "./limits.ts";

/** The wishes of a company by which a caller is turned away, as records and plans name them. */
export type RefusalRule = "deny" | "allow" | "anonymous" | "hours";

/** See the file header. `reason` is the SIP reason phrase. */
export interface Refusal {
  readonly kind: "refusal";
  readonly status: number;
  readonly reason: string;
  readonly q850: number;
  readonly retryAfterS: number;
  readonly disposition: Disposition;
  readonly fault: Fault;
  readonly rule: RefusalRule | null;
}

const refusal = (
  [status, reason]: readonly [number, string],
  q850: number,
  [disposition, fault]: readonly [Disposition, Fault],
  rule: RefusalRule | null = null,
): Refusal => ({
  kind: "refusal",
  status,
  reason,
  q850,
  retryAfterS: status === 503 ? RETRY_AFTER_S : 0,
  disposition,
  fault,
  rule,
});

const wish = (answer: readonly [number, string], q850: number, rule: RefusalRule): Refusal =>
  refusal(answer, q850, ["refused", "none"], rule);

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
/** The caller's number is on the deny list. */
export const DENIED = wish([603, "Decline"], 21, "deny");
/** There is an allow list, and the caller is not known to be on it. */
export const NOT_ALLOWED = wish([603, "Decline"], 21, "allow");
/** The caller withheld its number (RFC 5079). */
export const ANONYMOUS = wish([433, "Anonymity Disallowed"], 21, "anonymous");
/** Closed, and nothing is planned for that time. */
export const OUT_OF_HOURS = wish([480, "Temporarily Unavailable"], 20, "hours");
