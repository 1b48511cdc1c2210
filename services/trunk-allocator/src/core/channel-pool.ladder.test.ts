import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { laddersIn, runLadder } from "../../../lib/testkit/ladder.ts";
import { ladderPool } from "../../test/pool-notation.ts";

describe("lives of leases", () => {
  it.each(laddersIn(join(import.meta.dirname, "ladders")))("$name", ({ file }) => {
    expect(() => runLadder(file, ladderPool())).not.toThrow();
  });
});
