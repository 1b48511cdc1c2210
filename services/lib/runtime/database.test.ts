import { expect, it } from "vitest";
import { z } from "zod";
import { storeFault } from "./database.ts";

it.each([
  ["a row that is not what it should be", z.string().safeParse(1).error, "internal"],
  ["a value that cannot be", new RangeError("Invalid time value"), "internal"],
  ["a connection that breaks", new Error("Connection terminated unexpectedly"), "unavailable"],
])("%s is told as such", (_, error, cause) => {
  expect(storeFault(error)).toMatchObject({ kind: "store-fault", cause });
});
