/**
 * One SIPp process and what it counted. Owns: its command line, its statistics file. Does not own:
 * scenarios (sipp/*.xml), what the counts mean.
 *
 * SP1  A SIPp ends when it made, or took, its number of calls; whoever waits for it has a bound and
 *      kills it, by its process id, when that is over.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What one SIPp is to do. */
export interface SippOptions {
  /** Name of a file in sipp/, without .xml. */
  readonly scenario: string;
  /** Folder for its files; it is there already and belongs to this SIPp alone. */
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  /** Calls to make or to take. */
  readonly calls: number;
  /** Length of the scenario's pause, in ms. */
  readonly pauseMs: number;
  /** Writes every message with its moment into messages.log. */
  readonly traced?: boolean;
  /** For a caller: where to and how often, with `numbers` to call in turn. */
  readonly calling?: {
    readonly target: string;
    readonly perSecond: number;
    readonly numbers: string;
  };
}

/** Its counts, so far or at the end. */
export interface SippCounts {
  readonly created: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly retransmissions: number;
}

/** A running SIPp. */
export interface Sipp {
  readonly options: SippOptions;
  readonly counts: () => SippCounts;
  /** True when it ended by itself within the bound; kills it otherwise. */
  readonly ended: (boundMs: number) => Promise<boolean>;
  readonly kill: () => Promise<void>;
}

const BUFFER_BYTES = 4_194_304;
const ANSWER_WITHIN_MS = 20_000;

/** Starts SIPp; it listens, or calls, at once. */
export function startSipp(options: SippOptions): Sipp {
  const { dir } = options;
  const child = spawn("sipp", commandLine(options), { cwd: dir, stdio: "ignore" });
  const exit = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  return {
    options,
    counts: () => readCounts(join(dir, "counts.csv")),
    ended: (boundMs) => endedWithin(child, exit, boundMs),
    kill: async () => {
      child.kill("SIGKILL");
      await exit;
    },
  };
}

function commandLine(options: SippOptions): readonly string[] {
  const { scenario, host, port, calls, pauseMs, calling, traced } = options;
  return [
    ...(calling === undefined ? [] : [calling.target, "-inf", calling.numbers]),
    ...(calling === undefined ? [] : ["-r", String(calling.perSecond), "-l", String(calls)]),
    ...["-sf", join(import.meta.dirname, "sipp", `${scenario}.xml`)],
    ...["-i", host, "-p", String(port), "-t", "u1", "-nostdin", "-buff_size", String(BUFFER_BYTES)],
    ...["-m", String(calls), "-d", String(pauseMs)],
    ...(calling === undefined ? [] : ["-recv_timeout", String(ANSWER_WITHIN_MS)]),
    ...["-trace_stat", "-stf", "counts.csv", "-fd", "1", "-trace_err", "-error_file", "errors.log"],
    ...(calling === undefined ? [] : ["-trace_rtt", "-rtt_freq", "200"]),
    ...(traced === true ? ["-trace_msg", "-message_file", "messages.log"] : []),
  ];
}

async function endedWithin(
  child: ChildProcess,
  exit: Promise<void>,
  boundMs: number,
): Promise<boolean> {
  let isLate = false;
  const force = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, boundMs);
  await exit;
  clearTimeout(force);
  return !isLate;
}

/** The last line of the statistics file, by the names of its first line. */
function readCounts(file: string): SippCounts {
  const [head = "", ...rows] = textOf(file).trim().split("\n");
  const names = head.split(";");
  const last = rows.at(-1)?.split(";") ?? [];
  const count = (name: string): number => Number(last[names.indexOf(name)] ?? 0);
  return {
    created: count("TotalCallCreated"),
    succeeded: count("SuccessfulCall(C)"),
    failed: count("FailedCall(C)"),
    retransmissions: count("Retransmissions(C)"),
  };
}

/** Empty until SIPp has written it. */
function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Milliseconds below which a share of the response times lies. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Response times of a caller by the number that its scenario gives them; null when there are none. */
export function responseTimes(dir: string, which: number): Percentiles | null {
  const file = readdirSync(dir).find((name) => name.endsWith("_rtt.csv"));
  if (file === undefined) return null;
  const times = textOf(join(dir, file))
    .split("\n")
    .map((line) => line.split(";"))
    .filter((fields) => fields[2] === String(which))
    .map((fields) => Number(fields[1]))
    .sort((one, other) => one - other);
  const at = (share: number): number => times[Math.ceil(share * times.length) - 1] ?? Number.NaN;
  return times.length === 0 ? null : { p50: at(0.5), p99: at(0.99), max: at(1) };
}
