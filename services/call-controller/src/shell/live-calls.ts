/**
 * The live list: this controller's calls as messages, and the gathering of all controllers' lists.
 *
 * V1  Gathering ends when every controller that is known to live has answered, or after GATHER_MS;
 *     those that did not are named.
 */
import { createInbox } from "@nats-io/transport-node";
import type { NatsLink } from "../../../lib/runtime/nats.ts";
import type { NodeId } from "../../../lib/telephony/ids.ts";
import { ListCallsResponse, type LiveCall, type LiveLeg } from "../../../lib/wire/call.ts";
import { decodeHeartbeat } from "../../../lib/wire/call-codec.ts";
import { isWireFault } from "../../../lib/wire/fault.ts";
import { HEARTBEATS_SUBJECT, LIST_CALLS_SUBJECT } from "../../../lib/wire/subjects.ts";
import type { Leg } from "../core/call/state.ts";
import type { CallActor } from "./call-actor.ts";
import type { Calls } from "./calls.ts";

const GATHER_MS = 500;
/** A controller whose last heartbeat is older is not waited for. */
const ALIVE_WITHIN_MS = 1_500;
/** Calls one controller lists; keeps its answer under NATS' message size. */
const LISTED_MAX = 2_000;

/** The list of this controller; `silent_controllers` names itself so that the asker can tick it off. */
export function encodeLiveCalls(controller: NodeId, calls: Calls): Uint8Array {
  const listed: LiveCall[] = [];
  for (const call of calls.all()) {
    if (listed.length >= LISTED_MAX) break;
    listed.push(liveCall(call));
  }
  const answer = { calls: listed, silentControllers: [controller] };
  return ListCallsResponse.encode(answer).finish();
}

function liveCall(call: CallActor): LiveCall {
  const { state, start } = call;
  const isUnplanned = state.phase === "new" || state.phase === "routing" || state.phase === "over";
  const offered = state.phase === "new" || state.phase === "over" ? null : state.offered;
  const caller = offered?.offer.caller;
  return {
    callId: start.callId,
    companyId: isUnplanned ? "" : (state.route?.companyId ?? ""),
    phase: state.phase,
    called: offered?.offer.called ?? "",
    caller: caller?.withheld === true ? "anonymous" : (caller?.number ?? ""),
    mode: isUnplanned ? "" : (state.route?.mode ?? ""),
    startedAtMs: offered?.startedAt ?? 0,
    answeredAtMs: state.phase === "talking" ? state.answeredAt : 0,
    anchor: start.anchor,
    controller: start.controller,
    epoch: start.epoch,
    legs: isUnplanned ? [] : state.legs.map(liveLeg),
  };
}

function liveLeg({ target, life, lease }: Leg): LiveLeg {
  const { member } = target;
  return {
    leg: target.leg,
    phase: life.phase,
    target: member.kind === "extension" ? member.extension : member.number,
    sourceNumber: member.kind === "outside" ? (member.source?.number ?? "") : "",
    holdsChannel: lease.phase === "held" || lease.phase === "releasing",
  };
}

/** Gathers the lists of all controllers. */
export interface LiveList {
  readonly gather: (companyId: string) => Promise<ListCallsResponse>;
}

/** Listens to heartbeats, so that it knows whom to wait for. */
export function openLiveList(nats: NatsLink, now: () => number): LiveList {
  const heard = new Map<string, number>();
  nats.subscribe(HEARTBEATS_SUBJECT, null, (message) => {
    const beat = decodeHeartbeat(message.data);
    if (!isWireFault(beat)) heard.set(beat.controller, now());
  });
  const alive = (): Set<string> => {
    for (const [controller, at] of heard) {
      if (now() - at > ALIVE_WITHIN_MS) heard.delete(controller);
    }
    return new Set(heard.keys());
  };
  return { gather: (companyId) => gather(nats, alive(), companyId) };
}

function gather(
  nats: NatsLink,
  silent: Set<string>,
  companyId: string,
): Promise<ListCallsResponse> {
  return new Promise((resolve) => {
    const calls: LiveCall[] = [];
    const inbox = createInbox();
    const finish = (): void => {
      clearTimeout(timer);
      stopAnswers();
      calls.sort((one, other) => one.startedAtMs - other.startedAtMs);
      resolve({ calls, silentControllers: [...silent] });
    };
    const timer = setTimeout(finish, GATHER_MS);
    const stopAnswers = nats.subscribe(inbox, null, (message) => {
      if (message.data.length === 0) return;
      const answer = ListCallsResponse.decode(message.data);
      calls.push(...answer.calls.filter((one) => companyId === "" || one.companyId === companyId));
      for (const controller of answer.silentControllers) silent.delete(controller);
      if (silent.size === 0) finish();
    });
    nats.publish(LIST_CALLS_SUBJECT, new Uint8Array(), { reply: inbox });
  });
}
