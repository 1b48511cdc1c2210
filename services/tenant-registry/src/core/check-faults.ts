/**
 * Texts of the faults that show only when several parts of a document, or what is stored, are looked at
 * together. Owns the wording.
 */
import type { ContractTerm } from "../../../lib/telephony/contract.ts";
import { type FaultText, say, type Words } from "./fault-text.ts";

type Catalogue = Record<string, (...parameters: never[]) => FaultText>;

/** Texts of what other companies and trunks own already. */
export const CLAIMED = {
  domain: (domain: string, owner: string) =>
    say(
      `${domain} is the domain of company "${owner}"; each company has its own`,
      `${domain} はカンパニー「${owner}」が使用しているドメインです。カンパニーごとに別のドメインを書いてください。`,
    ),
  number: (number: string, owner: string) =>
    say(
      `${number} belongs to company "${owner}"; take it out there first`,
      `${number} はカンパニー「${owner}」の番号です。先にそのカンパニーから外してください。`,
    ),
  source: (address: string, owner: string) =>
    say(
      `${address} is a source of trunk "${owner}"; take it out there first`,
      `${address} はトランク「${owner}」の送信元アドレスです。先にそのトランクから外してください。`,
    ),
} as const satisfies Catalogue;

/** Texts of what stands twice. */
export const TWICE = {
  number: (number: string) =>
    say(`${number} stands twice; keep one`, `${number} が重複しています。1 つだけ残してください。`),
  id: (id: string) =>
    say(
      `"${id}" stands twice; give each its own id`,
      `「${id}」が重複しています。それぞれに別の id を付けてください。`,
    ),
  extension: (extension: string) =>
    say(
      `${extension} stands twice; terminals and groups share one range`,
      `内線番号 ${extension} が重複しています。端末とグループを通じて別々の内線番号にしてください。`,
    ),
  terminalNumber: (extension: string, first: string) =>
    say(
      `is the number of terminal ${first} too; ${extension} needs its own`,
      `端末 ${first} の番号と同じです。端末 ${extension} には別の番号を書いてください。`,
    ),
  target: () =>
    say(
      "rings at once with itself; keep one of the two",
      "一斉着信の中で同じ着信先が重複しています。一方を削除してください。",
    ),
  source: (address: string) =>
    say(
      `${address} stands twice; it names one trunk only`,
      `${address} が重複しています。1 つの送信元アドレスは 1 つのトランクだけに書いてください。`,
    ),
  addOn: () =>
    say(
      "stands twice in this term; write the sum of its units once",
      "同じ契約期間に同じ番号があります。units を合計して 1 つにまとめてください。",
      "A7",
    ),
  caller: () =>
    say(
      "stands in deny and in allow; keep it in one of the two",
      "deny と allow の両方に書かれています。どちらか一方から削除してください。",
      "2.3",
    ),
} as const satisfies Catalogue;

