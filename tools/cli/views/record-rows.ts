/** Call records as rows for programs: one row a call, or one row a leg, under a head. */
import type { CallRecord, LegRecord } from "../../../services/lib/telephony/call-detail-record.ts";
import { utc } from "../time.ts";

type Cell = string | number | boolean;
type Columns<T> = readonly (readonly [title: string, read: (value: T) => Cell])[];
type Row = readonly Cell[];

const moment = (at: number | null): string => utc(at ?? 0) ?? "";

const CALL_COLUMNS: Columns<CallRecord> = [
  ["call_id", ({ callId }) => callId],
  ["company_id", ({ companyId }) => companyId ?? ""],
  ["started_at", ({ startedAt }) => moment(startedAt)],
  ["ringing_at", ({ ringingAt }) => moment(ringingAt)],
  ["answered_at", ({ answeredAt }) => moment(answeredAt)],
  ["ended_at", ({ endedAt }) => moment(endedAt)],
  ["duration_ms", ({ durationMs }) => durationMs],
  ["billable_ms", ({ billableMs }) => billableMs],
  ["disposition", ({ disposition }) => disposition],
  ["ended_by", ({ endedBy }) => endedBy],
  ["fault", ({ fault }) => fault],
  ["sip_status", ({ sipStatus }) => sipStatus],
  ["q850_cause", ({ q850Cause }) => q850Cause],
  ["trigger", ({ trigger }) => trigger],
  ["mode", ({ mode }) => mode],
  ["trunk_id", ({ trunkId }) => trunkId ?? ""],
  ["caller_extension", ({ callerExtension }) => callerExtension ?? ""],
  ["caller_number", ({ callerNumber }) => callerNumber],
  ["caller_withheld", ({ callerWithheld }) => callerWithheld],
  ["called_number", ({ calledNumber }) => calledNumber],
  ["legs", ({ legs }) => legs.length],
  ["revision", ({ revision }) => revision],
  ["trace_id", ({ traceId }) => traceId],
  ["price_plan", ({ pricePlan }) => pricePlan],
  ["refused_by", ({ refusedBy }) => refusedBy],
];

/** A leg and the call that it belongs to. */
interface LegOfCall {
  readonly leg: LegRecord;
  readonly call: CallRecord;
}

const sourceOf = ({ leg: { member } }: LegOfCall) =>
  member.kind === "outside" ? member.source : null;

const LEG_COLUMNS: Columns<LegOfCall> = [
  ["call_id", ({ call }) => call.callId],
  ["company_id", ({ call }) => call.companyId ?? ""],
  ["leg", ({ leg }) => leg.leg],
  ["parent_leg", ({ leg }) => leg.parentLeg ?? ""],
  ["seq", ({ leg }) => leg.seq],
  ["member_kind", ({ leg }) => leg.member.kind],
  [
    "destination",
    ({ leg: { member } }) => (member.kind === "extension" ? member.extension : member.number),
  ],
  ["source_number", (one) => sourceOf(one)?.number ?? ""],
  ["source_class", (one) => sourceOf(one)?.class ?? ""],
  ["source_rule", (one) => sourceOf(one)?.rule ?? ""],
  ["trunk_id", (one) => sourceOf(one)?.trunkId ?? ""],
  ["invited_at", ({ leg }) => moment(leg.invitedAt)],
  ["ringing_at", ({ leg }) => moment(leg.ringingAt)],
  ["answered_at", ({ leg }) => moment(leg.answeredAt)],
  ["ended_at", ({ leg }) => moment(leg.endedAt)],
  ["talk_ms", ({ leg }) => leg.talkMs],
  ["end_cause", ({ leg }) => leg.endCause],
  ["sip_status", ({ leg }) => leg.sipStatus],
  ["q850_cause", ({ leg }) => leg.q850Cause],
  ["channel_held_ms", ({ leg }) => leg.channelHeldMs],
  ["billable", ({ leg }) => leg.billable],
  ["skipped", ({ leg }) => leg.skipped],
  [
    "destination_class",
    ({ leg: { member } }) => (member.kind === "outside" ? (member.class ?? "") : ""),
  ],
  ["on_net", ({ leg: { member } }) => member.kind === "outside" && member.onNet],
];

const rows = <T>(columns: Columns<T>, values: readonly T[]): readonly Row[] => [
  columns.map(([title]) => title),
  ...values.map((value) => columns.map(([, read]) => read(value))),
];

/** A head, then one row a call. */
export const callRows = (records: readonly CallRecord[]): readonly Row[] =>
  rows(CALL_COLUMNS, records);

/** A head, then one row a leg. */
export const legRows = (records: readonly CallRecord[]): readonly Row[] =>
  rows(
    LEG_COLUMNS,
    records.flatMap((call) => call.legs.map((leg) => ({ leg, call }))),
  );
