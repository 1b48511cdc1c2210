/**
 * Real registries on a real PostgreSQL, for the tests of this folder: each registry is its own process.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "../../../tools/cluster/child.ts";
import { type Postgres, startPostgres } from "../../../tools/cluster/postgres.ts";
import {
  CHANNEL_OPTIONS,
  callUnary,
  type GrpcAnswer,
  insecureCredentials,
  type UnaryMethod,
} from "../../lib/runtime/grpc.ts";
import { freePort } from "../../lib/testkit/free-port.ts";
import { TenantServiceClient } from "../../lib/wire/tenant.ts";

/** A registry process and a client of it. */
export interface RegistryProcess {
  readonly child: Child;
  readonly port: number;
  readonly httpPort: number;
  readonly client: TenantServiceClient;
}

/** PostgreSQL and the registries on it. */
export interface Stage {
  readonly databaseUrl: string;
  readonly startRegistry: () => Promise<RegistryProcess>;
  /** Starts one without waiting until it is ready. */
  readonly launchRegistry: () => Promise<RegistryProcess>;
  readonly stopPostgres: () => Promise<void>;
  readonly startPostgres: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** HTTP status of a path of the observation port; 0 when nobody answers. */
export async function httpStatus(httpPort: number, path: string): Promise<number> {
  try {
    return (await fetch(`http://127.0.0.1:${httpPort}${path}`)).status;
  } catch {
    return 0;
  }
}

async function makeRegistry(folder: string, databaseUrl: string): Promise<RegistryProcess> {
  const [port, httpPort] = [await freePort(), await freePort()];
  const child = new Child({
    name: `registry-${port}`,
    command: process.execPath,
    args: [fileURLToPath(new URL("../src/main.ts", import.meta.url))],
    env: {
      KK_NODE_ID: `registry-${port}`,
      KK_DATABASE_URL: databaseUrl,
      KK_GRPC_LISTEN: `127.0.0.1:${port}`,
      KK_HTTP_PORT: String(httpPort),
    },
    logFile: join(folder, `registry-${port}.log`),
    isReady: async () => (await httpStatus(httpPort, "/readyz")) === 200,
  });
  const address = `127.0.0.1:${port}`;
  const client = new TenantServiceClient(address, insecureCredentials(), CHANNEL_OPTIONS);
  return { child, port, httpPort, client };
}

/** Starts PostgreSQL, empty; `close` stops everything that was started. */
export async function openStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "kakehashi-registry-"));
  const registries: RegistryProcess[] = [];
  const options = { dataDir: join(folder, "data"), port: await freePort(), durable: false };
  let postgres: Postgres | null = await startPostgres(options);
  const { url, dataDir } = postgres;
  const stop = async (): Promise<void> => {
    await postgres?.stop();
    postgres = null;
  };
  const launchRegistry = async (): Promise<RegistryProcess> => {
    const registry = await makeRegistry(folder, url);
    registries.push(registry);
    registry.child.launch();
    return registry;
  };
  return {
    databaseUrl: url,
    launchRegistry,
    startRegistry: async () => {
      const registry = await launchRegistry();
      await registry.child.untilReady();
      return registry;
    },
    stopPostgres: stop,
    startPostgres: async () => {
      postgres ??= await startPostgres({ ...options, dataDir });
    },
    close: async () => {
      for (const { client } of registries) client.close();
      await Promise.all(registries.map(({ child }) => child.stop()));
      await stop();
      for (const path of [folder, dataDir]) rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Asks with a bound; the answer as a value. */
export const ask = <Request, Response>(
  method: UnaryMethod<Request, Response>,
  request: Request,
): Promise<GrpcAnswer<Response>> => callUnary(method, request, { deadlineMs: 8000 });

/** The answer's value; throws the refusal. */
export function good<T>(answer: GrpcAnswer<T>): T {
  if (answer.ok) return answer.value;
  throw new Error(`${answer.status}: ${answer.message}`);
}
