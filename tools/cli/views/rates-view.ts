/** Rate decks, legs without a rate, and what rating anew would change, as a person reads them. */
import type { CivilDate } from "../../../services/lib/telephony/tokyo-time.ts";
import type {
  ImportRatesRequest,
  ImportRatesResponse,
  ListUnratedResponse,
  RateDeckMessage,
  RateDifferenceMessage,
  RateMessage,
  RerateSummaryMessage,
} from "../../../services/lib/wire/billing.ts";
import { indent, plain, table } from "../columns.ts";
import { grouped, yen } from "../money.ts";
import { shownNumber } from "../numbers.ts";
import { tokyoSecond } from "../time.ts";

const NO_DECKS = "no rate decks: kakehashi rates import FILE --plan PLAN --from DATE adds one";

type Decks = readonly RateDeckMessage[];

const isNewer = (one: RateDeckMessage, other: RateDeckMessage): boolean =>
  one.plan === other.plan && one.validFrom === other.validFrom && one.version > other.version;

/** What a deck does now: a later version of its day replaces it, a later day ends it. */
function stateOf(deck: RateDeckMessage, decks: Decks, today: CivilDate): string {
  if (decks.some((other) => isNewer(other, deck))) return "replaced";
  if (deck.validFrom > today) return "future";
  const isOver = decks.some(
    ({ plan, validFrom }) => plan === deck.plan && validFrom <= today && validFrom > deck.validFrom,
  );
  return isOver ? "past" : "in force";
}

/** One line a deck. */
export const deckList = (decks: Decks, today: CivilDate): readonly string[] =>
  decks.length === 0
    ? [NO_DECKS]
    : table(
        [
          { title: "PLAN" },
          { title: "FROM" },
          { title: "VERSION", align: "right" },
          { title: "STATE" },
          { title: "RATES", align: "right" },
          { title: "IMPORTED" },
        ],
        decks.map((deck) => [
          deck.plan,
          deck.validFrom,
          String(deck.version),
          stateOf(deck, decks, today),
          String(deck.rates.length),
          tokyoSecond(deck.importedAtMs),
        ]),
      );

/** Each deck with its rates. */
export const deckLines = (decks: Decks, today: CivilDate): readonly string[] =>
  decks.length === 0
    ? [NO_DECKS]
    : decks.flatMap((deck, place) => [
        ...(place === 0 ? [] : [""]),
        plain(
          `${deck.plan} from ${deck.validFrom}, version ${deck.version}, ${stateOf(deck, decks, today)}`,
        ),
        ...indent(rateTable(deck.rates)),
      ]);

const rateTable = (rates: readonly RateMessage[]): readonly string[] =>
  table(
    [
      { title: "CLASS" },
      { title: "PREFIX" },
      { title: "YEN", align: "right" },
      { title: "PER", align: "right" },
    ],
    rates.map(({ class: kind, prefix, unitS, unitYen }) => [
      kind,
      prefix,
      grouped(unitYen),
      `${unitS} s`,
    ]),
  );

/** What was, or would be, stored. */
export function importLines(
  name: string,
  { dryRun, plan, validFrom }: ImportRatesRequest,
  { rates, unchanged, version }: ImportRatesResponse,
): readonly string[] {
  if (unchanged) {
    return [plain(`${name}: nothing to change, ${plan} from ${validFrom} says the same already`)];
  }
  const count = `${rates.length} ${rates.length === 1 ? "rate" : "rates"}`;
  const what = `${count} of ${plan} from ${validFrom}`;
  return [
    plain(
      dryRun
        ? `${name}: ${what}; nothing was stored`
        : `${name}: ${what} stored as version ${version}`,
    ),
    ...indent(rateTable(rates)),
  ];
}

/** One line a leg, and what to do about them. */
export const unratedList = ({ legs, total }: ListUnratedResponse): readonly string[] =>
  legs.length === 0
    ? ["none: every billable leg has its rate"]
    : [
        ...table(
          [
            { title: "CALL" },
            { title: "LEG" },
            { title: "COMPANY" },
            { title: "ANSWERED" },
            { title: "DESTINATION" },
            { title: "REASON" },
          ],
          legs.map((leg) => [
            leg.callId,
            leg.leg,
            leg.companyId,
            tokyoSecond(leg.answeredAtMs),
            shownNumber(leg.destination),
            leg.reason,
          ]),
        ),
        "",
        `${legs.length} of ${total}; import rates for them, then: kakehashi rerate --write`,
      ];

const signed = (value: number): string => (value > 0 ? `+${grouped(value)}` : grouped(value));

const differenceTable = (differences: readonly RateDifferenceMessage[]): readonly string[] =>
  table(
    [
      { title: "CALL" },
      { title: "LEG" },
      { title: "COMPANY" },
      { title: "ANSWERED" },
      { title: "CHARGED", align: "right" },
      { title: "BY TODAY'S RATES", align: "right" },
      { title: "DIFFERENCE", align: "right" },
      { title: "NO RATE" },
    ],
    differences.map(({ chargedYen, reratedYen, ...leg }) => [
      leg.callId,
      leg.leg,
      leg.companyId,
      tokyoSecond(leg.answeredAtMs),
      grouped(chargedYen),
      leg.unrated === "" ? grouped(reratedYen) : "",
      leg.unrated === "" ? signed(reratedYen - chargedYen) : "",
      leg.unrated,
    ]),
  );

/** The differences, the sums, and whether they were booked. */
export function rerateLines(
  differences: readonly RateDifferenceMessage[],
  { chargedYen, different, legs, reratedYen, unrated, written }: RerateSummaryMessage,
): readonly string[] {
  const sums = `${yen(chargedYen)} charged, ${yen(reratedYen)} by today's rates: ${signed(reratedYen - chargedYen)}`;
  const unshown = different - differences.length;
  return [
    ...(differences.length === 0 ? [] : [...differenceTable(differences), ""]),
    ...(unshown > 0 ? [`and ${grouped(unshown)} more`] : []),
    `${grouped(different)} of ${grouped(legs)} legs differ; ${sums}`,
    ...(unrated === 0 ? [] : [`${grouped(unrated)} have no rate: kakehashi rates unrated`]),
    bookedText(different, written),
  ];
}

function bookedText(different: number, isWritten: boolean): string {
  if (different === 0) return "nothing to book";
  return isWritten
    ? "the differences were booked"
    : "nothing was written: add --write to book the differences";
}
