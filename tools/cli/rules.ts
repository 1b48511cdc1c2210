/** Codes of rules and reasons as people read them: in words, and as a legend below a table. */
import { facts, indent } from "./columns.ts";
import { type Bilingual, inLanguage, type Language } from "./language.ts";
import { RULE_WORDS } from "./rule-words.ts";

const WORDS: ReadonlyMap<string, Bilingual> = new Map(Object.entries(RULE_WORDS));

/** A rule's or reason's code in words; null for a code that this program does not know. */
export function ruleWords(code: string, language: Language = "en"): string | null {
  const [reason, scope] = code.split(" ");
  if (reason === "no-channel" && scope?.includes(":") === true) {
    const en = `all channels of ${scope} are taken`;
    return inLanguage({ en, ja: `${scope} のチャネルはすべて使用中です` }, language);
  }
  const words = WORDS.get(code);
  return words === undefined ? null : inLanguage(words, language);
}

/** A code with its words behind it: `hours (it is out of business hours ...)`. */
export function ruleText(code: string): string {
  const words = ruleWords(code);
  return words === null ? code : `${code} (${words})`;
}

/** A title and each code once with its words, to stand below a table; nothing when no code is known. */
export function legend(
  title: string,
  codes: readonly string[],
  language: Language = "en",
): readonly string[] {
  const known = [...new Set(codes)].sort().flatMap((code) => {
    const words = ruleWords(code, language);
    return words === null ? [] : [[code, words] as const];
  });
  return known.length === 0 ? [] : ["", title, ...indent(facts(known))];
}
