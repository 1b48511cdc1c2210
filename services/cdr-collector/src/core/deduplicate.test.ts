import fc from "fast-check";
import { expect, it } from "vitest";
import type { CallId } from "../../../lib/telephony/ids.ts";
import { planWrites, type Versioned, type WritePlan } from "./deduplicate.ts";

const of = (callId: string, epoch: number): Versioned => ({ callId: callId as CallId, epoch });

/** Carries plans out as the sink does; refuses what a primary key would refuse. */
function carryOut(plan: WritePlan<Versioned>, stored: Map<CallId, number>): void {
  for (const callId of plan.replace) stored.delete(callId);
  for (const { callId, epoch } of plan.write) {
    if (stored.has(callId)) throw new Error(`duplicate key ${callId}`);
    stored.set(callId, epoch);
  }
}

const arbitraryBatch = fc.array(
  fc.record({ callId: fc.constantFrom("a", "b", "c", "d"), epoch: fc.integer({ min: 1, max: 4 }) }),
  { maxLength: 12 },
);

it("stores a new call, replaces a lower epoch, ignores the same and a lower one", () => {
  const stored = new Map([["known" as CallId, 2]]);
  const batch = [of("new", 1), of("known", 3), of("known", 2), of("known", 3), of("new", 1)];
  expect(planWrites(batch, stored)).toEqual({
    write: [of("new", 1), of("known", 3)],
    replace: ["known"],
    counts: { stored: 1, replaced: 1, duplicate: 3 },
  });
});

it("keeps the highest epoch of each call, however the stream is cut, ordered or repeated", () => {
  const highest = (records: readonly Versioned[]): Map<CallId, number> => {
    const epochs = new Map<CallId, number>();
    for (const { callId, epoch } of records) {
      epochs.set(callId, Math.max(epoch, epochs.get(callId) ?? 0));
    }
    return epochs;
  };
  fc.assert(
    fc.property(fc.array(arbitraryBatch, { maxLength: 5 }), (batches) => {
      const stored = new Map<CallId, number>();
      for (const batch of batches) {
        carryOut(
          planWrites(
            batch.map(({ callId, epoch }) => of(callId, epoch)),
            stored,
          ),
          stored,
        );
      }
      const all = batches.flat().map(({ callId, epoch }) => of(callId, epoch));
      expect(stored).toEqual(highest(all));
    }),
  );
});

it("counts a batch as if its records had come one by one", () => {
  fc.assert(
    fc.property(arbitraryBatch, (batch) => {
      const records = batch.map(({ callId, epoch }) => of(callId, epoch));
      const stored = new Map<CallId, number>();
      const sum = { stored: 0, replaced: 0, duplicate: 0 };
      for (const record of records) {
        const plan = planWrites([record], stored);
        carryOut(plan, stored);
        sum.stored += plan.counts.stored;
        sum.replaced += plan.counts.replaced;
        sum.duplicate += plan.counts.duplicate;
      }
      expect(planWrites(records, new Map()).counts).toEqual(sum);
    }),
  );
});
