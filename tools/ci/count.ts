/**
 * The whole proof of a checkout: every check and suite, one after the other, then one line with the sum.
 *
 * Owns: the list and its order (cheap first; none stops the next). Does not own: what each does (package.json), nor the
 * counting (tally.ts). Exit status 1 when anything failed.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import type { SuiteReport, Tally } from "./tally.ts";
import { sum, tallyLine, tallyOfCheck, tallyOfSuite } from "./tally.ts";

const CHECKS = [
  "gen",
  "lint:format",
  "lint:code",
  "lint:tidy",
  "lint:proto",
  "lint:breaking",
  "types:all",
  "types:core",
];
const SUITES = ["unit", "int", "e2e"];

/** A hung check must not hold up the run for good. */
const LIMIT_MS = 25 * 60_000;

function runScript(script: string, args: readonly string[] = []): boolean {
  console.log(`\n== ${script}`);
  const { status } = spawnSync("npm", ["run", "--silent", script, "--", ...args], {
    stdio: ["ignore", "inherit", "inherit"],
    timeout: LIMIT_MS,
  });
  return status === 0;
}

function runSuite(suite: string): Tally {
  const file = `.run/report/${suite}.json`;
  rmSync(file, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const succeeded = runScript(suite, reporters);
  return tallyOfSuite(readReport(file), succeeded);
}

function readReport(file: string): SuiteReport | null {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

mkdirSync(".run/report", { recursive: true });
const rows: readonly (readonly [string, Tally])[] = [
  ...CHECKS.map((check) => [check, tallyOfCheck(runScript(check))] as const),
  ...SUITES.map((suite) => [suite, runSuite(suite)] as const),
  ["rules", tallyOfCheck(runScript("rules", ["--reports"]))],
];
const total = sum(rows.map(([, tally]) => tally));
console.log();
for (const [name, tally] of rows) console.log(`${name.padEnd(14)} ${tallyLine(tally)}`);
console.log(`\n${tallyLine(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;
