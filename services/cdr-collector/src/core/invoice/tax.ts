/**
 * Consumption tax of an invoice (DOMAIN 5.1, R25): net amounts are summed per rate, then the tax of each
 * sum is rounded, once. A tax rounded per line is not allowed on a qualified invoice.
 */
import type { Policies } from "../prices/price-file.ts";

/** Net amount and tax of a rate. */
export interface TaxTotal {
  readonly percent: number;
  readonly netYen: number;
  readonly taxYen: number;
}

/** Hundredths of a yen to whole yen; a refund is rounded like the same charge. */
function rounded(hundredths: number, rounding: Policies["rounding"]): number {
  const fraction = Math.abs(hundredths) % 100;
  const whole = (Math.abs(hundredths) - fraction) / 100;
  const up = { down: false, up: fraction > 0, "half-up": fraction >= 50 }[rounding];
  const size = whole + (up ? 1 : 0);
  return hundredths < 0 && size > 0 ? -size : size;
}

/** Totals per rate, highest rate first. */
export function taxTotals(
  lines: readonly { readonly taxPercent: number; readonly netYen: number }[],
  rounding: Policies["rounding"],
): readonly TaxTotal[] {
  const sums = new Map<number, number>();
  for (const { taxPercent, netYen } of lines) {
    sums.set(taxPercent, (sums.get(taxPercent) ?? 0) + netYen);
  }
  return [...sums]
    .toSorted(([a], [b]) => b - a)
    .map(([percent, netYen]) => ({ percent, netYen, taxYen: rounded(netYen * percent, rounding) }));
}
