/**
 * How a process ends: ordered steps on SIGTERM or SIGINT, bounded as a whole; a second signal ends it at once.
 *
 * D1  Steps run in order, each awaited; a step that fails is logged and the next one runs.
 * D2  The process ends after `boundMs` whatever the steps do: status 0 when all were done, else 1.
 * D3  An exception that nobody caught means that state in memory can no longer be trusted: it is logged
 *     and the process ends with status 1, for the supervisor outside to start it anew. A rejected
 *     promise that nobody awaited is the same.
 */
import type { Logger } from "pino";

/** One step of the way down. */
export interface DrainStep {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

/** Ends the process; injected so that it can be tested. */
export type Exit = (code: number) => void;

interface Drain {
  readonly log: Logger;
  readonly boundMs: number;
  readonly steps: readonly DrainStep[];
  readonly exit?: Exit;
}

/** Runs the steps within the bound and ends the process. Resolves when `exit` was called. */
export async function drain({ log, boundMs, steps, exit = exitProcess }: Drain): Promise<void> {
  let clean = true;
  const alarm = Promise.withResolvers<"late">();
  const timer = setTimeout(() => alarm.resolve("late"), boundMs);
  for (const { name, run } of steps) {
    const outcome = await Promise.race([alarm.promise, runStep(log, name, run)]);
    if (outcome === "late") {
      log.error({ step: name, boundMs }, "shutdown took too long");
      clean = false;
      break;
    }
    if (outcome === "failed") clean = false;
  }
  clearTimeout(timer);
  log.info({ clean }, "stopped");
  exit(clean ? 0 : 1);
}

async function runStep(
  log: Logger,
  step: string,
  run: DrainStep["run"],
): Promise<"done" | "failed"> {
  try {
    await run();
    log.debug({ step }, "shutdown step done");
    return "done";
  } catch (err) {
    log.error({ step, err }, "shutdown step failed");
    return "failed";
  }
}

const exitProcess: Exit = (code) => process.exit(code);

/** Installs the signal and exception rules of this file for the whole process. Only for main.ts. */
export function drainOnSignal(options: Drain): void {
  const exit = options.exit ?? exitProcess;
  let draining = false;
  const onSignal = (signal: string): void => {
    if (draining) {
      options.log.warn({ signal }, "second signal: stopping at once");
      exit(1);
      return;
    }
    draining = true;
    options.log.info({ signal }, "stopping");
    void drain(options);
  };
  process.on("SIGTERM", () => onSignal("SIGTERM"));
  process.on("SIGINT", () => onSignal("SIGINT"));
  exitOnUncaught(options.log, exit);
}

/** Installs D3. Called first thing in main.ts, before anything can fail. */
export function exitOnUncaught(log: Logger, exit: Exit = exitProcess): void {
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (err) => {
    log.fatal({ err }, "uncaught exception: the process ends");
    exit(1);
  });
}
