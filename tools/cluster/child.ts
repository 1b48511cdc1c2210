/**
 * One process of ours: started with its log in a file, watched, ended by its process id.
 *
 * P1  Nothing is ever killed by name. A process that does not end on SIGTERM in time is killed.
 * P2  A process that ends by itself before it is ready makes the start fail with its last words.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";

/** How to start a process. */
export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Output of all lives of the process is appended here. */
  readonly logFile: string;
  /** True once it does its work; polled. */
  readonly isReady: () => Promise<boolean>;
}

const READY_WITHIN_MS = 30_000;
const POLL_EVERY_MS = 50;
const STOP_WITHIN_MS = 15_000;
const LAST_WORDS_BYTES = 2_000;

/** A running process that can be stopped, killed and started again. */
export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | null = null;
  #exit: Promise<void> = Promise.resolve();

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get logFile(): string {
    return this.#options.logFile;
  }

  /** Process id; throws when it does not run. */
  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error(`${this.name} is not running`);
    return pid;
  }

  get isRunning(): boolean {
    return this.#process !== null;
  }

  /** Starts the process and waits until it is ready. */
  async start(): Promise<void> {
    this.launch();
    await this.untilReady();
  }

  /** Starts the process without waiting. */
  launch(): void {
    if (this.#process !== null) throw new Error(`${this.name} runs already`);
    const { command, args, env, logFile } = this.#options;
    const log = openSync(logFile, "a");
    const child = spawn(command, args, { env, stdio: ["ignore", log, log] });
    closeSync(log);
    this.#process = child;
    this.#exit = new Promise((resolve) => {
      const end = (): void => {
        if (this.#process === child) this.#process = null;
        resolve();
      };
      child.once("exit", end);
      child.once("error", end);
    });
  }

  /** Waits until the process does its work. */
  async untilReady(): Promise<void> {
    const giveUpAt = performance.now() + READY_WITHIN_MS;
    while (!(await this.#options.isReady())) {
      if (this.#process === null) throw new Error(`${this.name} ended: ${this.#lastWords()}`);
      if (performance.now() > giveUpAt) {
        throw new Error(`${this.name} is not ready after 30 s: ${this.#lastWords()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
    }
  }

  /** Asks it to end and waits; kills it when it takes too long. */
  async stop(): Promise<void> {
    const force = setTimeout(() => this.#process?.kill("SIGKILL"), STOP_WITHIN_MS);
    this.#process?.kill("SIGTERM");
    await this.#exit;
    clearTimeout(force);
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#exit;
  }

  /** Sends a signal, for instance SIGSTOP or SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  #lastWords(): string {
    return `${readFileSync(this.logFile, "utf8").slice(-LAST_WORDS_BYTES).trim()} (${this.logFile})`;
  }
}
