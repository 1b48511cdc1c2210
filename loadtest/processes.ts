/**
 * What processes cost: CPU time and memory from /proc, the heap from a service's own metrics.
 * Owns: reading. Does not own: the processes, what is too much.
 *
 * PR1  CPU time is user and system time of all threads; for a tree of processes (PostgreSQL) that of
 *      the living children and of those that ended.
 * PR2  The heap is measured after collecting garbage (collect-garbage.ts), twice; the lower value
 *      counts, for what a request or a scrape just then allocated is no growth.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** A process, or the root of a tree of them, that is watched. */
export interface Watched {
  readonly name: string;
  readonly pid: number;
  /** Where its metrics are served; null for programs that are not ours. */
  readonly http: string | null;
}

/** What it has used and holds at one moment. */
export interface Usage {
  readonly cpuSeconds: number;
  /** Memory with shared pages counted once (proportional set size). */
  readonly memoryBytes: number;
  readonly heapBytes: number | null;
}

const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
const COLLECTIONS = 2;
const COLLECTION_MS = 200;
const KIB = 1024;

/** Usage of each, in the same order. */
export async function usageOf(watched: readonly Watched[]): Promise<readonly Usage[]> {
  const cpu = watched.map(({ pid }) => cpuSeconds(pid));
  const heaps = await heapsOf(watched);
  return watched.map(({ pid }, index) => ({
    cpuSeconds: cpu[index] ?? 0,
    memoryBytes: family(pid).reduce((sum, one) => sum + memoryBytes(one), 0),
    heapBytes: heaps[index] ?? null,
  }));
}

/** PR1. */
function cpuSeconds(root: number): number {
  const ticks = family(root).reduce((sum, pid) => {
    const fields = statFields(pid);
    const own = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
    const ended = pid === root ? Number(fields[13] ?? 0) + Number(fields[14] ?? 0) : 0;
    return sum + own + ended;
  }, 0);
  return ticks / TICKS_PER_SECOND;
}

/** The process and all that descend from it. */
function family(pid: number): readonly number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
  return [pid, ...children.flatMap(family)];
}

/** Fields of /proc/PID/stat from the third on (proc(5)): the second is a name in brackets. */
function statFields(pid: number): readonly string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function memoryBytes(pid: number): number {
  const shared = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`));
  return Number(shared?.[1] ?? 0) * KIB;
}

/** A process that ended in between has nothing more to tell. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** PR2. One process after the other: all at once would stop every call for a second. */
async function heapsOf(watched: readonly Watched[]): Promise<readonly (number | null)[]> {
  const heaps: (number | null)[] = [];
  for (const { pid, http } of watched)
    heaps.push(http === null ? null : await lowestHeap(pid, http));
  return heaps;
}

/** Bytes of heap that a service with collect-garbage.ts in it holds. */
export async function lowestHeap(pid: number, http: string): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < COLLECTIONS; round += 1) {
    process.kill(pid, "SIGUSR2");
    await delay(COLLECTION_MS);
    lowest = Math.min(lowest, await heap(http));
  }
  return lowest;
}

const heap = (http: string): Promise<number> => metric(http, "nodejs_heap_size_used_bytes");

/** One metric of a service, summed over its labels. */
export async function metric(http: string, name: string): Promise<number> {
  const text = await (await fetch(`http://${http}/metrics`)).text();
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
