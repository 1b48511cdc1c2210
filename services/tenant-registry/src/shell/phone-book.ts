/**
 * The numbering plan, from libphonenumber's full metadata (`/max`: only that knows kinds and assigned
 * ranges). What may be called is decided in core/numbering.ts.
 */
import { type NumberType, parsePhoneNumberFromString } from "libphonenumber-js/max";
import type { BookEntry, NumberBook, NumberRange } from "../core/numbering.ts";

const RANGES: Readonly<Record<NonNullable<NumberType>, NumberRange>> = {
  FIXED_LINE: "fixed",
  MOBILE: "mobile",
  VOIP: "ip-phone",
  TOLL_FREE: "toll-free",
  PREMIUM_RATE: "premium",
  SHARED_COST: "shared",
  UAN: "shared",
  PAGER: "pager",
  FIXED_LINE_OR_MOBILE: "fixed-or-mobile",
  PERSONAL_NUMBER: "other",
  VOICEMAIL: "other",
};

const countryOf = (code: string | undefined): BookEntry["country"] =>
  code === undefined ? "none" : code === "JP" ? "japan" : "abroad";

/** Looks a number up as dialled in Japan. */
export const japaneseNumbers: NumberBook = (digits) => {
  const found = parsePhoneNumberFromString(digits, "JP");
  if (found === undefined || found.ext !== undefined) return null;
  const type = found.getType();
  return {
    number: found.number,
    valid: found.isValid(),
    country: countryOf(found.country),
    range: type === undefined ? "other" : RANGES[type],
  };
};
