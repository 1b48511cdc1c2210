/**
 * Door to kakehashi.cdr.v1: the collector's gRPC service and its messages.
 * A record as a domain value: record-codec.ts; spans: span-codec.ts.
 */
export type { CallRecord as CallRecordMessage } from "./gen/kakehashi/cdr/v1/record.ts";
export {
  type ChargeEntry as ChargeEntryMessage,
  type GetRecordRequest,
  type GetRecordResponse,
  type GetTraceRequest,
  type GetTraceResponse,
  type ListRecordsRequest,
  type ListRecordsResponse,
  type ListUndecodableRequest,
  type ListUndecodableResponse,
  RecordServiceClient,
  type RecordServiceServer,
  RecordServiceService,
  type Span as SpanMessage,
  type UndecodableMessage,
} from "./gen/kakehashi/cdr/v1/record_service.ts";
