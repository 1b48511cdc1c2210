/** S11 in small: no call of an even stream fails and nothing is left. `make load` is the long version. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { runLoad } from "../../loadtest/load.ts";

it("300 calls at 50 a second: none fails, 300 records, no channel held", async () => {
  const result = await runLoad({
    net: 25,
    dir: join(import.meta.dirname, "../../.run/e2e/25"),
    calls: 300,
    perSecond: 50,
    mix: { "ring-all": 1, relay: 1, direct: 1 },
    talkMs: 300,
    profile: false,
  });
  expect(result.claims.filter(({ isKept }) => !isKept)).toEqual([]);
  expect(result.claims.length).toBeGreaterThanOrEqual(7);
});
