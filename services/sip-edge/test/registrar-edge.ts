/**
 * An edge that only registers: a real SipEndpoint, registrar and bindings on a real nats-server. Owns:
 * joining the parts as main.ts does, one company of extensions. Does not own: assertions.
 */
import { createHash, randomBytes } from "node:crypto";
import { connectNats, type NatsLink } from "../../lib/runtime/nats.ts";
import type { CompanyId, Extension, NodeId } from "../../lib/telephony/ids.ts";
import type { NatsServer } from "../../lib/testkit/nats-server.ts";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import type { DigestAlgorithm } from "../src/core/message/digest.ts";
import type { SipRequest } from "../src/core/message/message.ts";
import { respond } from "../src/core/message/serialize.ts";
import { type AuthenticationOutcome, createAuthenticator } from "../src/shell/authenticator.ts";
import { Bindings } from "../src/shell/bindings.ts";
import { ensureBindingsBucket, openBindingsBucket } from "../src/shell/bindings-bucket.ts";
import { digestSecret } from "../src/shell/digest-secret.ts";
import { type ServerTransaction, SipEndpoint } from "../src/shell/endpoint.ts";
import { createRegistrar, type RegisterOutcome } from "../src/shell/registrar.ts";
import { createTenants } from "../src/shell/tenants.ts";

export const DOMAIN = "demo.example";
export const COMPANY = "acme" as CompanyId;

/** Extensions 1001 to 1009 have the password `secret-<extension>`. */
export const passwordOf = (extension: string): string => `secret-${extension}`;

const token = (): string => randomBytes(10).toString("hex");
const hash = (algorithm: string, text: string): string =>
  createHash(algorithm).update(text).digest("hex");

const registry = {
  bySource: () => null,
  trunk: () => null,
  owner: async () => ({ kind: "unknown" }) as const,
  credential: async (domain: string, extension: Extension) => {
    if (domain !== DOMAIN || !/^100[1-9]$/.test(extension)) return { kind: "unknown" } as const;
    const text = `${extension}:${DOMAIN}:${passwordOf(extension)}`;
    const credential = {
      companyId: COMPANY,
      ha1Md5: hash("md5", text),
      ha1Sha256: hash("sha256", text),
    };
    return { kind: "found", credential } as const;
  },
  ready: () => null,
};

/** A running edge and what it counted. */
export interface RegistrarEdge {
  readonly bindings: Bindings;
  readonly nats: NatsLink;
  readonly udp: { readonly host: string; readonly port: number };
  readonly tcp: { readonly host: string; readonly port: number };
  readonly authenticated: AuthenticationOutcome[];
  readonly registered: RegisterOutcome[];
  readonly contactsOf: (extension: string) => readonly string[];
  readonly stop: () => Promise<void>;
}

/** Starts an edge; resolves when it knows what is registered. */
export async function startRegistrarEdge(
  server: NatsServer,
  name: string,
  { now, algorithms }: { now: () => number; algorithms: readonly DigestAlgorithm[] },
): Promise<RegistrarEdge> {
  const connected = await connectNats({ url: server.url, name });
  if (!connected.ok) throw new Error(connected.message);
  const { nats } = connected;
  const ensured = await ensureBindingsBucket(nats, 1);
  if (!ensured.ok) throw new Error(ensured.message);
  const bucket = await openBindingsBucket(nats);
  const secret = await digestSecret(null, bucket, token());
  if (secret === null) throw new Error("no digest secret");
  const edge = name as NodeId;
  const boot = token();
  const bindings = new Bindings({ bucket, edge, boot, now, onFault: () => undefined });
  bindings.start();
  const authenticated: AuthenticationOutcome[] = [];
  const registered: RegisterOutcome[] = [];
  const { trunkBySource, secretOf, isKnownDomain } = createTenants(registry);
  const shared = { now, mintToken: token };
  const authenticate = createAuthenticator({
    ...shared,
    secret,
    algorithms,
    trunkBySource,
    secretOf,
    isKnownDomain,
    count: (outcome) => authenticated.push(outcome),
  });
  const answerRegister = createRegistrar({
    ...shared,
    authenticate,
    bindings,
    edge,
    boot,
    draw: () => 0,
    count: (outcome) => registered.push(outcome),
  });
  const listen = [{ host: "127.0.0.1", port: 0 }];
  const ignore = (): void => undefined;
  const answer = async (request: SipRequest, transaction: ServerTransaction): Promise<void> => {
    const isRegister = request.method === "REGISTER";
    const response = isRegister
      ? await answerRegister(request, transaction.source)
      : respond(request, 405, { toTag: token() });
    if (response !== null) transaction.respond(response);
  };
  const endpoint = new SipEndpoint(
    { udp: listen, tcp: listen, ...shared },
    {
      onRequest: (request, transaction) => void answer(request, transaction),
      onAck: ignore,
      onCancel: ignore,
      onAckMissing: ignore,
      onServerTransportError: ignore,
      onStrayResponse: ignore,
      onFlowClosed: ignore,
    },
  );
  await endpoint.start();
  await waitFor(() => bindings.isSynced, `${name} knows the bindings`);
  const [udp] = endpoint.bound().udp;
  const [tcp] = endpoint.bound().tcp;
  if (udp === undefined || tcp === undefined) throw new Error("not bound");
  return {
    bindings,
    nats,
    udp,
    tcp,
    authenticated,
    registered,
    contactsOf: (extension) =>
      bindings.bindingsOf(COMPANY, extension as Extension).map(({ contactUri }) => contactUri),
    stop: async () => {
      await endpoint.stop();
      await bindings.stop();
      await nats.connection.close();
    },
  };
}
