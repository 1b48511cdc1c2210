/**
 * One load run: calls in an even stream through a whole cluster, and what they cost.
 * Owns: the order of events, when usage is looked at, what was promised. Does not own: processes and
 * addresses (stage.ts), SIPp (sipp.ts), how a result is printed (report.ts).
 *
 * LO1  Steady is from the call where ended calls begin to be forgotten as fast as new ones come (32 s
 *      after the start, timers H to L of RFC 3261), but not before the 5000th, to shortly before the
 *      last one, with as many calls up as before.
 */
import { setTimeout as delay } from "node:timers/promises";
import { waitFor } from "../services/lib/testkit/wait-for.ts";
import { type Usage, usageOf } from "./processes.ts";
import { type Percentiles, responseTimes, type Sipp } from "./sipp.ts";
import { CALL_KINDS, type CallKind, type Stage, setStage } from "./stage.ts";

/** What to run. */
export interface LoadOptions {
  readonly net: number;
  readonly dir: string;
  readonly calls: number;
  readonly perSecond: number;
  /** Parts of each kind, any scale. */
  readonly mix: Readonly<Record<CallKind, number>>;
  readonly talkMs: number;
  readonly profile: boolean;
}

/** What one process used; per 1000 calls, `steady` null when the run was too short for it. */
export interface ProcessResult {
  readonly name: string;
  readonly cpuSecondsPer1000: number;
  readonly steady: {
    readonly cpuSecondsPer1000: number;
    readonly heapBytes: readonly [first: number, last: number] | null;
    readonly memoryBytes: readonly [first: number, last: number];
  } | null;
}

/** Something that was promised, and what came. */
export interface Claim {
  readonly promised: string;
  readonly seen: string;
  readonly isKept: boolean;
}

/** What came out of a run. */
export interface LoadResult {
  readonly calls: number;
  readonly perSecond: number;
  readonly mix: Readonly<Record<CallKind, number>>;
  readonly seconds: number;
  readonly claims: readonly Claim[];
  readonly processes: readonly ProcessResult[];
  /** First call and last call between which `steady` was measured. */
  readonly steadyCalls: readonly [first: number, last: number] | null;
  readonly retransmissions: number;
  readonly ms: {
    readonly inviteTo180: Percentiles | null;
    readonly inviteTo200: Percentiles | null;
    readonly byeTo200: Percentiles | null;
  };
}

const STEADY_FROM_CALL = 5_000;
const STEADY_FROM_S = 40;
/** The last look is so long before the last call. */
const BEFORE_LAST_S = 6;
const LOOK_EVERY_MS = 500;
const SETTLED_WITHIN_MS = 60_000;
const PEERS_WITHIN_MS = 15_000;
/** Over the time that the stream of calls takes. */
const LONGEST_CALL_MS = 60_000;
const HEAP_CHANGE_MAX = 0.1;

interface Look {
  readonly calls: number;
  readonly usage: readonly Usage[];
}

/** Starts a cluster, sends the calls, stops it; rejects when something could not start. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { net, dir, profile } = options;
  const coming = shares(options);
  const stage = await setStage({ net, dir, coming, profile });
  try {
    const before: Look = { calls: 0, usage: await usageOf(stage.watched) };
    const startedAt = performance.now();
    const caller = stage.caller(options.perSecond, options.talkMs);
    const steady = await watch(stage, caller, options);
    const isDone = await caller.ended((options.calls / options.perSecond) * 1000 + LONGEST_CALL_MS);
    const seconds = (performance.now() - startedAt) / 1000;
    const settled = await settledClaims(stage, options.calls);
    const after: Look = { calls: options.calls, usage: await usageOf(stage.watched) };
    const peers = await Promise.all(stage.peers.map(peerClaim));
    const processes = stage.watched.map(({ name }, index) => ({
      name,
      cpuSecondsPer1000: cpuBetween(before, after, index),
      steady: steady === null ? null : steadyOf(steady, index),
    }));
    const { created, succeeded, failed, retransmissions } = caller.counts();
    return {
      calls: options.calls,
      perSecond: options.perSecond,
      mix: coming,
      seconds,
      claims: [
        {
          promised: `${options.calls} calls, 0 failed`,
          seen: `${created} made, ${succeeded} succeeded, ${failed} failed`,
          isKept: isDone && succeeded === options.calls && failed === 0,
        },
        ...peers,
        ...settled,
        ...processes.flatMap(heapClaim),
      ],
      processes,
      steadyCalls: steady === null ? null : [steady[0].calls, steady[1].calls],
      retransmissions,
      ms: {
        inviteTo180: responseTimes(caller.options.dir, 1),
        inviteTo200: responseTimes(caller.options.dir, 2),
        byeTo200: responseTimes(caller.options.dir, 3),
      },
    };
  } finally {
    await stage.end();
  }
}

/** Calls of each kind; what does not divide goes to the first kinds. */
function shares({ calls, mix }: LoadOptions): Readonly<Record<CallKind, number>> {
  const parts = CALL_KINDS.reduce((sum, kind) => sum + mix[kind], 0);
  const whole = (kind: CallKind): number => Math.floor((calls * mix[kind]) / parts);
  const shared = CALL_KINDS.reduce((sum, kind) => sum + whole(kind), 0);
  const first = CALL_KINDS.find((kind) => mix[kind] > 0);
  const count = (kind: CallKind): number => whole(kind) + (kind === first ? calls - shared : 0);
  return { "ring-all": count("ring-all"), relay: count("relay"), direct: count("direct") };
}

