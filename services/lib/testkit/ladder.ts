/**
 * Ladders: call flows as text golden files. A line is `input | effects`; `#` starts a comment; an empty
 * line or a line with comment only is kept as it is.
 *
 * L1  A run interprets the inputs one after another and compares the effects with the file.
 * L2  LADDERS=rewrite writes what came out instead; the diff is read before it is committed.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

/** Takes one input as written and answers the effects as text; keeps its own state. */
export type LadderInterpreter = (input: string) => string;

interface Line {
  readonly input: string;
  readonly comment: string;
  readonly written: string;
}

function parseLine(written: string): Line {
  const hash = written.indexOf("#");
  const said = hash === -1 ? written : written.slice(0, hash);
  const comment = hash === -1 ? "" : written.slice(hash);
  const [input = ""] = said.split("|");
  return { input: input.trim(), comment, written };
}

function printLine(line: Line, width: number, effects: string): string {
  const said = line.comment === "" ? line.input : `${line.input}   ${line.comment}`;
  return `${said.padEnd(width)} | ${effects}`.trimEnd();
}

/**
 * A comment stands after the input and before the bar, so that the effects end the line:
 * `leg-answered b1   # 200 crossed | hang-up b1`.
 */
function splitComment(written: string): Line {
  const bar = written.lastIndexOf("|");
  const left = bar === -1 ? written : written.slice(0, bar);
  return { ...parseLine(left.trimEnd()), written };
}

/** Runs the ladder in `file` with a fresh interpreter; fails with a line diff. */
export function runLadder(file: string, interpreter: LadderInterpreter): void {
  const before = readFileSync(file, "utf8");
  const lines = before.replace(/\n$/, "").split("\n").map(splitComment);
  const width = Math.max(
    0,
    ...lines
      .filter(({ input }) => input !== "")
      .map(({ input, comment }) => (comment === "" ? input : `${input}   ${comment}`).length),
  );
  const after = lines.map((line) =>
    line.input === "" ? line.written : printLine(line, width, interpreter(line.input)),
  );
  const text = `${after.join("\n")}\n`;
  if (process.env["LADDERS"] === "rewrite") writeFileSync(file, text);
  else expect(text, `${file}: if this is what should happen, run make ladders`).toBe(before);
}

/** The ladders of a folder: name and path of each `*.ladder` file, sorted. */
export function laddersIn(
  folder: string,
): readonly { readonly name: string; readonly file: string }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ladder"))
    .sort()
    .map((name) => ({ name: name.replace(/\.ladder$/, ""), file: join(folder, name) }));
}
