/**
 * SIPp in the carrier's place, one process a call: places it or takes it, by a scenario of ./sipp.
 * SIPp itself is the judge of the message flow: it ends with status 0 only when the scenario ran to
 * its end. Owns: the process and its message log. Does not own: what the log must say.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";

/** How to start one. */
export interface SippOptions {
  /** Its folder; logs go there. */
  readonly dir: string;
  /** Name of a file in ./sipp, without ".xml". */
  readonly scenario: string;
  readonly bind: { readonly host: string; readonly port: number };
  /** Where it calls and whom; a taker of calls has none. */
  readonly calls?: {
    readonly host: string;
    readonly port: number;
    readonly number: string;
  };
  /** Port of its audio, at the address it binds. */
  readonly audioPort: number;
  /** Length of its pauses. */
  readonly pauseMs?: number;
}

/** A running SIPp. */
export interface Sipp {
  /** Waits for its end; throws with its complaints unless it ended well. */
  readonly ended: () => Promise<void>;
  /** Everything it sent and received until now, as text. */
  readonly messages: () => string;
  /** Ends it in the middle; nothing when it has ended. */
  readonly kill: () => Promise<void>;
}

const GIVES_UP_AFTER_S = 30;

/** Starts one. A taker of calls is ready when it resolves. */
export async function startSipp(options: SippOptions): Promise<Sipp> {
  const { dir, scenario, bind, calls, audioPort, pauseMs = 0 } = options;
  mkdirSync(dir, { recursive: true });
  const log = join(dir, `${scenario}.messages`);
  const errors = join(dir, `${scenario}.errors`);
  const target = calls === undefined ? [] : [`${calls.host}:${calls.port}`, "-s", calls.number];
  const args = [
    ...target,
    ...["-sf", join(import.meta.dirname, "sipp", `${scenario}.xml`), "-m", "1", "-nostdin"],
    ...["-i", bind.host, "-p", String(bind.port), "-d", String(pauseMs)],
    ...["-key", "audio_port", String(audioPort), "-timeout", String(GIVES_UP_AFTER_S)],
    ...["-trace_msg", "-message_file", log, "-trace_err", "-error_file", errors],
  ];
  const child = spawn("sipp", args, { cwd: dir, stdio: "ignore" });
  let status: number | null = null;
  const exit = new Promise<void>((resolve) => {
    const end = (code: number | null): void => {
      status = code ?? -1;
      resolve();
    };
    child.once("exit", end).once("error", () => end(null));
  });
  const read = (file: string): string => (existsSync(file) ? readFileSync(file, "latin1") : "");
  if (calls === undefined) await waitFor(() => isBound(bind), `sipp listens on ${bind.host}`);
  return {
    ended: async () => {
      await exit;
      if (status !== 0) {
        throw new Error(`sipp ${scenario} ended with ${status}: ${read(errors)}\n${read(log)}`);
      }
    },
    messages: () => read(log),
    kill: async () => {
      child.kill("SIGKILL");
      await exit;
    },
  };
}

/** True when somebody has this UDP address; asking by binding it would be in SIPp's way. */
function isBound({ host, port }: { host: string; port: number }): boolean {
  const address = Buffer.from(host.split(".").map(Number)).readUInt32LE();
  const written = address.toString(16).toUpperCase().padStart(8, "0");
  const row = `${written}:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return readFileSync("/proc/net/udp", "latin1").includes(` ${row} `);
}
