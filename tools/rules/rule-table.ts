/**
 * Which test shows which rule of docs/domain.md: by the test's title, which begins with the rules that
 * it proves and a colon ("R12, D3: the terminal's own number is shown").
 *
 * Owns: reading the rules, the titles and the verdict. Does not own: running anything (main.ts).
 *
 * U1 a rule without a test, or with a test that did not pass, is not shown.
 */

/** A rule of the tables R1 to R25, D1 to D9 and A1 to A22, with its own words. */
export interface Rule {
  readonly id: string;
  readonly says: string;
}

/** A test that ran, with its whole title and the suite it stands in. */
export interface TitledTest {
  readonly suite: string;
  readonly title: string;
  readonly status: string;
}

/** A rule with the tests that name it. */
export interface RuleRow {
  readonly rule: Rule;
  readonly tests: readonly TitledTest[];
  readonly shown: boolean;
}

/** The part of vitest's JSON report that we read. */
export interface TitledReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

const RULE_ID = "(?:[RDA][0-9]+|[1-5]\\.[0-9][a-d]?)";
const TITLE = new RegExp(`^(${RULE_ID}(?:, ${RULE_ID})*): `);

/** The rules that a title names, none when it names no rule. */
export const rulesOf = (title: string): readonly string[] =>
  TITLE.exec(title)?.[1]?.split(", ") ?? [];

/** The numbered rows of the rule tables, in their order. */
export function readRules(page: string): readonly Rule[] {
  return page
    .split("\n")
    .map((line) => /^\| ([RDA][0-9]+) \| ([^|]+) \|(?: ([^|]+) \|)?/.exec(line))
    .flatMap((cells) => {
      const [, id = "", first = "", second = ""] = cells ?? [];
      if (id === "") return [];
      return [{ id, says: id.startsWith("D") ? `${first}; ${second}` : first }];
    });
}

/** The tests of one suite's report. */
export const testsOf = (suite: string, report: TitledReport): readonly TitledTest[] =>
  report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ title, status }) => ({ suite, title, status })),
  );

/** Every rule with its tests. */
export function ruleRows(rules: readonly Rule[], tests: readonly TitledTest[]): readonly RuleRow[] {
  const named = tests.flatMap((test) => rulesOf(test.title).map((id) => ({ id, test })));
  return rules.map((rule) => {
    const own = named.filter(({ id }) => id === rule.id).map(({ test }) => test);
    const shown = own.length > 0 && own.every(({ status }) => status === "passed");
    return { rule, tests: own, shown };
  });
}

const WIDTH = 100;
const clip = (text: string, width: number): string =>
  text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`;

/** The table for people: one line a rule, then one a test. */
export function renderRules(rows: readonly RuleRow[]): string {
  const lines = rows.flatMap(({ rule, tests, shown }) => [
    `${rule.id.padEnd(4)} ${clip(rule.says, WIDTH)} ${shown ? "shown" : tests.length === 0 ? "NO TEST" : "FAILED"}`,
    ...tests.map(({ suite, title, status }) => {
      const mark = status === "passed" ? "" : `  ${status.toUpperCase()}`;
      return `       ${suite.padEnd(4)} ${title.slice(title.indexOf(": ") + 2)}${mark}`;
    }),
  ]);
  const missing = rows.filter(({ shown }) => !shown).map(({ rule }) => rule.id);
  const sum = `${rows.length - missing.length} of ${rows.length} rules shown`;
  return [...lines, missing.length === 0 ? sum : `${sum}; not: ${missing.join(", ")}`].join("\n");
}
