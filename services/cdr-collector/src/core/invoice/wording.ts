/** What the lines of an invoice are called, in English and Japanese. */
import type { DestinationClass } from "../../../../lib/telephony/destination-class.ts";
import type { CivilMonth } from "../../../../lib/telephony/tokyo-time.ts";
import type { Fee } from "./fees.ts";
import type { Component } from "./measure.ts";

/** A text in both languages. */
export interface Wording {
  readonly description: string;
  readonly descriptionJa: string;
}

/** Class of a line of calls; a call to a number of the service is of none of the others (A22). */
export type CallClass = DestinationClass | "on-net";

const FEES: Readonly<Record<Component, readonly [string, string]>> = {
  terminal: ["Outside forwarding, per user", "外線着信転送 標準番号（利用者数分）"],
  representative: [
    "Outside forwarding, per representative or IVR number",
    "外線着信転送 代表番号・IVR番号",
  ],
  terminalAddOn: ["Destination add-on, standard numbers", "外線転送先追加 標準番号"],
  representativeAddOn: [
    "Destination add-on, representative and IVR numbers",
    "外線転送先追加 代表番号・IVR番号",
  ],
};

const CALLS: Readonly<Record<CallClass, readonly [string, string]>> = {
  landline: ["Forwarded calls to landlines", "転送通話料 固定電話あて"],
  mobile: ["Forwarded calls to mobile phones", "転送通話料 携帯電話あて"],
  "ip-phone": ["Forwarded calls to IP phones", "転送通話料 IP電話あて"],
  international: ["Forwarded calls abroad", "転送通話料 国際"],
  "on-net": ["Forwarded calls within the service", "転送通話料 サービス内"],
};

/** 2026-09 as 2026年9月. */
const japaneseMonth = (month: CivilMonth): string =>
  `${Number(month.slice(0, 4))}年${Number(month.slice(5))}月`;

/** Name of a fee. */
export function feeWording({ component, section, byDay }: Fee): Wording {
  const [english, japanese] = FEES[component];
  if (section === "initial") {
    return { description: `Initial fee: ${english}`, descriptionJa: `初期費用 ${japanese}` };
  }
  if (byDay === null) return { description: english, descriptionJa: japanese };
  return {
    description: `${english} (days, 1/${byDay} of the monthly fee each)`,
    descriptionJa: `${japanese}（日割り、月額の${byDay}分の1×日数）`,
  };
}

/** Name of a line of calls. */
export function callWording(callClass: CallClass): Wording {
  const [description, descriptionJa] = CALLS[callClass];
  return { description, descriptionJa };
}

/** The same as a later correction of a month. */
export const asAdjustment = (of: Wording, month: CivilMonth): Wording => ({
  description: `${of.description}, adjustment for ${month}`,
  descriptionJa: `${of.descriptionJa}（${japaneseMonth(month)}分の調整）`,
});
