/**
 * The domain's rules and reasons in words: why a target is skipped, which number an outside leg shows.
 * Owns the wording for people; the rules themselves live in the services.
 */
import { facts, indent } from "./columns.ts";

const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "2.3": "ring times have limits: 5 to 120 s a target, at most 170 s in all",
    "3.1": "only landline, mobile and 050 numbers can be forwarded to",
    "3.3": "a company's own numbers are 050 numbers",
    "4.5": "a call is passed on a bounded number of times",
    R2: "forwarding to outside numbers is not in the company's contract",
    R10: "a group forwards under its representative number",
    R12: "a terminal with a number of its own forwards under it",
    R23: "the contract has forwarding for representative numbers only; this is a terminal's relay",
    A3: "a terminal without a number of its own names one representative number as its home",
    A10: "the contract has forwarding for terminals only; this is a group's list",
    A15: "every outside leg takes one of the company's extra channels",
    A19: "a number of the own company is not an outside target: use the extension",
    D1: "the representative number that was called",
    D2: "the IVR number that was called",
    D3: "the called terminal's own number",
    D4: "the member's own number",
    D5: "the representative number that was called; the member has no number of its own",
    D6: "the called terminal's own number, inside call",
    D7: "the home representative number; the called terminal has no number of its own",
    D8: "no source number: the terminal has neither a number nor a home representative number",
    D9: "the group's representative number, inside call",
    "own-extension": "it is the caller's own telephone",
    duplicate: "it rings already in the same list",
    "diversion-limit": "the call was diverted too often before it came here",
    "prohibited-number": "emergency and service numbers are never called",
    "relay-only": "its telephone stays silent, only its relay rings",
    "unknown-trunk": "the trunk of its source number is not known",
    "allocator-unreachable": "no trunk-allocator answered, so no channel could be had",
  }),
);

/** A rule's or reason's code in words; null for a code that this program does not know. */
export function ruleWords(code: string): string | null {
  const [reason, scope] = code.split(" ");
  if (reason === "no-channel" && scope?.includes(":") === true) {
    return `all channels of ${scope} are taken`;
  }
  return WORDS.get(code) ?? null;
}

/** A title and each code once with its words, to stand below a table; nothing when no code is known. */
export function legend(title: string, codes: readonly string[]): readonly string[] {
  const known = [...new Set(codes)].sort().flatMap((code) => {
    const words = ruleWords(code);
    return words === null ? [] : [[code, words] as const];
  });
  return known.length === 0 ? [] : ["", title, ...indent(facts(known))];
}
