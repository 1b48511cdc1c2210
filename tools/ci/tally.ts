/**
 * What one check or suite adds to the sum of a run.
 *
 * Owns: counting. Does not own: running anything (count.ts).
 *
 * T1 a file that could not be loaded counts as one failure, as does a run that broke outside any test.
 * T2 a suite that ran no test has failed.
 */

/** The counts of one check, one suite or the whole run. */
export type Tally = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
};

/** The part of vitest's JSON report that we read. */
export type SuiteReport = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
};

/** The tally of a check that has no tests inside. */
export function tallyOfCheck(succeeded: boolean): Tally {
  return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 };
}

/** The tally of a suite; `report` is null when it left none, `succeeded` is its exit status. */
export function tallyOfSuite(report: SuiteReport | null, succeeded: boolean): Tally {
  if (report === null) return tallyOfCheck(false);
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((result) => result.status === "failed"),
  ).length;
  const counted = report.numFailedTests + brokenFiles;
  const isSilentFailure = counted === 0 && (!succeeded || report.numPassedTests === 0);
  return {
    passed: report.numPassedTests,
    failed: isSilentFailure ? 1 : counted,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** The sum of tallies. */
export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (total, { passed, failed, skipped }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      skipped: total.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** `12 passed, 0 failed`, with `, 1 skipped` when any was. */
export function tallyLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
