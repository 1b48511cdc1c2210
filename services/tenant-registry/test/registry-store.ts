/**
 * The registry's store in this process, with a clock that the test turns: for what happens over days. The
 * tables are real ones, in a schema of their own.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Database, isStoreFault, openDatabase } from "../../lib/runtime/database.ts";
import type { Instant } from "../../lib/telephony/instant.ts";
import { readDocument } from "../src/core/document.ts";
import type { ChangeLog, ChangeOutcome, Changes, Readings } from "../src/ports.ts";
import { japaneseNumbers } from "../src/shell/phone-book.ts";
import { createReadings } from "../src/shell/readings.ts";
import { createChanges } from "../src/shell/store.ts";
import { readYaml } from "../src/shell/yaml.ts";

const MIGRATIONS = new URL("../migrations/", import.meta.url);

/** A store and its clock. */
export interface HandStore {
  readonly database: Database;
  readonly changes: Changes;
  readonly readings: Readings & ChangeLog;
  /** Sets the clock: `2026-10-01T09:00` is Tokyo's time. */
  readonly turnTo: (tokyo: string) => void;
  readonly apply: (document: string, dryRun?: boolean) => Promise<ChangeOutcome>;
}

/** The moment at a time of Tokyo. */
export const tokyo = (text: string): Instant => Date.parse(`${text}+09:00`);

const fine = (outcome: unknown): void => {
  if (isStoreFault(outcome)) throw new Error(outcome.problem);
};

const openTables = (url: string, schema: string, migrations: URL): Database =>
  openDatabase({ url, schema, migrations, application: "test", onFault: () => undefined });

/** Makes the tables as they were after the first migrations, and opens them. */
export async function openOldTables(
  url: string,
  schema: string,
  files: readonly string[],
): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), "kakehashi-migrations-"));
  for (const file of files) await copyFile(new URL(file, MIGRATIONS), join(folder, file));
  const database = openTables(url, schema, pathToFileURL(`${folder}/`));
  fine(await database.migrate());
  rmSync(folder, { recursive: true });
  return database;
}

/** Opens a store on a schema, with tables that are up to date. */
export async function openHandStore(url: string, schema: string): Promise<HandStore> {
  const database = openTables(url, schema, MIGRATIONS);
  fine(await database.migrate());
  let at = 0;
  const clock = (): Instant => at;
  const changes = createChanges(database, clock);
  return {
    database,
    changes,
    readings: createReadings(database, clock),
    turnTo: (text) => {
      at = tokyo(text);
    },
    apply: (document, dryRun = false) => {
      const yaml = readYaml(document);
      if (yaml.kind === "broken") throw new Error(yaml.faults[0]?.message);
      const read = readDocument(yaml.value, japaneseNumbers);
      return changes.change(read, { dryRun, expectedRevision: 0 });
    },
  };
}
