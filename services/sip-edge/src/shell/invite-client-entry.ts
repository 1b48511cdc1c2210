/**
 * A live INVITE client transaction: the pure machine, the request as text, the ACKs it sent, its
 * alarm. Owns: carrying out the machine's effects, answering repeated 2xx with the remembered ACK.
 * Does not own: when (core/transaction), matching, the transaction of its CANCEL (the endpoint's).
 */

import type { Alarm, AlarmOwner } from "../../../lib/actor/alarms.ts";
import { unreachable } from "../../../lib/telephony/assert.ts";
import { to } from "../core/message/fields.ts";
import type { Endpoint, SipRequest, SipResponse } from "../core/message/message.ts";
import { serialize } from "../core/message/serialize.ts";
import {
  type InviteClient,
  type InviteClientEffect,
  type InviteClientInput,
  inviteClientDeadline,
  startInviteClient,
  stepInviteClient,
} from "../core/transaction/invite-client.ts";
import { ackOfRefusal, cancelOf } from "../core/transaction/invite-followers.ts";
import type { ClientListener, ClientTransaction, ExtraHeaders } from "./endpoint-ports.ts";
import type { RequestOrder } from "./non-invite-client-entry.ts";
import type { TransactionHost } from "./transaction-host.ts";

/** 2xx of that many different To tags are acknowledged by themselves; forks beyond are reported. */
const ACKS_MAX = 8;

const UNHEARD: ClientListener = { onResponse() {}, onTimeout() {}, onTransportError() {} };

interface SentAck {
  readonly text: string;
  readonly destination: Endpoint;
}

/** What an INVITE client needs beyond the common host: to start the transaction of its CANCEL. */
export interface InviteHost extends TransactionHost {
  sendCancel(cancel: SipRequest, destination: Endpoint): void;
  /** Puts a Via with a fresh branch on an ACK of a 2xx (13.2.2.4) and writes it. */
  ackText(ack: SipRequest, destination: Endpoint): string;
}

/** One INVITE that we sent. */
export class InviteClientEntry implements ClientTransaction, AlarmOwner {
  readonly id: string;
  readonly request: SipRequest;
  readonly #host: InviteHost;
  readonly #destination: Endpoint;
  #listener: ClientListener;
  readonly #alarm: Alarm;
  #state: InviteClient = { phase: "terminated" };
  #text: string | null;
  #ackOfRefusal: string | null = null;
  #acks: Map<string, SentAck> | null = null;
  #cancelExtra: ExtraHeaders = [];
  #isSentOnce = false;

  /** The request has its Via already. {@link start} sends it. */
  constructor(host: InviteHost, id: string, order: RequestOrder) {
    this.id = id;
    this.request = order.request;
    this.#host = host;
    this.#destination = order.destination;
    this.#listener = order.listener;
    this.#text = serialize(order.request);
    this.#alarm = host.alarms.create(this);
  }

  /** Sends the INVITE for the first time. */
  start(): void {
    const timing = this.#host.timing(this.#destination.transport);
    const started = startInviteClient(this.#host.now(), timing);
    this.#state = started.state;
    this.#host.alarms.set(this.#alarm, inviteClientDeadline(this.#state));
    for (const effect of started.effects) this.#perform(effect, null, "");
  }

  cancel(extra: ExtraHeaders = []): void {
    this.#cancelExtra = extra;
    this.#apply({ kind: "cancel-requested" }, null);
  }

  acknowledge(ack: SipRequest, destination: Endpoint): void {
    const text = this.#host.ackText(ack, destination);
    this.#acks ??= new Map();
    if (this.#acks.size < ACKS_MAX) this.#acks.set(to(ack).tag ?? "", { text, destination });
    this.#host.counters.request("requestsOut", "ACK");
    this.#host.transmit(text, destination, null, (fault) => this.#onAckSent(fault));
  }

  /** A response that matches came. */
  onResponse(response: SipResponse): void {
    if (this.#isAnsweredByAck(response)) return;
    this.#apply({ kind: "response-received", status: response.status }, response);
  }

  onAlarm(): void {
    this.#apply({ kind: "deadline-passed" }, null);
  }

  /** A repeated 2xx whose ACK is known: the ACK was lost, send it again (13.2.2.4). */
  #isAnsweredByAck(response: SipResponse): boolean {
    if (this.#acks === null || response.status < 200 || response.status > 299) return false;
    const ack = this.#acks.get(to(response).tag ?? "");
    if (ack === undefined) return false;
    this.#host.counters.request("requestsRepeatedOut", "ACK");
    this.#host.transmit(ack.text, ack.destination, null, (fault) => this.#onAckSent(fault));
    return true;
  }

  #onSent(fault: Error | null): void {
    if (fault !== null) this.#apply({ kind: "transport-failed" }, null, fault.message);
  }

  /** A lost ACK is asked for again by the repeated 2xx; then it is sent again. */
  #onAckSent(fault: Error | null): void {
    if (fault !== null) this.#host.counters.dropped("send-failed");
  }

  #apply(input: InviteClientInput, atHand: SipResponse | null, reason = ""): void {
    const before = this.#state.phase;
    const { state, effects } = stepInviteClient(this.#state, this.#host.now(), input);
    this.#state = state;
    this.#host.alarms.set(this.#alarm, inviteClientDeadline(state));
    // Only `calling` repeats the request.
    if (state.phase !== "calling") this.#text = null;
    if (state.phase === "terminated" && before !== "terminated") this.#host.forgetClient(this.id);
    for (const effect of effects) this.#perform(effect, atHand, reason);
    // A refused INVITE lingers for timer D, only to repeat its ACK: nobody is told anything more.
    if (state.phase === "completed") this.#listener = UNHEARD;
  }

  #perform(effect: InviteClientEffect, atHand: SipResponse | null, reason: string): void {
    switch (effect.kind) {
      case "send-request":
        return this.#send();
      case "send-ack":
        return this.#sendAckOfRefusal(atHand);
      case "send-cancel":
        return this.#host.sendCancel(cancelOf(this.request, this.#cancelExtra), this.#destination);
      case "report-response":
        if (atHand !== null && atHand.status > 100) this.#listener.onResponse(atHand, this);
        return;
      case "report-timeout":
        return this.#listener.onTimeout(effect.cause, this);
      case "report-transport-error":
        return this.#listener.onTransportError(reason, this);
      default:
        return unreachable(effect);
    }
  }

  #send(): void {
    if (this.#text === null) return;
    const tally = this.#isSentOnce ? "requestsRepeatedOut" : "requestsOut";
    this.#isSentOnce = true;
    this.#host.counters.request(tally, "INVITE");
    this.#host.transmit(this.#text, this.#destination, null, (fault) => this.#onSent(fault));
  }

  #sendAckOfRefusal(refusal: SipResponse | null): void {
    const isFirst = this.#ackOfRefusal === null;
    if (isFirst && refusal !== null) {
      this.#ackOfRefusal = serialize(ackOfRefusal(this.request, refusal));
    }
    if (this.#ackOfRefusal === null) return;
    this.#host.counters.request(isFirst ? "requestsOut" : "requestsRepeatedOut", "ACK");
    this.#host.transmit(this.#ackOfRefusal, this.#destination, null, (fault) => {
      this.#onAckSent(fault);
    });
  }
}
