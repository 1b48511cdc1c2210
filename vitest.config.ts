/**
 * Test suites. unit: no sockets, beside the code. int: NATS, PostgreSQL, sockets, other programs. e2e: the whole cluster.
 * Every test, hook and tear-down is bounded; a suite that needs longer says so where it stands.
 */

import { defineConfig } from "vitest/config";

const NEVER = ["**/node_modules/**", "**/gen/**", ".run/**"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["services/**/*.test.ts", "tools/**/*.test.ts", "loadtest/**/*.test.ts"],
          exclude: [...NEVER, "**/*.int.test.ts", "**/*.e2e.test.ts"],
          testTimeout: 10_000,
          hookTimeout: 10_000,
        },
      },
      {
        test: {
          name: "int",
          include: ["**/test/*.int.test.ts"],
          exclude: NEVER,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["tools/e2e/**/*.e2e.test.ts"],
          exclude: NEVER,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
    teardownTimeout: 20_000,
  },
});
