/**
 * Check: one word, one meaning.
 *
 * Owns: reading docs/GLOSSARY.md (tables with a column headed "not": synonyms we do not use, comma-separated)
 * and finding those words in file names and in names declared by code. Prose and the
 * generated wire names are free.
 */

import type { Check, Finding, Workspace } from "../workspace.ts";
import { faultyLines } from "../workspace.ts";

const GLOSSARY = "docs/GLOSSARY.md";
const DECLARED = /\b(?:const|let|function|type|interface|class)\s+([A-Za-z_$][\w$]*)/;

/** A synonym and the word to use in its place, both in lower case with single spaces. */
type Synonym = { readonly banned: string; readonly preferred: string };

/** Reports declared names and paths under services/ and tools/ that contain a banned synonym. */
export const checkGlossary: Check = (workspace) => {
  const synonyms = readSynonyms(workspace.get(GLOSSARY) ?? "");
  if (synonyms.length === 0) return [];
  return code(workspace).flatMap(([path, text]) => [
    ...pathFindings(path, synonyms),
    ...faultyLines(path, text, (line) => nameFault(DECLARED.exec(line)?.[1] ?? "", synonyms)),
  ]);
};

function code(workspace: Workspace): readonly (readonly [string, string])[] {
  return [...workspace].filter(
    ([path]) =>
      /^(services|tools)\/.*\.ts$/.test(path) &&
      !path.startsWith("services/lib/wire/") &&
      !path.startsWith("tools/tidy/"),
  );
}

function pathFindings(path: string, synonyms: readonly Synonym[]): readonly Finding[] {
  const message = path
    .split("/")
    .map((part) => nameFault(part, synonyms))
    .find((fault) => fault !== null);
  return message === undefined || message === null ? [] : [{ path, line: 0, message }];
}

/** Splits camelCase and kebab-case into words and looks for a synonym among them. */
function nameFault(name: string, synonyms: readonly Synonym[]): string | null {
  const words = name.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/[^A-Za-z\d]+/g, " ");
  const spoken = ` ${words.toLowerCase()} `;
  const found = synonyms.find(({ banned }) => spoken.includes(` ${banned} `));
  return found === undefined ? null : `"${found.banned}" is not our word: "${found.preferred}"`;
}

/** Reads every table with a "not" column; the first column holds our word. */
function readSynonyms(text: string): readonly Synonym[] {
  let column = -1;
  return text.split("\n").flatMap((line) => {
    if (!line.startsWith("|")) {
      column = -1;
      return [];
    }
    const cells = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.replaceAll(/[`*]/g, "").trim());
    if (column < 0) {
      column = cells.findIndex((cell) => cell.toLowerCase() === "not");
      return [];
    }
    return synonymsOf(cells[0] ?? "", cells[column] ?? "");
  });
}

function synonymsOf(word: string, cell: string): readonly Synonym[] {
  return cell
    .split(",")
    .map((part) =>
      part
        .replace(/\(.*\)/, "")
        .trim()
        .toLowerCase(),
    )
    .filter((banned) => /^[a-z][a-z\d -]*$/.test(banned))
    .map((banned) => ({ banned: banned.replaceAll("-", " "), preferred: word }));
}
