/** `kakehashi delete`: takes a company or a trunk out of the tenant-registry. */
import type { Command } from "commander";
import { REGISTRY } from "../addresses.ts";
import { plain } from "../columns.ts";
import { type Flags, type Runner, registryOf, withExamples, withService } from "../command-line.ts";
import { isFailure, misuse, type Outcome, told } from "../outcome.ts";
import { ask } from "../remote.ts";
import type { World } from "../world.ts";

const KINDS = ["company", "trunk"] as const;

/** Adds the command and its subcommands. */
export function addDelete(program: Command, run: Runner): void {
  const parent = program
    .command("delete")
    .description("Take a company or a trunk out. Calls that are up go on.");
  for (const kind of KINDS) {
    const command = parent
      .command(kind)
      .description(`Delete a ${kind}.`)
      .argument("<id>", `id of the ${kind}`)
      .option("--yes", "yes, delete it: there is no way back but apply");
    withExamples(
      withService(command, REGISTRY),
      `kakehashi get ${kind} old --yaml > old.yaml`,
      `kakehashi delete ${kind} old --yes`,
    ).action((id: string, flags: Flags) => run((world) => remove(kind, id, { flags, world })));
  }
}

async function remove(
  kind: (typeof KINDS)[number],
  id: string,
  { flags, world }: { readonly flags: Flags; readonly world: World },
): Promise<Outcome> {
  const registry = registryOf(flags, world);
  if (isFailure(registry)) return registry;
  if (flags["yes"] !== true) {
    return misuse(`nothing was deleted: add --yes to delete ${kind} ${id}`);
  }
  const answer =
    kind === "company"
      ? await ask(registry, (to) => to.deleteCompany.bind(to), { id })
      : await ask(registry, (to) => to.deleteTrunk.bind(to), { id });
  if (isFailure(answer)) return answer;
  return told([plain(`${kind} ${id} deleted, revision is ${answer.revision}`)]);
}
