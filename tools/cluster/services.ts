/**
 * The service processes of a cluster: which there are, with which addresses and environment. Starts
 * nothing.
 */
import { join } from "node:path";
import { Child } from "./child.ts";
import type { ClusterOptions } from "./cluster.ts";
import { answersOk, type Ports } from "./ports.ts";

const ROOT = join(import.meta.dirname, "../..");

/** One service process with its addresses; a port of 0 means that it has none. */
export interface Service {
  readonly kind: "edge" | "controller" | "allocator" | "registry" | "collector";
  readonly id: string;
  readonly child: Child;
  readonly http: string;
  readonly grpc: string;
}

/** Our own environment without what would change a service, plus what it is given. */
export function environment(given: Readonly<Record<string, string>>): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith("KK_"),
  );
  return { ...Object.fromEntries(inherited), ...given };
}

interface ServiceStart {
  readonly kind: Service["kind"];
  readonly folder: string;
  readonly id: string;
  readonly http: number;
  readonly grpc: number;
  readonly env: Readonly<Record<string, string>>;
}

function service(options: ClusterOptions, natsUrl: string, start: ServiceStart): Service {
  const { kind, folder, id, http, grpc } = start;
  const env = environment({
    KK_NODE_ID: id,
    KK_NATS_URL: natsUrl,
    KK_HTTP_PORT: String(http),
    ...(grpc === 0 ? {} : { KK_GRPC_LISTEN: `127.0.0.1:${grpc}` }),
    ...start.env,
    ...options.env,
  });
  const child = new Child({
    name: id,
    command: process.execPath,
    args: [join(ROOT, "services", folder, "src/main.ts")],
    env,
    logFile: join(options.dir, `${id}.log`),
    isReady: () => answersOk(`http://127.0.0.1:${http}/readyz`),
  });
  return {
    kind,
    id,
    child,
    http: `127.0.0.1:${http}`,
    grpc: grpc === 0 ? "" : `127.0.0.1:${grpc}`,
  };
}

/** What {@link planServices} makes. */
export interface Plan {
  readonly services: readonly Service[];
  readonly cliEnv: Readonly<Record<string, string>>;
}

/** Where the shared parts are. */
export interface Foundations {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly ports: Ports;
}

type Make = (
  kind: Service["kind"],
  id: string,
  env: Readonly<Record<string, string>>,
) => Promise<Service>;

const FOLDERS: Readonly<Record<Service["kind"], string>> = {
  edge: "sip-edge",
  controller: "call-controller",
  allocator: "trunk-allocator",
  registry: "tenant-registry",
  collector: "cdr-collector",
};

function maker(options: ClusterOptions, { natsUrl, ports }: Foundations): Make {
  return async (kind, id, env) => {
    const http = await ports.take();
    const grpc = kind === "edge" ? 0 : await ports.take();
    return service(options, natsUrl, { kind, folder: FOLDERS[kind], id, http, grpc, env });
  };
}

async function several(
  count: number,
  make: (n: number) => Promise<Service>,
): Promise<readonly Service[]> {
  const made: Service[] = [];
  for (let n = 1; n <= count; n += 1) made.push(await make(n));
  return made;
}

const addresses = (services: readonly Service[]): string =>
  services.map(({ grpc }) => grpc).join(",");

/** The services in the order of their start, and the environment with which the CLI finds them. */
export async function planServices(options: ClusterOptions, on: Foundations): Promise<Plan> {
  const make = maker(options, on);
  const database = { KK_DATABASE_URL: on.databaseUrl };
  const registry = await make("registry", "registry-1", database);
  const collector = await make("collector", "collector-1", {
    ...database,
    KK_REGISTRY_ADDRESS: registry.grpc,
  });
  const allocators = await several(options.allocators, (n) =>
    make("allocator", `allocator-${n}`, {}),
  );
  const shared = {
    KK_REGISTRY_ADDRESS: registry.grpc,
    KK_ALLOCATOR_ADDRESSES: addresses(allocators),
  };
  const controllers = await several(options.controllers, (n) =>
    make("controller", `controller-${n}`, shared),
  );
  const edges = await several(options.edges.length, (n) => {
    const sip = `${options.edges[n - 1]}:${options.sipPort}`;
    const env = { KK_REGISTRY_ADDRESS: registry.grpc, KK_SIP_UDP: sip, KK_SIP_TCP: sip };
    return make("edge", `edge-${n}`, env);
  });
  return {
    services: [registry, collector, ...allocators, ...controllers, ...edges],
    cliEnv: {
      ...shared,
      KK_COLLECTOR_ADDRESS: collector.grpc,
      KK_CONTROLLER_ADDRESSES: addresses(controllers),
    },
  };
}
