/**
 * A step of a call that this edge does not know: it was lost with an earlier life, or given up here.
 * Owns: what its actor is told, so that it settles and writes the record. Keeps no state.
 *
 * ST1  Whatever the step says, the caller is gone: the actor then orders every leg that it still has to
 *      be let go. Every order is answered with the end of its leg. What is settled hears nothing.
 * ST2  The facts count on from what the step contains. Of two steps that cross, some facts may be
 *      taken for repetitions; the actor orders those legs again until it hears of them.
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import { LEG_A, type LegId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { EdgeInput, EndCause, LegFact, LegOrder } from "../../../lib/telephony/leg.ts";
import type { Step } from "./anchor.ts";

/** What the sender of such a step must hear; nothing when it needs nothing more. */
export function answerStrayStep(
  { orders, over, ackedInput }: Pick<Step, "orders" | "over" | "ackedInput">,
  at: Instant,
): readonly EdgeInput[] {
  if (over) return [];
  const gone: LegFact = { kind: "leg-ended", leg: LEG_A, by: "edge", cause: "crashed" };
  const facts = [gone, ...orders.flatMap(endOf)];
  return facts.map((fact, n): EdgeInput => ({ seq: ackedInput + 1 + n, at, fact }));
}

function endOf(order: LegOrder): readonly LegFact[] {
  switch (order.kind) {
    case "dial":
      return [failed(order.leg, 503, "unavailable")];
    case "cancel-leg":
      return [failed(order.leg, 487, order.cause)];
    case "hang-up":
      return order.leg === LEG_A
        ? []
        : [{ kind: "leg-ended", leg: order.leg, by: "us", cause: order.cause }];
    case "ring-caller":
    case "answer-caller":
    case "refuse-caller":
      return [];
    default:
      return unreachable(order);
  }
}

const failed = (leg: LegId, status: number, cause: EndCause): LegFact => ({
  kind: "leg-failed",
  leg,
  status,
  q850: 0,
  cause,
});
