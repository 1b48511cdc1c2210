/** Runs the command line against services with canned answers; shared by the tests of this folder. */
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { afterEach } from "vitest";
import {
  type GrpcAnswer,
  type GrpcServer,
  type GrpcService,
  serveGrpc,
  unary,
} from "../../../services/lib/runtime/grpc.ts";
import { BillingServiceService } from "../../../services/lib/wire/billing.ts";
import { CallServiceService } from "../../../services/lib/wire/call.ts";
import { RecordServiceService } from "../../../services/lib/wire/cdr.ts";
import { TenantServiceService } from "../../../services/lib/wire/tenant.ts";
import { AllocatorServiceService } from "../../../services/lib/wire/trunk.ts";
import { runProgram } from "../program.ts";
import type { World } from "../world.ts";
import { NOW } from "./canned.ts";

const servers: GrpcServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close(0);
});

/** Answers by method; each test knows the request that it reads. */
export type Answers = Readonly<Record<string, (request: never) => GrpcAnswer<unknown>>>;

const DEFINITIONS = {
  tenant: TenantServiceService,
  call: CallServiceService,
  trunk: AllocatorServiceService,
  cdr: RecordServiceService,
  billing: BillingServiceService,
} as const;

/** Serves canned answers by method; methods without one answer `unimplemented`. Returns host:port. */
export function serve(name: keyof typeof DEFINITIONS, answers: Answers): Promise<string> {
  const implementation: UntypedServiceImplementation = {};
  for (const [method, respond] of Object.entries(answers)) {
    implementation[method] = unary(
      (request) => respond(request as never),
      (error) => {
        throw error;
      },
    );
  }
  return serveImplementation(name, implementation);
}

/** As {@link serve}, with handlers of gRPC's own kind. Returns host:port. */
export async function serveImplementation(
  name: keyof typeof DEFINITIONS,
  implementation: UntypedServiceImplementation,
): Promise<string> {
  const service: GrpcService = { definition: DEFINITIONS[name], implementation };
  const result = await serveGrpc({ listen: { host: "127.0.0.1", port: 0 }, services: [service] });
  if (!result.ok) throw new Error(result.message);
  servers.push(result.server);
  return result.server.address;
}

/** An address where nobody listens. */
export async function closedAddress(): Promise<string> {
  const address = await serve("tenant", {});
  await servers.pop()?.close(0);
  return address;
}

/** All that a command left behind. */
export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  /** Files by path. */
  readonly saved: ReadonlyMap<string, string | Uint8Array>;
}

/** Runs one command and collects all that it prints and saves. */
export async function runSaving(
  line: string | readonly string[],
  given: Partial<World> = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const saved = new Map<string, string | Uint8Array>();
  const exitCode = await runProgram(typeof line === "string" ? line.split(" ") : line, {
    env: {},
    readDemoAddresses: () => null,
    readText: async () => new Error("no such file"),
    save: async (path, output) => {
      saved.set(path, output);
      return null;
    },
    write: (output) => void out.push(String(output)),
    complain: (text) => void err.push(text),
    now: () => NOW,
    pause: async () => {},
    columns: () => null,
    ...given,
  });
  return { exitCode, out: out.join(""), err: err.join(""), saved };
}

/** As {@link runSaving}, for commands that save nothing. */
export async function run(
  line: string | readonly string[],
  given: Partial<World> = {},
): Promise<Omit<Ran, "saved">> {
  const { saved: _, ...ran } = await runSaving(line, given);
  return ran;
}
