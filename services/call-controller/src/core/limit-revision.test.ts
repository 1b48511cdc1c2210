import { expect, it } from "vitest";
import type { CivilDate } from "../../../lib/telephony/tokyo-time.ts";
import { limitRevision } from "./limit-revision.ts";

const term = (from: string): { readonly from: CivilDate } => ({ from: from as CivilDate });

it("A15: a later term of the same revision has the newer limits, a later revision newer ones still", () => {
  const order = [
    limitRevision(41, term("2199-12-31")),
    limitRevision(42, term("2000-01-01")),
    limitRevision(42, term("2026-11-30")),
    limitRevision(42, term("2026-12-01")),
    limitRevision(43, term("2000-01-01")),
  ];
  expect(order.toSorted((one, other) => one - other)).toEqual(order);
  expect(new Set(order).size).toBe(order.length);
});

it("a thousand million revisions are whole numbers yet", () => {
  const last = limitRevision(1_000_000_000, term("2199-12-31"));
  expect(Number.isSafeInteger(last)).toBe(true);
  expect(last + 1).toBeGreaterThan(last);
});
