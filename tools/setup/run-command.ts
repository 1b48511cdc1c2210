/**
 * Running another program to its end, for the set-up steps.
 *
 * Owns: the bound on its time. Output goes to the terminal so that a slow step is seen working.
 */

import { spawnSync } from "node:child_process";

/** Compiling nats-server on a small machine takes about two minutes. */
const LIMIT_MS = 15 * 60_000;

/** Runs the program and tells whether it ended with status 0. `env` is added to ours. */
export function runCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): boolean {
  console.log(`setup: ${command} ${args.join(" ")}`);
  const { status } = spawnSync(command, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
    timeout: LIMIT_MS,
  });
  return status === 0;
}

/** What the program prints on standard output, or null when it is absent or fails. */
export function outputOf(command: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", timeout: LIMIT_MS });
  return status === 0 ? stdout.trim() : null;
}

/** Whether the shell would find the program on PATH. */
export function commandExists(command: string): boolean {
  return outputOf("sh", ["-c", `command -v ${command}`]) !== null;
}
