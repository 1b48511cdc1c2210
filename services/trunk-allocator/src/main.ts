/** trunk-allocator: who holds which channel, now. Joins the parts; decides nothing. */
import { type Base, boot, openToTheWorld, orBootFault } from "../../lib/runtime/boot.ts";
import { exitOnFaults, helpOnRequest } from "../../lib/runtime/config.ts";
import { serveGrpc } from "../../lib/runtime/grpc.ts";
import { ensureBucket, ensureStream } from "../../lib/runtime/jetstream.ts";
import { now } from "../../lib/runtime/system-clock.ts";
import { CALL_ID_ATTRIBUTE, startSpan } from "../../lib/runtime/telemetry.ts";
import { JOURNAL_STREAM, JOURNAL_SUBJECT, LEADER_BUCKET } from "../../lib/wire/subjects.ts";
import { readSettings, SETTINGS } from "./config.ts";
import { sharedScopes } from "./core/scope-use.ts";
import { Election } from "./shell/election.ts";
import { allocatorService, type DoorWatch } from "./shell/grpc.ts";
import { openJournal } from "./shell/journal.ts";
import { openLeadership } from "./shell/leadership.ts";

const SERVICE = "trunk-allocator";
/** Companies and trunks with series of their own; any more, and single numbers, have none. */
const SCOPES_SHOWN_MAX = 5_000;
const COPY_EVERY_MS = 5_000;

helpOnRequest(SERVICE, SETTINGS, process.argv);
const config = exitOnFaults(SERVICE, readSettings());
const base = await boot(SERVICE, config);
const { log, nats } = base;

const replicas = config.natsReplicas;
const journalSettings = { name: JOURNAL_STREAM, subjects: [JOURNAL_SUBJECT], replicas };
await orBootFault(log, ensureStream(nats, journalSettings));
const { bucket } = await orBootFault(log, ensureBucket(nats, { name: LEADER_BUCKET, replicas }));

const advertised = config.advertised ?? config.grpcListen;
const election = new Election({
  id: config.nodeId,
  address: `${advertised.host}:${advertised.port}`,
  journal: await openJournal(nats.connection),
  leadership: openLeadership(bucket),
  now,
  log: (message, details) => log.info(details, message),
});
const service = allocatorService(election, now, watchOf(base));
const { server } = await orBootFault(
  log,
  serveGrpc({ listen: config.grpcListen, services: [service] }),
);
observe(base);
election.start();

await openToTheWorld(base, {
  probes: {
    leader: () => (election.leaderAddress === "" ? "no allocator leads" : null),
  },
  drain: [
    { name: "hand the lead over", run: () => election.stop() },
    { name: "close gRPC", run: () => server.close(1_000) },
  ],
});

function watchOf({ metrics, telemetry }: Base): DoorWatch {
  const legs = metrics.counter({
    name: "channel_requests_total",
    help: "Legs for which a channel was asked, by outcome",
    labels: { outcome: ["granted", "refused", "not-leading", "overloaded"] },
  });
  const commit = metrics.histogram({
    name: "channel_commit_seconds",
    help: "From a take request to its answer, journal included",
    labels: {},
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 2],
  });
  let open = 0;
  metrics.measured({
    name: "controller_streams_connections",
    help: "Open streams of controllers",
    read: () => open,
  });
  return {
    onStream: (count) => {
      open = count;
    },
    onFault: (error) => log.error({ err: error }, "gRPC handler failed"),
    onTake: (take, answer, tookMs) => {
      commit.observe({}, tookMs / 1_000);
      if (answer.kind === "taken") {
        legs.add({ outcome: "granted" }, answer.granted.length);
        legs.add({ outcome: "refused" }, answer.refused.length);
      } else if (answer.kind === "not-leading" || answer.kind === "overloaded") {
        legs.add({ outcome: answer.kind }, take.legs.length);
      }
      if (take.traceparent === "") return;
      const attributes = { [CALL_ID_ATTRIBUTE]: take.callId, "kakehashi.outcome": answer.kind };
      startSpan(telemetry.tracer, {
        name: "commit lease",
        parent: take.traceparent,
        attributes,
        at: now() - tookMs,
      }).end();
    },
  };
}

function observe({ metrics }: Base): void {
  const pool = () => election.leader?.pool;
  metrics.measured({
    name: "held_leases",
    help: "Leases held; 0 on a standby",
    read: () => pool()?.leases.size ?? 0,
  });
  metrics.measured({
    name: "leading_up",
    help: "1 on the leader, 0 on a standby",
    read: () => (election.leader === null ? 0 : 1),
  });
  metrics.measured({
    name: "waiting_requests_messages",
    help: "Requests that wait for a commit",
    read: () => election.leader?.queueDepth ?? 0,
  });
  const channels = metrics.gauge({
    name: "channels_held_channels",
    help: "Channels held, by scope; none on a standby",
    labels: { scope: { distinctMax: SCOPES_SHOWN_MAX } },
  });
  const limits = metrics.gauge({
    name: "channels_limit_channels",
    help: "Channels allowed, by scope; none on a standby",
    labels: { scope: { distinctMax: SCOPES_SHOWN_MAX } },
  });
  setInterval(() => {
    channels.reset();
    limits.reset();
    const led = pool();
    if (led === undefined) return;
    for (const { id: scope, held, limit } of sharedScopes(led, SCOPES_SHOWN_MAX)) {
      channels.set({ scope }, held);
      limits.set({ scope }, limit);
    }
  }, COPY_EVERY_MS).unref();
}
