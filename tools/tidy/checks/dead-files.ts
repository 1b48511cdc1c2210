/**
 * Check: every TypeScript file is reached from something that runs.
 *
 * Owns: what counts as an entry (a main.ts, a test, a file that a script or manifest names) and as an edge (any
 * quoted relative path ending in .ts). A test keeps alive what it imports, but not the file it stands
 * beside: code that only its own test uses is dead.
 */

import { posix } from "node:path";
import type { Check, Workspace } from "../workspace.ts";

const RELATIVE_SOURCE = /["'`](\.{1,2}\/[^"'`\s]+\.ts)["'`]/g;

/** Reports .ts files that no entry reaches. */
export const checkDeadFiles: Check = (workspace) => {
  const files = [...workspace.keys()].filter((path) => path.endsWith(".ts"));
  const alive = reachable(workspace, entries(workspace, files));
  return files
    .filter((path) => !alive.has(path))
    .map((path) => ({ path, line: 0, message: "dead: no main, test or script reaches it" }));
};

/** Files that something outside TypeScript starts. */
function entries(workspace: Workspace, files: readonly string[]): readonly string[] {
  const manifests = [...workspace]
    .filter(([path]) => !path.endsWith(".ts") && !path.endsWith(".md"))
    .map(([, text]) => text);
  const isEntry = (path: string): boolean =>
    path.endsWith(".test.ts") ||
    path.endsWith(".d.ts") ||
    posix.basename(path) === "main.ts" ||
    path === "vitest.config.ts" ||
    path.startsWith("loadtest/") ||
    manifests.some((text) => text.includes(path));
  return files.filter(isEntry);
}

function reachable(workspace: Workspace, from: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [...from];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    queue.push(...targets(path, workspace.get(path) ?? ""));
  }
  return seen;
}

function targets(path: string, text: string): readonly string[] {
  const tested = path.endsWith(".test.ts") ? path.replace(/\.test\.ts$/, ".ts") : null;
  return [...text.matchAll(RELATIVE_SOURCE)]
    .map((match) => posix.join(posix.dirname(path), match[1] ?? ""))
    .filter((target) => target !== tested);
}
