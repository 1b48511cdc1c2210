/**
 * Telephone numbers as people type them, read into E.164, and which of them a call may go to.
 * Owns the order of the checks and the reason of each refusal (DOMAIN 3.1, 3.2). Does not own the
 * numbering plan itself: a NumberBook (libphonenumber in the shell) knows ranges and kinds.
 *
 * N1  Allow-list: in Japan only fixed, mobile and 050 numbers pass, abroad only a country's subscribers;
 *     a range that nobody knows is refused. Whether a company may call abroad is in its contract.
 * N2  Emergency numbers and 184/186 never pass, whatever the book says (DOMAIN 4.5, R8).
 * N3  Reading what was read before gives the same number.
 */
import type { DestinationClass } from "../../../lib/telephony/destination-class.ts";
import { type E164, isE164Fault, parseE164 } from "../../../lib/telephony/e164.ts";
import type { FaultText } from "./fault-text.ts";
import { type RefusalReason, refusalText } from "./number-faults.ts";

/** What a numbering plan knows about a number. */
export interface BookEntry {
  /** E.164 text. */
  readonly number: string;
  /** False when the range is not assigned. */
  readonly valid: boolean;
  /** `none`: satellite and worldwide services. */
  readonly country: "japan" | "abroad" | "none";
  readonly range: NumberRange;
}

/** Kinds of ranges, as far as the rules tell them apart. */
export type NumberRange =
  | "fixed"
  | "mobile"
  /** One range for both, as in North America. */
  | "fixed-or-mobile"
  | "ip-phone"
  | "toll-free"
  | "premium"
  | "shared"
  | "pager"
  | "other";

/** Looks digits up: 0-form or + and country code; null when they cannot be a number at all. */
export type NumberBook = (digits: string) => BookEntry | null;

/** Why a number was refused, with what to do next. */
export interface Refusal {
  readonly kind: "refused";
  readonly reason: RefusalReason;
  readonly text: FaultText;
}

/** A number that may be used, or a refusal. */
export type ReadNumber = { readonly kind: "number"; readonly number: E164 } | Refusal;

/** A number that a call may go to, with its class, or a refusal. */
export type OutsideNumber =
  | { readonly kind: "number"; readonly number: E164; readonly class: DestinationClass }
  | Refusal;

/** Telephone numbers are at most this long with all that people put between the digits. */
const TEXT_LENGTH_MAX = 64;

/**
 * What people put between digits, after NFKC: spaces, dashes and what looks like one (long vowel mark,
 * minus, bullet, box lines), dots, brackets, and the invisible marks that address books add.
 */
const SEPARATORS = /[\s\p{Pd}\p{Cf}\u2212\u30fc\u2043\u02d7\u2500\u2501.\u00b7\u30fb[\]]/gu;

/** `+81 (0)90`: the zero is written for callers at home, and told apart from a digit by its brackets. */
const BRACKETED_ZERO = /^\(?(?:\+|00|010)81\)?\(0\)/;

const refused = (text: string, reason: RefusalReason): Refusal => ({
  kind: "refused",
  reason,
  text: refusalText(text, reason),
});

/** Prefixes of the 0-form that are refused before the book is asked, most special first. */
const REFUSED_PREFIXES: readonly (readonly [RegExp, RefusalReason])[] = [
  [/^18[46]/, "caller-id-prefix"],
  [/^0?11[089]$/, "emergency"],
  [/^1/, "service-number"],
  [/^00/, "carrier-selection"],
  [/^091/, "special-access"],
  [/^0600/, "fmc"],
  [/^01[78]0/, "message-dial"],
  [/^0(120|800)/, "toll-free"],
  [/^0570/, "shared-cost"],
  [/^0990/, "premium-rate"],
  [/^020/, "data-or-pager"],
];

/** What is wrong with a number whatever it is used for: it names no subscriber. */
const NO_SUBSCRIBER: readonly RefusalReason[] = [
  "caller-id-prefix",
  "emergency",
  "service-number",
  "carrier-selection",
];

/** What each range may be used for in Japan: a class, or the reason why not (N1). */
const RANGES: Readonly<
  Record<NumberRange, { class: DestinationClass } | { reason: RefusalReason }>
> = {
  fixed: { class: "landline" },
  mobile: { class: "mobile" },
  "fixed-or-mobile": { reason: "unassigned" },
  "ip-phone": { class: "ip-phone" },
  "toll-free": { reason: "toll-free" },
  premium: { reason: "premium-rate" },
  shared: { reason: "shared-cost" },
  pager: { reason: "data-or-pager" },
  other: { reason: "unassigned" },
};

/** Digits as they would be dialled: at home in 0-form, abroad with + and country code. */
type Spelled =
  | { readonly kind: "home"; readonly digits: string }
  | { readonly kind: "abroad"; readonly digits: string }
  | { readonly kind: "unreadable"; readonly reason: RefusalReason };

