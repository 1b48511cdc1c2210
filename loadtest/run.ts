/** `make load`: one load run from the command line; prints a table, writes result.json; 1 when broken. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { runLoad } from "./load.ts";
import { report } from "./report.ts";
import { CALL_KINDS, type CallKind } from "./stage.ts";

interface Flags {
  readonly calls: number;
  readonly rate: number;
  readonly talk: number;
  readonly mix: Readonly<Record<CallKind, number>>;
  readonly net: number;
  readonly profile: boolean;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("a whole number from 1");
  return value;
}

/** `ring-all=1,relay=1`: parts of each kind, none for those not named. */
function readMix(text: string): Readonly<Record<CallKind, number>> {
  const mix: Record<CallKind, number> = { "ring-all": 0, relay: 0, direct: 0 };
  for (const part of text.split(",")) {
    const [name, share = "1"] = part.split("=");
    const kind = CALL_KINDS.find((known) => known === name);
    if (kind === undefined) throw new InvalidArgumentError(`kinds are ${CALL_KINDS.join(", ")}`);
    mix[kind] = wholeNumber(share);
  }
  return mix;
}

const command = new Command("load")
  .description("Sends calls through a whole cluster on loopback, with SIPp on both sides.")
  .option("--calls <n>", "calls in all", wholeNumber, 20_000)
  .option("--rate <n>", "new calls a second", wholeNumber, 100)
  .option("--talk <ms>", "length of a conversation", wholeNumber, 300)
  .option("--mix <parts>", "kinds and their parts", readMix, readMix(CALL_KINDS.join(",")))
  .option("--net <n>", "network 127.0.N.x", wholeNumber, 25)
  .option("--profile", "write a CPU profile of each service", false)
  .parse();

const { calls, rate, talk, mix, net, profile } = command.opts<Flags>();
const dir = join(import.meta.dirname, "../.run/load");
const perSecond = rate;
const result = await runLoad({ net, dir, calls, perSecond, mix, talkMs: talk, profile });
writeFileSync(join(dir, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
process.stdout.write(`${report(result)}\n\n${join(dir, "result.json")}\n`);
process.exitCode = result.claims.every(({ isKept }) => isKept) ? 0 : 1;