/** Texts of what is named but is not there, or is not what it should be. */
export const REFERENCE = {
  trunk: (trunk: string) =>
    say(
      `there is no trunk "${trunk}"; apply it first or in this file`,
      `トランク「${trunk}」がありません。先に登録するか、このファイルの trunks に書いてください。`,
    ),
  group: (group: string) =>
    say(
      `there is no group "${group}"; add it under groups`,
      `グループ「${group}」がありません。groups に追加してください。`,
    ),
  terminal: (extension: string) =>
    say(
      `there is no terminal ${extension}; add it under terminals`,
      `端末 ${extension} がありません。terminals に追加してください。`,
    ),
  target: (extension: string) =>
    say(
      `there is no terminal ${extension}; add it, or take the target out`,
      `端末 ${extension} がありません。terminals に追加するか、この着信先を削除してください。`,
    ),
  userTerminal: (extension: string) =>
    say(
      `there is no terminal ${extension}; add it first`,
      `端末 ${extension} がありません。先に terminals に追加してください。`,
    ),
  schedule: (schedule: string) =>
    say(
      `there is no schedule "${schedule}"; add it under schedules`,
      `営業時間「${schedule}」がありません。schedules に追加してください。`,
    ),
  standardRingsGroup: () =>
    say(
      "a standard number rings a terminal; write extension instead",
      "標準番号は端末に着信します。group ではなく extension を書いてください。",
    ),
  sharedRingsTerminal: (kind: string) =>
    say(
      `a ${kind} number rings a group; write group instead`,
      "代表番号と IVR 番号はグループに着信します。extension ではなく group を書いてください。",
    ),
  terminalWithoutNumber: (extension: string) =>
    say(
      `terminal ${extension} does not name this number as its own; write it there`,
      `端末 ${extension} の number にこの番号がありません。端末側にも番号を書いてください。`,
    ),
  unknownNumber: () =>
    say(
      "is not among the company's numbers; add it there",
      "カンパニーの番号として登録されていません。numbers に追加してください。",
    ),
  notStandard: (extension: string) =>
    say(
      `must be a standard number whose extension is ${extension}`,
      `extension が ${extension} の標準番号を書いてください。`,
      "R12",
    ),
  notHome: () =>
    say(
      "must be one of the company's representative numbers; add it under numbers",
      "カンパニーの代表番号ではありません。numbers にある代表番号を書いてください。",
      "A3",
    ),
  notRepresentative: (group: string) =>
    say(
      `must be a representative or IVR number of the company whose group is ${group}`,
      `グループ「${group}」に着信する、カンパニーの代表番号または IVR 番号を書いてください。`,
      "R10",
    ),
  passwordNeeded: () =>
    say(
      "is missing; a new terminal (or one whose domain changed) needs a password",
      "必須項目です。新しい端末と、ドメインが変わった端末にはパスワードを書いてください。",
    ),
  unusedPlan: () =>
    say(
      "never rings, as the number has no schedule; name one, or take this out",
      "この番号には schedule がないため、時間外の着信先は使われません。" +
        "schedule を書くか、outOfHours を削除してください。",
      "2.3",
    ),
  planNotGroup: (kind: string) =>
    say(
      `a ${kind} number rings a group, out of hours too; write group`,
      "代表番号と IVR 番号は時間外もグループに着信します。group を書いてください。",
      "2.3",
    ),
  planNotRelay: () =>
    say(
      "a standard number rings its terminal's relay, out of hours too; write targets",
      "標準番号は時間外も端末のリレー着信になります。targets を書いてください。",
      "2.3",
    ),
} as const satisfies Catalogue;

/** Texts about lists of targets. */
export const LIST = {
  emptyRelay: () =>
    say("a relay needs at least one target", "リレー着信には着信先を 1 件以上書いてください。"),
  emptyGroup: () =>
    say("a group needs at least one target", "グループには着信先を 1 件以上書いてください。"),
  ownNumber: (number: string) =>
    say(
      `${number} is the company's own number; write the extension`,
      `${number} はこのカンパニーの番号です。outside ではなく extension に内線番号を書いてください。`,
      "A19",
    ),
  ownTerminal: () =>
    say(
      "a relay cannot target its own terminal; set ringSelf: true instead",
      "リレー着信の着信先には、その端末自身を書けません。代わりに ringSelf: true を書いてください。",
    ),
  tooLong: (size: number, max: number) =>
    say(
      `leads to ${size} targets with the relays that it follows; at most ${max}`,
      `たどった先のリレー着信も含めると、着信先は ${size} 件になります。${max} 件以内にしてください。`,
      "4.5",
    ),
  noSource: (extension: string) =>
    say(
      `terminal ${extension} has outside targets but no own number: name the representative ` +
        "number that they are called from",
      `端末 ${extension} には標準番号がないため、このままでは外線へ転送できません。` +
        "転送元となる代表番号を homeRepresentative に書いてください。",
      "D8/A3",
    ),
  noRepresentative: (extension: string) =>
    say(
      `extension ${extension} dials outside targets: name the number that they are called from`,
      `内線番号 ${extension} への着信を外線へ転送するには、転送元の番号が必要です。` +
        "representative に書いてください。",
      "D9",
    ),
  noUser: (extension: string) =>
    say(
      `terminal ${extension} forwards to outside numbers, so somebody pays for it; name it under ` +
        "the extensions of a user",
      `端末 ${extension} は外線へ転送するため、利用者が必要です。` +
        "users のいずれかの extensions に追加してください。",
      "A11",
    ),
  cycle: (extensions: readonly string[]) =>
    say(
      `relays go round: ${extensions.join(" -> ")}; take a target out, or set followMemberRelay: false`,
      `リレー着信が循環しています（${extensions.join(" → ")}）。` +
        "着信先を 1 つ削除するか、followMemberRelay を false にしてください。",
      "4.5",
    ),
} as const satisfies Catalogue;

/** In which term something is wrong; empty when there is only one. */
const inTerm = (from: string | null): Words =>
  from === null
    ? { en: "", ja: "" }
    : { en: ` in the term from ${from}`, ja: `（${from} からの契約期間）` };

