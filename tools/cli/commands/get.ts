/** `kakehashi get`: what the tenant-registry has stored. */
import type { Command } from "commander";
import { type CivilDate, dateOf } from "../../../services/lib/telephony/tokyo-time.ts";
import { describeFault, isWireFault } from "../../../services/lib/wire/fault.ts";
import type { Company, TenantServiceClient, Trunk } from "../../../services/lib/wire/tenant.ts";
import { REGISTRY } from "../addresses.ts";
import {
  type Flags,
  type Runner,
  registryOf,
  withExamples,
  withJson,
  withService,
} from "../command-line.ts";
import { companyDocument, companyValue, trunkValue, yamlText } from "../company-document.ts";
import { jsonText } from "../machine-text.ts";
import { readNumber } from "../numbers.ts";
import { type Failure, isFailure, type Outcome, refusal, told, written } from "../outcome.ts";
import { ask, type Remote } from "../remote.ts";
import { companyLines, companyList, type RevisedCompany } from "../views/company-view.ts";
import { numberLines, routedNumber } from "../views/number-view.ts";
import { type RevisedTrunk, trunkList } from "../views/trunk-view.ts";
import type { World } from "../world.ts";

/** Companies asked for at a time: whole companies come back, so a page stays small. */
const PAGE = 50;
/** Pages asked for; a registry with more companies than 500 000 does not exist. */
const PAGES_MAX = 10_000;

type Registry = Remote<TenantServiceClient>;
type Get = (registry: Registry, flags: Flags, today: CivilDate) => Promise<Outcome>;

/** Adds the command and its subcommands. */
export function addGet(program: Command, run: Runner): void {
  const get = program.command("get").description("Show what is stored in the tenant-registry.");
  const add = (form: string, what: string): Command =>
    withService(withJson(get.command(form).description(what)), REGISTRY);
  const runOn = (flags: Flags, work: Get): Promise<void> =>
    run(async (world: World) => {
      const registry = registryOf(flags, world);
      return isFailure(registry) ? registry : work(registry, flags, dateOf(world.now()));
    });

  add("companies", "List all companies.").action((flags: Flags) => runOn(flags, companies));
  const company = add("company", "Show one company.").argument("<id>", "id of the company");
  withExamples(
    company.option("--yaml", "print it as a document that apply takes (without passwords)"),
    "kakehashi get company demo",
    "kakehashi get company demo --yaml > demo.yaml",
  ).action((id: string, flags: Flags) =>
    runOn(flags, (to, _, today) => oneCompany(to, id, flags, today)),
  );
  add("trunks", "List all trunks.").action((flags: Flags) => runOn(flags, trunks));
  add("trunk", "Show one trunk.")
    .argument("<id>", "id of the trunk")
    .option("--yaml", "print it as a document that apply takes")
    .action((id: string, flags: Flags) => runOn(flags, (to) => oneTrunk(to, id, flags)));
  withExamples(
    add("number", "Show whose number this is and what rings.").argument("<number>", "any writing"),
    "kakehashi get number 050-1234-5678",
  ).action((number: string, flags: Flags) => runOn(flags, (to) => oneNumber(to, number, flags)));
  add("revision", "Show the registry's revision: it grows with every change.").action(
    (flags: Flags) => runOn(flags, revision),
  );
}

const isJson = (flags: Flags): boolean => flags["json"] === true;

const unreadable = (what: string, fault: Parameters<typeof describeFault>[0]): Failure =>
  refusal(`${what} cannot be read (${describeFault(fault)}): update this command line`);

function revised(company: Company): RevisedCompany | Failure {
  const value = companyValue(company);
  return isWireFault(value)
    ? unreadable(`company ${company.id}`, value)
    : { company: value, revision: company.revision };
}

function revisedTrunk(trunk: Trunk): RevisedTrunk | Failure {
  const value = trunkValue(trunk);
  return isWireFault(value)
    ? unreadable(`trunk ${trunk.id}`, value)
    : { trunk: value, revision: trunk.revision };
}

