/** Call records as a person reads them: a list, one call with its legs as a tree, and rows for CSV. */
import type { CallRecord, LegRecord } from "../../../services/lib/telephony/call-detail-record.ts";
import type { ChargeEntryMessage, UndecodableMessage } from "../../../services/lib/wire/cdr.ts";
import { facts, indent, table } from "../columns.ts";
import { grouped, yen } from "../money.ts";
import { shownNumber } from "../numbers.ts";
import { legend, ruleText } from "../rules.ts";
import { duration, offset, tokyo, tokyoSecond } from "../time.ts";
import { drawTree } from "../tree.ts";

/** A number that the caller withheld is in JSON and CSV, for the law; not on a screen (DOMAIN 4.3). */
function callerText({ callerExtension, callerNumber, callerWithheld }: CallRecord): string {
  if (callerExtension !== null) return `extension ${callerExtension}`;
  return callerWithheld ? "withheld" : shownNumber(callerNumber) || "unknown";
}

const causeText = (status: number, q850: number): string =>
  [...(status === 0 ? [] : [`SIP ${status}`]), ...(q850 === 0 ? [] : [`Q.850 ${q850}`])].join(", ");

/** One line a call. */
export const recordList = (records: readonly CallRecord[]): readonly string[] =>
  table(
    [
      { title: "CALL" },
      { title: "STARTED" },
      { title: "COMPANY" },
      { title: "CALLER" },
      { title: "CALLED" },
      { title: "MODE" },
      { title: "OUTCOME" },
      { title: "LASTED", align: "right" },
      { title: "BILLABLE", align: "right" },
      { title: "LEGS", align: "right" },
    ],
    records.map((record) => [
      record.callId,
      tokyo(record.startedAt),
      record.companyId ?? "",
      callerText(record),
      shownNumber(record.calledNumber),
      record.mode,
      record.disposition,
      duration(record.durationMs),
      record.billableMs === 0 ? "" : duration(record.billableMs),
      String(record.legs.length),
    ]),
  );

/** One call with all its legs and charges; times of legs count from the call's start. */
export function recordLines(
  record: CallRecord,
  charges: readonly ChargeEntryMessage[],
): readonly string[] {
  const { answeredAt, fault, ringingAt, startedAt } = record;
  return [
    ...facts([
      ["call", record.callId],
      ["outcome", `${record.disposition}, ended by ${record.endedBy}`],
      ["refused by", record.refusedBy === "" ? "" : ruleText(record.refusedBy)],
      ["fault", fault === "none" ? "" : fault],
      ["cause", causeText(record.sipStatus, record.q850Cause)],
      ["company", record.companyId ?? "none found"],
      [
        "caller",
        `${callerText(record)}${record.trunkId === null ? "" : `, trunk ${record.trunkId}`}`,
      ],
      ["called", `${shownNumber(record.calledNumber)}, ${record.mode}, ${record.trigger} call`],
      ["started", tokyo(startedAt)],
      ["rang", offset(startedAt, ringingAt)],
      ["answered", offset(startedAt, answeredAt)],
      ["ended", `${offset(startedAt, record.endedAt)} (${tokyo(record.endedAt)})`],
      ["lasted", duration(record.durationMs)],
      ["billable", record.billableMs === 0 ? "no" : duration(record.billableMs)],
      ["costs", costText(record, charges)],
      ["price plan", record.pricePlan],
      ["ran on", `${record.anchor} / ${record.controller}, epoch ${record.epoch}`],
      ["revision", String(record.revision)],
      ["trace", record.traceId],
    ]),
    "",
    ...(record.legs.length === 0 ? ["nobody was rung"] : legTable(record)),
    ...legend(
      "skipped because",
      record.legs.map(({ skipped }) => skipped),
    ),
    ...(charges.length === 0 ? [] : ["", "charges", ...indent(chargeTable(charges))]),
  ];
}

/** What the whole ledger says; a billable leg without an entry waits for a rate. */
function costText({ legs }: CallRecord, charges: readonly ChargeEntryMessage[]): string {
  if (charges.length > 0) {
    return yen(charges.reduce((sum, { amountYen }) => sum + amountYen, 0));
  }
  return legs.some(({ billable }) => billable)
    ? "not charged yet: kakehashi rates unrated tells why"
    : "";
}

const chargeTable = (charges: readonly ChargeEntryMessage[]): readonly string[] =>
  table(
    [
      { title: "LEG" },
      { title: "ENTRY", align: "right" },
      { title: "YEN", align: "right" },
      { title: "UNITS", align: "right" },
      { title: "DECK", align: "right" },
      { title: "REASON" },
      { title: "BOOKED" },
      { title: "INVOICE" },
    ],
    charges.map((charge) => [
      charge.leg,
      String(charge.entry),
      grouped(charge.amountYen),
      String(charge.units),
      String(charge.deckVersion),
      charge.reason,
      tokyoSecond(charge.bookedAtMs),
      charge.invoiceMonth,
    ]),
  );

function legTable({ legs, startedAt }: CallRecord): readonly string[] {
  const drawn = drawTree(
    [...legs].sort((one, other) => one.seq - other.seq),
    { id: ({ leg }) => leg, parent: ({ parentLeg }) => parentLeg ?? "" },
  );
  return table(
    [
      { title: "LEG" },
      { title: "WHO" },
      { title: "INVITED", align: "right" },
      { title: "RANG", align: "right" },
      { title: "ANSWERED", align: "right" },
      { title: "ENDED", align: "right" },
      { title: "CAUSE" },
      { title: "TALK", align: "right" },
      { title: "BILLABLE" },
      { title: "SHOWED" },
      { title: "CHANNEL", align: "right" },
      { title: "SKIPPED" },
    ],
    drawn.map(({ node: leg, branch }) => [`${branch}${leg.leg}`, ...legCells(leg, startedAt)]),
  );
}

function legCells(leg: LegRecord, startedAt: number): readonly string[] {
  const { member, invitedAt } = leg;
  const source = member.kind === "outside" ? member.source : null;
  const cause = causeText(leg.sipStatus, leg.q850Cause);
  return [
    member.kind === "extension"
      ? `extension ${member.extension}`
      : `outside ${shownNumber(member.number)}`,
    offset(startedAt, invitedAt),
    offset(startedAt, leg.ringingAt),
    offset(startedAt, leg.answeredAt),
    invitedAt === null ? "" : offset(startedAt, leg.endedAt),
    `${leg.endCause}${cause === "" ? "" : ` (${cause})`}`,
    leg.talkMs === 0 ? "" : duration(leg.talkMs),
    leg.billable ? "yes" : "",
    source === null || invitedAt === null
      ? ""
      : `${shownNumber(source.number)} (${source.rule}, ${source.trunkId})`,
    leg.channelHeldMs === 0 ? "" : duration(leg.channelHeldMs),
    leg.skipped,
  ];
}

/** Messages that were not call records, newest first. */
export const undecodableList = (messages: readonly UndecodableMessage[]): readonly string[] =>
  table(
    [
      { title: "SEQUENCE", align: "right" },
      { title: "RECEIVED" },
      { title: "SUBJECT" },
      { title: "FAULT" },
      { title: "BYTES", align: "right" },
      { title: "BEGINS WITH" },
    ],
    messages.map(({ streamSequence, receivedAtMs, subject, fault, data }) => [
      String(streamSequence),
      tokyo(receivedAtMs),
      subject,
      fault,
      String(data.length),
      Buffer.from(data.subarray(0, 16)).toString("hex"),
    ]),
  );
