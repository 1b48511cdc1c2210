/**
 * Checks on Markdown: one `# Title` a document, links that lead somewhere, a complete index of decisions.
 *
 * Owns: the shape of documents. Does not own: their words (glossary.ts).
 */

import { posix } from "node:path";
import type { Check, Finding, Workspace } from "../workspace.ts";
import { faultyLines } from "../workspace.ts";

const ADR_INDEX = "docs/adr/README.md";
const ADR_FILE = /^docs\/adr\/\d{4}-[^/]+\.md$/;
const LINK_TARGET = /\]\(([^)\s#]+)[^)]*\)/g;

/** Reports a document without exactly one title, or whose title is not its first line. */
export const checkTitles: Check = (workspace) =>
  documents(workspace).flatMap(([path, text]) => {
    const lines = prose(text).split("\n");
    const titles = lines.filter((line) => line.startsWith("# ")).length;
    if (titles === 1 && lines[0]?.startsWith("# ")) return [];
    const message = titles === 1 ? "the title is not the first line" : `${titles} titles, want 1`;
    return [{ path, line: 1, message }];
  });

/** Reports relative links to files that do not exist. */
export const checkLinks: Check = (workspace) =>
  documents(workspace).flatMap(([path, text]) =>
    faultyLines(path, prose(text), (line) => {
      const dead = [...line.matchAll(LINK_TARGET)]
        .map((match) => match[1] ?? "")
        .find((target) => !leadsSomewhere(workspace, path, target));
      return dead === undefined ? null : `no such file: ${dead}`;
    }),
  );

/** Reports decision records that the index does not link to. */
export const checkDecisionIndex: Check = (workspace) => {
  const records = [...workspace.keys()].filter((path) => ADR_FILE.test(path));
  const index = workspace.get(ADR_INDEX) ?? "";
  return records
    .filter((path) => !index.includes(`(${posix.basename(path)})`))
    .map((path): Finding => ({ path, line: 0, message: `not linked from ${ADR_INDEX}` }));
};

function documents(workspace: Workspace): readonly (readonly [string, string])[] {
  return [...workspace].filter(([path]) => path.endsWith(".md"));
}

/** The text with the lines of fenced code emptied, so that line numbers stay true. */
function prose(text: string): string {
  let fenced = false;
  return text
    .split("\n")
    .map((line) => {
      const fence = line.trimStart().startsWith("```");
      if (fence) fenced = !fenced;
      return fence || fenced ? "" : line;
    })
    .join("\n");
}

function leadsSomewhere(workspace: Workspace, from: string, target: string): boolean {
  if (/^[a-z]+:/i.test(target)) return true;
  const path = posix.join(posix.dirname(from), target).replace(/\/$/, "");
  return workspace.has(path) || [...workspace.keys()].some((known) => known.startsWith(`${path}/`));
}
