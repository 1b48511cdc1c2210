/** `kakehashi prices`: seller, policies, taxes and price plans that invoices are made with. */
import type { Command } from "commander";
import { COLLECTOR } from "../addresses.ts";
import { plain } from "../columns.ts";
import {
  billingOf,
  type Flags,
  type Runner,
  withExamples,
  withJson,
  withService,
} from "../command-line.ts";
import { faultLines, fileName } from "../fault-lines.ts";
import { type Language, withLanguage } from "../language.ts";
import { jsonText } from "../machine-text.ts";
import { isFailure, misuse, type Outcome, told, written } from "../outcome.ts";
import { APPLY_WITHIN_MS, ask } from "../remote.ts";
import { tokyoSecond } from "../time.ts";
import type { World } from "../world.ts";

interface ApplyFlags extends Flags {
  readonly file: string;
  readonly lang: Language;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Adds the command and its subcommands. */
export function addPrices(program: Command, run: Runner): void {
  const prices = program
    .command("prices")
    .description("Set and show what invoices are made with: seller, policies, taxes, plans.");
  const apply = prices
    .command("apply")
    .description("Store the price file: whole, or not at all. Issued invoices stay as they are.")
    .requiredOption("-f, --file <file>", "the price file (YAML); - reads standard input")
    .option("--dry-run", "check it only, store nothing");
  withExamples(
    withService(withJson(withLanguage(apply)), COLLECTOR),
    "kakehashi prices apply -f prices.yaml --dry-run",
    "kakehashi prices show | kakehashi prices apply -f -",
  ).action((flags: ApplyFlags) => run((world) => applyPrices(flags, world)));
  const show = prices.command("show").description("Print the price file as it was applied.");
  withExamples(
    withService(withJson(show), COLLECTOR),
    "kakehashi prices show > prices.yaml",
  ).action((flags: Flags) => run((world) => showPrices(flags, world)));
}

async function applyPrices(flags: ApplyFlags, world: World): Promise<Outcome> {
  const collector = billingOf(flags, world);
  if (isFailure(collector)) return collector;
  const document = await world.readText(flags.file);
  if (document instanceof Error) return misuse(`cannot read ${flags.file}: ${document.message}`);
  const request = { document, dryRun: flags.dryRun === true };
  const answer = await ask(collector, (to) => to.applyPrices.bind(to), request, APPLY_WITHIN_MS);
  if (isFailure(answer)) return answer;
  const { faults, unchanged, version } = answer;
  const exitCode = faults.length === 0 ? 0 : 1;
  if (flags.json === true) return { ...written(jsonText(answer)), exitCode };
  const name = fileName(flags.file);
  if (exitCode !== 0) {
    const read = faults.map(({ place, ...fault }) => ({ ...fault, path: place, rule: "" }));
    return { kind: "done", exitCode, text: "", warnings: faultLines(name, read, flags.lang) };
  }
  if (unchanged) return told([plain(`${name}: nothing to change, version is ${version}`)]);
  return request.dryRun
    ? told([plain(`${name}: without faults; nothing was stored`)])
    : told([plain(`${name}: stored as version ${version}`)]);
}

/** The document alone goes to standard output, so that it can be applied again. */
async function showPrices(flags: Flags, world: World): Promise<Outcome> {
  const collector = billingOf(flags, world);
  if (isFailure(collector)) return collector;
  const answer = await ask(collector, (to) => to.getPrices.bind(to), {});
  if (isFailure(answer)) return answer;
  if (flags["json"] === true) return written(jsonText(answer));
  const applied = tokyoSecond(answer.appliedAtMs);
  return written(answer.document, [`version ${answer.version}, applied ${applied}`]);
}
