/**
 * All calls of this edge, and the first and last word about every request. Owns: admission, the table
 * of calls, who gets an in-dialog request. Does not own: a single call (call.ts), REGISTER and
 * authentication (ports), transactions (endpoint.ts).
 *
 * CA1  At most `callsMax` calls; beyond it, and while draining, an INVITE gets 503 with Retry-After
 *      before any other work.
 * CA2  An INVITE that reached us twice on different paths is one call: the second gets 482 (8.2.2.2).
 * CA3  A caller who cancels while being authenticated gets 487, and no call begins.
 */
import type { CallId, NodeId } from "../../../lib/telephony/ids.ts";
import type { CallStep } from "../../../lib/wire/call-codec.ts";
import { RETRY_AFTER_S } from "../core/call.ts";
import {
  ackOf2xx,
  dialogFromSentInvite,
  dialogIdOfRequest,
  dialogIdOfResponse,
  requestInDialog,
} from "../core/dialog/dialog.ts";
import { receiveInvite } from "../core/inbound.ts";
import { ALLOW } from "../core/leg/relay.ts";
import { cseq, from, callId as sipCallId, to } from "../core/message/fields.ts";
import type { Endpoint, SipRequest, SipResponse } from "../core/message/message.ts";
import { type HeaderPair, respond } from "../core/message/serialize.ts";
import type { Authenticated } from "../ports.ts";
import type { CallSurroundings } from "./call.ts";
import { dismiss, LiveCall } from "./call.ts";
import type { CallInstruments, Refusal } from "./call-watch.ts";
import { CallWatch } from "./call-watch.ts";
import type { EndpointListener, ServerTransaction } from "./endpoint-ports.ts";

/** What the table stands on. */
export interface CallsSurroundings extends Omit<CallSurroundings, "onForgotten"> {
  readonly instruments: CallInstruments;
  readonly callsMax: number;
  readonly mintToken: () => string;
  readonly mintCallId: () => CallId;
}

type Known = Extract<Authenticated, { kind: "trunk" | "extension" }>;

/** See the file header. */
export class Calls implements EndpointListener {
  readonly #around: CallsSurroundings;
  readonly #calls = new Map<CallId, LiveCall>();
  /** Call-ID, From tag and CSeq of each INVITE in work (CA2), and back. */
  readonly #merging = new Map<string, string>();
  readonly #mergeKeys = new Map<CallId, string>();
  /** INVITEs that wait for authentication (CA3). */
  readonly #admitting = new Map<string, SipRequest>();
  #isDraining = false;

  constructor(around: CallsSurroundings) {
    this.#around = around;
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

  onStep(step: CallStep): void {
    const call = this.#calls.get(step.callId);
    if (call === undefined) {
      // Given up, or forgotten by a restart: its controller must not hold it for ever.
      this.#around.instruments.event("unknown-call-step");
      const { callId, controller, epoch } = step;
      return dismiss(this.#around, callId, { controller, epoch: epoch + 1 });
    }
    return call.take({ kind: "step-received", step });
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
        return this.#onInvite(request, transaction);
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
    const waiting = this.#admitting.get(invite.id);
    if (waiting === undefined) {
      return this.#around.sides.dialogs.findByTransaction(invite.id)?.onCancel(invite);
    }
    this.#admitting.delete(invite.id);
    return this.#answer(waiting, invite, 487);
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
    const answer = this.#around.ports.answerRegister(request, transaction.source);
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

  #onInvite(invite: SipRequest, transaction: ServerTransaction): void {
    const { callsMax } = this.#around;
    if (this.#isDraining) return this.#turnAway(invite, transaction, 503, "draining");
    if (this.#calls.size + this.#admitting.size >= callsMax) {
      return this.#turnAway(invite, transaction, 503, "full");
    }
    const mergeKey = `${sipCallId(invite)}\n${from(invite).tag ?? ""}\n${cseq(invite).number}`;
    const known = this.#merging.get(mergeKey);
    if (known !== undefined && known !== transaction.id) {
      return this.#turnAway(invite, transaction, 482, "merged");
    }
    this.#merging.set(mergeKey, transaction.id);
    const result = this.#around.ports.authenticate(invite, transaction.source);
    if (!(result instanceof Promise)) return this.#admit(invite, transaction, result, mergeKey);
    this.#admitting.set(transaction.id, invite);
    const settle = (authenticated: Authenticated): void => {
      if (this.#admitting.delete(transaction.id)) {
        this.#admit(invite, transaction, authenticated, mergeKey);
      } else this.#merging.delete(mergeKey);
    };
    result.then(settle, (error: unknown) => {
      this.#around.instruments.log.error({ err: error }, "authentication failed");
      settle({ kind: "refuse", status: 503 });
    });
  }

  #turnAway(
    invite: SipRequest,
    transaction: ServerTransaction,
    status: number,
    refusal: Refusal,
  ): void {
    this.#around.instruments.refusedInvite(refusal);
    const pause: readonly HeaderPair[] =
      status === 503 ? [["Retry-After", String(RETRY_AFTER_S)]] : [];
    this.#answer(invite, transaction, status, pause);
  }

  #admit(
    invite: SipRequest,
    transaction: ServerTransaction,
    authenticated: Authenticated,
    mergeKey: string,
  ): void {
    switch (authenticated.kind) {
      case "trunk":
      case "extension":
        return this.#begin(invite, transaction, authenticated, mergeKey);
      case "challenge":
        this.#merging.delete(mergeKey);
        this.#around.instruments.refusedInvite("challenge");
        return transaction.respond(authenticated.response);
      case "refuse":
        this.#merging.delete(mergeKey);
        return this.#turnAway(invite, transaction, authenticated.status, "refused");
      case "silence":
        this.#merging.delete(mergeKey);
        this.#around.instruments.refusedInvite("silence");
        return transaction.ignore();
    }
  }

  #begin(invite: SipRequest, transaction: ServerTransaction, known: Known, mergeKey: string): void {
    const { instruments, mintCallId, mintToken, now } = this.#around;
    const startedAt = now();
    const callId = mintCallId();
    const watch = new CallWatch(instruments, callId, startedAt);
    const origin =
      known.kind === "trunk"
        ? { kind: "trunk" as const, trunkId: known.trunkId }
        : {
            kind: "extension" as const,
            companyId: known.companyId,
            extension: known.extension,
          };
    const reception = receiveInvite(invite, origin, watch.traceparent);
    if (reception.kind === "refusal") {
      this.#merging.delete(mergeKey);
      instruments.refusedInvite("fault");
      watch.refused(reception.status, startedAt);
      return this.#answer(invite, transaction, reception.status, reception.headers);
    }
    this.#mergeKeys.set(callId, mergeKey);
    const { offer, callerNumbers } = reception;
    const call = new LiveCall(
      { ...this.#around, onForgotten: (gone) => this.#forget(gone) },
      {
        callId,
        offer,
        callerNumbers,
        invite,
        transaction,
        peer: {
          endpoint: transaction.source,
          kind: known.kind === "trunk" ? "carrier" : "telephone",
        },
        localTag: mintToken(),
        startedAt,
      },
      watch,
    );
    // A call that nobody could be told of at all is over already.
    if (this.#mergeKeys.has(callId)) this.#calls.set(callId, call);
  }

  #forget(call: LiveCall): void {
    this.#calls.delete(call.callId);
    const mergeKey = this.#mergeKeys.get(call.callId);
    if (mergeKey !== undefined) this.#merging.delete(mergeKey);
    this.#mergeKeys.delete(call.callId);
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
