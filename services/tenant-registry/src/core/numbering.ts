/**
 * Telephone numbers as people type them, read into E.164, and which of them a call may go to.
 * Owns the order of the checks and the reason of each refusal (DOMAIN 3.1, 3.2). Does not own the
 * numbering plan itself: a NumberBook (libphonenumber in the shell) knows ranges and kinds.
 *
 * N1  Allow-list: only fixed, mobile and 050 numbers pass; a range that nobody knows is refused.
 * N2  Emergency numbers and 184/186 never pass, whatever the book says (DOMAIN 4.5, R8).
 * N3  Reading what was read before gives the same number.
 */
import { type E164, isE164Fault, parseE164 } from "../../../lib/telephony/e164.ts";

/** What a numbering plan knows about a number. */
export interface BookEntry {
  /** E.164 text. */
  readonly number: string;
  /** False when the range is not assigned. */
  readonly valid: boolean;
  readonly range: NumberRange;
}

/** Kinds of ranges, as far as the rules tell them apart. */
export type NumberRange =
  | "fixed"
  | "mobile"
  | "ip-phone"
  | "toll-free"
  | "premium"
  | "shared"
  | "pager"
  | "other";

/** Looks digits up: 0-form or +81 form; null when they cannot be a number at all. */
export type NumberBook = (digits: string) => BookEntry | null;

/** Classes of numbers that a call may be forwarded to (DOMAIN 3.1). */
export type NumberClass = "landline" | "mobile" | "ip-phone";

/** Why a number was refused. */
export type RefusalReason =
  | "not-a-number"
  | "feature-code"
  | "caller-id-prefix"
  | "emergency"
  | "service-number"
  | "carrier-selection"
  | "international"
  | "toll-free"
  | "shared-cost"
  | "premium-rate"
  | "message-dial"
  | "data-or-pager"
  | "fmc"
  | "special-access"
  | "unassigned"
  | "not-ip-phone";

/** A number that may be used, or the reason why not with what to do next. */
export type ReadNumber =
  | { readonly kind: "number"; readonly number: E164; readonly class: NumberClass }
  | { readonly kind: "refused"; readonly reason: RefusalReason; readonly message: string };

/** Telephone numbers are at most this long with all that people put between the digits. */
const TEXT_LENGTH_MAX = 64;

/** Spaces, hyphens in all their Unicode guises, brackets, dots: what people put between digits. */
const SEPARATORS = /[\s\-\u2010-\u2015\u2212\u30fc().]/g;

const ADVICE: Readonly<Record<RefusalReason, string>> = {
  "not-a-number": "is not a telephone number; write it like 03-1234-5678 or +81312345678",
  "feature-code": "holds # or *; feature codes cannot be called, write the full number",
  "caller-id-prefix":
    "starts with 184 or 186; the shown number is always the company's own, leave the prefix out",
  emergency: "is an emergency number; calls to it are never forwarded",
  "service-number":
    "starts with 1: a service number, not a subscriber (an extension is written `extension:`)",
  "carrier-selection": "selects a carrier (00XY, 0091XY); leave the prefix out",
  international: "is outside Japan; international numbers are not open to this company",
  "toll-free": "is toll-free (0120, 0800); write the subscriber's own number",
  "shared-cost": "is a shared-cost number (0570); write the subscriber's own number",
  "premium-rate": "is a premium-rate number (0990); it cannot be called",
  "message-dial": "is a message dial or mass calling number (0170, 0180); it cannot be called",
  "data-or-pager": "is a pager or data number (020); it cannot be called",
  fmc: "is in the 0600 range, which no carrier uses; check the digits",
  "special-access": "is a special access number (091); it cannot be called",
  unassigned: "is in no assigned range; check the digits",
  "not-ip-phone": "is not an 050 number; a company's own numbers are 050 numbers",
};

const refused = (text: string, reason: RefusalReason): ReadNumber => ({
  kind: "refused",
  reason,
  message: `${text.slice(0, TEXT_LENGTH_MAX)} ${ADVICE[reason]}`,
});

/** Prefixes of the 0-form that are refused before the book is asked, most special first. */
const REFUSED_PREFIXES: readonly (readonly [RegExp, RefusalReason])[] = [
  [/^18[46]/, "caller-id-prefix"],
  [/^11[089]$/, "emergency"],
  [/^1/, "service-number"],
  [/^010/, "international"],
  [/^00/, "carrier-selection"],
  [/^091/, "special-access"],
  [/^0600/, "fmc"],
  [/^01[78]0/, "message-dial"],
  [/^0(120|800)/, "toll-free"],
  [/^0570/, "shared-cost"],
  [/^0990/, "premium-rate"],
  [/^020/, "data-or-pager"],
];

/** What each range may be used for: a class, or the reason why not (N1). */
const RANGES: Readonly<Record<NumberRange, { class: NumberClass } | { reason: RefusalReason }>> = {
  fixed: { class: "landline" },
  mobile: { class: "mobile" },
  "ip-phone": { class: "ip-phone" },
  "toll-free": { reason: "toll-free" },
  premium: { reason: "premium-rate" },
  shared: { reason: "shared-cost" },
  pager: { reason: "data-or-pager" },
  other: { reason: "unassigned" },
};

/** The 0-form of `+81...` (people also write +81 (0)90 ...); null for other countries. */
function zeroForm(digits: string): string | null {
  if (!digits.startsWith("+")) return digits;
  if (!digits.startsWith("+81")) return null;
  const rest = digits.slice(3);
  return rest.startsWith("0") ? rest : `0${rest}`;
}

/** Reads a number that a call may be forwarded to (DOMAIN 3.1); `text` is what a person typed. */
export function readOutsideNumber(text: string, book: NumberBook): ReadNumber {
  if (text.length > TEXT_LENGTH_MAX) return refused(text, "not-a-number");
  const plain = text.normalize("NFKC");
  if (/[#*]/.test(plain)) return refused(text, "feature-code");
  const digits = plain.replace(/^tel:/i, "").replace(SEPARATORS, "");
  if (!/^\+?[0-9]{2,20}$/.test(digits)) return refused(text, "not-a-number");
  const national = zeroForm(digits);
  if (national === null) return refused(text, "international");
  const prefix = REFUSED_PREFIXES.find(([pattern]) => pattern.test(national));
  if (prefix !== undefined) return refused(text, prefix[1]);
  if (!national.startsWith("0")) return refused(text, "not-a-number");
  return fromBook(text, book(national));
}

function fromBook(text: string, entry: BookEntry | null): ReadNumber {
  if (entry === null || !entry.valid) return refused(text, "unassigned");
  const number = parseE164(entry.number);
  if (isE164Fault(number)) return refused(text, "not-a-number");
  const use = RANGES[entry.range];
  if ("reason" in use) return refused(text, use.reason);
  return { kind: "number", number, class: use.class };
}

/** Reads a number that a company may own: 050 only, as only those may forward (DOMAIN 3.3). */
export function readOwnNumber(text: string, book: NumberBook): ReadNumber {
  const read = readOutsideNumber(text, book);
  if (read.kind === "refused" || read.class === "ip-phone") return read;
  return refused(text, "not-ip-phone");
}
