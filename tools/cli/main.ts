/**
 * Entry of the command `kakehashi`: joins the program to this process.
 *
 * M1  A reader that goes away (`| head`) ends the program quietly.
 * M2  The process ends by itself after the last byte is written: output is never cut.
 */
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { runProgram } from "./program.ts";

const DEMO_ADDRESSES = join(import.meta.dirname, "../../.run/demo/cli.json");

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

async function readText(path: string): Promise<string | Error> {
  try {
    return path === "-" ? await text(process.stdin) : await readFile(path, "utf8");
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function save(path: string, output: string | Uint8Array): Promise<Error | null> {
  try {
    await writeFile(path, output);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function readDemoAddresses(): string | null {
  try {
    return readFileSync(DEMO_ADDRESSES, "utf8");
  } catch {
    return null;
  }
}

process.exitCode = await runProgram(process.argv.slice(2), {
  env: process.env,
  readDemoAddresses,
  readText,
  save,
  write: (output) => void process.stdout.write(output),
  complain: (output) => void process.stderr.write(output),
  now: Date.now,
  pause,
  columns: () => (process.stdout.isTTY ? process.stdout.columns : null),
});
