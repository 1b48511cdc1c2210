/** What an outcome of a call would cost, in a few words. */

import type { QuoteMessage } from "../../../services/lib/wire/billing.ts";
import type { PlannedTarget } from "../../../services/lib/wire/call.ts";
import { yen } from "../money.ts";

/** Rates of a plan's outside targets by their `seq`, or why there are none. */
export type Prices =
  | { readonly kind: "priced"; readonly quotes: ReadonlyMap<number, QuoteMessage> }
  | { readonly kind: "unpriced"; readonly reason: string };

/** Outside targets that would ring: what a rate is asked for. */
export const pricedTargets = (targets: readonly PlannedTarget[]): readonly PlannedTarget[] =>
  targets.filter(({ kind, skipped }) => kind === "outside" && skipped === "");

/** `16 yen / 60 s`, `on-net free`, `no rate: ...`; empty for what does not ring or was not asked. */
export function priceText({ kind, seq, skipped }: PlannedTarget, prices: Prices): string {
  if (prices.kind === "unpriced" || skipped !== "") return "";
  if (kind === "extension") return "free";
  const quote = prices.quotes.get(seq);
  if (quote === undefined) return "no rate";
  const { rate, unrated } = quote;
  if (rate === undefined) return unrated === "" ? "no rate" : `no rate: ${unrated}`;
  const net = rate.class === "on-net" ? "on-net " : "";
  return rate.unitYen === 0 ? `${net}free` : `${net}${yen(rate.unitYen)} / ${rate.unitS} s`;
}
