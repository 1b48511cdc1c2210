/** Texts of the faults of single fields and of the document's syntax. Owns the wording. */
import { type FaultText, say, type Words } from "./fault-text.ts";

/** Texts of text that is no YAML document. */
export const SYNTAX = {
  tooLong: (max: number) =>
    say(
      `is longer than ${max} characters; give each company its own file`,
      `ファイルが ${max} 文字を超えています。カンパニーごとにファイルを分けてください。`,
    ),
  secondDocument: () =>
    say(
      "starts a second document; give each its own file",
      "2 つ目の文書が始まっています。1 つのファイルには 1 つの文書だけを書いてください。",
    ),
  doubleKey: (key: string) =>
    say(
      `"${key}" stands twice in one map; keep one`,
      `項目「${key}」が重複しています。1 つだけ残してください。`,
    ),
  broken: (words: string) =>
    say(
      `is not YAML here: ${words}`,
      `YAML として読めません。字下げと記号を確認してください（${words}）。`,
    ),
  moreFaults: (told: number) =>
    say(
      `there are more than ${told} faults; correct these first`,
      `誤りが ${told} 件を超えています。まず表示された箇所を修正してください。`,
    ),
  empty: () =>
    say(
      "the document is empty; write company: or trunks:",
      "文書が空です。company: または trunks: を書いてください。",
    ),
} as const;

/** A range of whole numbers; `unit` is what is counted. */
export interface WholeRange {
  readonly min: number;
  readonly max: number;
  readonly unit: Words;
  readonly rule?: string;
}

const or = (words: readonly string[]): string => words.join(", ");
const ja = (words: readonly string[]): string => words.join("、");

/** Texts of values that do not have the form of their field. */
export const FORM = {
  missing: () => say("is missing", "必須項目です。値を書いてください。"),
  notMap: (known: readonly string[]) =>
    say(`must be a map with ${or(known)}`, `項目（${ja(known)}）の組を書いてください。`),
  unknownField: (known: readonly string[]) =>
    say(
      `is not known here; take it out, or use one of ${or(known)}`,
      `ここでは使えない項目です。削除するか、${ja(known)} のいずれかを使ってください。`,
    ),
  notList: () => say("must be a list", "リスト（先頭に - を付けた行の並び）で書いてください。"),
  tooMany: (count: number, max: number) =>
    say(
      `has ${count} items; at most ${max} are allowed`,
      `${count} 件あります。${max} 件以内にしてください。`,
    ),
  noEntry: () => say("must have at least one entry", "1 件以上書いてください。"),
  notText: () => say("must be text", "文字列で書いてください。"),
  textLength: (max: number) =>
    say(
      `must be 1 to ${max} characters without control characters`,
      `1～${max} 文字で書いてください。制御文字は使えません。`,
    ),
  notWhole: ({ min, max, unit, rule }: WholeRange, absent: boolean) =>
    say(
      `${absent ? "is missing; it " : ""}must be a whole number of ${unit.en} from ${min} to ${max}`,
      `${absent ? "必須項目です。" : ""}${unit.ja}を ${min}～${max} の整数で書いてください。`,
      rule,
    ),
  notFlag: () => say("must be true or false", "true または false を書いてください。"),
  notChoice: (words: readonly string[], absent: boolean) =>
    say(
      `${absent ? "is missing; it " : ""}must be one of ${or(words)}`,
      `${absent ? "必須項目です。" : ""}${ja(words)} のいずれかを書いてください。`,
    ),
  form: (written: string, form: Words, rule = "") =>
    say(
      `"${written}" must be ${form.en}`,
      `「${written}」は使えません。${form.ja}で書いてください。`,
      rule,
    ),
  needsOne: (names: readonly [string, string]) =>
    say(
      `needs exactly one of ${names.join(" and ")}`,
      `${names.join(" と ")} のどちらか一方だけを書いてください。`,
    ),
  shortPassword: (min: number) =>
    say(`must have at least ${min} characters`, `パスワードは ${min} 文字以上にしてください。`),
  gateway: (written: string) =>
    say(
      `"${written}" must be an IPv4 address like 192.0.2.10:5060;transport=udp (udp or tcp); ` +
        "host names are not resolved",
      `「${written}」は使えません。192.0.2.10:5060;transport=udp のように IPv4 アドレスで書いてください` +
        "（transport は udp または tcp、ホスト名は使えません）。",
    ),
  untilBeforeFrom: (from: string) =>
    say(
      `must be after ${from}; \`until\` is the first day that no longer belongs to it`,
      `${from} より後の日付にしてください。until には、期間に含まれない最初の日を書きます。`,
    ),
  hoursPassMidnight: () =>
    say(
      "must be after `from` on the same day, 24:00 at most; write hours over midnight as two windows",
      "同じ日の from より後の時刻（24:00 まで）にしてください。日をまたぐ時間帯は 2 つに分けてください。",
    ),
} as const satisfies Record<string, (...parameters: never[]) => FaultText>;

/** Forms of fields, as {@link FORM.form} names them. */
export const FORMS = {
  extension: { en: "2 to 8 digits", ja: "2～8 桁の数字" },
  id: {
    en: "letters, digits, - and _ (at most 64)",
    ja: "英数字と - _（64 文字以内）",
  },
  domain: {
    en: "a DNS name like demo.example.com",
    ja: "demo.example.com のような DNS 名",
  },
  ipv4: { en: "an IPv4 address like 192.0.2.10", ja: "192.0.2.10 のような IPv4 アドレス" },
  date: { en: "a date like 2026-10-01", ja: "2026-10-01 のような実在する日付" },
  time: { en: "a time like 09:00 or 18:30", ja: "09:00 や 18:30 のような時刻" },
} as const satisfies Record<string, Words>;
