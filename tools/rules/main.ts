/**
 * `make rules`: runs every test that is named by a rule and prints rule, tests and result. With
 * --reports it reads what the last `make test` left instead of running anything.
 *
 * Exit status 1 when a rule has no test, or one that did not pass.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { readRules, renderRules, ruleRows, type TitledReport, testsOf } from "./rule-table.ts";

const SUITES = ["unit", "int", "e2e"];
/** Tests whose title begins with a rule; vitest matches titles behind those of their groups. */
const NAMED_BY_RULE = "(^|\\s)([RDA][0-9]+|[1-5]\\.[0-9][a-d]?)(, [RDA0-9.a-d]+)*: ";
const LIMIT_MS = 25 * 60_000;

function runNamed(suite: string, file: string): void {
  rmSync(file, { force: true });
  const args = ["--reporter=json", `--outputFile.json=${file}`, "-t", NAMED_BY_RULE];
  spawnSync("npm", ["run", "--silent", suite, "--", ...args], {
    stdio: ["ignore", "ignore", "inherit"],
    timeout: LIMIT_MS,
  });
}

function readReport(file: string): TitledReport {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    console.error(`there is no report ${file}: its suite did not run to the end`);
    return { testResults: [] };
  }
}

const fromReports = process.argv.includes("--reports");
const folder = fromReports ? ".run/report" : ".run/rules";
mkdirSync(folder, { recursive: true });
const tests = SUITES.flatMap((suite) => {
  const file = `${folder}/${suite}.json`;
  if (!fromReports) runNamed(suite, file);
  return testsOf(suite, readReport(file));
});
const rows = ruleRows(readRules(readFileSync("docs/domain.md", "utf8")), tests);
console.log(renderRules(rows));
process.exitCode = rows.every(({ shown }) => shown) ? 0 : 1;
