/**
 * Two edges on one bucket, in every order that chance finds: each answer of the bucket and each
 * message of its watches comes when the scheduler says.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CompanyId, Extension, NodeId } from "../../../lib/telephony/ids.ts";
import { request } from "../core/message/serialize.ts";
import {
  CONTACTS_MAX,
  type ContactBinding,
  type Origin,
  type Registered,
  register,
} from "../core/registration.ts";
import { decodeBindings, encodeBindings } from "./binding-codec.ts";
import { Bindings, type Changed } from "./bindings.ts";
import type { BindingsBucket, EntryWrite, StoredEntry } from "./bindings-bucket.ts";

const ACME = "acme" as CompanyId;
const EXT = "1001" as Extension;
const KEY = "acme.1001";
const AT = 1_000_000;

/** The bucket's rules in memory; `pass` decides when each step happens. */
class ScheduledBucket implements BindingsBucket {
  readonly entries = new Map<string, StoredEntry>();
  readonly watchers: ((key: string, entry: StoredEntry) => void)[] = [];
  readonly stops: (() => void)[] = [];
  /** Every text that was written under KEY, in order. */
  readonly history: (string | null)[] = [];
  isAway = false;
  #revision = 0;
  readonly #pass: () => Promise<void>;

  constructor(pass: () => Promise<void>) {
    this.#pass = pass;
  }

  readonly read = async (key: string): Promise<StoredEntry | "unreachable"> => {
    await this.#pass();
    return this.isAway ? "unreachable" : (this.entries.get(key) ?? { text: null, revision: 0 });
  };

