/**
 * A real nats-server for one test file: free port, store of its own, stopped by its pid.
 * The binary: KK_NATS_SERVER, else .run/bin of the project (make setup), else PATH.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { freePort } from "./free-port.ts";
import { waitFor } from "./wait-for.ts";

const INSTALLED = join(import.meta.dirname, "../../../.run/bin/nats-server");

/** A running server. */
export interface NatsServer {
  readonly url: string;
  readonly port: number;
  readonly storeDir: string;
  /** Ends the process with SIGKILL and leaves port and store for {@link NatsServer.restart}. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same port and store; ends it first when it still runs. */
  readonly restart: () => Promise<void>;
  /** Freezes (SIGSTOP) or thaws (SIGCONT) the process. */
  readonly signal: (signal: "SIGSTOP" | "SIGCONT") => void;
  /** Ends it and removes the store. */
  readonly stop: () => Promise<void>;
}

function binary(): string {
  return process.env["KK_NATS_SERVER"] ?? (existsSync(INSTALLED) ? INSTALLED : "nats-server");
}

async function answers(port: number): Promise<boolean> {
  const connection = await connect({
    servers: `127.0.0.1:${port}`,
    reconnect: false,
    timeout: 500,
  });
  await connection.close();
  return true;
}

async function launch(port: number, storeDir: string): Promise<ChildProcess> {
  const child = spawn(binary(), ["-js", "-a", "127.0.0.1", "-p", String(port), "-sd", storeDir], {
    stdio: "ignore",
  });
  const killAtExit = (): void => void child.kill("SIGKILL");
  process.once("exit", killAtExit);
  child.once("exit", () => process.off("exit", killAtExit));
  let failure: Error | null = null;
  child.once("error", (error) => {
    failure = error;
  });
  await waitFor(
    () => {
      if (failure !== null) throw failure;
      return answers(port);
    },
    `nats-server (${binary()}) answers on port ${port}`,
    10_000,
  );
  return child;
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

/** Starts a server with JetStream. */
export async function startNatsServer(): Promise<NatsServer> {
  const port = await freePort();
  const storeDir = await mkdtemp(join(tmpdir(), "kakehashi-nats-"));
  let child = await launch(port, storeDir);
  const kill = (): Promise<void> => end(child);
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    storeDir,
    kill,
    restart: async () => {
      await kill();
      child = await launch(port, storeDir);
    },
    signal: (signal) => child.kill(signal),
    stop: async () => {
      await kill();
      await rm(storeDir, { recursive: true, force: true });
    },
  };
}
