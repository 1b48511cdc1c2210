/**
 * The process behind `make run`: starts the demo cluster, loads the demo company, starts the
 * telephones, and owns all of them until it is told to stop. Started by up.ts, ended by down.ts.
 *
 * Q1  It ends everything that it started, on SIGTERM and after a failed start. A stop that comes
 *     during a step of the start waits for that step: only then all its processes are known.
 * Q2  One keeper a checkout: a second one ends at once and touches nothing.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "./child.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import {
  CLI_FILE,
  DEMO_DIR,
  DEMO_LOADS,
  DEMO_OPTIONS,
  DEMO_PHONES,
  type DemoPhone,
  KEEPER_FILE,
  ROOT,
} from "./demo.ts";
import { claimKeeping } from "./keeper-state.ts";
import { runCli } from "./run-cli.ts";

mkdirSync(DEMO_DIR, { recursive: true });
if (!claimKeeping()) {
  process.stderr.write("another make run is under way\n");
  process.exit(1);
}
const tell = (state: Readonly<Record<string, unknown>>): void =>
  writeFileSync(KEEPER_FILE, `${JSON.stringify({ pid: process.pid, ...state })}\n`);

let cluster: Cluster | null = null;
const phones: Child[] = [];
let isStopping = false;

async function launchCluster(): Promise<void> {
  cluster = await startCluster(DEMO_OPTIONS);
  writeFileSync(CLI_FILE, `${JSON.stringify(cluster.cliEnv, null, 2)}\n`);
}

async function loadDemo(): Promise<void> {
  for (const command of DEMO_LOADS) {
    const { status, output } = await runCli(cluster?.cliEnv ?? {}, command);
    if (status !== 0) throw new Error(`kakehashi ${command.join(" ")} failed:\n${output}`);
  }
}

async function startPhone({ name, args, ready }: DemoPhone): Promise<void> {
  const logFile = join(DEMO_DIR, `${name}.log`);
  rmSync(logFile, { force: true });
  const phone = new Child({
    name,
    command: process.execPath,
    args: [join(ROOT, "tools/phone/main.ts"), ...args],
    env: { ...inherited(), PHONE_PASSWORD: "kakehashi-demo" },
    logFile,
    isReady: async () => readFileSync(logFile, "utf8").includes(ready),
  });
  phones.push(phone);
  await phone.start();
}

const inherited = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );

const STEPS: readonly (() => Promise<void>)[] = [
  launchCluster,
  loadDemo,
  ...DEMO_PHONES.map((phone) => () => startPhone(phone)),
];

/** Why it did not come up; null when it did, or when a stop came in between (Q1). */
async function start(): Promise<string | null> {
  try {
    for (const step of STEPS) {
      if (isStopping) return null;
      await step();
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const starting = start();

async function stop(status: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await starting;
  await Promise.all(phones.map((phone) => phone.stop()));
  await cluster?.stop();
  rmSync(CLI_FILE, { force: true });
  if (status === 0) rmSync(KEEPER_FILE, { force: true });
  process.exit(status);
}

process.on("SIGTERM", () => void stop(0));
process.on("SIGINT", () => void stop(0));

const problem = await starting;
if (!isStopping) {
  tell(problem === null ? { phase: "up" } : { phase: "failed", problem });
  if (problem !== null) await stop(1);
}
