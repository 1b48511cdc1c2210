/** Which generated companies the registry's checks accept, without a registry. */
import type { Extension, TrunkId } from "../../services/lib/telephony/ids.ts";
import type { CivilDate } from "../../services/lib/telephony/tokyo-time.ts";
import type { Company } from "../../services/tenant-registry/src/core/company.ts";
import { checkDocument, readDocument } from "../../services/tenant-registry/src/core/document.ts";
import type { BookEntry, NumberBook } from "../../services/tenant-registry/src/core/numbering.ts";
import { japaneseNumbers } from "../../services/tenant-registry/src/shell/phone-book.ts";
import { generateCompany } from "./generate.ts";

/** The trunk that generated companies name. */
export const TRUNK = "carrier" as TrunkId;

function remembering(book: NumberBook): NumberBook {
  const known = new Map<string, BookEntry | null>();
  return (digits) => {
    const before = known.get(digits);
    if (before !== undefined) return before;
    const entry = book(digits);
    known.set(digits, entry);
    return entry;
  };
}

/** The real numbering plan, asked once a number. */
export const BOOK = remembering(japaneseNumbers);

/** The company of a seed as it would be stored, or null when the checks refuse it. */
export function acceptedCompany(seed: number, today: CivilDate): Company | null {
  const result = checkDocument(readDocument(generateCompany(seed, today), BOOK), {
    today,
    contracts: [],
    trunks: new Set([TRUNK]),
    withPassword: new Set<Extension>(),
  });
  return result.kind === "accepted" ? result.document.company : null;
}
