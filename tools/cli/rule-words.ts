/**
 * The domain's rules and reasons in words, English and Japanese: why a target is skipped or a caller
 * turned away, which number an outside leg shows. The rules themselves live in the services.
 */
import type { Bilingual } from "./language.ts";

const both = (en: string, ja: string): Bilingual => ({ en, ja });

/** Words by code. */
export const RULE_WORDS: Readonly<Record<string, Bilingual>> = {
  "2.3": both(
    "ring times have limits: 5 to 120 s a target, at most 170 s in all",
    "呼出時間には限りがあります (着信先ごとに 5〜120 秒、全体で 170 秒まで)",
  ),
  "3.1": both(
    "only landline, mobile and 050 numbers can be forwarded to; numbers abroad when the contract has them",
    "転送できるのは固定電話・携帯電話・050 番号だけです (海外は契約に含まれる場合のみ)",
  ),
  "3.3": both("a company's own numbers are 050 numbers", "自社の番号は 050 番号です"),
  "4.5": both(
    "a call is passed on a bounded number of times",
    "一つの通話を転送できる回数には限りがあります",
  ),
  "4.5b": both(
    "the caller is a number of the company that has a forwarded call of its own now: it would go round",
    "発信者は転送中の自社番号です。通話が循環するため外線へは転送しません",
  ),
  "4.5c": both(
    "its source number has as many outside calls at the same time as the contract allows",
    "転送元番号の同時転送数が契約の上限に達しています",
  ),
  "4.5d": both(
    "the same caller called the same number too often within 10 s: a loop is likely",
    "同じ発信者から同じ番号への着信が 10 秒間に多すぎます。循環の恐れがあるため転送しません",
  ),
  R2: both(
    "forwarding to outside numbers is not in the company's contract",
    "外線着信転送は契約に含まれていません",
  ),
  R8: both(
    "an outside number never sees the original caller",
    "外線の転送先に元の発信者番号は表示されません",
  ),
  R10: both(
    "a group forwards under its representative number",
    "グループからの転送には代表番号が使われます",
  ),
  R12: both(
    "a terminal with a number of its own forwards under it",
    "番号を持つ端末はその番号で転送します",
  ),
  R18: both(
    "a terminal has one outside destination included; more need destination add-ons",
    "端末の外線転送先は 1 件までです。追加には外線転送先追加が必要です",
  ),
  R19: both(
    "a representative or IVR number has two outside destinations included; more need destination add-ons",
    "代表番号・IVR 番号の外線転送先は 2 件までです。追加には外線転送先追加が必要です",
  ),
  R20: both(
    "each destination add-on raises the limit of one number by one",
    "外線転送先追加 1 単位につき、一つの番号の転送先が 1 件増えます",
  ),
  R21: both(
    "forwarding is bought by the company as a whole, not by user or number",
    "外線着信転送はカンパニー単位の契約です",
  ),
  R23: both(
    "the contract has forwarding for representative numbers only; this is a terminal's relay",
    "契約は代表番号の転送だけです。端末間リレーから外線へは転送できません",
  ),
  A3: both(
    "a terminal without a number of its own names one representative number as its home",
    "番号を持たない端末には所属する代表番号を一つ指定します",
  ),
  A5: both(
    "a terminal without a number of its own has one outside destination",
    "番号を持たない端末の外線転送先は 1 件です",
  ),
  A7: both(
    "an add-on belongs to one named number of the company",
    "外線転送先追加は自社の番号を一つ指定して割り当てます",
  ),
  A9: both(
    "a contract has at least one part: terminals or representative numbers",
    "契約には端末分か代表分の少なくとも一方が必要です",
  ),
  A10: both(
    "the contract has forwarding for terminals only; this is a group's list",
    "契約は端末の転送だけです。グループから外線へは転送できません",
  ),
  A11: both(
    "a terminal that forwards to outside numbers belongs to a user, since users are counted",
    "外線へ転送する端末は、課金対象の利用者の内線である必要があります",
  ),
  A13: both(
    "a term that was in force cannot be changed for the past",
    "適用済みの契約期間を過去に遡って変更することはできません",
  ),
  A15: both(
    "every outside leg takes one of the company's extra channels",
    "外線への転送はそれぞれ追加チャネルを一つ使います",
  ),
  A19: both(
    "a number of the own company is not an outside target: use the extension",
    "自社の番号は外線転送先にできません。内線番号を指定してください",
  ),
  D1: both("the representative number that was called", "着信した代表番号"),
  D2: both("the IVR number that was called", "着信した IVR 番号"),
  D3: both("the called terminal's own number", "着信した端末の番号"),
  D4: both("the member's own number", "メンバー端末の番号"),
  D5: both(
    "the representative number that was called; the member has no number of its own",
    "着信した代表番号 (メンバー端末は番号を持ちません)",
  ),
  D6: both("the called terminal's own number, inside call", "着信した端末の番号 (内線通話)"),
  D7: both(
    "the home representative number; the called terminal has no number of its own",
    "所属する代表番号 (着信した端末は番号を持ちません)",
  ),
  D8: both(
    "no source number: the terminal has neither a number nor a home representative number",
    "転送元番号がありません (端末に番号も所属代表番号もありません)",
  ),
  D9: both("the group's representative number, inside call", "グループの代表番号 (内線通話)"),
  deny: both("the caller is on the number's deny list", "発信者は着信拒否リストにあります"),
  allow: both("the caller is not on the number's allow list", "発信者は着信許可リストにありません"),
  anonymous: both(
    "the number takes no calls without a caller's number",
    "番号非通知の着信は受け付けません",
  ),
  hours: both(
    "it is out of business hours, and nothing is set to ring then",
    "営業時間外で、時間外の着信先がありません",
  ),
  "own-extension": both("it is the caller's own telephone", "発信者自身の端末です"),
  duplicate: both("it rings already in the same list", "同じリストで既に呼び出しています"),
  "diversion-limit": both(
    "the call was diverted too often before it came here",
    "ここに着くまでの転送回数が上限を超えています",
  ),
  "psap-callback": both(
    "an emergency centre calls back: extensions ring, nobody outside does",
    "緊急通報受理機関からの呼び返しのため、内線だけを呼び出し、外線へは転送しません",
  ),
  "prohibited-number": both(
    "emergency and service numbers are never called",
    "緊急通報・特殊番号へは転送しません",
  ),
  "relay-only": both(
    "its telephone stays silent, only its relay rings",
    "端末は鳴らさず、その転送先だけを呼び出します",
  ),
  "unknown-destination": both(
    "what kind of number it is was not known, so it was not called",
    "番号の種別が不明なため、呼び出しません",
  ),
  "unknown-trunk": both(
    "the trunk of its source number is not known",
    "転送元番号の回線が不明です",
  ),
  "allocator-unreachable": both(
    "no trunk-allocator answered, so no channel could be had",
    "trunk-allocator が応答せず、チャネルを確保できませんでした",
  ),
};
