/** sip-edge: sockets, SIP, registrations; anchor of its calls. Joins the parts; decides nothing. */
import { createRegistryClient } from "../../lib/registry-client/index.ts";
import { type Base, boot, bootFault, openToTheWorld, orBootFault } from "../../lib/runtime/boot.ts";
import { exitOnFaults, helpOnRequest } from "../../lib/runtime/config.ts";
import { now } from "../../lib/runtime/system-clock.ts";
import { readSettings, SETTINGS } from "./config.ts";
import type { Ports } from "./ports.ts";
import { ensureAnsweredBucket, openAnsweredBucket } from "./shell/answered-bucket.ts";
import { AUTHENTICATION_OUTCOMES, createAuthenticator } from "./shell/authenticator.ts";
import { Bindings } from "./shell/bindings.ts";
import { ensureBindingsBucket, openBindingsBucket } from "./shell/bindings-bucket.ts";
import { digestSecret } from "./shell/digest-secret.ts";
import { type Edge, startEdge } from "./shell/edge.ts";
import { untilKnown } from "./shell/knowledge.ts";
import { createRegistrar, REGISTER_OUTCOMES } from "./shell/registrar.ts";
import { exposeSipCounters } from "./shell/sip-metrics.ts";
import { createTenants, type Tenants } from "./shell/tenants.ts";
import { createTokenMint } from "./shell/token-mint.ts";

const SERVICE = "sip-edge";
/** Time that draining leaves for traces and NATS. */
const LAST_STEPS_MS = 3_000;
/** The sockets open after this long also without registrations and trunks (ports.ts `missing`). */
const KNOWLEDGE_MS = 10_000;

helpOnRequest(SERVICE, SETTINGS, process.argv);
const config = exitOnFaults(SERVICE, readSettings());
const base = await boot(SERVICE, config);
const { log, metrics, nats, telemetry } = base;
const mintToken = createTokenMint();

const life = mintToken();
await orBootFault(log, ensureBindingsBucket(nats, config.natsReplicas));
await orBootFault(log, ensureAnsweredBucket(nats, config.natsReplicas));
const answered = config.keepAnswered ? await openAnsweredBucket(nats) : null;
const bucket = await openBindingsBucket(nats);
const secret =
  (await digestSecret(config.digestSecret, bucket, mintToken() + mintToken())) ??
  bootFault(log, "the cluster's digest secret cannot be read from NATS");
const bindings = new Bindings({
  bucket,
  edge: config.nodeId,
  boot: life,
  now,
  onFault: (fault) => log.warn({ fault }, "binding not taken"),
});
const registry = createRegistryClient({ address: config.registry, log, metrics });
const tenants = createTenants(registry);
const missing = (): string | null => tenants.ready() ?? missingBindings();
bindings.start();
const stillMissing = await untilKnown(missing, KNOWLEDGE_MS);
if (stillMissing !== null)
  log.warn({ missing: stillMissing }, "new calls get 503 until it is known");
const edge = await listening(base, portsOf(base, tenants));
const stopCopying = exposeSipCounters(metrics, edge.endpoint);
metrics.measured({
  name: "registered_bindings",
  help: "Extensions with a registration, in the whole cluster",
  read: () => bindings.size,
});

let isDraining = false;
await openToTheWorld(base, {
  probes: {
    registry: tenants.ready,
    bindings: missingBindings,
    draining: () => (isDraining ? "draining" : null),
  },
  drain: [
    {
      name: "refuse new calls, let the others end",
      run: () => {
        isDraining = true;
        return edge.drain(Math.max(0, config.drainMs - LAST_STEPS_MS));
      },
    },
    { name: "close SIP", run: edge.stop },
    { name: "stop copying counters", run: stopCopying },
    { name: "leave the registrations", run: () => bindings.stop() },
    { name: "leave the registry", run: () => registry.close() },
  ],
});

function missingBindings(): string | null {
  return bindings.isSynced ? null : "registrations are not known yet";
}

function portsOf(process: Base, { trunkBySource, trunkById, ...known }: Tenants): Ports {
  const authentications = process.metrics.counter({
    name: "sip_authentications_total",
    help: "Requests by what became of their claim",
    labels: { outcome: AUTHENTICATION_OUTCOMES },
  });
  const registers = process.metrics.counter({
    name: "sip_registers_total",
    help: "REGISTERs by what became of them",
    labels: { outcome: REGISTER_OUTCOMES },
  });
  const authenticate = createAuthenticator({
    secret,
    algorithms: config.digestAlgorithms,
    trunkBySource,
    secretOf: known.secretOf,
    isKnownDomain: known.isKnownDomain,
    now,
    mintToken,
    count: (outcome) => authentications.add({ outcome }),
  });
  const answerRegister = createRegistrar({
    authenticate,
    bindings,
    edge: config.nodeId,
    boot: life,
    now,
    draw: Math.random,
    mintToken,
    count: (outcome) => registers.add({ outcome }),
  });
  const { bindingsOf } = bindings;
  return { missing, authenticate, answerRegister, bindingsOf, trunkById, ownerOf: known.ownerOf };
}

/** The edge on its sockets; an address, or calls, that cannot be had are a boot fault. */
async function listening(process: Base, ports: Ports): Promise<Edge> {
  const { sipUdp, sipTcp, sipAdvertised, nodeId, callsMax } = config;
  const advertised = sipAdvertised === null ? {} : { advertised: sipAdvertised };
  try {
    return await startEdge({
      node: nodeId,
      sip: { udp: sipUdp, tcp: sipTcp, ...advertised },
      callsMax,
      bucket: answered,
      nats: process.nats,
      ports,
      metrics: process.metrics,
      log: process.log,
      tracer: telemetry.tracer,
      now,
      mintToken,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return bootFault(process.log, `the edge cannot start: ${reason}`);
  }
}
