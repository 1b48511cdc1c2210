/**
 * Whether the called number takes this caller at this moment, and what rings instead of its usual list
 * while it is closed (DOMAIN 2.3). Owns the order: deny list, anonymous and allow list, business hours;
 * all before any group. Does not own: who then rings (target-list.ts).
 *
 * M1  Lists judge outside callers only; hours judge every call to the number. Who dials an extension or
 *     a group's extension called no number: nothing here concerns that call.
 * M2  A withheld number is still known: it is denied like any other, and never allowed.
 * M3  Emergency services that call back (RFC 7090) are admitted before all of this (4.5).
 */
import { isOpen } from "../../../lib/telephony/business-hours.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Offer } from "../../../lib/telephony/leg.ts";
import type { Callers, OutOfHours, RouteSnapshot } from "../../../lib/telephony/route-snapshot.ts";
import type { Refusal } from "./refusal.ts";
import { ANONYMOUS, DENIED, NOT_ALLOWED, OUT_OF_HOURS } from "./refusal.ts";

/** Business hours of the called number at the moment of the call. */
export type Hours = "open" | "closed";

/** See the file header. `hours` is null for a number without a schedule, and for extensions. */
export type Admission =
  | {
      readonly kind: "admitted";
      readonly hours: Hours | null;
      /** What rings in place of the usual list. */
      readonly outOfHours: OutOfHours | null;
    }
  | { readonly kind: "turned-away"; readonly hours: Hours | null; readonly refusal: Refusal };

/** Judges a call at the moment `at`. */
export function admit(snapshot: RouteSnapshot, offer: Offer, at: Instant): Admission {
  const { entry } = snapshot;
  if (entry === null) return { kind: "admitted", hours: null, outOfHours: null };
  const hours = hoursAt(snapshot, at);
  if (offer.priority === "psap-callback") return { kind: "admitted", hours, outOfHours: null };
  const refusal = offer.origin.kind === "trunk" ? refusalOf(entry.callers, offer) : null;
  if (refusal !== null) return { kind: "turned-away", hours, refusal };
  if (hours !== "closed") return { kind: "admitted", hours, outOfHours: null };
  const { outOfHours } = entry;
  if (outOfHours === null) return { kind: "turned-away", hours, refusal: OUT_OF_HOURS };
  return { kind: "admitted", hours, outOfHours };
}

function hoursAt({ schedule, holidays }: RouteSnapshot, at: Instant): Hours | null {
  if (schedule === null) return null;
  return isOpen(schedule, holidays, at) ? "open" : "closed";
}

/** A number that is merely unknown is not anonymous: its owner withheld nothing (RFC 5079). */
function refusalOf({ deny, allow, refuseAnonymous }: Callers, { caller }: Offer): Refusal | null {
  const isCaller = (number: string): boolean => number === caller.number;
  if (deny.some(isCaller)) return DENIED;
  if (caller.withheld && refuseAnonymous) return ANONYMOUS;
  const isAllowed = allow.length === 0 || (!caller.withheld && allow.some(isCaller));
  return isAllowed ? null : NOT_ALLOWED;
}
