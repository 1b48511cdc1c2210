/**
 * Lists that all routes of a company carry alike, kept in memory once: with ten thousand numbers, each of
 * as many remembered routes would hold a list of them all.
 *
 * S1  Routes of one company that carry the same numbers of the company hold one list of them.
 */
import type { E164 } from "../telephony/e164.ts";
import type { CompanyId } from "../telephony/ids.ts";
import type { RouteSnapshot } from "../telephony/route-snapshot.ts";

/** Companies whose list is known; the one that was put in first goes first, and is then shared anew. */
const COMPANIES_MAX = 10_000;

const isSame = (one: ReadonlySet<E164>, other: ReadonlySet<E164>): boolean =>
  one.size === other.size && [...other].every((number) => one.has(number));

/** Gives each route the list of an earlier one of the same company, when it is the same. */
export function shareLists(): (snapshot: RouteSnapshot) => RouteSnapshot {
  const lists = new Map<CompanyId, ReadonlySet<E164>>();
  return (snapshot) => {
    const { companyId, companyNumbers } = snapshot;
    // A route of an extension carries none.
    if (companyNumbers.size === 0) return snapshot;
    const known = lists.get(companyId);
    if (known !== undefined && isSame(known, companyNumbers)) {
      return { ...snapshot, companyNumbers: known };
    }
    lists.set(companyId, companyNumbers);
    const oldest = lists.keys().next();
    if (lists.size > COMPANIES_MAX && !oldest.done) lists.delete(oldest.value);
    return snapshot;
  };
}
