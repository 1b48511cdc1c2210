/**
 * The repository as data: every file that git tracks or would track, with its text.
 *
 * Owns: reading it. Does not own: what is checked (checks/). The checks are functions of a Workspace, so
 * their tests write one as a literal.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

/** Path relative to the root, with forward slashes, to text. Files that are not text have the text "". */
export type Workspace = ReadonlyMap<string, string>;

/** One fault, told as `path:line message`; line 0 means the whole file. */
export type Finding = {
  readonly path: string;
  readonly line: number;
  readonly message: string;
};

/** Reads all of the workspace and returns its faults. */
export type Check = (workspace: Workspace) => readonly Finding[];

const BINARY_EXTENSIONS = new Set([".png", ".jpg", ".gz", ".pcap", ".wav", ".woff2", ".der"]);

/** Reads the workspace at `root`; files deleted but not yet committed are left out. */
export function readWorkspace(root: string): Workspace {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 16 * 1024 * 1024,
  });
  const paths = [...new Set(listed.split("\0"))].filter((path) => path !== "").sort();
  return new Map(
    paths
      .filter((path) => existsSync(join(root, path)))
      .map((path) => [
        path,
        BINARY_EXTENSIONS.has(extname(path)) ? "" : readFileSync(join(root, path), "utf8"),
      ]),
  );
}

/** Findings for each line of `text` that `fault` objects to. */
export function faultyLines(
  path: string,
  text: string,
  fault: (line: string) => string | null,
): readonly Finding[] {
  return text.split("\n").flatMap((line, index) => {
    const message = fault(line);
    return message === null ? [] : [{ path, line: index + 1, message }];
  });
}
