/**
 * The command `kakehashi` as a function of its arguments and its world.
 * Owns: the list of commands, and how an outcome becomes output and an exit code (outcome.ts O1).
 */
import { Command, CommanderError } from "commander";
import type { Runner } from "./command-line.ts";
import { addApply } from "./commands/apply.ts";
import { addCalls } from "./commands/calls.ts";
import { addCdr } from "./commands/cdr.ts";
import { addChannels } from "./commands/channels.ts";
import { addDelete } from "./commands/delete.ts";
import { addGet } from "./commands/get.ts";
import { addInvoice } from "./commands/invoice.ts";
import { addPlan } from "./commands/plan.ts";
import { addPrices } from "./commands/prices.ts";
import { addRates } from "./commands/rates.ts";
import { addRerate } from "./commands/rerate.ts";
import { addTrace } from "./commands/trace.ts";
import type { ExitCode, Outcome } from "./outcome.ts";
import type { World } from "./world.ts";

const HELP = `
Addresses:
  KK_REGISTRY_ADDRESS      tenant-registry, host:port     (apply, get, delete)
  KK_CONTROLLER_ADDRESSES  call-controllers, comma list   (calls, plan)
  KK_ALLOCATOR_ADDRESSES   trunk-allocators, comma list   (channels)
  KK_COLLECTOR_ADDRESS     cdr-collector, host:port       (cdr, trace, prices, rates, rerate, invoice, plan)
  With none of them set, the demo cluster of make run is used.

Exit codes: 0 done, 1 refused, faulty or not found, 2 wrong usage, 3 a service cannot be reached.
Times are shown in Asia/Tokyo; JSON and CSV have them in UTC.`;

/** Runs one command; never rejects but for a bug. */
export async function runProgram(argv: readonly string[], world: World): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = programOf(world, async (work) => {
    exitCode = report(await work(world), world);
  });
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return exitCode;
}

function programOf(world: World, run: Runner): Command {
  const program = new Command("kakehashi")
    .description("Looks into a Kakehashi cluster, changes its companies and makes their invoices.")
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("add --help to see how")
    .configureOutput({
      writeOut: world.write,
      writeErr: world.complain,
      getOutHelpWidth: () => world.columns() ?? 100,
      getErrHelpWidth: () => world.columns() ?? 100,
    })
    .addHelpText("after", HELP);
  for (const add of [
    addApply,
    addGet,
    addDelete,
    addPlan,
    addCalls,
    addChannels,
    addCdr,
    addTrace,
    addPrices,
    addRates,
    addRerate,
    addInvoice,
  ]) {
    add(program, run);
  }
  return program;
}

function report(outcome: Outcome, world: World): ExitCode {
  if (outcome.kind === "failure") {
    world.complain(`kakehashi: ${outcome.message}\n`);
    return outcome.exitCode;
  }
  if (outcome.text !== "") world.write(outcome.text);
  for (const warning of outcome.warnings) world.complain(`${warning}\n`);
  return outcome.exitCode;
}
