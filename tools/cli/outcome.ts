/**
 * What a command leaves behind: text or a file on standard output, words on standard error, an exit code.
 *
 * O1  0 done; 1 refused, faulty or not found; 2 wrong usage; 3 a service cannot be reached.
 * O2  A failure says on one line what failed and what to do next.
 */
import { plain } from "./columns.ts";

/** See O1. */
export type ExitCode = 0 | 1 | 2 | 3;

/** A failed command. */
export interface Failure {
  readonly kind: "failure";
  readonly exitCode: Exclude<ExitCode, 0>;
  readonly message: string;
}

/** A command that did its work; `warnings` go to standard error. */
export interface Done {
  readonly kind: "done";
  readonly exitCode: ExitCode;
  /** Bytes are a file of another kind. */
  readonly text: string | Uint8Array;
  readonly warnings: readonly string[];
}

export type Outcome = Done | Failure;

export const isFailure = (value: object): value is Failure =>
  "kind" in value && value.kind === "failure";

const failure =
  (exitCode: Failure["exitCode"]) =>
  (message: string): Failure => ({ kind: "failure", exitCode, message: plain(message) });

/** A service or the data said no. */
export const refusal: (message: string) => Failure = failure(1);
/** The command was not given what it needs. */
export const misuse: (message: string) => Failure = failure(2);
/** Nobody answered. */
export const unreachableService: (message: string) => Failure = failure(3);

/** Text for people: lines. */
export const told = (lines: readonly string[], warnings: readonly string[] = []): Done => ({
  kind: "done",
  exitCode: 0,
  text: lines.map((line) => `${line}\n`).join(""),
  warnings,
});

/** Text for programs, as it is. */
export const written = (text: string, warnings: readonly string[] = []): Done => ({
  kind: "done",
  exitCode: 0,
  text: text === "" || text.endsWith("\n") ? text : `${text}\n`,
  warnings,
});
