/**
 * Debian packages, where the machine has apt and we may use it.
 *
 * Owns: when to install by ourselves (root) and what to tell everyone else.
 */

import { commandExists, runCommand } from "./run-command.ts";

/** Installs the packages; null when done, else what the reader should do. */
export function aptInstall(packages: readonly string[]): string | null {
  const names = packages.join(" ");
  if (!commandExists("apt-get")) return `not on PATH; install what Debian calls ${names}`;
  if (process.getuid?.() !== 0) return `not on PATH; run: sudo apt-get install -y ${names}`;
  const quiet = { DEBIAN_FRONTEND: "noninteractive" };
  const installed =
    runCommand("apt-get", ["update", "-qq"], quiet) &&
    runCommand("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], quiet);
  return installed ? null : `apt-get install ${names} failed; see its output above`;
}
