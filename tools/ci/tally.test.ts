import { expect, test } from "vitest";
import type { SuiteReport } from "./tally.ts";
import { sum, tallyLine, tallyOfCheck, tallyOfSuite } from "./tally.ts";

const report = (changes: Partial<SuiteReport>): SuiteReport => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...changes,
});

test("a suite counts its tests", () => {
  const suite = report({
    numPassedTests: 5,
    numFailedTests: 2,
    numPendingTests: 1,
    numTodoTests: 1,
  });
  expect(tallyOfSuite(suite, false)).toEqual({ passed: 5, failed: 2, skipped: 2 });
});

test("a file that does not load is a failure beside the tests that passed", () => {
  const testResults = [{ status: "failed", assertionResults: [] }];
  expect(tallyOfSuite(report({ numPassedTests: 5, testResults }), false).failed).toBe(1);
});

test("a failed test is not counted a second time for its file", () => {
  const testResults = [{ status: "failed", assertionResults: [{ status: "failed" }] }];
  expect(tallyOfSuite(report({ numFailedTests: 1, testResults }), false).failed).toBe(1);
});

test("a suite that passes all tests but exits with an error has failed", () => {
  expect(tallyOfSuite(report({ numPassedTests: 5 }), false)).toMatchObject({
    passed: 5,
    failed: 1,
  });
});

test("a suite that ran no test has failed", () => {
  expect(tallyOfSuite(report({}), true).failed).toBe(1);
});

test("a suite that left no report has failed", () => {
  expect(tallyOfSuite(null, true).failed).toBe(1);
});

test("the line names skipped tests only when there are any", () => {
  const total = sum([
    tallyOfCheck(true),
    tallyOfCheck(false),
    { passed: 3, failed: 0, skipped: 0 },
  ]);
  expect(tallyLine(total)).toBe("4 passed, 1 failed");
  expect(tallyLine({ ...total, skipped: 2 })).toBe("4 passed, 1 failed, 2 skipped");
});
