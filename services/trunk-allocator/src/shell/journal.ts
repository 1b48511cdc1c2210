/**
 * The journal on JetStream. Owns: the stream, optimistic appends, reading it back.
 *
 * N1  Every append carries the expected last sequence of the stream: of two leaders only one can
 *     append, the other is told `fenced` (ARCHITECTURE, when something dies).
 */
import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { JOURNAL_STREAM, JOURNAL_SUBJECT } from "../../../lib/wire/subjects.ts";
import { decodeBatch, encodeBatch, isJournalFault } from "../core/journal-entry.ts";
import type { AppendOutcome, Journal, ReplayOutcome } from "../ports.ts";

/** An append that took longer is given up; the leader then steps down and reads the truth back. */
const APPEND_TIMEOUT_MS = 1_000;
const READ_BATCH_MESSAGES = 500;

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Opens the journal of a stream that exists (main.ts ensures it). */
export async function openJournal(nats: NatsConnection): Promise<Journal> {
  const manager = await jetstreamManager(nats);
  const client = jetstream(nats);
  return {
    append: (entries, afterSequence) => append(client, encodeBatch(entries), afterSequence),
    replay: async (onEntry): Promise<ReplayOutcome> => {
      try {
        return await replay({ manager, client }, onEntry);
      } catch (error) {
        return { kind: "unreachable", problem: textOf(error) };
      }
    },
    trim: async (beforeSequence) => {
      await manager.streams.purge(JOURNAL_STREAM, { seq: beforeSequence });
    },
  };
}

async function append(
  client: JetStreamClient,
  batch: string,
  afterSequence: number,
): Promise<AppendOutcome> {
  try {
    const ack = await client.publish(JOURNAL_SUBJECT, batch, {
      expect: { lastSequence: afterSequence },
      timeout: APPEND_TIMEOUT_MS,
    });
    return { kind: "appended", sequence: ack.seq };
  } catch (error) {
    const isFenced =
      error instanceof JetStreamApiError &&
      (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
        error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown);
    return isFenced ? { kind: "fenced" } : { kind: "unreachable", problem: textOf(error) };
  }
}

async function replay(
  { manager, client }: { manager: JetStreamManager; client: JetStreamClient },
  onEntry: Parameters<Journal["replay"]>[0],
): Promise<ReplayOutcome> {
  const { state } = await manager.streams.info(JOURNAL_STREAM);
  const lastSequence = state.last_seq;
  let read = 0;
  if (state.messages === 0) return { kind: "replayed", lastSequence, messages: 0 };
  const consumer = await client.consumers.get(JOURNAL_STREAM);
  let at = 0;
  while (at < lastSequence) {
    const before = at;
    const batch = await consumer.fetch({ max_messages: READ_BATCH_MESSAGES, expires: 2_000 });
    for await (const message of batch) {
      at = message.seq;
      const entries = decodeBatch(message.string());
      if (isJournalFault(entries)) {
        return { kind: "unreadable", sequence: at, problem: entries.problem };
      }
      for (const entry of entries) onEntry(entry);
      read += 1;
      if (at >= lastSequence) break;
    }
    if (at === before) return { kind: "unreachable", problem: `journal stops at ${at}` };
  }
  return { kind: "replayed", lastSequence, messages: read };
}
