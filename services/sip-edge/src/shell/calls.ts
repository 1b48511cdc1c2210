/**
 * All calls of this edge, and who gets each request. Owns: the table of calls, what is answered
 * outside calls and dialogs. Does not own: a single call (call.ts), the admission of INVITEs (door.ts),
 * REGISTER (ports), transactions (endpoint.ts).
 *
 * CA1  At most `callsMax` calls, those that are being authenticated included.
 * CA2  What belongs to nothing is answered 481, 405 or, if it is a 2xx, with ACK and BYE.
 * CA3  Until registrations and carriers are known (ports.ts), a REGISTER gets 503 like an INVITE: nobody
 *      is taken for a stranger or for unregistered because we have just started.
 */
import type { CallId, NodeId } from "../../../lib/telephony/ids.ts";
import type { CallStep } from "../../../lib/wire/call-codec.ts";
import type { KeptCall } from "../core/answered.ts";
import { RETRY_AFTER_S } from "../core/call.ts";
import {
  ackOf2xx,
  dialogFromSentInvite,
  dialogIdOfRequest,
  dialogIdOfResponse,
  requestInDialog,
} from "../core/dialog/dialog.ts";
import { ALLOW } from "../core/leg/relay.ts";
import { to } from "../core/message/fields.ts";
import type { Endpoint, SipRequest, SipResponse } from "../core/message/message.ts";
import { type HeaderPair, respond } from "../core/message/serialize.ts";
import type { CallSurroundings } from "./call.ts";
import { LiveCall } from "./call.ts";
import type { CallInstruments } from "./call-metrics.ts";
import { CallWatch } from "./call-watch.ts";
import { type Admitted, Door } from "./door.ts";
import type { EndpointListener, ServerTransaction } from "./endpoint-ports.ts";
import { StraySteps } from "./stray-steps.ts";

/** What the table stands on. */
export interface CallsSurroundings extends Omit<CallSurroundings, "onForgotten"> {
  readonly instruments: CallInstruments;
  readonly callsMax: number;
  readonly mintToken: () => string;
  readonly mintCallId: () => CallId;
}

/** Revived calls are offered one after another, once the sockets are open. */
const OFFER_AFTER_MS = 250;

/** See the file header. */
export class Calls implements EndpointListener {
  readonly #around: CallsSurroundings;
  readonly #calls = new Map<CallId, LiveCall>();
  readonly #door: Door;
  readonly #strays = new StraySteps();
  #isDraining = false;

