/**
 * The allocator in words: one line a request, one line what it decided. What a ladder may say:
 *
 *   take c1 b1 b2 [epoch 2] [all-or-none] [of company:x 3]   every leg counts against company:demo
 *                                      (limit 2) and trunk:t (limit 3), or the one scope named
 *     [from +8131]                     and against source:+8131 (limit 2)
 *     [caller +8131]                   and against source:+8131, only while no other call holds it
 *     [rate loop:x]                    and counts under that id (2 calls within 10 s)
 *   release c1 b1 [epoch 2] | renew c1 b1 [epoch 2]
 *   wait 30s                           time passes; leases that are too old expire
 *   takeover a2                        another allocator leads: it reads the journal back
 *   snapshot                           the pool is written as a snapshot, then read back from it alone
 *   limit company:demo 1               the registry states a new limit with the next take
 */

import { countCall, emptyRates } from "../src/core/call-rates.ts";
import {
  apply,
  type ChannelPool,
  decideExpiry,
  decideRelease,
  decideRenew,
  decideTake,
  emptyPool,
  snapshotOf,
} from "../src/core/channel-pool.ts";
import type { JournalEntry } from "../src/core/journal-entry.ts";

const LIMITS: Readonly<Record<string, number>> = { "company:demo": 2, "trunk:t": 3 };
const SOURCE_LIMIT = 2;
const RATE = { limit: 2, windowMs: 10_000 };

/** An allocator that understands ladder lines; each answers with the facts, then the pool. */
export function ladderPool(): (line: string) => string {
  let pool = emptyPool();
  let rates = emptyRates();
  let journal: JournalEntry[] = [];
  let at = 0;
  let term = 1;
  const limits = new Map(Object.entries(LIMITS).map(([id, limit]) => [id, { limit, revision: 1 }]));
  const believe = (entries: readonly JournalEntry[]): readonly string[] => {
    for (const entry of entries) apply(pool, entry);
    journal.push(...entries);
    return entries.flatMap(factText);
  };
  const scope = (id: string, onlyWhenFree = false) => {
    const unsaid = { limit: SOURCE_LIMIT, revision: 1 };
    return { id, ...unsaid, ...limits.get(id), onlyWhenFree };
  };
  const take = (words: readonly string[]): readonly string[] => {
    const { callId, legs, epoch, of, from, caller, rate } = readWords(words);
    const scopes = [
      ...(of === "" ? ["company:demo", "trunk:t"] : [of]).map((id) => scope(id)),
      ...from.map((number) => scope(`source:${number}`)),
      ...caller.map((number) => scope(`source:${number}`, true)),
    ];
    const request = {
      callId,
      epoch,
      policy: words.includes("all-or-none") ? "all-or-none" : "first-in-order",
      legs: legs.map((leg) => ({ leg, scopes })),
      rates: rate.map((id) => ({ id, ...RATE })),
    } as const;
    const over = countCall(rates, at, request);
    const { entries, refused } = decideTake(pool, at, request, over);
    const said = believe(entries);
    return [...said, ...refused.map(({ leg, scope: why }) => `refuse ${leg} ${why}`)];
  };
  const replay = (entries: readonly JournalEntry[]): void => {
    pool = emptyPool();
    for (const entry of entries) apply(pool, entry);
  };
  const commands: Readonly<Record<string, (words: readonly string[]) => readonly string[]>> = {
    take,
    release: (words) => believe(decideRelease(pool, readWords(words))),
    renew: (words) => {
      const { entries, lost } = decideRenew(pool, at, [readWords(words)]);
      return [...believe(entries), ...lost.map(({ legs }) => `lost ${legs.join(" ")}`)];
    },
    wait: ([time = "0s"]) => {
      at += Number.parseInt(time, 10) * 1_000;
      return believe(decideExpiry(pool, at));
    },
    takeover: ([leader = ""]) => {
      replay(journal);
      rates = emptyRates();
      term += 1;
      return believe([{ kind: "led", leader, term, at }]);
    },
    snapshot: () => {
      journal = [...snapshotOf(pool)];
      replay(journal);
      return ["snapshot"];
    },
    limit: ([id = "", limit = "0"]) => {
      limits.set(id, { limit: Number(limit), revision: (limits.get(id)?.revision ?? 0) + 1 });
      return [];
    },
  };
  return (line) => {
    const [verb = "", ...words] = line.split(/\s+/);
    const command = commands[verb];
    if (command === undefined) throw new Error(`no such line: ${line}`);
    return [...command(words), poolText(pool)].join("; ");
  };
}

function readWords(words: readonly string[]) {
  const after = (word: string): string => words[words.indexOf(word) + 1] ?? "";
  const each = (word: string) => (words.includes(word) ? [after(word)] : []);
  const [callId = ""] = words;
  return {
    callId,
    legs: words.filter((word) => /^b\d+$/.test(word)),
    epoch: words.includes("epoch") ? Number(after("epoch")) : 1,
    of: words.includes("of") ? after("of") : "",
    from: each("from"),
    caller: each("caller"),
    rate: each("rate"),
  };
}

function factText(entry: JournalEntry): readonly string[] {
  switch (entry.kind) {
    case "led":
      return [`${entry.leader} leads, term ${entry.term}`];
    case "limited":
      return [`limit ${entry.scope} ${entry.limit}`];
    case "taken":
      return [`take ${entry.legs.map(({ leg }) => leg).join(" ")} epoch ${entry.epoch}`];
    case "released":
      return [`release ${entry.legs.join(" ")}`];
    case "renewed":
      return entry.held.map(({ legs, epoch }) => `renew ${legs.join(" ")} epoch ${epoch}`);
    case "expired":
      return [`expire ${entry.callId}/${entry.leg}`];
    case "snapshot-part":
      return [`snapshot part ${entry.part + 1} of ${entry.parts}`];
  }
}

/** `demo 2 t 2` = held in each scope. */
function poolText(pool: ChannelPool): string {
  const held = [...pool.held].sort().map(([id, count]) => `${id.split(":")[1]} ${count}`);
  return held.length === 0 ? "none held" : `held ${held.join(" ")}`;
}
