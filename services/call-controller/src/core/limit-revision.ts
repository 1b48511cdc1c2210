/**
 * Which of two limits of a contract is the newer one, for the allocator, which keeps the limit of the
 * highest revision that it has seen. A term that begins at midnight changes limits without a change in
 * the registry, so the term's first day counts behind the registry's revision.
 */
import type { ContractTerm } from "../../../lib/telephony/contract.ts";
import { startOfDate } from "../../../lib/telephony/tokyo-time.ts";

const DAY_MS = 86_400_000;
/** More than the days since 1970 of any date that a contract may have (tokyo-time.ts: before 2200). */
const DAYS_MAX = 100_000;

/** See the file header; a whole number far below 2^53 for every revision that a registry comes to. */
export const limitRevision = (revision: number, { from }: Pick<ContractTerm, "from">): number =>
  revision * DAYS_MAX + Math.ceil(startOfDate(from) / DAY_MS);
