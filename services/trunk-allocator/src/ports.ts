/**
 * What the allocator needs from outside, by need. Adapters classify errors; nothing throws here.
 */
import type { Instant } from "../../lib/telephony/instant.ts";
import type { JournalEntry } from "./core/journal-entry.ts";

/** The wall clock. */
export type Now = () => Instant;

/** Outcome of an append: `fenced` = somebody else appended; `unreachable` = it may or may not be there. */
export type AppendOutcome =
  | { readonly kind: "appended"; readonly sequence: number }
  | { readonly kind: "fenced" }
  | { readonly kind: "unreachable"; readonly problem: string };

/** Appends one message, only if `afterSequence` is still the journal's last. */
export type AppendToJournal = (
  entries: readonly JournalEntry[],
  afterSequence: number,
) => Promise<AppendOutcome>;

/** Outcome of reading the whole journal into `onEntry`. */
export type ReplayOutcome =
  | { readonly kind: "replayed"; readonly lastSequence: number; readonly messages: number }
  | { readonly kind: "unreadable"; readonly sequence: number; readonly problem: string }
  | { readonly kind: "unreachable"; readonly problem: string };

/** Reads the journal from its first message to its last. */
export type ReplayJournal = (onEntry: (entry: JournalEntry) => void) => Promise<ReplayOutcome>;

/** Removes the messages before a sequence (they are contained in a snapshot). */
export type TrimJournal = (beforeSequence: number) => Promise<void>;

/** The journal. */
export interface Journal {
  readonly append: AppendToJournal;
  readonly replay: ReplayJournal;
  readonly trim: TrimJournal;
}

/** Who leads, as the leadership bucket says. */
export interface LeaderEntry {
  readonly id: string;
  readonly address: string;
  readonly term: number;
  /** Revision in the bucket; a change of it is a sign of life. */
  readonly revision: number;
}

/** The leadership bucket. */
export interface Leadership {
  /** Null when nobody ever led; `unreachable` when the bucket cannot be read. */
  readonly read: () => Promise<LeaderEntry | null | "unreachable">;
  /** Writes our claim if `afterRevision` is still current (0 = there is none); the new revision. */
  readonly claim: (
    claim: Omit<LeaderEntry, "revision">,
    afterRevision: number,
  ) => Promise<number | "lost" | "unreachable">;
}
