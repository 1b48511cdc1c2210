/** Which language people are told things in that exist in two: faults and invoices. */
import { type Command, Option } from "commander";

const LANGUAGES = ["en", "ja", "both"] as const;

/** Choice of `--lang`. */
export type Language = (typeof LANGUAGES)[number];

/** The same words in English and in Japanese. */
export interface Bilingual {
  readonly en: string;
  readonly ja: string;
}

/** Adds `--lang`. */
export const withLanguage = (command: Command): Command =>
  command.addOption(
    new Option("--lang <language>", "language of what is told").choices(LANGUAGES).default("both"),
  );

/** Words in the chosen language; in both, Japanese first. */
export function inLanguage({ en, ja }: Bilingual, language: Language): string {
  if (language === "both") return ja === en ? en : `${ja} ${en}`;
  return language === "ja" ? ja : en;
}
