/**
 * Check: no file or folder has a name that says nothing.
 *
 * Owns: the list of such names. A file that has no noun has no place yet.
 */

import type { Check } from "../workspace.ts";

const FORBIDDEN = new Set([
  "util",
  "utils",
  "helper",
  "helpers",
  "common",
  "misc",
  "types",
  "manager",
  "handler",
]);

/** Reports each path with a forbidden word as a part between `/`, `-`, `_` and `.`. */
export const checkNames: Check = (workspace) =>
  [...workspace.keys()].flatMap((path) => {
    const word = path.split(/[/._-]/).find((part) => FORBIDDEN.has(part.toLowerCase()));
    if (word === undefined) return [];
    return [{ path, line: 0, message: `"${word}" names nothing: use the field's own noun` }];
  });
