/** Runs the `kakehashi` command against a cluster, as a person would: a process of its own. */
import { spawn } from "node:child_process";
import { join } from "node:path";

/** What it printed and how it ended. */
export interface CliResult {
  readonly status: number;
  /** Standard output. */
  readonly text: string;
  /** Standard output and error, for messages. */
  readonly output: string;
}

/** Runs `kakehashi ARGS` with the addresses of `env`. */
export function runCli(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<CliResult> {
  const main = join(import.meta.dirname, "../cli/main.ts");
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    let output = "";
    child.stdout.on("data", (part: Buffer) => {
      text += part.toString();
      output += part.toString();
    });
    child.stderr.on("data", (part: Buffer) => {
      output += part.toString();
    });
    child.once("error", (error) => resolve({ status: 127, text, output: error.message }));
    child.once("close", (status) => resolve({ status: status ?? 1, text, output }));
  });
}
