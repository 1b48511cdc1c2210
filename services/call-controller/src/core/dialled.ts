/**
 * What the caller dialled, as the registry is asked for it: extensions dial extensions first, longer
 * digits are a number of the company.
 */
import { e164FromTrunk, isE164Fault } from "../../../lib/telephony/e164.ts";
import { isIdFault, parseExtension } from "../../../lib/telephony/ids.ts";
import type { Offer } from "../../../lib/telephony/leg.ts";
import type { RouteKey } from "../../../lib/telephony/route-snapshot.ts";

/** The query for the offer's called number; null when it is neither number nor extension. */
export function queryOf({ origin, called }: Offer): RouteKey | null {
  if (origin.kind === "extension") {
    const extension = parseExtension(called);
    const { companyId } = origin;
    if (!isIdFault(extension)) return { kind: "extension", companyId, extension };
  }
  const number = e164FromTrunk(called);
  return isE164Fault(number) ? null : { kind: "number", number };
}

/** What was dialled in its one form: E.164, an extension, or as it came when it is neither. */
export function calledText(offer: Offer): string {
  const query = queryOf(offer);
  if (query === null) return offer.called;
  return query.kind === "number" ? query.number : query.extension;
}
