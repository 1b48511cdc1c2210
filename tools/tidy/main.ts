/**
 * Our own checks of the repository, in one pass: prints each finding and exits 1 when there is one.
 *
 * Owns: the list of checks. What a linter or the compiler can say is not here.
 */

import { checkDeadFiles } from "./checks/dead-files.ts";
import { checkDecisionIndex, checkLinks, checkTitles } from "./checks/documents.ts";
import { checkGlossary } from "./checks/glossary.ts";
import { checkMarkers } from "./checks/markers.ts";
import { checkNames } from "./checks/names.ts";
import { readWorkspace } from "./workspace.ts";

const CHECKS = [
  checkNames,
  checkTitles,
  checkLinks,
  checkDecisionIndex,
  checkDeadFiles,
  checkMarkers,
  checkGlossary,
];

const workspace = readWorkspace(process.cwd());
const findings = CHECKS.flatMap((check) => check(workspace));
for (const { path, line, message } of findings) console.log(`${path}:${line} ${message}`);
console.log(`tidy: ${workspace.size} files, ${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;
