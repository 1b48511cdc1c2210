/** What logs, metrics and traces say of the calls of a controller (ARCHITECTURE, seen from outside). Decides nothing. */
import type { Base } from "../../../lib/runtime/boot.ts";
import { CALL_ID_ATTRIBUTE, startSpan, traceIdOf } from "../../../lib/runtime/telemetry.ts";
import { DISPOSITIONS, FAULTS } from "../../../lib/telephony/call-detail-record.ts";
import type { CallActor } from "./call-actor.ts";
import type { CallsWatch } from "./calls.ts";

const REASONS = [
  "draining",
  "overloaded",
  "unknown-state-version",
  "malformed",
  "outdated",
] as const;

const bound = ({ start, traceparent }: CallActor) => ({
  callId: start.callId,
  epoch: start.epoch,
  ...(traceparent === "" ? {} : { traceId: traceIdOf(traceparent) }),
});

/** The watch of the calls' table; `active` reads its size. */
export function watchCalls(base: Base, active: () => number): CallsWatch {
  const { log } = base;
  const counters = countersOf(base, active);
  return {
    taken: (call, isAdoption) => {
      counters.taken.add({ how: isAdoption ? "adopted" : "offered" });
      log[isAdoption ? "info" : "debug"]({ ...bound(call), isAdoption }, "taken");
      if (isAdoption) traceAdoption(base, call);
    },
    over: (call) => {
      const { state } = call;
      if (state.phase !== "over") return;
      const { disposition, fault, answeredAt, endedAt } = state.outcome;
      counters.ended.add({ disposition, fault });
      const talkMs = answeredAt === null ? 0 : endedAt - answeredAt;
      log.info({ ...bound(call), disposition, fault, talkMs }, "over");
    },
    leasesLost: (held) => {
      counters.leasesLost.add({}, held.legs.length);
      log.warn(held, "leases lost; taking them again");
    },
    uncounted: (call, refused) => {
      counters.uncounted.add({}, refused.length);
      log.warn({ ...bound(call), refused }, "up without a lease: none was free");
    },
    crashed: (call, error, input) => {
      const { history } = call;
      counters.crashes.add({});
      log.error({ ...bound(call), err: error, input, history }, "call crashed");
    },
    givenUp: (call) => {
      counters.givenUp.add({});
      log.error({ ...bound(call), state: call.state }, "given up after a second crash");
    },
    declined: (callId, reason) => {
      counters.declined.add({ reason });
      log.warn({ callId, reason }, "declined");
    },
    dismissed: (call) => {
      counters.dismissed.add({});
      log.info(bound(call), "dismissed: another controller holds the call");
    },
    strayInputs: (callId, count) => {
      counters.stray.add({}, count);
      log.debug({ callId, count }, "stray inputs");
    },
  };
}

function countersOf({ metrics }: Base, active: () => number) {
  metrics.measured({ name: "active_calls", help: "Calls held now", read: active });
  return {
    taken: metrics.counter({
      name: "calls_taken_total",
      help: "Calls taken, new or adopted from another controller",
      labels: { how: ["offered", "adopted"] },
    }),
    ended: metrics.counter({
      name: "calls_over_total",
      help: "Calls that ended here, by outcome",
      labels: { disposition: DISPOSITIONS, fault: FAULTS },
    }),
    leasesLost: metrics.counter({
      name: "leases_lost_total",
      help: "Leases of live calls that the allocator did not hold any more at renewal",
      labels: {},
    }),
    uncounted: metrics.counter({
      name: "leases_refused_again_total",
      help: "Lost leases that were refused when taken again; their legs stay up",
      labels: {},
    }),
    crashes: metrics.counter({
      name: "call_crashes_total",
      help: "Broken assertions in the machine of a call; each ends its call",
      labels: {},
    }),
    givenUp: metrics.counter({
      name: "calls_given_up_total",
      help: "Calls that broke again while they were ended: legs let go, record perhaps not written",
      labels: {},
    }),
    declined: metrics.counter({
      name: "calls_declined_total",
      help: "Assignments declined, by reason",
      labels: { reason: REASONS },
    }),
    dismissed: metrics.counter({
      name: "calls_dismissed_total",
      help: "Calls given up because their anchor had offered them to another controller",
      labels: {},
    }),
    stray: metrics.counter({
      name: "stray_inputs_total",
      help: "Inputs for calls or epochs that are not held here",
      labels: {},
    }),
  };
}

function traceAdoption({ telemetry }: Base, call: CallActor): void {
  if (call.traceparent === "") return;
  const attributes = {
    [CALL_ID_ATTRIBUTE]: call.start.callId,
    "kakehashi.phase": call.state.phase,
    "kakehashi.epoch": call.start.epoch,
  };
  const span = { name: "adopt call", parent: call.traceparent, attributes };
  startSpan(telemetry.tracer, span).end();
}
