/**
 * Stores and lists rate decks.
 *
 * I1  A deck is stored under a new version or not at all; versions count up without gaps.
 * I2  Rates that the newest version of the same plan and day says already are not stored again.
 */
import { z } from "zod";
import type { Database, Query, StoreFault } from "../../../lib/runtime/database.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { CivilDate } from "../../../lib/telephony/tokyo-time.ts";
import type { DeckVersion, Rate } from "../core/rating/rate-deck.ts";
import { dateColumn, ratesOf } from "./rater.ts";
import { insert, lockWriters, time, timeColumn, wholeColumn } from "./rows.ts";

/** Rows of all decks of one answer, 43 bytes each at most, must fit a message; older decks are left out. */
const LISTED_ROWS_MAX = 150_000;
const LISTED_MAX = 100;

/** A deck to be stored. */
export interface NewDeck {
  readonly plan: string;
  readonly validFrom: CivilDate;
  readonly rates: readonly Rate[];
}

/** A deck as it was stored. */
export interface StoredDeck extends DeckVersion {
  readonly importedAt: Instant;
  readonly rates: readonly Rate[];
}

/** The version that says these rates; null: none yet, as nothing was to be written. */
export interface Imported {
  readonly version: number | null;
  readonly unchanged: boolean;
}

const VersionRow = z.object({ version: wholeColumn.nullable() });
const DeckRow = z.object({
  version: wholeColumn,
  plan: z.string(),
  valid_from: dateColumn,
  imported_at: timeColumn,
});

async function newest(query: Query, where: string, values: readonly unknown[]) {
  const [row] = await query(`select max(version) as version from rate_decks ${where}`, values);
  return VersionRow.parse(row).version;
}

async function isSame(query: Query, version: number, rates: readonly Rate[]): Promise<boolean> {
  const known = (await ratesOf(query, [version])).get(version);
  return JSON.stringify(known) === JSON.stringify(rates);
}

/** Stores a deck (I1, I2), or finds out what storing it would do. */
export const importDeck = (
  database: Database,
  { plan, validFrom, rates }: NewDeck,
  { at, write }: { readonly at: Instant; readonly write: boolean },
): Promise<Imported | StoreFault> =>
  database.transaction(
    async (query): Promise<Imported> => {
      if (write) await lockWriters(query);
      const before = await newest(query, "where plan = $1 and valid_from = $2", [plan, validFrom]);
      if (before !== null && (await isSame(query, before, rates))) {
        return { version: before, unchanged: true };
      }
      if (!write) return { version: null, unchanged: false };
      const version = ((await newest(query, "", [])) ?? 0) + 1;
      const deck = {
        version,
        plan,
        valid_from: validFrom,
        imported_at: time(at),
        size: rates.length,
      };
      await insert(query, "rate_decks", [deck]);
      const rows = rates.map(({ prefix, unitS, unitYen, ...rate }) => ({
        deck_version: version,
        class: rate.class,
        prefix,
        unit_s: unitS,
        unit_yen: unitYen,
      }));
      await insert(query, "rates", rows);
      return { version, unchanged: false };
    },
    () => write,
  );

/** The newest decks, newest first; `plan` empty: of all plans. */
export const listDecks = (
  database: Database,
  plan: string,
): Promise<readonly StoredDeck[] | StoreFault> =>
  database.run(async (query) => {
    const rows = await query(
      `select version, plan, valid_from::text, imported_at from (
         select *, sum(size) over (order by version desc) as so_far from rate_decks
         where $1 = '' or plan = $1
       ) as decks
       where so_far <= ${LISTED_ROWS_MAX} order by version desc limit ${LISTED_MAX}`,
      [plan],
    );
    const decks = rows.map((row) => DeckRow.parse(row));
    const rates = await ratesOf(
      query,
      decks.map(({ version }) => version),
    );
    return decks.map(({ version, valid_from, imported_at, ...deck }) => ({
      version,
      plan: deck.plan,
      validFrom: valid_from,
      importedAt: imported_at,
      rates: rates.get(version) ?? [],
    }));
  });
