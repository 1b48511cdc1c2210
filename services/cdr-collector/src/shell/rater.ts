/**
 * Finds rates in the database, with the decks in use kept in memory.
 *
 * N1  Decks never change, so a kept one stays right; which decks there are is asked anew each time, by
 *     the highest version. An import by any collector is seen by the next batch.
 * N2  At most TARIFFS_MAX decks are kept, the ones loaded last.
 */
import { z } from "zod";
import type { Query } from "../../../lib/runtime/database.ts";
import { type CivilDate, parseCivilDate } from "../../../lib/telephony/tokyo-time.ts";
import {
  type DeckVersion,
  RATE_CLASSES,
  type Rate,
  type RatedDestination,
  type Tariff,
  tariffOf,
} from "../core/rating/rate-deck.ts";
import { deckFor, type FoundRate, rateFor } from "../core/rating/rating.ts";
import { wholeColumn } from "./rows.ts";

const TARIFFS_MAX = 32;

/** Finds the rate of each destination, in their order. */
export type FindRates = (
  query: Query,
  asked: readonly RatedDestination[],
) => Promise<readonly FoundRate[]>;

interface Shelf {
  readonly newest: number;
  /** The newest version of each plan and first day. */
  readonly decks: readonly DeckVersion[];
  readonly tariffs: Map<number, Tariff>;
}

const NewestRow = z.object({ newest: wholeColumn });
const RateRow = z.object({
  deck_version: wholeColumn,
  class: z.enum(RATE_CLASSES),
  prefix: z.string(),
  unit_s: z.number(),
  unit_yen: wholeColumn,
});

/** A `date` column that was selected as text. */
export const dateColumn = z.string().transform((text, context): CivilDate => {
  const date = parseCivilDate(text);
  if (date !== null) return date;
  context.addIssue(`not a date: ${text}`);
  return z.NEVER;
});
const DeckRow = z.object({ version: wholeColumn, plan: z.string(), valid_from: dateColumn });

async function readShelf(query: Query, newest: number): Promise<Shelf> {
  const rows = await query(
    `select distinct on (plan, valid_from) version, plan, valid_from::text
     from rate_decks order by plan, valid_from, version desc`,
  );
  const decks = rows.map((row): DeckVersion => {
    const { version, plan, valid_from } = DeckRow.parse(row);
    return { version, plan, validFrom: valid_from };
  });
  return { newest, decks, tariffs: new Map() };
}

/** Rows of decks, by version, each in the order of class and prefix as it was imported. */
export async function ratesOf(
  query: Query,
  versions: readonly number[],
): Promise<ReadonlyMap<number, readonly Rate[]>> {
  const found = new Map<number, Rate[]>(versions.map((version) => [version, []]));
  if (versions.length === 0) return found;
  const rows = await query(
    `select deck_version, class, prefix, unit_s, unit_yen from rates
     where deck_version = any($1)
     order by deck_version, array_position($2::text[], class), prefix collate "C"`,
    [versions, RATE_CLASSES],
  );
  for (const row of rows) {
    const { deck_version, prefix, unit_s, unit_yen, ...rate } = RateRow.parse(row);
    found.get(deck_version)?.push({ class: rate.class, prefix, unitS: unit_s, unitYen: unit_yen });
  }
  return found;
}

/** The tariffs of these decks, from the shelf or the database. */
async function tariffsOf(
  query: Query,
  { tariffs }: Shelf,
  versions: ReadonlySet<number>,
): Promise<ReadonlyMap<number, Tariff>> {
  const needed = new Map<number, Tariff>();
  for (const version of versions) {
    const kept = tariffs.get(version);
    if (kept !== undefined) needed.set(version, kept);
  }
  const missing = [...versions].filter((version) => !needed.has(version));
  for (const [version, rates] of await ratesOf(query, missing)) {
    const tariff = tariffOf(rates);
    needed.set(version, tariff);
    tariffs.set(version, tariff);
  }
  for (const version of tariffs.keys()) {
    if (tariffs.size <= TARIFFS_MAX) break;
    tariffs.delete(version);
  }
  return needed;
}

/** Makes a finder with an empty shelf. */
export function createRater(): FindRates {
  let shelf: Shelf = { newest: 0, decks: [], tariffs: new Map() };
  return async (query, asked) => {
    if (asked.length === 0) return [];
    const [row] = await query("select coalesce(max(version), 0) as newest from rate_decks");
    const { newest } = NewestRow.parse(row);
    const current = newest === shelf.newest ? shelf : await readShelf(query, newest);
    shelf = current;
    const chosen = asked.map((each) => deckFor(current.decks, each));
    const versions = chosen.flatMap((deck) => ("version" in deck ? deck.version : []));
    const tariffs = await tariffsOf(query, current, new Set(versions));
    return asked.map((each, index): FoundRate => {
      const deck = chosen[index];
      if (deck === undefined || !("version" in deck)) {
        return deck ?? { kind: "missing", reason: "no deck was chosen" };
      }
      return rateFor(deck, tariffs.get(deck.version) ?? new Map(), each);
    });
  };
}
