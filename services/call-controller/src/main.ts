/** call-controller: one actor a call. Joins the parts; decides nothing. */
import { Alarms } from "../../lib/actor/alarms.ts";
import { createRegistryClient } from "../../lib/registry-client/index.ts";
import { boot, bootFault, openToTheWorld, orBootFault } from "../../lib/runtime/boot.ts";
import { exitOnFaults, helpOnRequest } from "../../lib/runtime/config.ts";
import { CHANNEL_OPTIONS, insecureCredentials, serveGrpc } from "../../lib/runtime/grpc.ts";
import { ensureStream } from "../../lib/runtime/jetstream.ts";
import { now } from "../../lib/runtime/system-clock.ts";
import { isIdFault, type NodeId, parseNodeId } from "../../lib/telephony/ids.ts";
import { RECORDS_STREAM, RECORDS_SUBJECT } from "../../lib/wire/subjects.ts";
import { AllocatorServiceClient } from "../../lib/wire/trunk.ts";
import { readSettings, SETTINGS } from "./config.ts";
import { watchCalls } from "./shell/call-watch.ts";
import { Calls } from "./shell/calls.ts";
import { AllocatorStream } from "./shell/channels.ts";
import { callService } from "./shell/grpc.ts";
import { openInbox } from "./shell/inbox.ts";
import { openLiveList } from "./shell/live-calls.ts";
import { openOutbox } from "./shell/outbox.ts";

const SERVICE = "call-controller";
/** A third of a lease's time to live: two renewals may get lost (ARCHITECTURE, numbers). */
const RENEW_EVERY_MS = 20_000;
/** A call that told its anchor nothing for so long says its last step again (Calls.repeat). */
const REPEAT_AFTER_MS = 60_000;
const LOOK_EVERY_MS = 5_000;

helpOnRequest(SERVICE, SETTINGS, process.argv);
const config = exitOnFaults(SERVICE, readSettings());
let onReconnected = (): void => undefined;
const base = await boot(SERVICE, config, ({ kind }) => {
  if (kind === "reconnected") onReconnected();
});
const { log, metrics, nats, telemetry } = base;
const controller = lifeOf(config.nodeId);

await orBootFault(
  log,
  ensureStream(nats, {
    name: RECORDS_STREAM,
    subjects: [RECORDS_SUBJECT],
    replicas: config.natsReplicas,
  }),
);
const registry = createRegistryClient({
  address: config.registry,
  log,
  metrics,
});
const channels = new AllocatorStream({
  addresses: config.allocators.map(({ host, port }) => `${host}:${port}`),
  now,
  connect: (address) => new AllocatorServiceClient(address, insecureCredentials(), CHANNEL_OPTIONS),
  onLost: (lost) => calls.lose(lost),
  log: (message, details) => log.warn(details, message),
});
metrics.measured({
  name: "allocator_stream_up",
  help: "1 while the leading allocator answers; without it only extensions can be dialled",
  read: () => (channels.isUp ? 1 : 0),
});
const failures = metrics.counter({
  name: "controller_send_failures_total",
  help: "Steps and records that could not be sent; both are sent again in another way",
  labels: { what: ["record", "step"] },
});
const ports = openOutbox({
  nats,
  registry,
  channels,
  tracer: telemetry.tracer,
  onFailure: (what, problem) => {
    failures.add({ what });
    log.warn({ what, problem }, "not sent");
  },
});
const alarms = new Alarms(now, () => log.error("an alarm was not handled"));
const calls = new Calls({
  controller,
  ports,
  alarms,
  now,
  watch: watchCalls(base, () => calls.size),
  loopCallsMax: config.loopCallsMax,
});
const undecodable = metrics.counter({
  name: "controller_undecodable_total",
  help: "Messages from edges that did not decode",
  labels: {},
});
const inbox = openInbox({
  nats,
  controller,
  calls,
  onMalformed: (subject, fault) => {
    undecodable.add({});
    log.warn({ subject, ...fault }, "message does not decode");
  },
});
const renewal = setInterval(() => channels.renew(calls.held()), RENEW_EVERY_MS);
// A step that NATS lost shows at its anchor only when another one follows.
onReconnected = () => calls.repeat(now());
const repetition = setInterval(() => {
  calls.forget(now() - REPEAT_AFTER_MS);
  calls.repeat(now() - REPEAT_AFTER_MS);
}, LOOK_EVERY_MS);
const live = openLiveList(nats, now);
const onFault = (error: unknown): void => log.error({ err: error }, "gRPC handler failed");
const service = callService({ registry, live, now, onFault });
const { server } = await orBootFault(
  log,
  serveGrpc({ listen: config.grpcListen, services: [service] }),
);

await openToTheWorld(base, {
  probes: {
    registry: registry.ready,
    draining: () => (calls.isDraining ? "draining" : null),
  },
  drain: [
    { name: "take no new calls", run: inbox.stopAssignments },
    // From here edges hear nothing of us and offer our calls to the other controllers.
    {
      name: "hand the calls over",
      run: () => {
        inbox.close();
        calls.handOver();
      },
    },
    {
      name: "stop renewing",
      run: () => {
        clearInterval(renewal);
        clearInterval(repetition);
      },
    },
    { name: "leave the allocator", run: () => channels.stop() },
    { name: "leave the registry", run: () => registry.close() },
    { name: "close gRPC", run: () => server.close(1_000) },
  ],
});

/**
 * A controller's name within the cluster lasts one life of the process: inputs meant for the life
 * before find no listener, so the anchor offers their calls again.
 */
function lifeOf(nodeId: NodeId): NodeId {
  const life = parseNodeId(`${nodeId}-${now().toString(36)}`);
  return isIdFault(life) ? bootFault(log, `KK_NODE_ID ${nodeId} is too long`) : life;
}
