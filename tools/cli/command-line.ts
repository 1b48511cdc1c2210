/** What the commands share on the command line: options, their readers, and the way to the services. */
import type { Client } from "@grpc/grpc-js";
import { type Command, InvalidArgumentError } from "commander";
import { BillingServiceClient } from "../../services/lib/wire/billing.ts";
import { CallServiceClient } from "../../services/lib/wire/call.ts";
import { RecordServiceClient } from "../../services/lib/wire/cdr.ts";
import { TenantServiceClient } from "../../services/lib/wire/tenant.ts";
import { AllocatorServiceClient } from "../../services/lib/wire/trunk.ts";
import {
  ALLOCATOR,
  addressesOf,
  COLLECTOR,
  CONTROLLER,
  REGISTRY,
  type ServicePlace,
} from "./addresses.ts";
import { type Failure, isFailure, misuse, type Outcome } from "./outcome.ts";
import type { Remote } from "./remote.ts";
import { readMoment } from "./time.ts";
import type { World } from "./world.ts";

/** Options of a command by their long name. */
export type Flags = Readonly<Record<string, unknown>>;

/** Runs a command's work and reports its outcome. */
export type Runner = (work: (world: World) => Promise<Outcome>) => Promise<void>;

/** Adds the option that says where the service answers. */
export function withService(command: Command, place: ServicePlace): Command {
  const form = place.isList ? "<host:port,...>" : "<host:port>";
  return command.option(
    `--${place.flag} ${form}`,
    `gRPC address of the ${place.name} (default: ${place.key}, else the demo cluster)`,
  );
}

export const withJson = (command: Command): Command =>
  command.option("--json", "print JSON: times in ISO 8601 UTC, durations in milliseconds");

/** How a moment is typed. */
export const MOMENT_HELP = "2026-10-01, '2026-10-01 09:00' (Tokyo), ISO 8601, today, or 2h, 7d ago";

/** A moment of an option: 0 when it was not given; a failure when it is none. */
export function momentOf(option: string, text: string | undefined, now: number): number | Failure {
  if (text === undefined) return 0;
  return readMoment(text, now) ?? misuse(`${option} "${text}" is no moment: write ${MOMENT_HELP}`);
}

/** Adds examples to the help. */
export const withExamples = (command: Command, ...examples: readonly string[]): Command =>
  command.addHelpText("after", `\nExamples:\n${examples.map((line) => `  ${line}`).join("\n")}`);

/** Reads a whole number from `min` to `max`. */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Write a whole number from ${min} to ${max}.`);
  };

const openTo =
  <C extends Client>(place: ServicePlace, client: Remote<C>["client"]) =>
  (flags: Flags, world: World): Remote<C> | Failure => {
    const { env, readDemoAddresses } = world;
    const addresses = addressesOf(place, { flags, env, readDemo: readDemoAddresses });
    return isFailure(addresses) ? addresses : { place, addresses, client };
  };

export const registryOf: (flags: Flags, world: World) => Remote<TenantServiceClient> | Failure =
  openTo<TenantServiceClient>(REGISTRY, TenantServiceClient);
export const controllerOf: (flags: Flags, world: World) => Remote<CallServiceClient> | Failure =
  openTo<CallServiceClient>(CONTROLLER, CallServiceClient);
export const allocatorOf: (flags: Flags, world: World) => Remote<AllocatorServiceClient> | Failure =
  openTo<AllocatorServiceClient>(ALLOCATOR, AllocatorServiceClient);
export const collectorOf: (flags: Flags, world: World) => Remote<RecordServiceClient> | Failure =
  openTo<RecordServiceClient>(COLLECTOR, RecordServiceClient);
/** Rates, prices and invoices are the collector's too. */
export const billingOf: (flags: Flags, world: World) => Remote<BillingServiceClient> | Failure =
  openTo<BillingServiceClient>(COLLECTOR, BillingServiceClient);

/** Runs work that needs one service: `open` is one of the above; a service without address is told. */
export const runOn =
  <Service extends object>(run: Runner, open: (flags: Flags, world: World) => Service | Failure) =>
  (flags: Flags, work: (service: Service, world: World) => Promise<Outcome>): Promise<void> =>
    run(async (world) => {
      const service = open(flags, world);
      return isFailure(service) ? service : work(service, world);
    });
