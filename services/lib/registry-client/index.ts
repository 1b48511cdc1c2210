/**
 * The tenant registry as edges and controllers see it: answers from memory, kept current by Watch, and
 * still given while the registry is away. Owns the joining of the parts; each says its own rules.
 *
 * C1  In the steady state no call costs a unary RPC: one is made only for a key never asked, or changed.
 * C2  Nothing here throws or waits longer than one question's deadline (1 s).
 */
import type { HostPort } from "../runtime/config.ts";
import { CHANNEL_OPTIONS, insecureCredentials } from "../runtime/grpc.ts";
import type { Logger } from "../runtime/log.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { CarrierTrunk } from "../telephony/carrier-trunk.ts";
import type { E164 } from "../telephony/e164.ts";
import type { Extension, TrunkId } from "../telephony/ids.ts";
import type { RouteKey, RouteSnapshot } from "../telephony/route-snapshot.ts";
import { TenantServiceClient } from "../wire/tenant.ts";
import { type Answer, createLookup, type Lookup, type LookupOutcome } from "./lookup.ts";
import type { Tag } from "./lookup-table.ts";
import {
  type Credential,
  type CredentialKey,
  type NumberOwner,
  type Questions,
  questions,
} from "./questions.ts";
import { keepTrunks } from "./trunk-table.ts";
import { followRegistry, type Watch } from "./watch.ts";

export type { Credential, NumberOwner } from "./questions.ts";

/** `unknown`: nothing has this key; `unreachable`: nobody could say (answer the call with 503). */
export type Missing = { readonly kind: "unknown" } | { readonly kind: "unreachable" };
/** Answer of {@link RegistryClient.resolve}. */
export type RouteAnswer = { readonly kind: "found"; readonly snapshot: RouteSnapshot } | Missing;
/** Answer of {@link RegistryClient.owner}. */
export type OwnerAnswer = { readonly kind: "found"; readonly owner: NumberOwner } | Missing;
/** Answer of {@link RegistryClient.credential}. */
export type CredentialAnswer =
  | { readonly kind: "found"; readonly credential: Credential }
  | Missing;

/** See the file header. */
export interface RegistryClient {
  /** All that is needed to place a call to a number or an extension. */
  readonly resolve: (key: RouteKey) => Promise<RouteAnswer>;
  /** What {@link RegistryClient.resolve} would answer from memory; null when it would have to ask. */
  readonly peek: (key: RouteKey) => RouteAnswer | null;
  readonly owner: (number: E164) => Promise<OwnerAnswer>;
  readonly credential: (domain: string, extension: Extension) => Promise<CredentialAnswer>;
  /** All trunks; empty until the registry answered once. */
  readonly trunks: () => readonly CarrierTrunk[];
  readonly trunk: (id: TrunkId) => CarrierTrunk | null;
  /** The trunk whose calls come from an address. */
  readonly bySource: (address: string) => CarrierTrunk | null;
  /** Null when calls can be served (a probe for /readyz), else what is missing. */
  readonly ready: () => string | null;
  readonly close: () => void;
}

