/**
 * A whole cluster for one test file, with a carrier and telephones of another make around it.
 *
 * W1  Every file has a network of its own (127.0.NET.x), so files run side by side and beside a demo.
 * W2  What a test asserts is what the wire carried (the phones' logs) and what the APIs say (the CLI
 *     as a process); nothing of the services is imported.
 * W3  `end` stops all of it; the logs stay in .run/e2e/NET until the next run of that file.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";
import { type Cluster, startCluster } from "../cluster/cluster.ts";
import { type CliResult, runCli } from "../cluster/run-cli.ts";
import { type ChooseBehaviour, type Phone, startPhone } from "../phone/phone.ts";

/** Port of edges and carrier in every network. */
export const SIP_PORT = 5060;
/** SIP domain of the company of company.yaml. */
export const DOMAIN = "e2e.kakehashi.example";
/** One caller calls one number over and over here: guard (d) would take that for a loop. */
const LOOP_CALLS_MAX = "0";

/** How a world differs from the usual one. */
export interface WorldOptions {
  /** 10 to 99, one a test file. */
  readonly net: number;
  readonly edges?: number;
  readonly controllers?: number;
  readonly allocators?: number;
  /** Port of the carrier phone; another one than SIP_PORT leaves the trunk's far end to the test. */
  readonly carrierPort?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A call record as `kakehashi cdr show --json` prints it. */
export interface ShownRecord {
  readonly callId: string;
  readonly companyId: string;
  readonly traceId: string;
  readonly mode: string;
  readonly calledNumber: string;
  readonly disposition: string;
  readonly endedBy: string;
  readonly billableMs: number;
  readonly durationMs: number;
  readonly legs: readonly ShownLeg[];
}

/** One leg of it. */
export interface ShownLeg {
  readonly leg: string;
  readonly member:
    | { readonly kind: "extension"; readonly extension: string }
    | {
        readonly kind: "outside";
        readonly number: string;
        readonly source: { readonly number: string; readonly rule: string } | null;
      };
  readonly endCause: string;
  readonly billable: boolean;
  readonly talkMs: number;
  readonly skipped: string;
  readonly sipStatus: number;
}

/** Who a leg was for. */
export const memberOf = ({ member }: ShownLeg): string =>
  member.kind === "extension" ? member.extension : member.number;

/** See the file header. */
export interface World {
  readonly cluster: Cluster;
  /** Address of the first edge. */
  readonly edge: { readonly host: string; readonly port: number };
  readonly edges: readonly { readonly host: string; readonly port: number }[];
  /** The carrier at the other side of the trunk; numbers in 0-form, as its trunk wants them. */
  readonly carrier: Phone;
  /** A telephone somewhere behind the carrier: it calls in over the trunk. */
  readonly caller: Phone;
  /** A registered telephone of an extension. */
  readonly telephone: (
    extension: string,
    behaviour: Parameters<Phone["setBehaviour"]>[0],
    options?: { readonly transport?: "udp" | "tcp"; readonly edge?: number },
  ) => Promise<Phone>;
  readonly cli: (...args: readonly string[]) => Promise<CliResult>;
  /** Parses `--json` output; fails the test with the output when the command failed. */
  readonly json: (...args: readonly string[]) => Promise<unknown>;
  /** Waits until `count` records of calls to `number` are stored; oldest first. */
  readonly records: (number: string, count: number) => Promise<readonly ShownRecord[]>;
  /** Applies the company with so many extra channels; `restore` applies it as it was. */
  readonly withChannels: (extraChannels: number) => Promise<{ restore: () => Promise<void> }>;
  /** Channels held now in every scope. */
  readonly channelsHeld: () => Promise<number>;
  /** One metric of a service, summed over its labels, or over those with `label` (`event="gap"`). */
  readonly metric: (service: string, name: string, label?: string) => Promise<number>;
  /** Closes the telephones of the test before. */
  readonly hangUpAll: () => Promise<void>;
  readonly end: () => Promise<void>;
}

/** Company of the tests with the addresses of this network. */
function companyFile(net: number, dir: string, extraChannels = 100): string {
  const template = readFileSync(join(import.meta.dirname, "company.yaml"), "utf8");
  const file = join(dir, "company.yaml");
  const text = template
    .replaceAll("127.0.NET.", `127.0.${net}.`)
    .replace("extraChannels: 100", `extraChannels: ${extraChannels}`);
  writeFileSync(file, text);
  return file;
}

/** Starts a world; everything is up and the company is loaded when it resolves. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { net } = options;
  const dir = join(import.meta.dirname, "../../.run/e2e", String(net));
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const hosts = Array.from({ length: options.edges ?? 1 }, (_, n) => `127.0.${net}.${n + 1}`);
  const cluster = await startCluster({
    dir,
    edges: hosts,
    sipPort: SIP_PORT,
    controllers: options.controllers ?? 2,
    allocators: options.allocators ?? 1,
    firstPort: 0,
    durable: false,
    env: { KK_LOG_LEVEL: "debug", KK_LOOP_CALLS_MAX: LOOP_CALLS_MAX, ...options.env },
  });
  const phones: Phone[] = [];
  try {
    const carrier = await startPhone({
      bind: { host: `127.0.${net}.101`, port: options.carrierPort ?? SIP_PORT },
      user: "carrier",
      domain: "trunk.invalid",
      behaviour: { kind: "reject", status: 404 },
    });
    const caller = await startPhone({
      bind: { host: `127.0.${net}.101`, port: 0 },
      user: "0399990000",
      domain: "trunk.invalid",
      outboundProxy: { host: `127.0.${net}.1`, port: SIP_PORT },
    });
    const edges = hosts.map((host) => ({ host, port: SIP_PORT }));
    const write = (extraChannels: number): string => companyFile(net, dir, extraChannels);
    const world = inhabit({ cluster, edges, carrier, caller, phones, write });
    const applied = await world.cli("apply", "-f", companyFile(net, dir));
    if (applied.status !== 0) throw new Error(applied.output);
    for (const { id } of cluster.of("edge")) {
      const trunks = (): Promise<number> => world.metric(id, "kakehashi_registry_trunks_entries");
      await waitFor(async () => (await trunks()) > 0, `${id} knows the trunk`);
    }
    return world;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

interface Inhabited {
  readonly cluster: Cluster;
  readonly edges: World["edges"];
  readonly carrier: Phone;
  readonly caller: Phone;
  readonly phones: Phone[];
  /** Writes the company file with so many extra channels. */
  readonly write: (extraChannels: number) => string;
}

