/**
 * Everything around the calls of a load run: the cluster, its company, SIPp as telephones and carrier.
 * Owns: addresses and their life. Does not own: the calls (load.ts).
 *
 * ST1  All addresses are 127.0.NET.x: .1 the edge, .101 the carrier and its callers, .201 telephones.
 * ST2  `end` stops all of it, also when the start failed half-way.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { waitFor } from "../services/lib/testkit/wait-for.ts";
import { type Cluster, startCluster } from "../tools/cluster/cluster.ts";
import { runCli } from "../tools/cluster/run-cli.ts";
import { startPhone } from "../tools/phone/phone.ts";
import { metric, type Watched } from "./processes.ts";
import { type Sipp, startSipp } from "./sipp.ts";

/** The kinds of call, each with a number of its own in company.yaml. */
export const CALL_KINDS = ["ring-all", "relay", "direct"] as const;
export type CallKind = (typeof CALL_KINDS)[number];

/** The number to call for each kind. */
export const NUMBERS: Readonly<Record<CallKind, string>> = {
  "ring-all": "05055552000",
  relay: "05055552001",
  direct: "05055552010",
};

/** How a stage is set up. */
export interface StageOptions {
  readonly net: number;
  /** Data, logs and SIPp's files; emptied first. */
  readonly dir: string;
  /** Calls of each kind that will come. */
  readonly coming: Readonly<Record<CallKind, number>>;
  /** Writes a CPU profile of each service into `dir` when it ends. */
  readonly profile: boolean;
}

/** See the file header. */
export interface Stage {
  readonly caller: (perSecond: number, talkMs: number) => Sipp;
  /** The telephones and the carrier, each with the legs that it must get. */
  readonly peers: readonly Sipp[];
  readonly watched: readonly Watched[];
  /** Records stored: all, and those of answered calls. */
  readonly records: () => Promise<{ readonly all: number; readonly answered: number }>;
  readonly channelsHeld: () => Promise<number>;
  readonly activeCalls: () => Promise<number>;
  readonly end: () => Promise<void>;
}

const SIP_PORT = 5060;
const RINGS_PORT = 5061;
const BUSY_PORT = 5062;
const CALLER_PORT = 5070;
const DOMAIN = "load.kakehashi.example";
const REGISTERED_S = 3_600;
/** Time until the mobile answers. */
const RING_MS = 50;
/** Calls whose traces the collector keeps: its ring is full well before its heap is looked at. */
const TRACED_CALLS = "1000";

/** Starts everything but the caller. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { net, dir } = options;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const cluster = await startCluster({
    dir,
    edges: [`127.0.${net}.1`],
    sipPort: SIP_PORT,
    controllers: 2,
    allocators: 2,
    firstPort: 0,
    durable: false,
    env: { KK_TRACED_CALLS: TRACED_CALLS, NODE_OPTIONS: nodeOptions(options) },
  });
  const peers: Sipp[] = [];
  try {
    await applyCompany(cluster, options);
    await registerTelephones(net);
    peers.push(...startPeers(options));
    await waitFor(
      () => peers.every((peer) => existsSync(join(peer.options.dir, "counts.csv"))),
      "the telephones and the carrier are up",
    );
    return await stageOn(cluster, peers, options);
  } catch (error) {
    await Promise.all(peers.map((peer) => peer.kill()));
    await cluster.stop();
    throw error;
  }
}

function nodeOptions({ dir, profile }: StageOptions): string {
  const collecting = ["--expose-gc", `--import=${join(import.meta.dirname, "collect-garbage.ts")}`];
  return [...collecting, ...(profile ? ["--cpu-prof", `--cpu-prof-dir=${dir}`] : [])].join(" ");
}

async function applyCompany(cluster: Cluster, { net, dir }: StageOptions): Promise<void> {
  const template = readFileSync(join(import.meta.dirname, "company.yaml"), "utf8");
  const file = join(dir, "company.yaml");
  writeFileSync(file, template.replaceAll("127.0.NET.", `127.0.${net}.`));
  const applied = await runCli(cluster.cliEnv, ["apply", "-f", file]);
  if (applied.status !== 0) throw new Error(applied.output);
}

/** A telephone registers from the port on which SIPp will take its calls; SIPp itself cannot. */
async function registerTelephones(net: number): Promise<void> {
  const ports = { "1001": RINGS_PORT, "1002": RINGS_PORT, "1003": BUSY_PORT };
  for (const [user, port] of Object.entries(ports)) {
    const phone = await startPhone({
      bind: { host: `127.0.${net}.201`, port },
      user,
      domain: DOMAIN,
      password: `load-pass-${user}`,
      registrar: { host: `127.0.${net}.1`, port: SIP_PORT },
    });
    const reply = await phone.register({ expires: REGISTERED_S });
    await phone.close();
    if (reply.status !== 200) throw new Error(`register ${user}: ${reply.status}`);
  }
}

