/** A company's contract as a person reads it: every term with its time, and what is in force. */
import type { CivilDate } from "../../../services/lib/telephony/tokyo-time.ts";
import { table } from "../columns.ts";
import type { TermValue } from "../company-document.ts";
import { shownNumber } from "../numbers.ts";

/** The term that `today` falls into; undefined when nothing is bought then. */
export const termInForce = (terms: readonly TermValue[], today: CivilDate): TermValue | undefined =>
  terms.find(({ from, until }) => from <= today && (until === undefined || today < until));

/** What of forwarding a term holds; "no" without a term. */
export const forwardingText = (term: TermValue | undefined): string =>
  [
    ...(term?.terminalForwarding === true ? ["terminals"] : []),
    ...(term?.representativeForwarding === true ? ["representatives"] : []),
  ].join(", ") || "no";

function stateOf({ from, until }: TermValue, today: CivilDate): string {
  if (until !== undefined && until <= today) return "past";
  return from <= today ? "in force" : "future";
}

const addOnsText = ({ addOns }: TermValue): string =>
  addOns.map(({ number, units }) => `${shownNumber(number)} +${units}`).join(", ");

/** One line a term. */
export const contractTable = (terms: readonly TermValue[], today: CivilDate): readonly string[] =>
  table(
    [
      { title: "FROM" },
      { title: "UNTIL" },
      { title: "STATE" },
      { title: "FORWARDING" },
      { title: "CHANNELS", align: "right" },
      { title: "PER NUMBER", align: "right" },
      { title: "ABROAD" },
      { title: "PRICE PLAN" },
      { title: "ADD-ONS" },
    ],
    terms.map((term) => [
      term.from,
      term.until ?? "open end",
      stateOf(term, today),
      forwardingText(term),
      String(term.extraChannels),
      String(term.channelsPerNumber),
      term.internationalForwarding ? "yes" : "no",
      term.pricePlan,
      addOnsText(term),
    ]),
  );
