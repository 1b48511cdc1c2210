import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { laddersIn, runLadder } from "../../../lib/testkit/ladder.ts";
import { ladderCall } from "../../test/ladder-notation.ts";

describe("call flows", () => {
  it.each(laddersIn(join(import.meta.dirname, "ladders")))("$name", ({ file }) => {
    expect(() => runLadder(file, ladderCall().say)).not.toThrow();
  });
});
