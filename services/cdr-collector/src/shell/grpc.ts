/** The RecordService: checks what is asked, reads, answers. */

import { isStoreFault, type StoreFault } from "../../../lib/runtime/database.ts";
import {
  answered,
  type GrpcAnswer,
  type GrpcService,
  refused,
  unary,
} from "../../../lib/runtime/grpc.ts";
import { isIdFault, parseCallId } from "../../../lib/telephony/ids.ts";
import {
  type ChargeEntryMessage,
  type GetRecordRequest,
  type GetRecordResponse,
  type GetTraceRequest,
  type GetTraceResponse,
  type ListRecordsRequest,
  type ListRecordsResponse,
  type ListUndecodableRequest,
  type ListUndecodableResponse,
  RecordServiceService,
} from "../../../lib/wire/cdr.ts";
import { recordToWire } from "../../../lib/wire/record-codec.ts";
import { spanToWire } from "../../../lib/wire/span-codec.ts";
import { invoiceMonthOf } from "../core/rating/billing-month.ts";
import type { BookedEntry, Readings, RecordPlace } from "../ports.ts";
import { companyAsked, isMoment, limitOf, MOMENT_FORM, storeRefusal } from "./answers.ts";
import type { Traces } from "./traces.ts";

const LIMIT_MAX = 1000;
/** Undecodable messages can be large. */
const UNDECODABLE_MAX = 100;

/** What the service reads from, and whom it tells. */
export interface RecordPorts {
  readonly readings: Readings;
  readonly traces: Traces;
  /** Day of the month on which the calls of the month before are closed. */
  readonly closeDay: () => Promise<number | StoreFault>;
  /** Hears of errors that no one expected. */
  readonly onFault: (error: unknown) => void;
}

const placeText = ({ startedAt, callId }: RecordPlace): string => `${startedAt}.${callId}`;

function parsePlace(token: string): RecordPlace | null {
  const match = /^([0-9]{1,15})\.(.+)$/.exec(token);
  const callId = parseCallId(match?.[2] ?? "");
  return match === null || isIdFault(callId) ? null : { startedAt: Number(match[1]), callId };
}

async function listRecords(
  { readings, onFault }: RecordPorts,
  request: ListRecordsRequest,
): Promise<GrpcAnswer<ListRecordsResponse>> {
  const limit = limitOf(request.limit, LIMIT_MAX);
  if (limit === null) return refused("invalid-argument", `limit: at most ${LIMIT_MAX}`);
  const after = request.pageToken === "" ? null : parsePlace(request.pageToken);
  if (after === null && request.pageToken !== "") {
    return refused("invalid-argument", "page_token: not one that was answered before");
  }
  const companyId = companyAsked(request.companyId);
  if (companyId !== null && typeof companyId === "object") return companyId;
  if (!isMoment(request.fromMs) || !isMoment(request.untilMs)) {
    return refused("invalid-argument", `from_ms, until_ms: ${MOMENT_FORM}`);
  }
  const selection = { companyId, from: request.fromMs || null, until: request.untilMs || null };
  const page = await readings.records(selection, limit, after);
  if (isStoreFault(page)) return storeRefusal(page, onFault);
  const last = page.records.at(-1);
  const nextPageToken = last === undefined || page.records.length < limit ? "" : placeText(last);
  return answered({ records: page.records.map(recordToWire), nextPageToken, total: page.total });
}

const chargeToWire = (entry: BookedEntry, closeDay: number): ChargeEntryMessage => ({
  leg: entry.leg,
  entry: entry.entry,
  amountYen: entry.yen,
  units: entry.units,
  deckVersion: entry.deckVersion ?? 0,
  reason: entry.reason,
  bookedAtMs: entry.bookedAt,
  invoiceMonth: invoiceMonthOf(entry, closeDay),
});

async function getRecord(
  { readings, closeDay, onFault }: RecordPorts,
  request: GetRecordRequest,
): Promise<GrpcAnswer<GetRecordResponse>> {
  const callId = parseCallId(request.callId);
  if (isIdFault(callId)) return refused("invalid-argument", "call_id: not a call id");
  const found = await readings.record(callId);
  if (isStoreFault(found)) return storeRefusal(found, onFault);
  if (found.record === null) return refused("not-found", `no record of call ${callId}`);
  const day = await closeDay();
  if (isStoreFault(day)) return storeRefusal(day, onFault);
  const charges = found.charges.map((entry) => chargeToWire(entry, day));
  return answered({ record: recordToWire(found.record), charges });
}

function getTrace(traces: Traces, { id }: GetTraceRequest): GrpcAnswer<GetTraceResponse> {
  const { traceId, spans } = traces.find(id);
  if (spans.length === 0) {
    return refused("not-found", `no spans of ${id} here: too old, not traced, or exported by OTLP`);
  }
  return answered({ traceId, spans: spans.map(spanToWire) });
}

async function listUndecodable(
  { readings, onFault }: RecordPorts,
  request: ListUndecodableRequest,
): Promise<GrpcAnswer<ListUndecodableResponse>> {
  const limit = limitOf(request.limit, UNDECODABLE_MAX);
  if (limit === null) return refused("invalid-argument", `limit: at most ${UNDECODABLE_MAX}`);
  const found = await readings.undecodable(limit);
  if (isStoreFault(found)) return storeRefusal(found, onFault);
  const messages = found.messages.map(({ receivedAt, data, ...message }) => ({
    ...message,
    receivedAtMs: receivedAt,
    data: Buffer.from(data),
  }));
  return answered({ messages, total: found.total });
}

/** The service. */
export function recordService(ports: RecordPorts): GrpcService {
  const { traces, onFault } = ports;
  return {
    definition: RecordServiceService,
    implementation: {
      listRecords: unary((request: ListRecordsRequest) => listRecords(ports, request), onFault),
      getRecord: unary((request: GetRecordRequest) => getRecord(ports, request), onFault),
      getTrace: unary((request: GetTraceRequest) => getTrace(traces, request), onFault),
      listUndecodable: unary(
        (request: ListUndecodableRequest) => listUndecodable(ports, request),
        onFault,
      ),
    },
  };
}
