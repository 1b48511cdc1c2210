import { describe, expect, it } from "vitest";
import { untilKnown } from "./knowledge.ts";

describe("waiting for what must be known", () => {
  it("ends as soon as nothing is missing", async () => {
    const answers = ["registrations", "registrations", "trunks"];
    expect(await untilKnown(() => answers.shift() ?? null, 60_000)).toBeNull();
    expect(answers).toEqual([]);
  });

  it("ends with patience, and says what is missing", async () => {
    expect(await untilKnown(() => "trunks", 40)).toBe("trunks");
  });
});
