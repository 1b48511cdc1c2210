/** A number of a company as `get number` shows it. */
import { decoding, type WireFault } from "../../../services/lib/wire/fault.ts";
import { GROUP_MODES } from "../../../services/lib/wire/route-codec.ts";
import type { RouteSnapshot } from "../../../services/lib/wire/tenant.ts";
import { facts } from "../columns.ts";
import {
  numberValue as documentNumber,
  type NumberValue,
  type TargetValue,
  targetValue,
} from "../company-document.ts";
import { shownNumber } from "../numbers.ts";
import { hoursText, type ScheduleValue, scheduleValue } from "../schedule-document.ts";
import { callersText, outOfHoursText, targetsText } from "./target-text.ts";

/** The number with what it rings; `schedule` is null when it is always open. */
export interface RoutedNumber {
  readonly number: NumberValue;
  readonly companyId: string;
  readonly rings: string;
  readonly mode: string;
  readonly targets: readonly TargetValue[];
  readonly schedule: ScheduleValue | null;
  readonly revision: number;
}

/** Where calls to the number of `snapshot` go; a fault when it holds a word that is not known here. */
export const routedNumber = (snapshot: RouteSnapshot): RoutedNumber | WireFault =>
  decoding("RouteSnapshot", () => read(snapshot));

const NO_ENTRY: NonNullable<RouteSnapshot["entry"]> = {
  number: "",
  kind: 0,
  trunkId: "",
  rings: undefined,
  scheduleId: "",
  outOfHours: undefined,
  callers: undefined,
};

function read(snapshot: RouteSnapshot): RoutedNumber {
  const { called, companyId, entry = NO_ENTRY, revision, schedule } = snapshot;
  const group =
    called?.$case === "groupId" ? snapshot.groups.find(({ id }) => id === called.value) : undefined;
  const terminal =
    called?.$case === "terminalExtension"
      ? snapshot.terminals.find(({ extension }) => extension === called.value)
      : undefined;
  const targets = group?.targets ?? terminal?.relay?.targets ?? [];
  const direct = targets.length === 0 ? "direct" : "terminal-relay";
  return {
    number: documentNumber(entry, "entry"),
    companyId,
    rings: group === undefined ? `terminal ${terminal?.extension ?? "?"}` : `group ${group.id}`,
    mode: group === undefined ? direct : GROUP_MODES.fromWire(group.mode, "group.mode"),
    targets: targets.map(targetValue),
    schedule: schedule === undefined ? null : scheduleValue(schedule, "schedule"),
    revision,
  };
}

/** One number. */
export const numberLines = ({ number, schedule, ...value }: RoutedNumber): readonly string[] => [
  ...facts([
    ["number", shownNumber(number.number)],
    ["company", value.companyId],
    ["kind", number.kind],
    ["trunk", number.trunk],
    ["rings", value.rings],
    ["mode", value.mode],
    ["targets", targetsText(value.targets)],
    ["open", schedule === null ? "" : `${schedule.id}: ${hoursText(schedule)}`],
    ["out of hours", outOfHoursText(number)],
    ["callers", callersText(number.callers)],
    ["revision", String(value.revision)],
  ]),
  "",
  `what a call to it would do: kakehashi plan ${shownNumber(number.number)} --from 09012345678`,
];
