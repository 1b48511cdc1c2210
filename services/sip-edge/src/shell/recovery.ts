/**
 * What a new life of this edge takes over from the one before (ADR 8). Owns: reading its entries and
 * claiming them. Does not own: what becomes of them (calls.ts, branches.ts).
 *
 * RY1  An entry is claimed by writing it with the numbers of the next life (answered.ts AN3) over what
 *      was read: a life that dies at once leaves higher numbers still, and of two processes with one
 *      name only one gets the call.
 * RY2  What cannot be read is counted, logged and left where it is.
 */
import type { Logger } from "../../../lib/runtime/log.ts";
import type { NodeId } from "../../../lib/telephony/ids.ts";
import type { KeptCall } from "../core/answered.ts";
import { callOfNextLife, sideOfNextLife } from "../core/answered.ts";
import type { AnsweredBucket, FoundEntry } from "./answered-bucket.ts";
import type { Entry, KeptBranch } from "./answered-codec.ts";
import { decodeEntry, encodeBranch, encodeCall } from "./answered-codec.ts";

/** Entries claimed at the same time. */
const CLAIMS = 64;

/** What is counted. */
export const RECOVERY_OUTCOMES = ["claimed", "unreadable", "claimed-elsewhere"] as const;

/** Everything that goes on. */
export interface Inheritance {
  readonly calls: readonly KeptCall[];
  readonly branches: readonly KeptBranch[];
}

/** For an edge that keeps nothing. */
export const NO_INHERITANCE: Inheritance = { calls: [], branches: [] };

/** What claiming needs. */
export interface RecoveryOptions {
  readonly bucket: AnsweredBucket;
  readonly node: NodeId;
  readonly log: Logger;
  readonly count: (outcome: (typeof RECOVERY_OUTCOMES)[number]) => void;
}

/** Claims every entry of this edge; `unreachable` when the bucket is out of reach meanwhile. */
export async function inherit(options: RecoveryOptions): Promise<Inheritance | "unreachable"> {
  const found = await options.bucket.entriesOf(options.node);
  if (found === "unreachable") return found;
  const calls: KeptCall[] = [];
  const branches: KeptBranch[] = [];
  for (let from = 0; from < found.length; from += CLAIMS) {
    const some = found.slice(from, from + CLAIMS);
    const claimed = await Promise.all(some.map((entry) => claim(options, entry)));
    for (const one of claimed) {
      if (one === "unreachable") return one;
      if (one?.kind === "call") calls.push(one.call);
      if (one?.kind === "branch") branches.push(one.branch);
    }
  }
  return { calls, branches };
}

async function claim(
  { bucket, node, log, count }: RecoveryOptions,
  { key, text, revision }: FoundEntry,
): Promise<Entry | "unreachable" | null> {
  const entry = decodeEntry(text);
  if (entry.kind === "entry-fault") {
    count("unreadable");
    log.error({ key, problem: entry.problem }, "an answered call cannot be read");
    return null;
  }
  const next = ofNextLife(entry);
  const claimed = next.kind === "call" ? encodeCall(node, next.call) : encodeBranch(next.branch);
  const put = await bucket.put(key, claimed, revision);
  if (put === "unreachable") return put;
  count(put === "stored" ? "claimed" : "claimed-elsewhere");
  return put === "stored" ? next : null;
}

const ofNextLife = (entry: Entry): Entry =>
  entry.kind === "call"
    ? { kind: "call", call: callOfNextLife(entry.call) }
    : { kind: "branch", branch: { ...entry.branch, side: sideOfNextLife(entry.branch.side) } };
