/**
 * The lines of an invoice before tax: this month's fees, what earlier months owe more or less than was
 * billed, and the calls. Owns their grouping and order.
 *
 * L1  The sum of the lines of fees is D(c(K), <=K) - D(c(J), <=J), J being the invoice before: every fee
 *     is billed exactly once, whenever it became known.
 * L2  Lines do not depend on the order of fees or of calls, nor on how calls were summed before.
 */
import type { DestinationClass } from "../../../../lib/telephony/destination-class.ts";
import type { CivilMonth } from "../../../../lib/telephony/tokyo-time.ts";
import type { Fee } from "./fees.ts";
import { asAdjustment, type CallClass, callWording, feeWording, type Wording } from "./wording.ts";

/** Calls of one source number to one kind of destination, answered in one month. */
export interface CallSum {
  readonly answeredMonth: CivilMonth;
  /** E.164. */
  readonly sourceNumber: string;
  readonly destinationClass: DestinationClass;
  readonly onNet: boolean;
  /** Booked after the invoice of its month was closed; amounts are differences then. */
  readonly isAdjustment: boolean;
  readonly calls: number;
  readonly billedS: number;
  /** Whole yen without tax. */
  readonly yen: number;
}

/** Part of the invoice that a line stands in. */
export type Section = "initial" | "flat" | "calls" | "adjustment";

/** A line without its tax rate. */
export interface NetLine extends Wording {
  readonly section: Section;
  /** Month that it belongs to: of the fee, or of the calls' answers. */
  readonly month: CivilMonth;
  readonly quantity: number;
  /** 0 for calls. */
  readonly unitYen: number;
  readonly netYen: number;
  /** Empty for fees. */
  readonly sourceNumber: string;
  /** Empty for fees. */
  readonly destinationClass: CallClass | "";
  readonly billedS: number;
}

const feeLine = (fee: Fee, section: Section): NetLine => ({
  ...(section === "adjustment" ? asAdjustment(feeWording(fee), fee.month) : feeWording(fee)),
  section,
  month: fee.month,
  quantity: fee.quantity,
  unitYen: fee.unitYen,
  netYen: fee.netYen,
  sourceNumber: "",
  destinationClass: "",
  billedS: 0,
});

const feeKey = ({ month, section, component }: Fee): string => `${month} ${section} ${component}`;

/** A fee taken back; 0 stays 0 and not -0, which would show in JSON. */
const reversed = (fee: Fee): Fee => ({
  ...fee,
  quantity: 0 - fee.quantity,
  netYen: 0 - fee.netYen,
});

/** What is owed now and was billed before, of one fee: one line, or two when its price changed. */
function difference(now: Fee | undefined, before: Fee | undefined): readonly Fee[] {
  if (now === undefined || before === undefined) {
    return [...(before ? [reversed(before)] : []), ...(now ? [now] : [])];
  }
  if (now.unitYen !== before.unitYen || now.byDay !== before.byDay) return [reversed(before), now];
  const quantity = now.quantity - before.quantity;
  return quantity === 0 ? [] : [{ ...now, quantity, netYen: now.netYen - before.netYen }];
}

/** Lines of fees of invoice `month`; `owed` is D at its cutoff, `billed` at that of the invoice before. */
export function feeLines(
  month: CivilMonth,
  owed: readonly Fee[],
  billed: readonly Fee[],
): readonly NetLine[] {
  const own = owed.filter((fee) => fee.month === month);
  const earlier = owed.filter((fee) => fee.month !== month);
  const before = new Map(billed.map((fee) => [feeKey(fee), fee]));
  const now = new Map(earlier.map((fee) => [feeKey(fee), fee]));
  const keys = [...new Set([...before.keys(), ...now.keys()])].toSorted();
  const adjustments = keys.flatMap((key) => difference(now.get(key), before.get(key)));
  return [
    ...own.filter(({ section }) => section === "initial").map((fee) => feeLine(fee, "initial")),
    ...own.filter(({ section }) => section === "flat").map((fee) => feeLine(fee, "flat")),
    ...adjustments.map((fee) => feeLine(fee, "adjustment")),
  ];
}

const classOf = ({ onNet, destinationClass }: CallSum): CallClass =>
  onNet ? "on-net" : destinationClass;

const callKey = (sum: CallSum): string =>
  [sum.isAdjustment ? 1 : 0, sum.answeredMonth, sum.sourceNumber, classOf(sum)].join(" ");

function callLine(sum: CallSum): NetLine {
  const callClass = classOf(sum);
  const month = sum.answeredMonth;
  const wording = callWording(callClass);
  return {
    ...(sum.isAdjustment ? asAdjustment(wording, month) : wording),
    section: sum.isAdjustment ? "adjustment" : "calls",
    month,
    quantity: sum.calls,
    unitYen: 0,
    netYen: sum.yen,
    sourceNumber: sum.sourceNumber,
    destinationClass: callClass,
    billedS: sum.billedS,
  };
}

/** Lines of calls by month, source number and class of the destination. */
export function callLines(calls: readonly CallSum[]): readonly NetLine[] {
  const sums = new Map<string, CallSum>();
  for (const sum of calls) {
    const known = sums.get(callKey(sum));
    const merged = known && {
      ...known,
      calls: known.calls + sum.calls,
      billedS: known.billedS + sum.billedS,
      yen: known.yen + sum.yen,
    };
    sums.set(callKey(sum), merged ?? sum);
  }
  return [...sums]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, sum]) => sum)
    .filter((sum) => sum.calls !== 0 || sum.billedS !== 0 || sum.yen !== 0)
    .map(callLine);
}
