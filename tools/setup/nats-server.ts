/**
 * nats-server: a real one at .run/bin/nats-server, the one place where everything else looks.
 *
 * Owns: the wanted and the least version, and the search: PATH, Go module proxy, Debian. Does not own: starting it.
 */

import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { resolve } from "node:path";
import { aptInstall } from "./apt.ts";
import { commandExists, outputOf, runCommand } from "./run-command.ts";

const WANTED = "v2.12.1";

/** Keys that expire one by one came with 2.11. */
const LEAST = [2, 11] as const;

/** Puts nats-server in place; null when it is there, else what the reader should do. */
export function ensureNatsServer(): string | null {
  const folder = resolve(".run/bin");
  mkdirSync(folder, { recursive: true });
  const place = `${folder}/nats-server`;
  if (isNewEnough(place) || linkFromPath(place)) return null;
  if (commandExists("go")) {
    const source = `github.com/nats-io/nats-server/v2@${WANTED}`;
    if (runCommand("go", ["install", source], { GOBIN: folder }) && isNewEnough(place)) return null;
  }
  const fault = aptInstall(["nats-server"]);
  if (fault === null && linkFromPath(place)) return null;
  const reason = fault ?? "the system's package is too old";
  return `nats-server ${LEAST.join(".")} or newer: ${reason}, or install Go 1.24 and run make setup again`;
}

function linkFromPath(place: string): boolean {
  const found = outputOf("sh", ["-c", "command -v nats-server"]);
  if (found === null || !isNewEnough(found)) return false;
  rmSync(place, { force: true });
  symlinkSync(found, place);
  return true;
}

function isNewEnough(program: string): boolean {
  return isVersionEnough(outputOf(program, ["--version"]) ?? "");
}

/** Reads `nats-server: v2.12.1` and compares it with the least version that we can use. */
export function isVersionEnough(printed: string): boolean {
  const [, major, minor] = /v(\d+)\.(\d+)\./.exec(printed) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > LEAST[0] || (Number(major) === LEAST[0] && Number(minor) >= LEAST[1]);
}