function inhabit(inhabited: Inhabited): World {
  const { cluster, edges, carrier, caller, phones, write } = inhabited;
  const [edge] = edges;
  if (edge === undefined) throw new Error("a world has at least one edge");
  const cli = (...args: readonly string[]): Promise<CliResult> => runCli(cluster.cliEnv, args);
  const json = async (...args: readonly string[]): Promise<unknown> => {
    const { status, text, output } = await cli(...args, "--json");
    if (status !== 0) throw new Error(output);
    return JSON.parse(text);
  };
  const closePhones = (): Promise<void> => closeAll(phones.splice(0));
  return {
    cluster,
    edge,
    edges,
    carrier,
    caller,
    cli,
    json,
    telephone: async (extension, behaviour, where = {}) => {
      const registrar = edges[where.edge ?? 0] ?? edge;
      const host = edge.host.replace(/\.\d+$/, ".201");
      const transport = where.transport ?? "udp";
      const phone = await startTelephone({ host, registrar, extension, transport, behaviour });
      phones.push(phone);
      const reply = await phone.register({ expires: 300 });
      if (reply.status !== 200) throw new Error(`register ${extension}: ${reply.status}`);
      return phone;
    },
    withChannels: async (extraChannels) => {
      const apply = async (channels: number): Promise<void> => {
        const applied = await cli("apply", "-f", write(channels));
        if (applied.status !== 0) throw new Error(applied.output);
      };
      await apply(extraChannels);
      return { restore: () => apply(100) };
    },
    records: (number, count) => waitForRecords(json, number, count),
    channelsHeld: async () => {
      const { scopes } = (await json("channels")) as { scopes: readonly { held: number }[] };
      return scopes.reduce((sum, { held }) => sum + held, 0);
    },
    metric: (service, name, label) => metricOf(cluster, service, { name, label: label ?? "" }),
    hangUpAll: closePhones,
    end: async () => {
      await closePhones();
      await Promise.all([carrier.close(), caller.close()]);
      await cluster.stop();
    },
  };
}

async function closeAll(phones: readonly Phone[]): Promise<void> {
  await Promise.all(phones.map((phone) => phone.hangUp(2_000)));
  await Promise.all(phones.map((phone) => phone.unregister().catch(() => undefined)));
  await Promise.all(phones.map((phone) => phone.close()));
}

interface TelephoneStart {
  readonly host: string;
  readonly registrar: World["edge"];
  readonly extension: string;
  readonly transport: "udp" | "tcp";
  readonly behaviour: Parameters<Phone["setBehaviour"]>[0];
}

function startTelephone(start: TelephoneStart): Promise<Phone> {
  const { host, registrar, extension, transport, behaviour } = start;
  return startPhone({
    bind: { host, port: 0 },
    transport,
    user: extension,
    domain: DOMAIN,
    password: `e2e-pass-${extension}`,
    registrar,
    behaviour,
  });
}

function waitForRecords(
  json: World["json"],
  number: string,
  count: number,
): Promise<readonly ShownRecord[]> {
  return waitFor(
    async () => {
      const { records } = (await json("cdr", "list", "--limit", "1000")) as {
        records: readonly ShownRecord[];
      };
      const found = records.filter(({ calledNumber }) => calledNumber === number);
      return found.length >= count ? [...found].reverse() : null;
    },
    `${count} records of calls to ${number}`,
    20_000,
  );
}

async function metricOf(
  cluster: Cluster,
  service: string,
  { name, label }: { readonly name: string; readonly label: string },
): Promise<number> {
  const found = cluster.services.find(({ id }) => id === service);
  if (found === undefined) throw new Error(`no service ${service}`);
  const response = await fetch(`http://${found.http}/metrics`);
  const lines = (await response.text()).split("\n");
  return lines
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** A behaviour by called number for the carrier; numbers without one are rejected with 404. */
export const byNumber =
  (rules: Readonly<Record<string, ReturnType<ChooseBehaviour>>>): ChooseBehaviour =>
  ({ number }) =>
    rules[number] ?? { kind: "reject", status: 404 };
