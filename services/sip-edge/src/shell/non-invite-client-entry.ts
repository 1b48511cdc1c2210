/**
 * A live non-INVITE client transaction: the pure machine, the request as text, its alarm. Owns:
 * carrying out the machine's effects. Does not own: when (core/transaction), matching.
 */

import type { Alarm, AlarmOwner } from "../../../lib/actor/alarms.ts";
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { Endpoint, SipRequest, SipResponse } from "../core/message/message.ts";
import { serialize } from "../core/message/serialize.ts";
import {
  type NonInviteClient,
  type NonInviteClientEffect,
  type NonInviteClientInput,
  nonInviteClientDeadline,
  startNonInviteClient,
  stepNonInviteClient,
} from "../core/transaction/non-invite-client.ts";
import type { ClientListener, ClientTransaction } from "./endpoint-ports.ts";
import type { TransactionHost } from "./transaction-host.ts";

/** One non-INVITE request that we sent. */
export class NonInviteClientEntry implements ClientTransaction, AlarmOwner {
  readonly id: string;
  readonly request: SipRequest;
  readonly #host: TransactionHost;
  readonly #destination: Endpoint;
  readonly #listener: ClientListener;
  readonly #alarm: Alarm;
  readonly #text: string;
  #state: NonInviteClient;
  #isSentOnce = false;

  /** The request has its Via already. {@link start} sends it. */
  constructor(host: TransactionHost, id: string, order: RequestOrder) {
    this.id = id;
    this.request = order.request;
    this.#host = host;
    this.#destination = order.destination;
    this.#listener = order.listener;
    this.#text = serialize(order.request);
    this.#alarm = host.alarms.create(this);
    this.#state = { phase: "terminated" };
  }

  /** Sends the request for the first time. */
  start(): void {
    const timing = this.#host.timing(this.#destination.transport);
    const started = startNonInviteClient(this.#host.now(), timing);
    this.#state = started.state;
    this.#host.alarms.set(this.#alarm, nonInviteClientDeadline(this.#state));
    for (const effect of started.effects) this.#perform(effect, null, "");
  }

  /** Only an INVITE can be cancelled (RFC 3261 9.1): nothing happens. */
  cancel(): void {}

  /** Only an INVITE has an ACK: nothing happens. */
  acknowledge(): void {}

  /** A response that matches came. */
  onResponse(response: SipResponse): void {
    this.#apply({ kind: "response-received", status: response.status }, response);
  }

  onAlarm(): void {
    this.#apply({ kind: "deadline-passed" }, null);
  }

  #onSent(fault: Error | null): void {
    if (fault !== null) this.#apply({ kind: "transport-failed" }, null, fault.message);
  }

  #apply(input: NonInviteClientInput, atHand: SipResponse | null, reason = ""): void {
    const before = this.#state.phase;
    const { state, effects } = stepNonInviteClient(this.#state, this.#host.now(), input);
    this.#state = state;
    this.#host.alarms.set(this.#alarm, nonInviteClientDeadline(state));
    if (state.phase === "terminated" && before !== "terminated") this.#host.forgetClient(this.id);
    for (const effect of effects) this.#perform(effect, atHand, reason);
  }

  #perform(effect: NonInviteClientEffect, atHand: SipResponse | null, reason: string): void {
    switch (effect.kind) {
      case "send-request":
        return this.#send();
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
    const tally = this.#isSentOnce ? "requestsRepeatedOut" : "requestsOut";
    this.#isSentOnce = true;
    this.#host.counters.request(tally, this.request.method);
    this.#host.transmit(this.#text, this.#destination, null, (fault) => this.#onSent(fault));
  }
}

/** A request to send, with its Via, and who hears of it. */
export interface RequestOrder {
  readonly request: SipRequest;
  readonly destination: Endpoint;
  readonly listener: ClientListener;
}
