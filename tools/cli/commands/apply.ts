/** `kakehashi apply`: stores a company and trunks from a YAML file, or lists every fault in it. */
import type { Command } from "commander";
import type { ApplyResponse, DocumentFault } from "../../../services/lib/wire/tenant.ts";
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
import { jsonText } from "../machine-text.ts";
import { isFailure, misuse, type Outcome, told, written } from "../outcome.ts";
import { APPLY_WITHIN_MS, ask } from "../remote.ts";
import { legend } from "../rules.ts";
import type { World } from "../world.ts";

/** Adds the command. */
export function addApply(program: Command, run: Runner): void {
  const command = program
    .command("apply")
    .description("Store a company and trunks from a YAML file: whole, or not at all.")
    .requiredOption("-f, --file <file>", "the document; - reads standard input")
    .option("--dry-run", "check it and list what would change, store nothing");
  withExamples(
    withService(withJson(command), REGISTRY),
    "kakehashi apply -f demo.yaml --dry-run",
    "kakehashi get company demo --yaml | kakehashi apply -f -",
  ).action((flags: Flags & { readonly file: string; readonly dryRun?: boolean }) =>
    run((world) => apply(flags, world)),
  );
}

async function apply(
  flags: Flags & { readonly file: string; readonly dryRun?: boolean },
  world: World,
): Promise<Outcome> {
  const registry = registryOf(flags, world);
  if (isFailure(registry)) return registry;
  const document = await world.readText(flags.file);
  if (document instanceof Error) return misuse(`cannot read ${flags.file}: ${document.message}`);
  const request = { document, dryRun: flags.dryRun === true };
  const answer = await ask(registry, (to) => to.apply.bind(to), request, APPLY_WITHIN_MS);
  if (isFailure(answer)) return answer;
  const exitCode = answer.faults.length === 0 ? 0 : 1;
  if (flags["json"] === true) return { ...written(jsonText(answer)), exitCode };
  const name = flags.file === "-" ? "standard input" : flags.file;
  return exitCode === 0
    ? told(changeLines(name, answer, request.dryRun))
    : { kind: "done", exitCode, text: "", warnings: faultLines(name, answer.faults) };
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

/** Every fault with its place and rule, the rules in words, and what became of the document. */
export function faultLines(name: string, faults: readonly DocumentFault[]): readonly string[] {
  const order = [...faults].sort((one, other) => one.line - other.line);
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  return [
    ...order.map(({ line, message, path, rule }) => {
      const place = line === 0 ? name : `${name}:${line}`;
      const where = path === "" ? "" : ` ${path}`;
      return plain(`${place}:${where} ${message}${rule === "" ? "" : ` [${rule}]`}`);
    }),
    ...legend(
      "rules",
      order.map(({ rule }) => rule),
    ),
    "",
    plain(`${count} in ${name}; nothing was stored: correct them and apply again`),
  ];
}
