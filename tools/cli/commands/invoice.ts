/** `kakehashi invoice`: a company's invoice of a month as text, JSON, CSV or PDF; issues it when told. */
import { type Command, Option } from "commander";
import { parseCivilMonth } from "../../../services/lib/telephony/tokyo-time.ts";
import type { BillingServiceClient } from "../../../services/lib/wire/billing.ts";
import { describeFault, isWireFault } from "../../../services/lib/wire/fault.ts";
import { COLLECTOR } from "../addresses.ts";
import { plain } from "../columns.ts";
import { billingOf, type Flags, type Runner, withExamples, withService } from "../command-line.ts";
import { type Invoice, invoiceFromWire, isDraft } from "../invoice/invoice.ts";
import { invoiceRows } from "../invoice/rows.ts";
import { invoiceLines } from "../invoice/text.ts";
import { type Language, withLanguage } from "../language.ts";
import { csvText, jsonText } from "../machine-text.ts";
import { type Done, type Failure, isFailure, misuse, refusal, told, written } from "../outcome.ts";
import { ask, INVOICE_WITHIN_MS, type Remote } from "../remote.ts";
import type { World } from "../world.ts";

const FORMATS = ["text", "json", "csv", "pdf"] as const;

interface InvoiceFlags extends Flags {
  readonly format: (typeof FORMATS)[number];
  readonly lang: Language;
  readonly output?: string;
  readonly issue?: boolean;
}

/** Adds the command. */
export function addInvoice(program: Command, run: Runner): void {
  const command = program
    .command("invoice")
    .description("Show a company's invoice of a month: a draft until it is issued.")
    .argument("<company>", "id of the company")
    .argument("<month>", "month of issue, 2026-11; its calls are those of the month before")
    .addOption(new Option("--format <format>", "form").choices(FORMATS).default("text"))
    .option("-o, --output <file>", "write it to a file")
    .option("--issue", "freeze it under a number first; issuing again gives the same one");
  withExamples(
    withService(withLanguage(command), COLLECTOR),
    "kakehashi invoice demo 2026-11 --lang ja",
    "kakehashi invoice demo 2026-11 --issue --format pdf -o demo-2026-11.pdf",
    "kakehashi invoice demo 2026-11 --format csv > demo-2026-11.csv",
  ).action((company: string, month: string, flags: InvoiceFlags) =>
    run((world) => invoice(company, month, { flags, world })),
  );
}

interface Given {
  readonly flags: InvoiceFlags;
  readonly world: World;
}

async function invoice(companyId: string, typed: string, given: Given): Promise<Done | Failure> {
  const { flags, world } = given;
  const collector = billingOf(flags, world);
  if (isFailure(collector)) return collector;
  const month = parseCivilMonth(typed.normalize("NFKC").trim());
  if (month === null) return misuse(`"${typed}" is no month: write it as 2026-11`);
  if (flags.format === "pdf" && flags.output === undefined && world.columns() !== null) {
    return misuse("a PDF is nothing for a terminal: add -o FILE");
  }
  const found = await askFor(collector, { companyId, month }, flags.issue === true);
  if (isFailure(found)) return found;
  const form = await formOf(found, flags);
  const obstacles = flags.format === "text" ? [] : obstaclesOf(found);
  const warned = { ...form, warnings: [...form.warnings, ...obstacles] };
  return flags.output === undefined ? warned : save(warned, flags.output, world);
}

async function askFor(
  collector: Remote<BillingServiceClient>,
  request: { readonly companyId: string; readonly month: string },
  isIssued: boolean,
): Promise<Invoice | Failure> {
  const answer = isIssued
    ? await ask(collector, (to) => to.issueInvoice.bind(to), request, INVOICE_WITHIN_MS)
    : await ask(collector, (to) => to.getInvoice.bind(to), request, INVOICE_WITHIN_MS);
  if (isFailure(answer)) return answer;
  if (answer.invoice === undefined) {
    return refusal(`there is no invoice of ${request.companyId} for ${request.month}`);
  }
  const found = invoiceFromWire(answer.invoice);
  return isWireFault(found)
    ? refusal(`the invoice cannot be read (${describeFault(found)}): update this command line`)
    : found;
}

/** What is printed or saved; the PDF's library is loaded for a PDF only. */
async function formOf(found: Invoice, { format, lang }: InvoiceFlags): Promise<Done> {
  if (format === "json") return written(jsonText({ ...found, isDraft: isDraft(found) }));
  if (format === "csv") return written(csvText(invoiceRows(found)));
  if (format === "text") return told(invoiceLines(found, lang));
  const { invoicePdf } = await import("../invoice/pdf.ts");
  const { bytes, warnings } = await invoicePdf(found);
  return { kind: "done", exitCode: 0, text: bytes, warnings };
}

/** What stands in the way of issuing it; the text has it in itself. */
const obstaclesOf = (found: Invoice): readonly string[] =>
  isDraft(found) ? found.obstacles.map((one) => plain(`cannot be issued yet: ${one}`)) : [];

async function save(form: Done, path: string, world: World): Promise<Done | Failure> {
  const fault = await world.save(path, form.text);
  if (fault !== null) return refusal(`cannot write ${path}: ${fault.message}`);
  return told([plain(`${path} written`)], form.warnings);
}
