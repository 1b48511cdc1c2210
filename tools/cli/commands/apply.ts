/** `kakehashi apply`: stores a company and trunks from a YAML file, or lists every fault in it. Warnings go to standard error. */
import type { Command } from "commander";
import type { ApplyResponse } from "../../../services/lib/wire/tenant.ts";
import { REGISTRY } from "../addresses.ts";
import { plain } from "../columns.ts";
import {
  type Flags,
  type Runner,
  registryOf,
  withExamples,
  withJson,
  withService,
} from "../command-line.ts";
import { faultLines, fileName, warningLines } from "../fault-lines.ts";
import { type Language, withLanguage } from "../language.ts";
import { jsonText } from "../machine-text.ts";
import { isFailure, misuse, type Outcome, told, written } from "../outcome.ts";
import { APPLY_WITHIN_MS, ask } from "../remote.ts";
import type { World } from "../world.ts";

interface ApplyFlags extends Flags {
  readonly file: string;
  readonly lang: Language;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Adds the command. */
export function addApply(program: Command, run: Runner): void {
  const command = program
    .command("apply")
    .description("Store a company and trunks from a YAML file: whole, or not at all.")
    .requiredOption("-f, --file <file>", "the document; - reads standard input")
    .option("--dry-run", "check it and list what would change, store nothing");
  withExamples(
    withService(withJson(withLanguage(command)), REGISTRY),
    "kakehashi apply -f demo.yaml --dry-run",
    "kakehashi apply -f demo.yaml --lang ja",
    "kakehashi get company demo --yaml | kakehashi apply -f -",
  ).action((flags: ApplyFlags) => run((world) => apply(flags, world)));
}

async function apply(flags: ApplyFlags, world: World): Promise<Outcome> {
  const registry = registryOf(flags, world);
  if (isFailure(registry)) return registry;
  const document = await world.readText(flags.file);
  if (document instanceof Error) return misuse(`cannot read ${flags.file}: ${document.message}`);
  const request = { document, dryRun: flags.dryRun === true };
  const answer = await ask(registry, (to) => to.apply.bind(to), request, APPLY_WITHIN_MS);
  if (isFailure(answer)) return answer;
  const exitCode = answer.faults.length === 0 ? 0 : 1;
  if (flags.json === true) return { ...written(jsonText(answer)), exitCode };
  const name = fileName(flags.file);
  if (exitCode === 0) {
    const warnings = warningLines(name, answer.warnings, flags.lang);
    return told(changeLines(name, answer, request.dryRun), warnings);
  }
  return {
    kind: "done",
    exitCode,
    text: "",
    warnings: faultLines(name, answer.faults, flags.lang),
  };
}

/** What was, or would be, changed. */
export function changeLines(
  name: string,
  { changes, revision }: Pick<ApplyResponse, "changes" | "revision">,
  isDryRun: boolean,
): readonly string[] {
  if (changes.length === 0) return [plain(`${name}: nothing to change, revision is ${revision}`)];
  const count = `${changes.length} ${changes.length === 1 ? "change" : "changes"}`;
  const head = isDryRun
    ? `${name}: ${count} to make; nothing was stored`
    : `${name}: ${count} stored as revision ${revision}`;
  return [plain(head), ...changes.map((change) => plain(`  ${change}`))];
}