const zeroForm = (rest: string): string => (rest.startsWith("0") ? rest : `0${rest}`);

/**
 * +81, 010 81 and 0081 lead to Japan. 0081 could select a carrier too, so it is taken for the country
 * only where a number of 9 or 10 digits without its zero follows: no carrier's prefix is used like that.
 */
function spelled(text: string): Spelled {
  if (text.length > TEXT_LENGTH_MAX) return { kind: "unreadable", reason: "not-a-number" };
  const plain = text.normalize("NFKC");
  if (/[#*]/.test(plain)) return { kind: "unreadable", reason: "feature-code" };
  const digits = plain
    .trim()
    .replace(/^tel:/i, "")
    .replace(/;phone-context=\+81$/i, "")
    .replace(SEPARATORS, "")
    .replace(BRACKETED_ZERO, "+81")
    .replace(/[()]/g, "");
  if (!/^\+?[0-9]{2,20}$/.test(digits)) return { kind: "unreadable", reason: "not-a-number" };
  const home =
    /^(?:\+|010)81(.*)$/.exec(digits)?.[1] ?? /^0081([1-9][0-9]{8,9})$/.exec(digits)?.[1];
  if (home !== undefined) return { kind: "home", digits: zeroForm(home) };
  if (digits.startsWith("+")) return { kind: "abroad", digits };
  if (digits.startsWith("010")) return { kind: "abroad", digits: `+${digits.slice(3)}` };
  return { kind: "home", digits };
}

const prefixRefusal = (digits: string): RefusalReason | undefined =>
  REFUSED_PREFIXES.find(([pattern]) => pattern.test(digits))?.[1];

/** Reads a number that a call may be forwarded to (DOMAIN 3.1); `text` is what a person typed. */
export function readOutsideNumber(text: string, book: NumberBook): OutsideNumber {
  const { kind, ...found } = spelled(text);
  if ("reason" in found) return refused(text, found.reason);
  if (kind === "home") {
    const reason = prefixRefusal(found.digits);
    if (reason !== undefined) return refused(text, reason);
    if (!found.digits.startsWith("0")) return refused(text, "not-a-number");
  }
  return fromBook(text, book(found.digits));
}

function fromBook(text: string, entry: BookEntry | null): OutsideNumber {
  if (entry === null || !entry.valid) return refused(text, "unassigned");
  const number = parseE164(entry.number);
  if (isE164Fault(number)) return refused(text, "not-a-number");
  if (entry.country === "none") return refused(text, "no-country");
  const abroad = entry.country === "abroad";
  const use = abroad && entry.range === "fixed-or-mobile" ? RANGES.fixed : RANGES[entry.range];
  if ("reason" in use) return refused(text, use.reason);
  return { kind: "number", number, class: abroad ? "international" : use.class };
}

/** The class of a number that was read before; null when the plan does not know it any more. */
export function classOf(number: E164, book: NumberBook): DestinationClass | null {
  const read = readOutsideNumber(number, book);
  return read.kind === "number" ? read.class : null;
}

/** True for a number outside Japan. */
export const isAbroad = (number: E164): boolean => !number.startsWith("+81");

/** What is wrong with the writing of a number, whatever it would be used for. */
const MISWRITTEN: readonly RefusalReason[] = [
  "not-a-number",
  "feature-code",
  "caller-id-prefix",
  "carrier-selection",
  "unassigned",
];

/** Reads a number that a company may own: 050 only, as only those may forward (DOMAIN 3.3). */
export function readOwnNumber(text: string, book: NumberBook): ReadNumber {
  const read = readOutsideNumber(text, book);
  if (read.kind === "number" && read.class === "ip-phone") return read;
  if (read.kind === "refused" && MISWRITTEN.includes(read.reason)) return read;
  return refused(text, "not-ip-phone");
}

/**
 * Reads a number that may call us, for a list of callers: any subscriber, assigned or not, as a caller's
 * number may be anything that is no service or emergency number.
 */
export function readCallerNumber(text: string): ReadNumber {
  const { kind, ...found } = spelled(text);
  if ("reason" in found) return refused(text, found.reason);
  const { digits } = found;
  const reason = kind === "home" ? prefixRefusal(digits) : undefined;
  if (reason !== undefined && NO_SUBSCRIBER.includes(reason)) return refused(text, reason);
  if (kind === "home" && !/^0[0-9]{9,13}$/.test(digits)) return refused(text, "not-a-number");
  const number = parseE164(kind === "home" ? `+81${digits.slice(1)}` : digits);
  return isE164Fault(number) ? refused(text, "not-a-number") : { kind: "number", number };
}