/** Every call reaches the mobile; ring-all rings two telephones, relay one that is busy. */
function startPeers({ net, dir, coming }: StageOptions): readonly Sipp[] {
  const carrier = `127.0.${net}.101`;
  const telephones = `127.0.${net}.201`;
  const all = CALL_KINDS.reduce((sum, kind) => sum + coming[kind], 0);
  const wanted = [
    { scenario: "answers", host: carrier, port: SIP_PORT, calls: all, pauseMs: RING_MS },
    { scenario: "rings", host: telephones, port: RINGS_PORT, calls: 2 * coming["ring-all"] },
    { scenario: "busy", host: telephones, port: BUSY_PORT, calls: coming.relay },
  ];
  return wanted
    .filter(({ calls }) => calls > 0)
    .map((peer) => startSipp({ pauseMs: 0, ...peer, dir: folder(dir, peer.scenario) }));
}

function folder(dir: string, name: string): string {
  const made = join(dir, name);
  mkdirSync(made);
  return made;
}

async function stageOn(
  cluster: Cluster,
  peers: readonly Sipp[],
  { net, dir, coming }: StageOptions,
): Promise<Stage> {
  const database = new pg.Client({ connectionString: cluster.postgres().url });
  await database.connect();
  const [edge] = cluster.of("edge");
  if (edge === undefined) throw new Error("no edge");
  const callers: Sipp[] = [];
  return {
    peers,
    watched: watchedIn(cluster),
    caller: (perSecond, talkMs) => {
      const caller = startSipp({
        scenario: "caller",
        dir: folder(dir, "caller"),
        host: `127.0.${net}.101`,
        port: CALLER_PORT,
        calls: CALL_KINDS.reduce((sum, kind) => sum + coming[kind], 0),
        pauseMs: talkMs,
        calling: {
          target: `127.0.${net}.1:${SIP_PORT}`,
          perSecond,
          numbers: writeNumbers(dir, coming),
        },
      });
      callers.push(caller);
      return caller;
    },
    records: async () => {
      const { rows } = await database.query<{ all: string; answered: string }>(
        `select count(*) as all, count(*) filter (where disposition = 'answered') as answered
           from cdr_collector.call_records`,
      );
      return { all: Number(rows[0]?.all), answered: Number(rows[0]?.answered) };
    },
    channelsHeld: async () => {
      const { text } = await runCli(cluster.cliEnv, ["channels", "--json"]);
      const { scopes } = JSON.parse(text) as { scopes: readonly { held: number }[] };
      return scopes.reduce((sum, { held }) => sum + held, 0);
    },
    activeCalls: () => metric(edge.http, "kakehashi_active_calls"),
    end: async () => {
      await Promise.all([...callers, ...peers].map((sipp) => sipp.kill()));
      await database.end();
      await cluster.stop();
    },
  };
}

/** One line a call, the kinds evenly mixed: each call is of the kind that is furthest behind. */
function writeNumbers(dir: string, coming: Readonly<Record<CallKind, number>>): string {
  const all = CALL_KINDS.reduce((sum, kind) => sum + coming[kind], 0);
  const made: Record<CallKind, number> = { "ring-all": 0, relay: 0, direct: 0 };
  const behind = (kind: CallKind, call: number): number => (coming[kind] * call) / all - made[kind];
  const lines = Array.from({ length: all }, (_, call) => {
    const next = CALL_KINDS.reduce((one, other) =>
      behind(other, call + 1) > behind(one, call + 1) ? other : one,
    );
    made[next] += 1;
    return `${NUMBERS[next]};${callerOf(call)}`;
  });
  const file = join(dir, "numbers.csv");
  writeFileSync(file, `SEQUENTIAL\n${lines.join("\n")}\n`);
  return file;
}

/** Each call has a caller of its own for a while, as a carrier's calls have; no loop guard wakes up. */
const callerOf = (index: number): string => `0390${String(index % 1_000_000).padStart(6, "0")}`;

function watchedIn(cluster: Cluster): readonly Watched[] {
  const { nats, services } = cluster;
  const postmaster = readFileSync(join(cluster.postgres().dataDir, "postmaster.pid"), "utf8");
  return [
    ...services.map(({ id, child, http }) => ({ name: id, pid: child.pid, http })),
    { name: "nats-server", pid: nats.pid, http: null },
    { name: "postgresql", pid: Number.parseInt(postmaster, 10), http: null },
  ];
}
