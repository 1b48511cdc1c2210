/** The RecordService: checks what is asked, reads, answers. */

import { isStoreFault, type StoreFault } from "../../../lib/runtime/database.ts";
import {
  answered,
  type GrpcAnswer,
  type GrpcService,
  refused,
  unary,
} from "../../../lib/runtime/grpc.ts";
import {
  type CompanyId,
  isIdFault,
  parseCallId,
  parseCompanyId,
} from "../../../lib/telephony/ids.ts";
import {
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
import type { Readings, RecordPlace } from "../ports.ts";
import type { Traces } from "./traces.ts";

const LIMIT_USUAL = 100;
const LIMIT_MAX = 1000;
/** Undecodable messages can be large. */
const UNDECODABLE_MAX = 100;

const storeRefusal = (fault: StoreFault): GrpcAnswer<never> =>
  fault.cause === "unavailable"
    ? refused("unavailable", `the database does not answer: ${fault.problem}`)
    : refused("internal", "the database refused; the log of the service says more");

const placeText = ({ startedAt, callId }: RecordPlace): string => `${startedAt}.${callId}`;

function parsePlace(token: string): RecordPlace | null {
  const match = /^([0-9]{1,15})\.(.+)$/.exec(token);
  const callId = parseCallId(match?.[2] ?? "");
  return match === null || isIdFault(callId) ? null : { startedAt: Number(match[1]), callId };
}

function limitOf(asked: number, most: number): number | null {
  if (asked > most) return null;
  return asked === 0 ? Math.min(LIMIT_USUAL, most) : asked;
}

async function listRecords(
  readings: Readings,
  request: ListRecordsRequest,
): Promise<GrpcAnswer<ListRecordsResponse>> {
  const limit = limitOf(request.limit, LIMIT_MAX);
  if (limit === null) return refused("invalid-argument", `limit: at most ${LIMIT_MAX}`);
  const after = request.pageToken === "" ? null : parsePlace(request.pageToken);
  if (after === null && request.pageToken !== "") {
    return refused("invalid-argument", "page_token: not one that was answered before");
  }
  let companyId: CompanyId | null = null;
  if (request.companyId !== "") {
    const parsed = parseCompanyId(request.companyId);
    if (isIdFault(parsed)) return refused("invalid-argument", "company_id: not a company id");
    companyId = parsed;
  }
  if (request.fromMs < 0 || request.untilMs < 0) {
    return refused("invalid-argument", "from_ms, until_ms: milliseconds since 1970, or 0");
  }
  const selection = { companyId, from: request.fromMs || null, until: request.untilMs || null };
  const page = await readings.records(selection, limit, after);
  if (isStoreFault(page)) return storeRefusal(page);
  const last = page.records.at(-1);
  const nextPageToken = last === undefined || page.records.length < limit ? "" : placeText(last);
  return answered({ records: page.records.map(recordToWire), nextPageToken, total: page.total });
}

async function getRecord(
  readings: Readings,
  request: GetRecordRequest,
): Promise<GrpcAnswer<GetRecordResponse>> {
  const callId = parseCallId(request.callId);
  if (isIdFault(callId)) return refused("invalid-argument", "call_id: not a call id");
  const found = await readings.record(callId);
  if (isStoreFault(found)) return storeRefusal(found);
  if (found.record === null) return refused("not-found", `no record of call ${callId}`);
  return answered({ record: recordToWire(found.record) });
}

function getTrace(traces: Traces, { id }: GetTraceRequest): GrpcAnswer<GetTraceResponse> {
  const { traceId, spans } = traces.find(id);
  if (spans.length === 0) {
    return refused("not-found", `no spans of ${id} here: too old, not traced, or exported by OTLP`);
  }
  return answered({ traceId, spans: spans.map(spanToWire) });
}

async function listUndecodable(
  readings: Readings,
  request: ListUndecodableRequest,
): Promise<GrpcAnswer<ListUndecodableResponse>> {
  const limit = limitOf(request.limit, UNDECODABLE_MAX);
  if (limit === null) return refused("invalid-argument", `limit: at most ${UNDECODABLE_MAX}`);
  const found = await readings.undecodable(limit);
  if (isStoreFault(found)) return storeRefusal(found);
  const messages = found.messages.map(({ receivedAt, data, ...message }) => ({
    ...message,
    receivedAtMs: receivedAt,
    data: Buffer.from(data),
  }));
  return answered({ messages, total: found.total });
}

/** The service; `onFault` hears of errors that no one expected. */
export const recordService = (
  readings: Readings,
  traces: Traces,
  onFault: (error: unknown) => void,
): GrpcService => ({
  definition: RecordServiceService,
  implementation: {
    listRecords: unary((request: ListRecordsRequest) => listRecords(readings, request), onFault),
    getRecord: unary((request: GetRecordRequest) => getRecord(readings, request), onFault),
    getTrace: unary((request: GetTraceRequest) => getTrace(traces, request), onFault),
    listUndecodable: unary(
      (request: ListUndecodableRequest) => listUndecodable(readings, request),
      onFault,
    ),
  },
});
