/** `kakehashi rates`: rate decks, and billable legs that none of them has a rate for. */
import type { Command } from "commander";
import { dateOf, parseCivilDate } from "../../../services/lib/telephony/tokyo-time.ts";
import type { BillingServiceClient } from "../../../services/lib/wire/billing.ts";
import { COLLECTOR } from "../addresses.ts";
import {
  billingOf,
  type Flags,
  type Runner,
  runOn,
  wholeNumber,
  withExamples,
  withJson,
  withService,
} from "../command-line.ts";
import { faultLines, fileName } from "../fault-lines.ts";
import { type Language, withLanguage } from "../language.ts";
import { jsonText } from "../machine-text.ts";
import { isFailure, misuse, type Outcome, told, written } from "../outcome.ts";
import { APPLY_WITHIN_MS, ask, type Remote } from "../remote.ts";
import { deckLines, deckList, importLines, unratedList } from "../views/rates-view.ts";
import type { World } from "../world.ts";

type Collector = Remote<BillingServiceClient>;

interface ImportFlags extends Flags {
  readonly plan: string;
  readonly from: string;
  readonly lang: Language;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Adds the command and its subcommands. */
export function addRates(program: Command, run: Runner): void {
  const rates = program.command("rates").description("Import and show rates of calls.");
  const onCollector = runOn(run, billingOf);

  addImport(rates).action((file: string, flags: ImportFlags) =>
    onCollector(flags, (to, world) => importRates(to, file, { flags, world })),
  );
  const list = rates
    .command("list")
    .description("List rate decks; those of one plan with their rates.")
    .option("--plan <plan>", "only this price plan, each deck with its rates");
  withExamples(
    withService(withJson(list), COLLECTOR),
    "kakehashi rates list --plan standard",
  ).action((flags: Flags & { readonly plan?: string }) =>
    onCollector(flags, (to, world) => listDecks(to, flags, world.now())),
  );
  const unrated = rates
    .command("unrated")
    .description("List billable legs that no rate was found for, oldest first.")
    .option("--company <id>", "only this company's calls")
    .option("--limit <n>", "legs at most, 1 to 1000", wholeNumber(1, 1000), 100);
  withExamples(
    withService(withJson(unrated), COLLECTOR),
    "kakehashi rates unrated --company demo",
  ).action((flags: Flags & { readonly company?: string; readonly limit: number }) =>
    onCollector(flags, (to) => listUnrated(to, flags)),
  );
}

function addImport(rates: Command): Command {
  const command = rates
    .command("import")
    .description("Store a new version of a rate deck from CSV: whole, or not at all.")
    .argument("<file>", "class,prefix,unit_seconds,unit_yen; - reads standard input")
    .requiredOption("--plan <plan>", "price plan that the deck belongs to")
    .requiredOption("--from <date>", "first day in Tokyo, 2026-10-01: calls answered from then on")
    .option("--dry-run", "check it only, store nothing");
  return withExamples(
    withService(withJson(withLanguage(command)), COLLECTOR),
    "kakehashi rates import rates.csv --plan standard --from 2026-10-01 --dry-run",
    "kakehashi rates import rates.csv --plan standard --from 2026-10-01",
  );
}

async function importRates(
  collector: Collector,
  file: string,
  { flags, world }: { readonly flags: ImportFlags; readonly world: World },
): Promise<Outcome> {
  const validFrom = parseCivilDate(flags.from.normalize("NFKC").trim());
  if (validFrom === null) return misuse(`--from "${flags.from}" is no day: write 2026-10-01`);
  const csv = await world.readText(file);
  if (csv instanceof Error) return misuse(`cannot read ${file}: ${csv.message}`);
  const request = { plan: flags.plan, validFrom, csv, dryRun: flags.dryRun === true };
  const answer = await ask(collector, (to) => to.importRates.bind(to), request, APPLY_WITHIN_MS);
  if (isFailure(answer)) return answer;
  const exitCode = answer.faults.length === 0 ? 0 : 1;
  if (flags.json === true) return { ...written(jsonText(answer)), exitCode };
  const name = fileName(file);
  if (exitCode === 0) return told(importLines(name, request, answer));
  const read = answer.faults.map(({ place, ...fault }) => ({ ...fault, path: place, rule: "" }));
  return { kind: "done", exitCode, text: "", warnings: faultLines(name, read, flags.lang) };
}

async function listDecks(
  collector: Collector,
  flags: Flags & { readonly plan?: string },
  now: number,
): Promise<Outcome> {
  const plan = flags.plan ?? "";
  const answer = await ask(collector, (to) => to.listRateDecks.bind(to), { plan });
  if (isFailure(answer)) return answer;
  if (flags["json"] === true) return written(jsonText(answer.decks));
  const today = dateOf(now);
  return told(plan === "" ? deckList(answer.decks, today) : deckLines(answer.decks, today));
}

async function listUnrated(
  collector: Collector,
  flags: Flags & { readonly company?: string; readonly limit: number },
): Promise<Outcome> {
  const request = { companyId: flags.company ?? "", limit: flags.limit };
  const answer = await ask(collector, (to) => to.listUnrated.bind(to), request);
  if (isFailure(answer)) return answer;
  return flags["json"] === true ? written(jsonText(answer)) : told(unratedList(answer));
}
