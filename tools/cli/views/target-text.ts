/** Targets, relays and callers of a number in a few words, for cells of tables. */
import type { CallersValue, NumberValue, RelayValue, TargetValue } from "../company-document.ts";
import { shownNumber } from "../numbers.ts";

const targetText = ({ extension, outside, ringSeconds }: TargetValue): string =>
  `${extension ?? shownNumber(outside ?? "?")} (${ringSeconds} s)`;

/** `1001 (20 s), 09012345678 (25 s)`. */
export const targetsText = (targets: readonly TargetValue[]): string =>
  targets.map(targetText).join(", ");

/** A relay's targets, with the terminal itself in front when it rings first. */
export const relayText = ({ ringSelf, targets }: RelayValue): string =>
  [...(ringSelf ? ["itself"] : []), ...(targets.length === 0 ? [] : [targetsText(targets)])].join(
    ", then ",
  );

/** What rings while the number is closed; empty without business hours. */
export function outOfHoursText({ schedule, outOfHours }: NumberValue): string {
  if (schedule === undefined) return "";
  if (outOfHours === undefined) return "turned away";
  return "group" in outOfHours ? `group ${outOfHours.group}` : relayText(outOfHours);
}

/** Whose calls are taken; empty for everyone's. */
export function callersText(callers: CallersValue | undefined): string {
  if (callers === undefined) return "";
  const { deny, allow, anonymous } = callers;
  return [
    ...(allow.length === 0 ? [] : [`only ${allow.map(shownNumber).join(", ")}`]),
    ...(deny.length === 0 ? [] : [`not ${deny.map(shownNumber).join(", ")}`]),
    ...(anonymous === "refuse" ? ["no anonymous"] : []),
  ].join("; ");
}
