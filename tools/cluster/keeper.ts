/**
 * The process behind `make run`: starts the demo cluster, loads the demo company, starts the
 * telephones, and owns all of them until it is told to stop. Started by up.ts, ended by down.ts.
 *
 * Q1  It ends everything that it started, on SIGTERM and after a failed start.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "./child.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import {
  CLI_FILE,
  DEMO_COMPANY,
  DEMO_DIR,
  DEMO_OPTIONS,
  DEMO_PHONES,
  KEEPER_FILE,
  ROOT,
} from "./demo.ts";
import { runCli } from "./run-cli.ts";

mkdirSync(DEMO_DIR, { recursive: true });
const tell = (state: Readonly<Record<string, unknown>>): void =>
  writeFileSync(KEEPER_FILE, `${JSON.stringify({ pid: process.pid, ...state })}\n`);

let cluster: Cluster | null = null;
const phones: Child[] = [];
let isStopping = false;

async function stop(status: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await Promise.all(phones.map((phone) => phone.stop()));
  await cluster?.stop();
  rmSync(CLI_FILE, { force: true });
  if (status === 0) rmSync(KEEPER_FILE, { force: true });
  process.exit(status);
}

process.on("SIGTERM", () => void stop(0));
process.on("SIGINT", () => void stop(0));

async function startPhones(): Promise<void> {
  for (const { name, args } of DEMO_PHONES) {
    const phone = new Child({
      name,
      command: process.execPath,
      args: [join(ROOT, "tools/phone/main.ts"), ...args],
      env: { ...inherited(), PHONE_PASSWORD: "kakehashi-demo" },
      logFile: join(DEMO_DIR, `${name}.log`),
      isReady: async () => true,
    });
    phones.push(phone);
    await phone.start();
  }
}

const inherited = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );

tell({ phase: "starting" });
try {
  cluster = await startCluster(DEMO_OPTIONS);
  writeFileSync(CLI_FILE, `${JSON.stringify(cluster.cliEnv, null, 2)}\n`);
  const applied = await runCli(cluster.cliEnv, ["apply", "-f", DEMO_COMPANY]);
  if (applied.status !== 0) throw new Error(`the demo company was not loaded:\n${applied.output}`);
  await startPhones();
  tell({ phase: "up" });
} catch (error) {
  tell({ phase: "failed", problem: error instanceof Error ? error.message : String(error) });
  await stop(1);
}