/** All of a list, or the first failure in it. */
function every<T extends object>(values: readonly (T | Failure)[]): readonly T[] | Failure {
  const whole: T[] = [];
  for (const value of values) {
    if (isFailure(value)) return value;
    whole.push(value);
  }
  return whole;
}

async function companies(registry: Registry, flags: Flags, today: CivilDate): Promise<Outcome> {
  const found: (RevisedCompany | Failure)[] = [];
  let afterId = "";
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const request = { limit: PAGE, afterId };
    const answer = await ask(registry, (to) => to.listCompanies.bind(to), request);
    if (isFailure(answer)) return answer;
    found.push(...answer.companies.map(revised));
    const last = answer.companies.at(-1)?.id ?? "";
    if (last <= afterId) break;
    afterId = last;
  }
  const list = every(found);
  if (isFailure(list)) return list;
  return isJson(flags)
    ? written(jsonText(list.map(({ company, revision: at }) => ({ ...company, revision: at }))))
    : told(companyList(list, today));
}

async function oneCompany(
  registry: Registry,
  id: string,
  flags: Flags,
  today: CivilDate,
): Promise<Outcome> {
  const answer = await ask(registry, (to) => to.getCompany.bind(to), { id });
  if (isFailure(answer)) return answer;
  if (answer.company === undefined) return refusal(`there is no company "${id}"`);
  const found = revised(answer.company);
  if (isFailure(found)) return found;
  if (flags["yaml"] === true) return written(yamlText(companyDocument(found.company)));
  return isJson(flags)
    ? written(jsonText({ ...found.company, revision: found.revision }))
    : told(companyLines(found, today));
}

async function trunks(registry: Registry, flags: Flags): Promise<Outcome> {
  const answer = await ask(registry, (to) => to.listTrunks.bind(to), {});
  if (isFailure(answer)) return answer;
  const list = every(answer.trunks.map(revisedTrunk));
  if (isFailure(list)) return list;
  return isJson(flags)
    ? written(jsonText(list.map(({ trunk, revision: at }) => ({ ...trunk, revision: at }))))
    : told(trunkList(list));
}

async function oneTrunk(registry: Registry, id: string, flags: Flags): Promise<Outcome> {
  const answer = await ask(registry, (to) => to.getTrunk.bind(to), { id });
  if (isFailure(answer)) return answer;
  if (answer.trunk === undefined) return refusal(`there is no trunk "${id}"`);
  const found = revisedTrunk(answer.trunk);
  if (isFailure(found)) return found;
  if (flags["yaml"] === true) return written(yamlText({ trunks: [found.trunk] }));
  return isJson(flags)
    ? written(jsonText({ ...found.trunk, revision: found.revision }))
    : told(trunkList([found]));
}

async function oneNumber(registry: Registry, typed: string, flags: Flags): Promise<Outcome> {
  const number = readNumber(typed);
  const request = { kind: { $case: "number", value: number } } as const;
  const answer = await ask(registry, (to) => to.resolve.bind(to), request);
  if (isFailure(answer)) return answer;
  const { snapshot } = answer;
  if (snapshot === undefined) {
    return refusal(`no company has the number ${number}: kakehashi get companies lists them`);
  }
  const value = routedNumber(snapshot);
  if (isWireFault(value)) return unreadable(`number ${number}`, value);
  if (!isJson(flags)) return told(numberLines(value));
  const { number: own, ...rest } = value;
  return written(jsonText({ ...own, ...rest }));
}

async function revision(registry: Registry, flags: Flags): Promise<Outcome> {
  const answer = await ask(registry, (to) => to.listTrunks.bind(to), {});
  if (isFailure(answer)) return answer;
  return isJson(flags)
    ? written(jsonText({ revision: answer.revision }))
    : told([String(answer.revision)]);
}