  constructor(around: CallsSurroundings) {
    this.#around = around;
    const { instruments, mintToken, ports, callsMax } = around;
    this.#door = new Door({
      authenticate: ports.authenticate,
      instruments,
      mintToken,
      closed: (waiting) => {
        if (this.#isDraining) return "draining";
        if (ports.missing() !== null) return "unready";
        return this.#calls.size + waiting >= callsMax ? "full" : null;
      },
      begin: (admitted) => this.#begin(admitted),
    });
  }

  /** Calls of this edge, ringing and answered. */
  get size(): number {
    return this.#calls.size;
  }

  /** Answered calls. */
  get answered(): number {
    let count = 0;
    for (const call of this.#calls.values()) if (call.isAnswered) count += 1;
    return count;
  }

  /** From now on every new INVITE gets 503. */
  refuseNew(): void {
    this.#isDraining = true;
  }

  /** Ends the calls that are chosen, as far as this edge can: 503, CANCEL, BYE. */
  letGo(isChosen: (call: LiveCall) => boolean): void {
    for (const call of [...this.#calls.values()].filter(isChosen)) {
      call.take({ kind: "let-go", retryAfterS: RETRY_AFTER_S });
    }
  }

  /** Takes over calls that an earlier life of this edge answered. */
  revive(calls: readonly KeptCall[]): void {
    const { instruments, now } = this.#around;
    calls.forEach((kept, n) => {
      const { callId, startedAt, traceparent } = kept;
      const watch = new CallWatch(instruments, callId, startedAt, traceparent);
      const onForgotten = (): void => void this.#calls.delete(callId);
      const offerAt = now() + OFFER_AFTER_MS + n;
      this.#calls.set(
        callId,
        new LiveCall({ ...this.#around, onForgotten }, { kept, offerAt }, watch),
      );
      watch.revived();
    });
  }

  onStep(step: CallStep): void {
    const call = this.#calls.get(step.callId);
    return call === undefined ? this.#onStray(step) : call.take({ kind: "step-received", step });
  }

  /** Given up, or lost with an earlier life: its actor must settle it. */
  #onStray(step: CallStep): void {
    const { instruments, node, now, outbox } = this.#around;
    // One that is settled is a repetition of what we have carried out.
    if (!step.over) instruments.event("unknown-call-step");
    const { callId, controller, epoch } = step;
    const inputs = this.#strays.answer(step, now());
    if (inputs.length > 0) outbox.inputs(controller, { callId, anchor: node, epoch, inputs }, "");
  }

  onAssignmentFailed(callId: CallId, epoch: number): void {
    this.#calls.get(callId)?.take({ kind: "assignment-failed", epoch });
  }

  onInputsUndelivered(callId: CallId, epoch: number): void {
    this.#calls.get(callId)?.take({ kind: "inputs-undelivered", epoch });
  }

  onControllerLost(controller: NodeId): void {
    for (const call of this.#calls.values()) {
      if (call.controller === controller) call.take({ kind: "controller-lost", controller });
    }
  }

  onRequest(request: SipRequest, transaction: ServerTransaction): void {
    if (to(request).tag !== undefined) {
      const side = this.#around.sides.dialogs.find(dialogIdOfRequest(request));
      if (side === null) return this.#answer(request, transaction, 481);
      return side.onRequest(request, transaction);
    }
    switch (request.method) {
      case "INVITE":
        return this.#door.onInvite(request, transaction);
      case "REGISTER":
        return this.#onRegister(request, transaction);
      case "OPTIONS":
        return this.#answer(request, transaction, 200, [["Allow", ALLOW]]);
      case "BYE":
      case "UPDATE":
      case "INFO":
        // These live inside a dialog only.
        return this.#answer(request, transaction, 481);
      default:
        return this.#answer(request, transaction, 405, [["Allow", ALLOW]]);
    }
  }

  onAck(request: SipRequest): void {
    this.#around.sides.dialogs.find(dialogIdOfRequest(request))?.onAck(request);
  }

  onCancel(invite: ServerTransaction): void {
    if (this.#door.onCancel(invite)) return;
    this.#around.sides.dialogs.findByTransaction(invite.id)?.onCancel(invite);
  }

  onAckMissing(invite: ServerTransaction): void {
    this.#around.sides.dialogs.findByTransaction(invite.id)?.onAckMissing(invite);
  }

  /** The transaction repeats what it can; a caller out of reach ends by timers H and 64*T1. */
  onServerTransportError(reason: string, transaction: ServerTransaction): void {
    this.#around.instruments.log.debug({ reason, source: transaction.source }, "response not sent");
  }

  /** RFC 3261 13.2.2.4: a 2xx that nobody waits for must not leave a dialog up. */
  onStrayResponse(response: SipResponse, source: Endpoint): void {
    if (this.#around.sides.dialogs.find(dialogIdOfResponse(response)) !== null) return;
    const { sender } = this.#around.sides;
    const invite = strayInvite(response);
    const dialog = dialogFromSentInvite(invite, response);
    if (dialog === null) return;
    sender.sendAck(ackOf2xx(dialog, invite), source);
    sender.sendRequest(requestInDialog(dialog, { method: "BYE" }).request, source, UNHEARD);
  }

  onFlowClosed(flow: string): void {
    // Requests over a closed flow report a transport error; that ends what depends on it.
    this.#around.instruments.log.debug({ flow }, "flow closed");
  }

  #answer(
    request: SipRequest,
    transaction: ServerTransaction,
    status: number,
    headers: readonly HeaderPair[] = [],
  ): void {
    transaction.respond(respond(request, status, { toTag: this.#around.mintToken(), headers }));
  }

  #onRegister(request: SipRequest, transaction: ServerTransaction): void {
    const { answerRegister, missing } = this.#around.ports;
    if (missing() !== null) {
      return this.#answer(request, transaction, 503, [["Retry-After", String(RETRY_AFTER_S)]]);
    }
    const answer = answerRegister(request, transaction.source);
    if (!(answer instanceof Promise)) {
      return answer === null ? transaction.ignore() : transaction.respond(answer);
    }
    answer.then(
      (response) => (response === null ? transaction.ignore() : transaction.respond(response)),
      (error: unknown) => {
        this.#around.instruments.log.error({ err: error }, "REGISTER failed");
        this.#answer(request, transaction, 500);
      },
    );
  }

  #begin(admitted: Admitted): void {
    const { instruments, mintCallId, mintToken, now } = this.#around;
    const startedAt = now();
    const callId = mintCallId();
    const watch = new CallWatch(instruments, callId, startedAt);
    const reception = this.#door.read(admitted, watch.traceparent);
    if (reception.kind === "refusal") return watch.refused(reception.status, startedAt);
    const { offer, callerNumbers } = reception;
    const { invite, transaction, peer, leave } = admitted;
    let isForgotten = false;
    const onForgotten = (): void => {
      isForgotten = true;
      this.#calls.delete(callId);
      leave();
    };
    const localTag = mintToken();
    const call = new LiveCall(
      { ...this.#around, onForgotten },
      { callId, offer, callerNumbers, invite, transaction, peer, localTag, startedAt },
      watch,
    );
    if (!isForgotten) this.#calls.set(callId, call);
  }
}

const UNHEARD = {
  onResponse: (): void => undefined,
  onTimeout: (): void => undefined,
  onTransportError: (): void => undefined,
};

/** What the INVITE of a stray 2xx must have looked like, as far as its ACK needs it. */
function strayInvite(response: SipResponse): SipRequest {
  const names = ["from", "to", "call-id", "cseq"];
  const headers = response.headers.filter((line) => names.includes(line.name));
  return { kind: "request", method: "INVITE", uri: "sip:stray.invalid", headers, body: "" };
}