/** A forwarder that leads to more destinations than were bought. */
export interface LimitExcess {
  /** A terminal's extension, or a number as people write it. */
  readonly name: string;
  readonly kind: "terminal" | "number";
  readonly destinations: number;
  readonly limit: number;
  /** The number that add-ons are bought for; null for a terminal without one. */
  readonly addOnNumber: string | null;
}

function limitExcess(excess: LimitExcess, from: string | null): FaultText {
  const { name, kind, destinations, limit, addOnNumber } = excess;
  const missing = destinations - limit;
  const { en, ja } = inTerm(from);
  const remedy: Words =
    addOnNumber === null
      ? {
          en: `as it has no number of its own, take ${missing} out`,
          ja: `標準番号のない端末には追加を購入できないため、転送先を ${missing} 件削除してください。`,
        }
      : {
          en: `buy ${missing} more unit(s) for ${addOnNumber} under contract.addOns, or take ${missing} out`,
          ja: `contract の addOns で ${addOnNumber} の units を ${missing} 増やすか、転送先を ${missing} 件削除してください。`,
        };
  return say(
    `${kind} ${name} leads to ${destinations} outside destinations, its limit is ${limit}${en}; ${remedy.en}`,
    `${kind === "terminal" ? `端末 ${name}` : name} の外線転送先は ${destinations} 件ですが、` +
      `上限は ${limit} 件です${ja}。${remedy.ja}`,
    kind === "terminal" ? "R18" : "R19",
  );
}

/** The two parts of the option (R23), as the contract names them. */
export type Part = "terminalForwarding" | "representativeForwarding";

/** Texts about what was bought and when. */
export const CONTRACT = {
  noPart: () =>
    say(
      "buys neither part; set terminalForwarding or representativeForwarding to true, or leave it out",
      "端末分と代表分のどちらも購入されていません。terminalForwarding か representativeForwarding を " +
        "true にするか、契約を削除してください。",
      "A9",
    ),
  termOver: (today: string) =>
    say(
      `must be after today (${today}), as the term begins today; no stored term ended on this day`,
      `from がない期間は今日（${today}）から始まります。今日より後の日付にしてください。`,
    ),
  pastTerm: (from: string, today: string) =>
    say(
      `the term from ${from} changes days before today (${today}); write those days as they are ` +
        "stored, or leave them out and begin today or later",
      `${from} からの契約期間が、今日（${today}）より前の契約内容と異なります。` +
        "過ぎた期間は登録済みのとおりに書くか省略し、変更は今日以降の日付から始めてください。",
    ),
  overlap: (from: string, { from: first, until }: ContractTerm) =>
    say(
      `the terms from ${first} (until ${until ?? "further notice"}) and from ${from} overlap; ` +
        "let the first end where the second begins",
      `${first} からの契約期間（${until ?? "期限なし"}）と ${from} からの契約期間が重なっています。` +
        "前の期間の until を次の期間の from に合わせてください。",
    ),
  partNeeded: (part: Part, from: string | null) => {
    const { en, ja } = inTerm(from);
    return say(
      `outside targets here need contract.${part}: true${en}`,
      `ここに外線の着信先を書くには、契約${ja}の ${part} を true にしてください。`,
      part === "terminalForwarding" ? "R2/R23" : "R2/A10",
    );
  },
  internationalNeeded: (number: string, from: string | null) => {
    const { en, ja } = inTerm(from);
    return say(
      `${number} is outside Japan; it needs contract.internationalForwarding: true${en}`,
      `${number} は日本国外の番号です。契約${ja}の internationalForwarding を true にするか、` +
        "国内の番号を書いてください。",
      "3.1",
    );
  },
  limit: limitExcess,
  addOnNotOwn: (number: string) =>
    say(
      `${number} is not among the company's numbers; add-ons are bought for one of them`,
      `${number} はカンパニーの番号として登録されていません。numbers にある番号を書いてください。`,
      "A7",
    ),
  addOnUnused: (number: string) =>
    say(
      `no terminal has ${number} as its own number, so nothing counts on it; take it out`,
      `${number} を number に持つ端末がないため、追加しても使われません。削除してください。`,
      "A7",
    ),
  addOnPart: (number: string, part: Part) =>
    say(
      `${number} cannot forward without ${part}: true in this term; buy that part or take this out`,
      `この契約期間では ${part} が true ではないため、${number} からは転送できません。` +
        "true にするか、この追加を削除してください。",
      part === "terminalForwarding" ? "R23" : "A10",
    ),
} as const satisfies Catalogue;
