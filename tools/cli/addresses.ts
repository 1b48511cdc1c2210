/**
 * Where the services answer: flag before environment before the demo cluster's file.
 *
 * A1  The demo cluster's file counts only when no address is given otherwise: one command never talks
 *     to two clusters.
 */
import {
  type HostPort,
  hostPort,
  hostPortText,
  listOf,
} from "../../services/lib/runtime/config.ts";
import { type Failure, misuse } from "./outcome.ts";

/** A service with a gRPC API. `key` is its environment variable. */
export interface ServicePlace {
  readonly name: string;
  readonly key: string;
  readonly flag: string;
  readonly isList: boolean;
}

export const REGISTRY: ServicePlace = {
  name: "tenant-registry",
  key: "KK_REGISTRY_ADDRESS",
  flag: "registry",
  isList: false,
};
export const CONTROLLER: ServicePlace = {
  name: "call-controller",
  key: "KK_CONTROLLER_ADDRESSES",
  flag: "controllers",
  isList: true,
};
export const ALLOCATOR: ServicePlace = {
  name: "trunk-allocator",
  key: "KK_ALLOCATOR_ADDRESSES",
  flag: "allocators",
  isList: true,
};
export const COLLECTOR: ServicePlace = {
  name: "cdr-collector",
  key: "KK_COLLECTOR_ADDRESS",
  flag: "collector",
  isList: false,
};
const PLACES = [REGISTRY, CONTROLLER, ALLOCATOR, COLLECTOR];

/** Where an address may come from. */
export interface AddressSources {
  /** By flag name. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readDemo: () => string | null;
}

/** Addresses of a service as host:port, at least one; or what to set. */
export function addressesOf(
  place: ServicePlace,
  sources: AddressSources,
): readonly string[] | Failure {
  const given = writtenIn(place, sources);
  if (given !== null) return readAddresses(place, given.text, given.origin);
  const isElsewhere = PLACES.some((one) => writtenIn(one, sources) !== null);
  const demo = isElsewhere ? null : sources.readDemo();
  if (demo === null) return missing(place, isElsewhere);
  const text = demoAddress(place, demo);
  if (text === null) {
    return misuse(
      `.run/demo/cli.json has no ${place.key}: make down, then make run writes it anew`,
    );
  }
  return readAddresses(place, text, `${place.key} in .run/demo/cli.json`);
}

function writtenIn(
  place: ServicePlace,
  { flags, env }: AddressSources,
): { readonly text: string; readonly origin: string } | null {
  const flag = flags[place.flag];
  if (typeof flag === "string") return { text: flag, origin: `--${place.flag}` };
  const set = env[place.key] ?? "";
  return set === "" ? null : { text: set, origin: place.key };
}

function demoAddress({ key }: ServicePlace, demo: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(demo);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const [, text] = Object.entries(value).find(([name]) => name === key) ?? [];
  return typeof text === "string" ? text : null;
}

function readAddresses(
  { isList }: ServicePlace,
  text: string,
  origin: string,
): readonly string[] | Failure {
  const read = listOf(hostPort).safeParse(text);
  const addresses: readonly HostPort[] = read.success ? read.data : [];
  if (addresses.length === 0 || (!isList && addresses.length > 1)) {
    const form = isList ? "host:port,host:port" : "host:port";
    return misuse(`${origin} is ${JSON.stringify(text)}: write ${form}`);
  }
  return addresses.map(hostPortText);
}

function missing({ name, key, flag, isList }: ServicePlace, isElsewhere: boolean): Failure {
  const form = isList ? "host:port,host:port" : "host:port";
  const how = `set ${key}=${form} or --${flag} ${form}`;
  const demo = isElsewhere ? "" : ", or start the demo cluster with make run";
  return misuse(`no address of the ${name}: ${how}${demo}`);
}
