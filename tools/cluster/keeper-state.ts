/**
 * What is known of the keeper from its file: whether it runs, is up, or failed.
 *
 * R1  A process id is believed only if that process is a keeper of this checkout: ids are used again.
 * R2  The file is made by whoever becomes the keeper and removed by it, or by who finds it left over.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KEEPER_FILE } from "./demo.ts";

/** The keeper's own words. */
export interface KeeperState {
  readonly pid: number;
  readonly phase: "starting" | "up" | "failed";
  readonly problem: string;
}

const STOP_WITHIN_MS = 60_000;
const POLL_EVERY_MS = 100;

/** What the file says; null when there is none or it is half written. */
export function readKeeper(): KeeperState | null {
  if (!existsSync(KEEPER_FILE)) return null;
  try {
    const value: unknown = JSON.parse(readFileSync(KEEPER_FILE, "utf8"));
    if (typeof value !== "object" || value === null) return null;
    return { pid: 0, phase: "starting", problem: "", ...value };
  } catch {
    return null;
  }
}

/** True while the process of this id is a keeper of this checkout (R1). */
export function isKeeper(pid: number): boolean {
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return commandLine.includes(join(import.meta.dirname, "./keeper.ts"));
  } catch {
    return false;
  }
}

/** Makes this process the keeper; false when the file is there already (R2). */
export function claimKeeping(): boolean {
  const state: KeeperState = { pid: process.pid, phase: "starting", problem: "" };
  try {
    writeFileSync(KEEPER_FILE, `${JSON.stringify(state)}\n`, { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

/** Stops a running keeper and waits for its end; false when none was running. */
export async function stopKeeper(): Promise<boolean> {
  const keeper = readKeeper();
  if (keeper === null || !isKeeper(keeper.pid)) {
    rmSync(KEEPER_FILE, { force: true });
    return false;
  }
  process.kill(keeper.pid, "SIGTERM");
  const giveUpAt = performance.now() + STOP_WITHIN_MS;
  while (isKeeper(keeper.pid)) {
    if (performance.now() > giveUpAt) {
      throw new Error(`the keeper (process ${keeper.pid}) does not end; its log is beside it`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
  return true;
}