/** What a client needs. Several registries: let the name of `address` resolve to all of them. */
export interface RegistryClientOptions {
  readonly address: HostPort;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const TABLES = ["route", "owner", "credential"] as const;
const OUTCOMES = ["cached", "fetched", "stale", "unknown", "unreachable"] as const;

type Counted = (table: (typeof TABLES)[number], outcome: LookupOutcome) => void;

interface Lookups {
  readonly routes: Lookup<RouteKey, RouteSnapshot>;
  readonly owners: Lookup<E164, NumberOwner>;
  readonly credentials: Lookup<CredentialKey, Credential>;
}

const routeKey = (key: RouteKey): string =>
  key.kind === "number" ? key.number : `${key.companyId}/${key.extension}`;

function lookups(ask: Questions, count: Counted): Lookups {
  const now = (): number => performance.now();
  return {
    routes: createLookup({
      keyOf: routeKey,
      fetch: ask.route,
      now,
      onOutcome: (outcome) => count("route", outcome),
    }),
    owners: createLookup({
      keyOf: (number) => number,
      fetch: ask.owner,
      now,
      onOutcome: (outcome) => count("owner", outcome),
    }),
    credentials: createLookup({
      keyOf: ({ domain, extension }) => `${domain}/${extension}`,
      fetch: ask.credential,
      now,
      onOutcome: (outcome) => count("credential", outcome),
    }),
  };
}

function countLookups(metrics: Metrics): Counted {
  const asked = metrics.counter({
    name: "registry_lookups_total",
    help: "Questions to the registry by how they were answered",
    labels: { table: TABLES, outcome: OUTCOMES },
  });
  return (table, outcome) => asked.add({ table, outcome });
}

interface Memory {
  readonly watch: Watch;
  readonly tables: Lookups;
  readonly trunks: () => number;
}

function measureMemory(metrics: Metrics, { watch, tables, trunks }: Memory): void {
  metrics.measured({ name: "registry_trunks_entries", help: "Trunks known", read: trunks });
  metrics.measured({
    name: "registry_silent_seconds",
    help: "Time since the registry was last heard: how old what is remembered may be",
    read: () => watch.silentForMs() / 1000,
  });
  metrics.measured({
    name: "registry_cache_entries",
    help: "Routes, owners and credentials remembered",
    read: () => tables.routes.size() + tables.owners.size() + tables.credentials.size(),
  });
}

const routeAnswer = (answer: Answer<RouteSnapshot>): RouteAnswer =>
  answer.kind === "found" ? { kind: "found", snapshot: answer.value } : answer;

/** The three lookups as answers that name what they hold. */
const answers = ({
  routes,
  owners,
  credentials,
}: Lookups): Pick<RegistryClient, "resolve" | "peek" | "owner" | "credential"> => ({
  resolve: async (key) => routeAnswer(await routes.ask(key)),
  peek: (key) => {
    const known = routes.peek(key);
    return known === null ? null : routeAnswer(known);
  },
  owner: async (number) => {
    const answer = await owners.ask(number);
    return answer.kind === "found" ? { kind: "found", owner: answer.value } : answer;
  },
  credential: async (domain, extension) => {
    const answer = await credentials.ask({ domain: domain.toLowerCase(), extension });
    return answer.kind === "found" ? { kind: "found", credential: answer.value } : answer;
  },
});

function connect({ host, port }: HostPort): TenantServiceClient {
  const target = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return new TenantServiceClient(target, insecureCredentials(), CHANNEL_OPTIONS);
}

/** Logs when the registry comes and goes, once each. */
function troubleLog(log: Logger): (problem: string | null) => void {
  let trouble: string | null = "not connected yet";
  return (problem) => {
    if (problem === null) log.info("registry connected");
    else if (trouble === null) log.warn({ problem }, "registry lost; answering from memory");
    trouble = problem;
  };
}

/** Connects; answers at once, with `unreachable` until the registry is there. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { log, metrics } = options;
  const client = connect(options.address);
  const ask = questions(client, (problem) => log.error({ problem }, "unreadable registry answer"));
  const trunks = keepTrunks(ask.trunks);
  const tables = lookups(ask, countLookups(metrics));
  const changed = (tag: Tag | "all"): void => {
    for (const lookup of Object.values(tables)) lookup.changed(tag);
    if (tag === "all" || tag.startsWith("trunk:")) trunks.refresh();
  };
  const onTrouble = troubleLog(log);
  const watch = followRegistry({ client, now: () => performance.now(), changed, onTrouble });
  measureMemory(metrics, { watch, tables, trunks: () => trunks.all()?.length ?? 0 });
  return {
    ...answers(tables),
    trunks: () => trunks.all() ?? [],
    trunk: trunks.byId,
    bySource: trunks.bySource,
    ready: () =>
      trunks.all() !== null && watch.wasHeard() ? null : "the registry has not answered yet",
    close: () => {
      watch.stop();
      trunks.stop();
      client.close();
    },
  };
}
