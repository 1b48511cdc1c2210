/** Texts of the warnings: what calls will skip from a date on, and what can be done. Owns the wording. */
import type { LimitExcess, Part } from "./check-faults.ts";
import { type FaultText, say, type Words } from "./fault-text.ts";

/** Days to come: `until` is the first day after them, null when they have no end. */
export interface Days {
  readonly from: string;
  readonly until: string | null;
}

const during = ({ from, until }: Days): Words =>
  until === null
    ? { en: `from ${from} on`, ja: `${from} から、` }
    : { en: `from ${from} until ${until}`, ja: `${from} から ${until} の前日まで、` };

function limit(excess: LimitExcess, days: Days): FaultText {
  const { name, kind, destinations, limit: allowed, addOnNumber } = excess;
  const { en, ja } = during(days);
  const beyond = destinations - allowed;
  const remedy: Words =
    addOnNumber === null
      ? { en: "take out what is not needed", ja: "不要な着信先を削除できます。" }
      : {
          en: `to keep them buy ${beyond} more unit(s) for ${addOnNumber} under the addOns of that term`,
          ja: `転送を続けるには、その契約期間の addOns で ${addOnNumber} の units を ${beyond} 増やしてください。`,
        };
  return say(
    `${en} the limit of ${kind} ${name} is ${allowed}: of its ${destinations} outside destinations ` +
      `the last ${beyond} will be skipped; ${remedy.en}`,
    `${ja}${kind === "terminal" ? "端末 " : ""}${name} の外線転送先の上限は ${allowed} 件になり、` +
      `${destinations} 件のうち後ろの ${beyond} 件には転送されません。${remedy.ja}`,
    kind === "terminal" ? "R18" : "R19",
  );
}

/** Texts of warnings. */
export const COMING = {
  limit,
  part: (part: Part, days: Days) => {
    const { en, ja } = during(days);
    return say(
      `${en} this outside target will be skipped, as the contract has no ${part} then; ` +
        "to keep it set that to true in the term, or take it out",
      `${ja}契約の ${part} が true ではないため、この外線の着信先には転送されません。` +
        "転送を続けるには、その契約期間で true にしてください。不要なら削除できます。",
      part === "terminalForwarding" ? "R23" : "A10",
    );
  },
  abroad: (number: string, days: Days) => {
    const { en, ja } = during(days);
    return say(
      `${en} ${number} will be skipped, as the contract has no internationalForwarding then; ` +
        "to keep it set that to true in the term, or take it out",
      `${ja}契約の internationalForwarding が true ではないため、日本国外の ${number} には転送されません。` +
        "転送を続けるには、その契約期間で true にしてください。不要なら削除できます。",
      "3.1",
    );
  },
  nothing: (targets: number, days: Days) => {
    const { en, ja } = during(days);
    return say(
      `${en} nothing is bought: all outside targets of the company (${targets}) will be skipped; ` +
        "to keep them write a term that begins on that day",
      `${ja}契約がないため、カンパニーのすべての外線の着信先（${targets} 件）に転送されません。` +
        "転送を続けるには、その日から始まる契約期間を書いてください。",
      "R2",
    );
  },
  noChannel: (targets: number, days: Days) => {
    const { en, ja } = during(days);
    return say(
      `${en} no outside target of the company (${targets}) is called, as extraChannels is 0; ` +
        "write how many outside legs it may have at the same time",
      `${ja}extraChannels が 0 のため、外線の着信先（${targets} 件）には転送されません。` +
        "同時に使用する外線チャネル数を書いてください。",
      "A15",
    );
  },
  more: (told: number) =>
    say(
      `there are more than ${told} warnings; these are the first`,
      `注意が ${told} 件を超えています。最初の ${told} 件だけを表示しています。`,
    ),
} as const;
