/**
 * The one way from NATS into this edge. Owns: subscriptions, decoding, who each message is for.
 * Does not own: what happens then.
 *
 * IB1  Answers come on subjects of this process alone, delivered in order with the steps that follow
 *      them: a step never overtakes the answer that took the call.
 * IB2  What does not decode is counted and dropped; the protocol's time-outs repair the loss.
 */

import type { Msg, NatsLink } from "../../../lib/runtime/nats.ts";
import { isNoResponders } from "../../../lib/runtime/nats.ts";
import type { CallId, NodeId } from "../../../lib/telephony/ids.ts";
import { isIdFault, parseCallId, parseLegId } from "../../../lib/telephony/ids.ts";
import type { BranchCommand, BranchId, BranchReport } from "../../../lib/wire/branch-codec.ts";
import { branchId, decodeEnvelope } from "../../../lib/wire/branch-codec.ts";
import type { CallStep, ControllerHeartbeat } from "../../../lib/wire/call-codec.ts";
import { decodeAnswer, decodeHeartbeat } from "../../../lib/wire/call-codec.ts";
import { describeFault, isWireFault } from "../../../lib/wire/fault.ts";
import { edgeSubject, HEARTBEATS_SUBJECT } from "../../../lib/wire/subjects.ts";

/** Who hears what arrives. */
export interface InboxListener {
  readonly onStep: (step: CallStep) => void;
  readonly onAssignmentFailed: (callId: CallId, epoch: number) => void;
  readonly onInputsUndelivered: (callId: CallId, epoch: number) => void;
  readonly onHeartbeat: (heartbeat: ControllerHeartbeat) => void;
  readonly onBranchCommand: (command: BranchCommand) => void;
  readonly onBranchReport: (report: BranchReport) => void;
  readonly onHolderMissing: (callId: CallId, branch: BranchId) => void;
  /** Something did not decode; `what` names message and field. */
  readonly onFault: (what: string) => void;
}

/** Subscribes; the function returned ends it. */
export function openInbox(
  nats: NatsLink,
  { node, prefix }: { readonly node: NodeId; readonly prefix: string },
  listener: InboxListener,
): () => void {
  const ends = [
    nats.subscribe(edgeSubject(node), null, (message) => onEnvelope(message, listener)),
    nats.subscribe(`${prefix}.*.*.*`, null, (message) => onReply(message, prefix, listener)),
    nats.subscribe(HEARTBEATS_SUBJECT, null, (message) => {
      const heartbeat = decodeHeartbeat(message.data);
      if (isWireFault(heartbeat)) return listener.onFault(describeFault(heartbeat));
      return listener.onHeartbeat(heartbeat);
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function onEnvelope(message: Msg, listener: InboxListener): void {
  const envelope = decodeEnvelope(message.data);
  if (isWireFault(envelope)) return listener.onFault(describeFault(envelope));
  switch (envelope.kind) {
    case "step":
      return listener.onStep(envelope.step);
    case "branch-command":
      return listener.onBranchCommand(envelope.command);
    case "branch-report":
      return listener.onBranchReport(envelope.report);
  }
}

/** The subject says what was answered (outbox.ts `replySubject`). */
function onReply(message: Msg, prefix: string, listener: InboxListener): void {
  const [kind, call = "", last = ""] = message.subject.slice(prefix.length + 1).split(".");
  const callId = parseCallId(call);
  if (isIdFault(callId)) return listener.onFault(`reply subject ${kind}`);
  if (kind === "assignment") return onAnswer(message, { callId, epoch: Number(last) }, listener);
  if (!isNoResponders(message)) return;
  if (kind === "inputs") return listener.onInputsUndelivered(callId, Number(last));
  const [leg = "", branch = ""] = last.split("_");
  const legId = parseLegId(leg);
  if (!isIdFault(legId)) listener.onHolderMissing(callId, branchId(legId, Number(branch)));
}

function onAnswer(
  message: Msg,
  { callId, epoch }: { readonly callId: CallId; readonly epoch: number },
  listener: InboxListener,
): void {
  if (isNoResponders(message)) return listener.onAssignmentFailed(callId, epoch);
  const answer = decodeAnswer(message.data);
  if (isWireFault(answer)) return listener.onFault(describeFault(answer));
  return answer.kind === "step"
    ? listener.onStep(answer.step)
    : listener.onAssignmentFailed(callId, epoch);
}
