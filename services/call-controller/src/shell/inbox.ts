/**
 * What reaches this controller over NATS: assignments for the queue group, inputs for its own calls,
 * and questions for the live list. Owns: subscriptions and decoding. A message that does not decode
 * is counted and logged, never thrown.
 */
import type { Msg, NatsLink } from "../../../lib/runtime/nats.ts";
import type { NodeId } from "../../../lib/telephony/ids.ts";
import {
  type AssignmentAnswer,
  decodeAssignment,
  decodeInputs,
  encodeAnswer,
  encodeHeartbeat,
} from "../../../lib/wire/call-codec.ts";
import { isWireFault, type WireFault } from "../../../lib/wire/fault.ts";
import {
  ASSIGN_SUBJECT,
  CONTROLLERS_QUEUE,
  controllerSubject,
  heartbeatSubject,
  LIST_CALLS_SUBJECT,
} from "../../../lib/wire/subjects.ts";
import type { Calls } from "./calls.ts";
import { encodeLiveCalls } from "./live-calls.ts";

/** Four signs of life a second: edges count a controller as lost after 900 ms without one. */
const HEARTBEAT_EVERY_MS = 250;

/** What the inbox needs around it. */
export interface InboxSurroundings {
  readonly nats: NatsLink;
  readonly controller: NodeId;
  readonly calls: Calls;
  readonly onMalformed: (subject: string, fault: WireFault) => void;
}

/** The open subscriptions. */
export interface Inbox {
  /** Takes no new calls; the held ones go on. */
  readonly stopAssignments: () => void;
  /** Hears nothing any more: edges offer our calls to other controllers. */
  readonly close: () => void;
}

/** Subscribes to everything. */
export function openInbox(around: InboxSurroundings): Inbox {
  const { nats, controller, calls } = around;
  const stopAssignments = nats.subscribe(ASSIGN_SUBJECT, CONTROLLERS_QUEUE, (message) =>
    assign(around, message),
  );
  const stopInputs = nats.subscribe(controllerSubject(controller), null, (message) =>
    receive(around, message),
  );
  const stopLists = nats.subscribe(LIST_CALLS_SUBJECT, null, (message) =>
    message.respond(encodeLiveCalls(controller, calls)),
  );
  const beat = (): void => sayAlive(around);
  const heart = setInterval(beat, HEARTBEAT_EVERY_MS);
  beat();
  return {
    stopAssignments: () => {
      calls.drain();
      stopAssignments();
      beat();
    },
    close: () => {
      clearInterval(heart);
      stopInputs();
      stopLists();
    },
  };
}

function assign({ calls, onMalformed }: InboxSurroundings, message: Msg): void {
  const assignment = decodeAssignment(message.data);
  if (isWireFault(assignment)) return onMalformed(message.subject, assignment);
  calls.assign(assignment, (answer: AssignmentAnswer) => message.respond(encodeAnswer(answer)));
}

function receive({ calls, onMalformed }: InboxSurroundings, message: Msg): void {
  const inputs = decodeInputs(message.data);
  if (isWireFault(inputs)) return onMalformed(message.subject, inputs);
  calls.receive(inputs);
}

function sayAlive({ nats, controller, calls }: InboxSurroundings): void {
  const heartbeat = { controller, calls: calls.size, draining: calls.isDraining };
  nats.publish(heartbeatSubject(controller), encodeHeartbeat(heartbeat));
}
