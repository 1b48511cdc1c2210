/**
 * Command line of the telephone and trunk simulator.
 * Owns: arguments, help, exit codes. Does not own: what the commands do (commands.ts).
 * Exit codes: 0 done (call: answered), 1 not (call failed, not registered, port taken), 2 wrong usage.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import {
  BEHAVIOUR_HELP,
  type Behaviour,
  type NumberRule,
  parseBehaviour,
  parseDuration,
  parseRule,
} from "./behaviour.ts";
import {
  type ExtensionOptions,
  fail,
  type PlaceOptions,
  runCall,
  runExtension,
  runTrunk,
  type TrunkOptions,
} from "./commands.ts";
import { errorText } from "./containment.ts";
import type { Hop } from "./stack.ts";

function hop(text: string): Hop {
  const found = /^(\d{1,3}(?:\.\d{1,3}){3})(?::(\d{1,5}))?$/.exec(text);
  const port = Number(found?.[2] ?? 5060);
  if (found?.[1] === undefined || port > 65_535) {
    throw new InvalidArgumentError("Write an IPv4 address and a port, such as 127.0.0.1:5060.");
  }
  return { host: found[1], port };
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError("Write a time such as 200ms or 2s.");
  return ms;
}

function behaviour(text: string): Behaviour {
  const parsed = parseBehaviour(text);
  if (typeof parsed === "string") throw new InvalidArgumentError(parsed);
  return parsed;
}

function rules(text: string, before: readonly NumberRule[] = []): readonly NumberRule[] {
  const parsed = parseRule(text);
  if (typeof parsed === "string") throw new InvalidArgumentError(parsed);
  return [...before, parsed];
}

function words(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(",").filter((word) => word !== "")];
}

function seconds(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("Write seconds, such as 300.");
  return Number(text);
}

/** An option with a default that --help shows as it would be written. */
function withDefault<T>(option: Option, parse: (text: string) => T, shown: string): Option {
  return option.argParser(parse).default(parse(shown), shown);
}

/** Adds the options that every command has. */
function withShared(command: Command, bind: string): Command {
  return command
    .addOption(
      withDefault(
        new Option("--bind <address[:port]>", "own address; port 0 takes a free one"),
        hop,
        bind,
      ),
    )
    .addOption(new Option("--transport <name>").choices(["udp", "tcp"]).default("udp"))
    .option("--quiet", "print no messages");
}

function addTrunk(program: Command): void {
  withShared(program.command("trunk"), "127.0.1.1:5060")
    .description("A carrier: answers calls to many numbers, each as its rule says.")
    .option("--number <pattern=behaviour>", "a rule; repeat it, the first that fits decides", rules)
    .addOption(
      withDefault(
        new Option("--otherwise <behaviour>", "numbers without a rule"),
        behaviour,
        "reject:404",
      ),
    )
    .addOption(
      withDefault(
        new Option("--service <address:port>", "where forwarded calls are sent"),
        hop,
        "127.0.0.1:5060",
      ),
    )
    .option("--domain <name>", "domain of its addresses", "trunk.invalid")
    .addHelpText("after", `\nBehaviours:\n${BEHAVIOUR_HELP}`)
    .addHelpText(
      "after",
      "\nExample: phone trunk --number '+81901*=answer:200' --number '+8136*=busy' \\\n" +
        "           --number '+81902*=forward:05055551000:from=0311112222:diversion'",
    )
    .action((options: TrunkOptions) => runTrunk(options));
}

function addExtension(program: Command): void {
  withShared(program.command("extension"), "127.0.0.1:0")
    .description("Telephones that register and take calls until stopped.")
    .requiredOption("--user <name,...>", "extension numbers, one telephone each", words)
    .requiredOption("--domain <name>", "the company's SIP domain")
    .addOption(
      new Option("--password <text>", "digest password")
        .env("PHONE_PASSWORD")
        .makeOptionMandatory(),
    )
    .addOption(
      withDefault(
        new Option("--registrar <address:port>", "where to register"),
        hop,
        "127.0.0.1:5060",
      ),
    )
    .addOption(
      withDefault(
        new Option("--behaviour <behaviour>", "what incoming calls meet"),
        behaviour,
        "answer:500",
      ),
    )
    .addOption(
      withDefault(new Option("--expires <seconds>", "registration asked for"), seconds, "300"),
    )
    .addHelpText("after", `\nBehaviours:\n${BEHAVIOUR_HELP}`)
    .action((options: ExtensionOptions) => runExtension(options));
}

function addCall(program: Command): void {
  withShared(program.command("call"), "127.0.0.1:0")
    .description("Places one call and prints it message by message; exit code 0 when answered.")
    .requiredOption("--from <user>", "calling number or extension")
    .requiredOption("--to <number>", "called number, extension or SIP URI")
    .addOption(
      withDefault(new Option("--via <address:port>", "where to send it"), hop, "127.0.0.1:5060"),
    )
    .option("--domain <name>", "domain of From and of --to without one", "trunk.invalid")
    .addOption(new Option("--password <text>", "digest password").env("PHONE_PASSWORD"))
    .option("--name <text>", "display name")
    .addOption(withDefault(new Option("--hangup-after <time>", "how long to talk"), duration, "2s"))
    .addOption(
      withDefault(
        new Option("--give-up-after <time>", "how long to let it ring, then CANCEL"),
        duration,
        "60s",
      ),
    )
    .action((options: PlaceOptions) => runCall(options));
}

function createProgram(): Command {
  const program = new Command("phone")
    .description(
      "A telephone and a carrier trunk for trying and testing the cluster over real SIP.",
    )
    .exitOverride()
    .showHelpAfterError("(--help lists the options)");
  addTrunk(program);
  addExtension(program);
  addCall(program);
  return program;
}

try {
  await createProgram().parseAsync();
} catch (error) {
  if (typeof error === "object" && error !== null && "exitCode" in error) {
    // Commander has printed the text itself; help and version are no faults.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    fail(errorText(error));
  }
}
