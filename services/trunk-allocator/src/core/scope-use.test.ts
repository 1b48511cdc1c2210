import { describe, expect, it } from "vitest";
import { apply, emptyPool } from "./channel-pool.ts";
import { scopeCalled, sharedScopes } from "./scope-use.ts";

function poolOf(...scopes: readonly string[]) {
  const pool = emptyPool();
  for (const scope of scopes) apply(pool, { kind: "limited", scope, limit: 3, revision: 1 });
  const expiresAt = 60_000;
  const legs = [{ leg: "b1", scopes }];
  apply(pool, { kind: "taken", callId: "c1", epoch: 1, at: 0, expiresAt, legs });
  return pool;
}

describe("scopes shown", () => {
  it("companies and trunks have a row each; the numbers of the service have none", () => {
    const pool = poolOf("source:+81312345678", "company:x", "source:+81312345679", "trunk:t");
    expect(sharedScopes(pool, 10)).toEqual([
      { id: "company:x", held: 1, limit: 3 },
      { id: "trunk:t", held: 1, limit: 3 },
    ]);
  });

  it("rows end at the bound", () => {
    expect(sharedScopes(poolOf("company:x", "company:y", "company:z"), 2)).toHaveLength(2);
  });

  it("a number is shown to who asks for it, an unknown scope is not", () => {
    const pool = poolOf("source:+81312345678");
    expect(scopeCalled(pool, "source:+81312345678")).toMatchObject([{ held: 1, limit: 3 }]);
    expect(scopeCalled(pool, "source:+81312345679")).toEqual([]);
  });
});
