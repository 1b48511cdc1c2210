/**
 * Checks of a contract: each term in itself, and what forwards against what was bought (DOMAIN R18 to R20,
 * A4 to A9).
 *
 * B1  Only terms of today and later are judged: the past cannot be mended.
 * B2  The lists are judged by one term: that of today, or else the first to come. Later terms may allow
 *     less, as a downgrade does (A8); coming-skips.ts warns of it.
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import { type E164, nationalForm } from "../../../lib/telephony/e164.ts";
import type { CivilDate } from "../../../lib/telephony/tokyo-time.ts";
import { CONTRACT, type Part, TWICE } from "./check-faults.ts";
import { type Book, findDoubles } from "./company-book.ts";
import type { TermDraft } from "./draft.ts";
import type { FaultText } from "./fault-text.ts";
import { values } from "./reading.ts";
import { type Shortfall, shortfallsOf } from "./shortfalls.ts";
import { contentOf } from "./timeline.ts";

/** Notes every fault of the contract and of what exceeds it. */
export function checkContract(book: Book): void {
  for (const { path, value } of book.company.contract) {
    if (!value.terminalForwarding && !value.representativeForwarding) {
      book.note(path, CONTRACT.noPart());
    }
  }
  const own = new Set(values(book.company.terminals).map(({ number }) => number));
  for (const { term } of book.active) checkAddOns(book, term.value, own);
  checkBought(book);
}

/** The part of the option that a number's destinations belong to. */
const partOf = (kind: "standard" | "representative" | "ivr"): Part =>
  kind === "standard" ? "terminalForwarding" : "representativeForwarding";

function checkAddOns(book: Book, term: TermDraft, ofTerminals: ReadonlySet<E164 | null>): void {
  findDoubles(
    term.addOns,
    ({ number }) => number,
    ({ path }) => book.note([...path, "number"], TWICE.addOn()),
  );
  for (const { path, value } of term.addOns) {
    const place = [...path, "number"];
    const number = nationalForm(value.number);
    const owned = book.numbers.get(value.number);
    if (owned === undefined) {
      book.note(place, CONTRACT.addOnNotOwn(number));
    } else if (owned.kind === "standard" && !ofTerminals.has(value.number)) {
      book.note(place, CONTRACT.addOnUnused(number));
    } else if (!term[partOf(owned.kind)]) {
      book.note(place, CONTRACT.addOnPart(number, partOf(owned.kind)));
    }
  }
}

/** What the lists need today, or on the first day of a contract that is yet to begin. */
function checkBought(book: Book): void {
  const [judged] = book.active;
  const content = judged === undefined ? null : contentOf(judged.term.value);
  const from = judged === undefined || book.active.length === 1 ? null : judged.from;
  for (const shortfall of shortfallsOf(book.company)(content)) {
    book.note(shortfall.path, faultText(shortfall, from));
  }
}

function faultText(shortfall: Shortfall, from: CivilDate | null): FaultText {
  switch (shortfall.kind) {
    case "part":
      return CONTRACT.partNeeded(shortfall.part, from);
    case "abroad":
      return CONTRACT.internationalNeeded(shortfall.number, from);
    case "limit":
      return CONTRACT.limit(shortfall.excess, from);
    default:
      return unreachable(shortfall);
  }
}
