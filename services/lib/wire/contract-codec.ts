/**
 * What of a route snapshot does not ring: contract terms, business hours, destinations and on whose
 * account they are counted, to and from kakehashi.tenant.v1.
 */
import { unreachable } from "../telephony/assert.ts";
import type { Schedule } from "../telephony/business-hours.ts";
import type { ContractTerm } from "../telephony/contract.ts";
import type { DestinationClass } from "../telephony/destination-class.ts";
import type { Forwarder } from "../telephony/destination-limit.ts";
import type { RouteDestination } from "../telephony/route-snapshot.ts";
import { type CivilDate, parseCivilDate } from "../telephony/tokyo-time.ts";
import { enumTable } from "./enum-table.ts";
import { refuse } from "./fault.ts";
import { e164, extension, list, nullable, within } from "./fields.ts";
import * as pb from "./gen/kakehashi/tenant/v1/tenant_service.ts";

/** Elements of one list. */
const LIST_MAX = 10_000;

/** Classes of destinations. */
export const DESTINATION_CLASSES = enumTable<DestinationClass, pb.DestinationClass>()({
  landline: pb.DestinationClass.LANDLINE,
  mobile: pb.DestinationClass.MOBILE,
  "ip-phone": pb.DestinationClass.IP_PHONE,
  international: pb.DestinationClass.INTERNATIONAL,
});

/** A day of Tokyo's calendar. */
export function civilDate(text: string, path: string): CivilDate {
  return parseCivilDate(text) ?? refuse(path, `not a date: ${JSON.stringify(text.slice(0, 20))}`);
}

/** A term of a contract as its message. */
export const contractToWire = ({ from, until, ...content }: ContractTerm): pb.Contract => ({
  ...content,
  fromDate: from,
  untilDate: until ?? "",
  addOns: content.addOns.map((addOn) => ({ ...addOn })),
});

/** A term of a contract from its message. */
export const contractFromWire = (wire: pb.Contract, path: string): ContractTerm => ({
  from: civilDate(wire.fromDate, `${path}.from_date`),
  until: nullable(wire.untilDate, `${path}.until_date`, civilDate),
  terminalForwarding: wire.terminalForwarding,
  representativeForwarding: wire.representativeForwarding,
  extraChannels: wire.extraChannels,
  channelsPerNumber: wire.channelsPerNumber,
  internationalForwarding: wire.internationalForwarding,
  pricePlan: wire.pricePlan,
  addOns: list(wire.addOns, `${path}.add_ons`, LIST_MAX, ({ number, units }, place) => ({
    number: e164(number, `${place}.number`),
    units,
  })),
});

/** Business hours as their message, without name. */
export const scheduleToWire = (schedule: Schedule): pb.Schedule => ({
  id: schedule.id,
  name: "",
  open: schedule.open.map((hours) => ({ ...hours, weekdays: [...hours.weekdays] })),
  openOnHolidays: schedule.openOnHolidays,
  closedDates: [...schedule.closedDates],
});

/** Business hours from their message. */
export const scheduleFromWire = (wire: pb.Schedule): Schedule => ({
  id: wire.id,
  open: list(wire.open, "schedule.open", LIST_MAX, (hours, path) => ({
    weekdays: list(hours.weekdays, `${path}.weekdays`, 7, (day, at) => within(day, 1, 7, at)),
    fromMinute: within(hours.fromMinute, 0, 1440, `${path}.from_minute`),
    untilMinute: within(hours.untilMinute, 0, 1440, `${path}.until_minute`),
  })),
  openOnHolidays: wire.openOnHolidays,
  closedDates: list(wire.closedDates, "schedule.closed_dates", LIST_MAX, civilDate),
});

/** A forwarder as its message. */
export const forwarderToWire = ({ owner, addOnNumber, destinations }: Forwarder): pb.Forwarder => ({
  kind:
    owner.kind === "number"
      ? { $case: "number", value: owner.number }
      : { $case: "extension", value: owner.extension },
  addOnNumber: addOnNumber ?? "",
  destinations: [...destinations],
});

function forwarderOwner(kind: pb.Forwarder["kind"], path: string): Forwarder["owner"] {
  switch (kind?.$case) {
    case "number":
      return { kind: "number", number: e164(kind.value, `${path}.number`) };
    case "extension":
      return { kind: "terminal", extension: extension(kind.value, `${path}.extension`) };
    case undefined:
      return refuse(`${path}.kind`, "missing, or of a kind that this version does not know");
    default:
      return unreachable(kind);
  }
}

/** A forwarder from its message. */
export const forwarderFromWire = (wire: pb.Forwarder, path: string): Forwarder => ({
  owner: forwarderOwner(wire.kind, path),
  addOnNumber: nullable(wire.addOnNumber, `${path}.add_on_number`, e164),
  destinations: list(wire.destinations, `${path}.destinations`, LIST_MAX, e164),
});

/** A destination as its message. */
export const destinationToWire = ({
  number,
  class: kind,
  onNet,
}: RouteDestination): pb.Destination => ({
  number,
  class: DESTINATION_CLASSES.toWire(kind),
  onNet,
});

/** A destination from its message. */
export const destinationFromWire = (wire: pb.Destination, path: string): RouteDestination => ({
  number: e164(wire.number, `${path}.number`),
  class: DESTINATION_CLASSES.fromWire(wire.class, `${path}.class`),
  onNet: wire.onNet,
});
