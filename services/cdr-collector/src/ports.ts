/**
 * What the consumer and the gRPC face need of the store, named by need. Nothing here throws: a store
 * that cannot do it answers with a StoreFault.
 */
import type { StoreFault } from "../../lib/runtime/database.ts";
import type { CallRecord } from "../../lib/telephony/call-detail-record.ts";
import type { CallId, CompanyId } from "../../lib/telephony/ids.ts";
import type { Instant } from "../../lib/telephony/instant.ts";
import type { Entry } from "./core/rating/ledger.ts";

/** A record and the message it came in. */
export interface ReceivedRecord {
  readonly record: CallRecord;
  readonly message: Uint8Array;
}

/** An entry of the ledger and when it was booked. */
export interface BookedEntry extends Entry {
  readonly bookedAt: Instant;
}

/** A message that is not a record, or a record that contradicts itself. */
export interface UndecodableMessage {
  readonly streamSequence: number;
  /** When the stream received it. */
  readonly receivedAt: Instant;
  readonly subject: string;
  /** Field and problem. */
  readonly fault: string;
  readonly data: Uint8Array;
}

/** How many records of a batch were new, replaced one of a lower epoch, or were known. */
export interface Stored {
  readonly kind: "stored";
  readonly stored: number;
  readonly replaced: number;
  readonly duplicate: number;
  /** Calls whose record was written. */
  readonly written: readonly CallId[];
  /** Entries that were added to the ledger. */
  readonly booked: readonly Entry[];
  /** Billable legs among them that no rate was found for. */
  readonly unrated: number;
}

/** Writes a batch: all of it is committed when this answers `stored`, nothing otherwise. */
export type StoreRecords = (records: readonly ReceivedRecord[]) => Promise<Stored | StoreFault>;

/** Sets a message aside; one that stands aside already changes nothing. */
export type SetAside = (message: UndecodableMessage) => Promise<null | StoreFault>;

/** Place of a record in the list: newest first, then by call id. */
export interface RecordPlace {
  readonly startedAt: Instant;
  readonly callId: CallId;
}

/** Which records are asked for; null = no limit. */
export interface Selection {
  readonly companyId: CompanyId | null;
  readonly from: Instant | null;
  /** Not included. */
  readonly until: Instant | null;
}

/** One page. */
export interface RecordPage {
  readonly records: readonly CallRecord[];
  readonly total: number;
}

/** What the gRPC face reads. */
export interface Readings {
  readonly records: (
    selection: Selection,
    limit: number,
    after: RecordPlace | null,
  ) => Promise<RecordPage | StoreFault>;
  /** A call's record and its ledger, in the order of booking. */
  readonly record: (
    callId: CallId,
  ) => Promise<
    { readonly record: CallRecord | null; readonly charges: readonly BookedEntry[] } | StoreFault
  >;
  readonly undecodable: (
    limit: number,
  ) => Promise<
    { readonly messages: readonly UndecodableMessage[]; readonly total: number } | StoreFault
  >;
}
