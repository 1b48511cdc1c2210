/** Why a telephone number was refused, and what to do, in both languages. Owns the wording. */
import { type FaultText, say } from "./fault-text.ts";

/** Why a number was refused. */
export type RefusalReason =
  | "not-a-number"
  | "feature-code"
  | "caller-id-prefix"
  | "emergency"
  | "service-number"
  | "carrier-selection"
  | "no-country"
  | "toll-free"
  | "shared-cost"
  | "premium-rate"
  | "message-dial"
  | "data-or-pager"
  | "fmc"
  | "special-access"
  | "unassigned"
  | "not-ip-phone";

/** What is wrong with the number and what to do; the number itself stands before it. */
const ADVICE: Readonly<Record<RefusalReason, readonly [string, string]>> = {
  "not-a-number": [
    "is not a telephone number; write it like 03-1234-5678 or +81312345678",
    "電話番号として読めません。03-1234-5678 や +81312345678 のように書いてください。",
  ],
  "feature-code": [
    "holds # or *; feature codes cannot be called, write the full number",
    "# や * を含む番号（短縮番号・機能番号）には発信できません。電話番号をすべて書いてください。",
  ],
  "caller-id-prefix": [
    "starts with 184 or 186; the shown number is always the company's own, leave the prefix out",
    "184・186 は付けられません。転送時の発信者番号は必ずカンパニーの番号になります。184・186 を削除してください。",
  ],
  emergency: [
    "is an emergency number; calls to it are never forwarded",
    "緊急通報の番号は使用できません。別の番号にしてください。",
  ],
  "service-number": [
    "starts with 1: a service number, not a subscriber (an extension is written `extension:`)",
    "1 で始まる番号はサービス番号です。加入者の番号を書いてください（内線は extension: に書きます）。",
  ],
  "carrier-selection": [
    "selects a carrier (00XY, 0091XY); leave the prefix out, write a country code like +81",
    "00XY や 0091XY（電話会社の選択番号）は付けられません。選択番号を削除し、国番号は +81 のように書いてください。",
  ],
  "no-country": [
    "belongs to no country (satellite or worldwide service); it cannot be called",
    "特定の国に属さない番号（衛星電話など）には発信できません。別の番号にしてください。",
  ],
  "toll-free": [
    "is toll-free (0120, 0800 and the like); write the subscriber's own number",
    "フリーダイヤル（0120・0800 など）には転送できません。着信先の電話番号を直接書いてください。",
  ],
  "shared-cost": [
    "is a shared-cost number (0570); write the subscriber's own number",
    "ナビダイヤル（0570）には転送できません。着信先の電話番号を直接書いてください。",
  ],
  "premium-rate": [
    "is a premium-rate number (0990 and the like); it cannot be called",
    "情報料課金の番号（0990 など）には発信できません。別の番号にしてください。",
  ],
  "message-dial": [
    "is a message dial or mass calling number (0170, 0180); it cannot be called",
    "伝言ダイヤル・テレゴングの番号（0170・0180）には発信できません。別の番号にしてください。",
  ],
  "data-or-pager": [
    "is a pager or data number (020); it cannot be called",
    "データ通信専用・ポケットベルの番号（020）には発信できません。別の番号にしてください。",
  ],
  fmc: [
    "is in the 0600 range, which no carrier uses; check the digits",
    "0600 で始まる番号は使用されていません。番号に誤りがないか確認してください。",
  ],
  "special-access": [
    "is a special access number (091); it cannot be called",
    "091 で始まる特殊番号には発信できません。別の番号にしてください。",
  ],
  unassigned: [
    "is in no assigned range; check the digits",
    "使用されていない番号帯です。番号に誤りがないか確認してください。",
  ],
  "not-ip-phone": [
    "is not an 050 number; a company's own numbers are 050 numbers",
    "050 番号ではありません。カンパニーの番号には 050 番号を書いてください。",
  ],
};

/** How much of what was typed is repeated. */
const SHOWN_MAX = 64;

/** The text of a refusal. */
export function refusalText(written: string, reason: RefusalReason): FaultText {
  const shown = written.slice(0, SHOWN_MAX);
  const [en, ja] = ADVICE[reason];
  return say(`${shown} ${en}`, `${shown}：${ja}`, reason === "not-ip-phone" ? "3.3" : "3.1");
}
