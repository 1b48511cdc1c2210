/**
 * Reads the value of `contract:`, one term or a list of them. Owns the fields of a term, their forms,
 * limits and defaults; what a term means for days that have passed is timeline.ts's.
 */
import type { AddOn } from "../../../lib/telephony/contract.ts";
import { type CivilDate, parseCivilDate } from "../../../lib/telephony/tokyo-time.ts";
import type { TermDraft } from "./draft.ts";
import { FORM, FORMS } from "./form-faults.ts";
import type { NumberBook } from "./numbering.ts";
import { ownNumber } from "./read-target.ts";
import * as reading from "./reading.ts";

type Spot = reading.Spot;

/** Terms in one document: a change a month for many years. */
export const TERMS_MAX = 200;
/** Outside legs at the same time. */
export const CHANNELS = {
  min: 0,
  max: 100_000,
  unit: { en: "channels", ja: "チャネル数" },
  rule: "A15",
};
/** Outside legs at the same time under one source number. */
export const CHANNELS_PER_NUMBER = { ...CHANNELS, min: 1, rule: "4.5" };
/** Destination add-ons of one number; a list holds 20 targets, and a number has few lists. */
export const UNITS = { min: 1, max: 100, unit: { en: "units", ja: "追加数" }, rule: "R20" };
/** Numbers with add-ons in one term. */
export const ADD_ONS_MAX = 10_000;
/** Plan of a term that names none. */
export const PRICE_PLAN_DEFAULT = "standard";

/** Fields of a term. */
export const TERM_FIELDS = [
  "from",
  "until",
  "terminalForwarding",
  "representativeForwarding",
  "extraChannels",
  "channelsPerNumber",
  "internationalForwarding",
  "pricePlan",
  "addOns",
] as const;

/** Fields of an add-on. */
export const ADD_ON_FIELDS = ["number", "units"] as const;

const date = (spot: Spot): CivilDate | null => reading.parsed(spot, parseCivilDate, FORMS.date);

function readAddOn(spot: Spot, book: NumberBook): AddOn | null {
  const at = reading.fields(spot, ADD_ON_FIELDS);
  const number = ownNumber(at("number"), book);
  const units = reading.wholeNumber(at("units"), UNITS, null);
  return number && { number, units };
}

function readTerm(spot: Spot, book: NumberBook): TermDraft {
  const at = reading.fields(spot, TERM_FIELDS);
  const from = reading.optional(at("from"), date);
  const until = reading.optional(at("until"), date);
  const turned = from !== null && until !== null && until <= from;
  if (turned) reading.fault(at("until"), FORM.untilBeforeFrom(from));
  const extraChannels = reading.wholeNumber(at("extraChannels"), CHANNELS, 0);
  return {
    from,
    until: turned ? null : until,
    terminalForwarding: reading.flag(at("terminalForwarding"), false),
    representativeForwarding: reading.flag(at("representativeForwarding"), false),
    extraChannels,
    channelsPerNumber: reading.wholeNumber(
      at("channelsPerNumber"),
      CHANNELS_PER_NUMBER,
      extraChannels,
    ),
    internationalForwarding: reading.flag(at("internationalForwarding"), false),
    pricePlan: reading.optional(at("pricePlan"), reading.token) ?? PRICE_PLAN_DEFAULT,
    addOns: reading.items(at("addOns"), ADD_ONS_MAX, (item) => readAddOn(item, book)),
  };
}

/** Reads a contract: nothing, one term, or a list of terms in any order. */
export function readContract(spot: Spot, book: NumberBook): reading.Placed<TermDraft>[] {
  if (reading.isAbsent(spot)) return [];
  if (Array.isArray(spot.value)) {
    return reading.items(spot, TERMS_MAX, (item) => readTerm(item, book));
  }
  return [{ path: spot.path, value: readTerm(spot, book) }];
}