/** Looks at the processes where steady begins and ends (LO1); null when the run is too short. */
async function watch(
  stage: Stage,
  caller: Sipp,
  { calls, perSecond }: LoadOptions,
): Promise<readonly [first: Look, last: Look] | null> {
  const from = Math.max(STEADY_FROM_CALL, STEADY_FROM_S * perSecond);
  const until = calls - BEFORE_LAST_S * perSecond;
  if (until <= from) return null;
  const first = await lookAt(stage, caller, from);
  const last = await lookAt(stage, caller, until);
  return first === null || last === null ? null : [first, last];
}

/** Waits for a call; null when the caller stopped before it. */
async function lookAt(stage: Stage, caller: Sipp, call: number): Promise<Look | null> {
  let seen = -1;
  let silentMs = 0;
  for (;;) {
    const { created } = caller.counts();
    if (created >= call) return { calls: created, usage: await usageOf(stage.watched) };
    silentMs = created > seen ? 0 : silentMs + LOOK_EVERY_MS;
    if (silentMs > LONGEST_CALL_MS) return null;
    seen = Math.max(seen, created);
    await delay(LOOK_EVERY_MS);
  }
}

function cpuBetween(from: Look, to: Look, index: number): number {
  const used = (to.usage[index]?.cpuSeconds ?? 0) - (from.usage[index]?.cpuSeconds ?? 0);
  return (used * 1000) / (to.calls - from.calls);
}

function steadyOf(
  [first, last]: readonly [Look, Look],
  index: number,
): NonNullable<ProcessResult["steady"]> {
  const [one, other] = [first.usage[index], last.usage[index]];
  const heaps = [one?.heapBytes ?? null, other?.heapBytes ?? null] as const;
  return {
    cpuSecondsPer1000: cpuBetween(first, last, index),
    heapBytes: heaps[0] === null || heaps[1] === null ? null : [heaps[0], heaps[1]],
    memoryBytes: [one?.memoryBytes ?? 0, other?.memoryBytes ?? 0],
  };
}

/** Everything that must be so when all calls have ended. */
async function settledClaims(stage: Stage, calls: number): Promise<readonly Claim[]> {
  const records = await lastOf(stage.records, ({ all }) => all >= calls);
  const held = await lastOf(stage.channelsHeld, (count) => count === 0);
  const active = await lastOf(stage.activeCalls, (count) => count === 0);
  return [
    {
      promised: `${calls} records, all of answered calls`,
      seen: `${records.all} records, ${records.answered} of answered calls`,
      isKept: records.all === calls && records.answered === calls,
    },
    { promised: "0 channels held", seen: `${held} held`, isKept: held === 0 },
    { promised: "0 calls left at the edge", seen: `${active} left`, isKept: active === 0 },
  ];
}

/** The first value that is good, or the last one within the bound. */
async function lastOf<T>(read: () => Promise<T>, isGood: (value: T) => boolean): Promise<T> {
  let value = await read();
  const again = async (): Promise<boolean> => {
    value = await read();
    return isGood(value);
  };
  await waitFor(again, "the cluster settles", SETTLED_WITHIN_MS).catch(() => undefined);
  return value;
}

async function peerClaim(peer: Sipp): Promise<Claim> {
  const isDone = await peer.ended(PEERS_WITHIN_MS);
  const { scenario, calls } = peer.options;
  const { created, succeeded, failed } = peer.counts();
  return {
    promised: `${calls} legs to "${scenario}", 0 failed`,
    seen: `${created} came, ${succeeded} succeeded, ${failed} failed`,
    isKept: isDone && succeeded === calls && failed === 0,
  };
}

/** What is held in the steady part neither grows nor shrinks by more than a tenth. */
function heapClaim({ name, steady }: ProcessResult): readonly Claim[] {
  if (steady === null || steady.heapBytes === null) return [];
  const [first, last] = steady.heapBytes;
  const ratio = last / first;
  return [
    {
      promised: `heap of ${name} flat within 10 %`,
      seen: `${ratio.toFixed(3)} times`,
      isKept: Math.abs(ratio - 1) <= HEAP_CHANGE_MAX,
    },
  ];
}