  readonly write = async (key: string, { text, revision }: EntryWrite) => {
    await this.#pass();
    if (this.isAway) return "unreachable";
    const current = this.entries.get(key)?.revision ?? 0;
    if (revision !== null && revision !== current) return "conflict";
    this.#revision += 1;
    const entry = { text, revision: this.#revision };
    this.entries.set(key, entry);
    if (key === KEY) this.history.push(text);
    for (const watcher of this.watchers) watcher(key, entry);
    return entry.revision;
  };

  readonly watch = async (onEntry: (key: string, entry: StoredEntry) => void) => {
    await this.#pass();
    if (this.isAway) return "unreachable";
    const { promise, resolve } = Promise.withResolvers<void>();
    // In order, each at its time.
    let last = Promise.resolve();
    const deliver = (key: string, entry: StoredEntry): void => {
      last = last.then(() => this.#pass()).then(() => onEntry(key, entry));
    };
    for (const [key, entry] of this.entries) deliver(key, entry);
    this.watchers.push(deliver);
    this.stops.push(resolve);
    const stop = (): void => {
      const index = this.watchers.indexOf(deliver);
      if (index !== -1) this.watchers.splice(index, 1);
      resolve();
    };
    return { ended: promise, stop };
  };
}

interface Edge {
  readonly bindings: Bindings;
  readonly origin: Origin;
}

function edgeOn(
  bucket: BindingsBucket,
  name: string,
  extra: { boot?: string; aorsMax?: number } = {},
): Edge {
  const edge = name as NodeId;
  const boot = extra.boot ?? "boot";
  const limits = extra.aorsMax === undefined ? {} : { aorsMax: extra.aorsMax };
  const onFault = (fault: string): void => {
    faults.push(fault);
  };
  const bindings = new Bindings({ bucket, edge, boot, now: () => AT, onFault, ...limits });
  const endpoint = { transport: "udp", host: "192.0.2.7", port: 5060 } as const;
  return { bindings, origin: { endpoint, edge, boot } };
}

let faults: string[] = [];

interface Asked {
  readonly contact: string;
  readonly cseq: number;
  readonly seconds: number;
}

const verdictOn = (
  current: readonly ContactBinding[],
  { contact, cseq, seconds }: Asked,
  origin: Origin,
): Registered =>
  register(current, {
    request: request({
      method: "REGISTER",
      uri: "sip:demo",
      headers: [
        ["Call-ID", contact],
        ["CSeq", `${cseq} REGISTER`],
        ["Contact", `<sip:${contact}@192.0.2.7>;expires=${seconds}`],
      ],
    }),
    origin,
    at: AT,
    draw: 0,
  });

function send({ bindings, origin }: Edge, asked: Asked): Promise<Changed<string>> {
  return bindings.change(ACME, EXT, (current) => {
    const verdict = verdictOn(current, asked, origin);
    if (verdict.kind === "refused") return { bindings: null, result: verdict.refusal };
    const result = verdict.isWriteNeeded ? "written" : "unchanged";
    return { bindings: verdict.isWriteNeeded ? verdict.bindings : null, result };
  });
}

const uris = (edge: Edge): readonly string[] =>
  edge.bindings.bindingsOf(ACME, EXT).map(({ contactUri }) => contactUri);

const straight = (): Promise<void> => Promise.resolve();
const settled = async (): Promise<void> => {
  for (let i = 0; i < 50; i += 1) await Promise.resolve();
};

const asked = fc.record({
  contact: fc.constantFrom("a", "b", "c"),
  cseq: fc.integer({ min: 1, max: 20 }),
  seconds: fc.constantFrom(0, 60, 600, 3600),
});

describe("two edges that change one AOR at the same time", () => {
  it("end in what the same requests give one after the other, and both know it", async () => {
    const sends = fc.array(fc.tuple(fc.boolean(), asked), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), sends, async (scheduler, list) => {
        const bucket = new ScheduledBucket(() => scheduler.schedule(Promise.resolve()));
        const edges = [edgeOn(bucket, "edge-1"), edgeOn(bucket, "edge-2")] as const;
        for (const { bindings } of edges) bindings.start();
        const written: [Edge, Asked][] = [];
        const all = list.map(async ([isFirst, what]) => {
          const edge = isFirst ? edges[0] : edges[1];
          const before = bucket.history.length;
          const changed = await send(edge, what);
          expect(changed.kind).not.toBe("unreachable");
          if (changed.kind === "changed" && changed.result === "written")
            written.push([edge, what]);
          return before;
        });
        await scheduler.waitFor(Promise.all(all));
        await scheduler.waitIdle();

        // One step for each write that was answered with success: none lost, none made twice.
        expect(bucket.history).toHaveLength(written.length);
        // Each step follows from the one before by one of those requests.
        let current: readonly ContactBinding[] = [];
        const left = [...written];
        for (const text of bucket.history) {
          const next = text === null ? [] : (decodeBindings(text) ?? []);
          const index = left.findIndex(([{ origin }, what]) => {
            const verdict = verdictOn(current, what, origin);
            if (verdict.kind === "refused" || !verdict.isWriteNeeded) return false;
            return JSON.stringify(verdict.bindings) === JSON.stringify(next);
          });
          expect(index).not.toBe(-1);
          left.splice(index, 1);
          current = next;
        }
        for (const edge of edges) {
          expect(uris(edge)).toEqual(current.map(({ contactUri }) => contactUri));
          await edge.bindings.stop();
        }
      }),
      { numRuns: 200 },
    );
  });

  it("never keep more contacts than the limit", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const bucket = new ScheduledBucket(() => scheduler.schedule(Promise.resolve()));
        const edges = [edgeOn(bucket, "edge-1"), edgeOn(bucket, "edge-2")] as const;
        const first = edges[0];
        for (let i = 0; i < CONTACTS_MAX - 1; i += 1) {
          const filled = send(first, { contact: `x${i}`, cseq: 1, seconds: 600 });
          await scheduler.waitFor(filled);
        }
        const racing = edges.map((edge, i) =>
          send(edge, { contact: `y${i}`, cseq: 1, seconds: 600 }),
        );
        const results = await scheduler.waitFor(Promise.all(racing));
        expect(
          results.map((changed) => changed.kind === "changed" && changed.result).sort(),
        ).toEqual(["too-many-contacts", "written"]);
        expect(decodeBindings(bucket.entries.get(KEY)?.text ?? "")).toHaveLength(CONTACTS_MAX);
      }),
      { numRuns: 20 },
    );
  });

  it("give up after eight lost races, having changed nothing (R1)", async () => {
    const bucket = new ScheduledBucket(straight);
    const edge = edgeOn(bucket, "edge-1");
    let decided = 0;
    const changed = await edge.bindings.change(ACME, EXT, () => {
      decided += 1;
      // Somebody is faster each time.
      void bucket.write(KEY, { text: encodeBindings([]), revision: null, lifetimeS: 60 });
      return { bindings: [], result: "never" };
    });
    expect([changed.kind, decided]).toEqual(["contended", 8]);
  });
});

