/** A load run as text: what was promised, then what it cost. */
import type { Claim, LoadResult, ProcessResult } from "./load.ts";
import type { Percentiles } from "./sipp.ts";

const MIB = 1024 * 1024;

/** Lines for a terminal of 100 columns. */
export function report(result: LoadResult): string {
  const { calls, perSecond, mix, seconds, claims, ms, retransmissions, steadyCalls } = result;
  const kinds = Object.entries(mix).map(([kind, count]) => `${count} ${kind}`);
  const steady =
    steadyCalls === null
      ? "too short for steady figures"
      : `steady: from call ${steadyCalls[0]} to call ${steadyCalls[1]}`;
  return [
    `${calls} calls at ${perSecond}/s (${kinds.join(", ")}) in ${seconds.toFixed(1)} s`,
    "",
    ...claims.map(claimLine),
    "",
    `INVITE to 180  ${percentiles(ms.inviteTo180)}`,
    `INVITE to 200  ${percentiles(ms.inviteTo200)}`,
    `BYE to 200     ${percentiles(ms.byeTo200)}`,
    `retransmissions of the caller: ${retransmissions}`,
    "",
    `CPU seconds per 1000 calls; MiB of heap and memory; ${steady}`,
    row(["process", "cpu", "cpu steady", "heap", "heap last", "memory", "memory last"]),
    ...result.processes.map(processRow),
    row(["all", total(result), totalSteady(result), "", "", "", ""]),
  ].join("\n");
}

const claimLine = ({ promised, seen, isKept }: Claim): string =>
  `${isKept ? "kept  " : "BROKEN"}  ${promised.padEnd(44)} ${seen}`;

const percentiles = (times: Percentiles | null): string =>
  times === null ? "not measured" : `${times.p50} ms (99 %: ${times.p99}, longest: ${times.max})`;

const row = ([name = "", ...cells]: readonly string[]): string =>
  `  ${name.padEnd(14)}${cells.map((cell) => cell.padStart(12)).join("")}`;

const mebibytes = (bytes: number | undefined): string =>
  bytes === undefined ? "" : (bytes / MIB).toFixed(1);

function processRow({ name, cpuSecondsPer1000, steady }: ProcessResult): string {
  return row([
    name,
    cpuSecondsPer1000.toFixed(3),
    steady?.cpuSecondsPer1000.toFixed(3) ?? "",
    mebibytes(steady?.heapBytes?.[0]),
    mebibytes(steady?.heapBytes?.[1]),
    mebibytes(steady?.memoryBytes[0]),
    mebibytes(steady?.memoryBytes[1]),
  ]);
}

const total = ({ processes }: LoadResult): string =>
  processes.reduce((sum, { cpuSecondsPer1000 }) => sum + cpuSecondsPer1000, 0).toFixed(3);

function totalSteady({ processes, steadyCalls }: LoadResult): string {
  if (steadyCalls === null) return "";
  const sum = processes.reduce((all, { steady }) => all + (steady?.cpuSecondsPer1000 ?? 0), 0);
  return sum.toFixed(3);
}
