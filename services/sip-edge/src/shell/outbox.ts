/**
 * The one way from this edge onto NATS. Owns: encoding, subjects, and the reply subjects under which
 * answers and "no responders" come back to the right call and epoch. Does not own: retries, which are
 * the protocol's (core/anchor.ts).
 *
 * OB1  A publish that cannot leave says so at once; nothing is buffered.
 */
import type { NatsLink } from "../../../lib/runtime/nats.ts";
import type { CallId, NodeId } from "../../../lib/telephony/ids.ts";
import type { EdgeEnvelope } from "../../../lib/wire/branch-codec.ts";
import { encodeEnvelope } from "../../../lib/wire/branch-codec.ts";
import type { CallAssignment, CallInputs } from "../../../lib/wire/call-codec.ts";
import { encodeAssignment, encodeInputs } from "../../../lib/wire/call-codec.ts";
import { ASSIGN_SUBJECT, controllerSubject, edgeSubject } from "../../../lib/wire/subjects.ts";

/** What a reply subject says about the message that it answers. */
export type ReplyTo =
  | { readonly kind: "assignment"; readonly callId: CallId; readonly epoch: number }
  | { readonly kind: "inputs"; readonly callId: CallId; readonly epoch: number }
  | { readonly kind: "command"; readonly callId: CallId; readonly branch: string };

/** See the file header. */
export interface Outbox {
  /** Each answers whether the message left. */
  readonly assign: (assignment: CallAssignment, traceparent: string) => boolean;
  readonly inputs: (controller: NodeId, inputs: CallInputs, traceparent: string) => boolean;
  readonly toEdge: (edge: NodeId, envelope: EdgeEnvelope) => boolean;
}

/** Reply subjects of this process are `<prefix>.<kind>.<call>.<epoch or branch>`. */
export const replySubject = (prefix: string, to: ReplyTo): string => {
  const last = to.kind === "command" ? to.branch.replace(".", "_") : String(to.epoch);
  return `${prefix}.${to.kind}.${to.callId}.${last}`;
};

/** Makes the outbox of this process. */
export function createOutbox(nats: NatsLink, prefix: string): Outbox {
  const publish = (
    subject: string,
    data: Uint8Array,
    envelope: { readonly reply?: string; readonly traceparent?: string },
  ): boolean => nats.publish(subject, data, envelope) === "sent";
  return {
    assign: (assignment, traceparent) => {
      const { callId, epoch } = assignment;
      const reply = replySubject(prefix, { kind: "assignment", callId, epoch });
      return publish(ASSIGN_SUBJECT, encodeAssignment(assignment), { reply, traceparent });
    },
    inputs: (controller, inputs, traceparent) => {
      const { callId, epoch } = inputs;
      const subject = controllerSubject(controller);
      const data = encodeInputs(inputs);
      // A dismissal: a controller that is gone needs none, and the call's holder must not be blamed.
      if (inputs.inputs.length === 0) return publish(subject, data, { traceparent });
      const reply = replySubject(prefix, { kind: "inputs", callId, epoch });
      return publish(subject, data, { reply, traceparent });
    },
    toEdge: (edge, envelope) => {
      const bytes = encodeEnvelope(envelope);
      if (envelope.kind !== "branch-command") return publish(edgeSubject(edge), bytes, {});
      const { callId, branch } = envelope.command;
      const reply = replySubject(prefix, { kind: "command", callId, branch });
      return publish(edgeSubject(edge), bytes, { reply });
    },
  };
}
