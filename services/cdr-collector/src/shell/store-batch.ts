/**
 * What becomes of a batch of messages: records are stored, the others are set aside.
 *
 * T1  A message is acknowledged only after the commit of what it became.
 * T2  A record that the database refuses for its data is set aside alone; it never holds up the others.
 */
import { isStoreFault, type StoreFault } from "../../../lib/runtime/database.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { describeFault, isWireFault } from "../../../lib/wire/fault.ts";
import { decodeRecord } from "../../../lib/wire/record-codec.ts";
import { contradictionIn } from "../core/accept.ts";
import type { ReceivedRecord, SetAside, Stored, StoreRecords } from "../ports.ts";

/** A message of the stream, as much of it as matters here. */
export interface StreamMessage {
  readonly seq: number;
  readonly time: Date;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: { get(name: string): string } | undefined;
}

/** A record with what its message said around it. */
export interface StoredMessage extends ReceivedRecord {
  /** W3C trace context of the controller, empty when there is none. */
  readonly traceparent: string;
  readonly receivedAt: Instant;
}

/** What settling needs, and whom it tells. */
export interface BatchPorts<M extends StreamMessage> {
  readonly storeRecords: StoreRecords;
  readonly setAside: SetAside;
  readonly acknowledge: (message: M) => void;
  /** Committed: these records, of which so many were new. */
  readonly onStored: (records: readonly StoredMessage[], stored: Stored) => void;
  readonly onSetAside: (sequence: number, fault: string) => void;
}

/** The record in a message, or why there is none. */
function read(message: StreamMessage): StoredMessage | string {
  const record = decodeRecord(message.data);
  if (isWireFault(record)) return describeFault(record);
  const contradiction = contradictionIn(record);
  if (contradiction !== null) return contradiction;
  const traceparent = message.headers?.get("traceparent") ?? "";
  return { record, message: message.data, traceparent, receivedAt: message.time.getTime() };
}

async function setAside<M extends StreamMessage>(
  ports: BatchPorts<M>,
  message: M,
  fault: string,
): Promise<StoreFault | null> {
  const { seq, time, subject, data } = message;
  const aside = { streamSequence: seq, receivedAt: time.getTime(), subject, fault, data };
  const problem = await ports.setAside(aside);
  if (problem !== null) return problem;
  ports.acknowledge(message);
  ports.onSetAside(seq, fault);
  return null;
}

async function store<M extends StreamMessage>(
  ports: BatchPorts<M>,
  batch: ReadonlyMap<M, StoredMessage>,
): Promise<StoreFault | null> {
  const records = [...batch.values()];
  const result = await ports.storeRecords(records);
  if (!isStoreFault(result)) {
    for (const message of batch.keys()) ports.acknowledge(message);
    ports.onStored(records, result);
    return null;
  }
  if (result.cause !== "refused") return result;
  const [only] = batch.keys();
  if (batch.size === 1 && only !== undefined) return setAside(ports, only, result.problem);
  for (const each of batch) {
    const fault = await store(ports, new Map([each]));
    if (fault !== null) return fault;
  }
  return null;
}

/** Stores a batch; a fault means that the messages not acknowledged by then must be stored again. */
export async function storeBatch<M extends StreamMessage>(
  ports: BatchPorts<M>,
  batch: readonly M[],
): Promise<StoreFault | null> {
  const records = new Map<M, StoredMessage>();
  for (const message of batch) {
    const result = read(message);
    if (typeof result !== "string") {
      records.set(message, result);
      continue;
    }
    const fault = await setAside(ports, message, result);
    if (fault !== null) return fault;
  }
  return records.size === 0 ? null : store(ports, records);
}
