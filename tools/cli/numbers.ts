/**
 * Telephone numbers as people type them, and as they are shown. Only the writing is made uniform here;
 * which numbers exist or may be called, the servers judge.
 */
import { isE164Fault, nationalForm, parseE164 } from "../../services/lib/telephony/e164.ts";

/** What people put between digits: spaces, hyphens in all their Unicode guises, brackets, dots. */
const SEPARATORS = /[\s\-\u2010-\u2015\u2212\u30fc().]/g;

/**
 * `０５０-1234-5678`, `05012345678` and `+81 (0)50 1234 5678` as +815012345678. Text of at most 8 digits
 * (an extension) and prefixes that lead abroad or to a carrier (00, 010) stay as they are.
 */
export function readNumber(typed: string): string {
  const text = typed.normalize("NFKC").trim().replace(/^tel:/i, "").replace(SEPARATORS, "");
  if (/^\+810[0-9]+$/.test(text)) return `+81${text.slice(4)}`;
  if (/^0[1-9][0-9]{7,}$/.test(text) && !text.startsWith("010")) return `+81${text.slice(1)}`;
  return text;
}

/** True for what can only be an extension: 2 to 8 digits. */
export const isExtension = (text: string): boolean => /^[0-9]{2,8}$/.test(text);

/** The 0-form of a Japanese number; all else as it is. */
export function shownNumber(number: string): string {
  const e164 = parseE164(number);
  return isE164Fault(e164) ? number : nationalForm(e164);
}