describe("an edge's table", () => {
  const withFlow = ({ bindings, origin }: Edge, flow: string): Edge => ({
    bindings,
    origin: { ...origin, endpoint: { ...origin.endpoint, transport: "tcp", flow } },
  });

  it("over TCP a binding ends with the life of the edge that holds its flow, for every edge (R2)", async () => {
    const bucket = new ScheduledBucket(straight);
    const before = edgeOn(bucket, "edge-1", { boot: "first" });
    const other = edgeOn(bucket, "edge-2");
    for (const { bindings } of [before, other]) bindings.start();
    await settled();
    await send(withFlow(before, "7"), { contact: "a", cseq: 1, seconds: 600 });
    await send(before, { contact: "b", cseq: 1, seconds: 600 });
    await settled();
    expect(uris(other)).toEqual(["sip:b@192.0.2.7", "sip:a@192.0.2.7"]);
    await before.bindings.stop();

    const after = edgeOn(bucket, "edge-1", { boot: "second" });
    after.bindings.start();
    await settled();
    expect([uris(after), uris(other)]).toEqual([["sip:b@192.0.2.7"], ["sip:b@192.0.2.7"]]);
    for (const { bindings } of [after, other]) await bindings.stop();
  });

  it("after a new watch, what went away meanwhile is gone; until then the old table serves (R3)", async () => {
    const bucket = new ScheduledBucket(straight);
    const edge = edgeOn(bucket, "edge-1");
    edge.bindings.start();
    await settled();
    expect(edge.bindings.isSynced).toBe(true);
    await send(edge, { contact: "a", cseq: 1, seconds: 600 });
    // The watch breaks, the entry expires unseen.
    bucket.watchers.length = 0;
    bucket.entries.delete(KEY);
    for (const stop of bucket.stops.splice(0)) stop();
    expect(uris(edge)).toEqual(["sip:a@192.0.2.7"]);
    await expect.poll(() => uris(edge), { timeout: 5_000 }).toEqual([]);
    await edge.bindings.stop();
  });

  it("while the bucket is away telephones can be called, and no REGISTER is taken (R4)", async () => {
    const bucket = new ScheduledBucket(straight);
    const edge = edgeOn(bucket, "edge-1");
    edge.bindings.start();
    await settled();
    await send(edge, { contact: "a", cseq: 1, seconds: 600 });
    bucket.isAway = true;
    const changed = await send(edge, { contact: "b", cseq: 1, seconds: 600 });
    expect(changed).toEqual({ kind: "unreachable" });
    expect(uris(edge)).toEqual(["sip:a@192.0.2.7"]);
    await edge.bindings.stop();
  });

  it("a full table takes no further AOR, but the one it has (R6)", async () => {
    faults = [];
    const bucket = new ScheduledBucket(straight);
    const edge = edgeOn(bucket, "edge-1", { aorsMax: 1 });
    edge.bindings.start();
    await settled();
    await send(edge, { contact: "a", cseq: 1, seconds: 600 });
    const refused = await edge.bindings.change(ACME, "1002" as Extension, () => ({
      bindings: [],
      result: "never",
    }));
    expect(refused).toEqual({ kind: "full" });
    expect((await send(edge, { contact: "b", cseq: 1, seconds: 600 })).kind).toBe("changed");
    const text = bucket.entries.get(KEY)?.text ?? "";
    await bucket.write("acme.1003", { text, revision: 0, lifetimeS: 60 });
    await settled();
    expect([edge.bindings.size, faults]).toEqual([1, ["full"]]);
    await edge.bindings.stop();
  });

  it("C1: an entry that cannot be read is no registration, is reported, and is replaced", async () => {
    faults = [];
    const bucket = new ScheduledBucket(straight);
    const texts = ["", "{", '{"version":2,"bindings":[]}', '{"version":1,"bindings":[{}]}'];
    expect(texts.map(decodeBindings)).toEqual([null, null, null, null]);
    await bucket.write(KEY, { text: "{", revision: 0, lifetimeS: 60 });
    const edge = edgeOn(bucket, "edge-1");
    edge.bindings.start();
    await settled();
    expect([uris(edge), faults]).toEqual([[], ["undecodable"]]);
    await send(edge, { contact: "a", cseq: 1, seconds: 600 });
    expect(uris(edge)).toEqual(["sip:a@192.0.2.7"]);
    await edge.bindings.stop();
  });
});
