/**
 * The demo cluster of `make run`: addresses, processes and files. Everything is on loopback; the
 * carrier simulator is 127.0.1.1, the edges are 127.0.0.1 and 127.0.0.2.
 */
import { join } from "node:path";
import type { ClusterOptions } from "./cluster.ts";

/** The checkout. */
export const ROOT = join(import.meta.dirname, "../..");
/** Data, logs and state of the demo. */
export const DEMO_DIR = join(ROOT, ".run/demo");
/** Process id of the keeper, its readiness and its last words. */
export const KEEPER_FILE = join(DEMO_DIR, "keeper.json");
/** Output of the keeper. */
export const KEEPER_LOG = join(DEMO_DIR, "keeper.log");
/** Environment with which the CLI finds the demo. */
export const CLI_FILE = join(DEMO_DIR, "cli.json");
/** Commands that load the company, and the sample prices and rates that it is billed by. */
export const DEMO_LOADS: readonly (readonly string[])[] = [
  ["prices", "apply", "-f", join(ROOT, "deploy/demo/prices.sample.yaml")],
  [
    ...["rates", "import", join(ROOT, "deploy/demo/rates.sample.csv")],
    ...["--plan", "standard", "--from", "2024-10-01"],
  ],
  ["apply", "-f", join(ROOT, "deploy/demo/company.yaml")],
];

/** Two of everything that may stand side by side. */
export const DEMO_OPTIONS: ClusterOptions = {
  dir: DEMO_DIR,
  edges: ["127.0.0.1", "127.0.0.2"],
  sipPort: 5060,
  controllers: 2,
  allocators: 2,
  firstPort: 17_000,
  durable: true,
};

/** One process of tools/phone; `ready` is what it prints when all of it is up. */
export interface DemoPhone {
  readonly name: string;
  readonly args: readonly string[];
  readonly ready: string;
}

/** Telephones and carrier of the demo; 1001 is left to a person's softphone. */
export const DEMO_PHONES: readonly DemoPhone[] = [
  {
    name: "carrier",
    args: words(
      "trunk --bind 127.0.1.1:5060 --number 090*=answer:3s:20s --number 03*=ring",
      "--otherwise reject:404",
    ),
    ready: "trunk ready",
  },
  {
    name: "phones",
    args: words(
      "extension --user 1002,1003,1004,1006,1007 --domain demo.kakehashi.example",
      "--registrar 127.0.0.1:5060 --behaviour ring",
    ),
    ready: "extension 1007 ready",
  },
];

function words(...lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split(" "));
}
