import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { laddersIn, runLadder } from "../../../lib/testkit/ladder.ts";
import { ladderCall } from "../../test/ladder-notation.ts";

/** A ladder that proves rules begins with them: `# R7, D6: ...`; it is called so, and by its file. */
function titled({
  name,
  file,
}: {
  readonly name: string;
  readonly file: string;
}): [string, string] {
  const [first = ""] = readFileSync(file, "utf8").split("\n");
  const claim = /^# ((?:[RDA][0-9]+|[1-5]\.[0-9][a-d]?)(?:, [RDA][0-9]+)*: .*)/.exec(first)?.[1];
  return [claim === undefined ? name : `${claim} (${name})`, file];
}

const LADDERS = laddersIn(join(import.meta.dirname, "ladders")).map(titled);

describe("call flows", () => {
  it.each(LADDERS)("%s", (_title, file) => {
    expect(() => runLadder(file, ladderCall().say)).not.toThrow();
  });
});
