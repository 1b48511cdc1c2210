import { expect, it } from "vitest";
import { z } from "zod";
import { connectionSettings, storeFault } from "./database.ts";

it.each([
  ["a row that is not what it should be", z.string().safeParse(1).error, "internal"],
  ["a value that cannot be", new RangeError("Invalid time value"), "internal"],
  ["a connection that breaks", new Error("Connection terminated unexpectedly"), "unavailable"],
])("%s is told as such", (_, error, cause) => {
  expect(storeFault(error)).toMatchObject({ kind: "store-fault", cause });
});

it("a query may take 5 s, or as long as its service says (D1)", () => {
  const target = { url: "postgres://x", schema: "x", application: "x" };
  const limits = (ms: number) => ({ query_timeout: ms, statement_timeout: ms });
  expect(connectionSettings(target)).toMatchObject(limits(5_000));
  expect(connectionSettings({ ...target, queryLimitMs: 60_000 })).toMatchObject(limits(60_000));
});
