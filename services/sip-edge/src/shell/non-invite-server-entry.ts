/**
 * A live non-INVITE server transaction: the pure machine, its response path, its alarm. Owns:
 * carrying out the machine's effects. Does not own: when (core/transaction), matching.
 */

import type { Alarm, AlarmOwner } from "../../../lib/actor/alarms.ts";
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Endpoint, SipResponse } from "../core/message/message.ts";
import {
  type NonInviteServer,
  type NonInviteServerEffect,
  type NonInviteServerInput,
  nonInviteServerDeadline,
  startNonInviteServer,
  stepNonInviteServer,
} from "../core/transaction/non-invite-server.ts";
import type { ServerTransaction } from "./endpoint-ports.ts";
import { type Arrival, ResponsePath } from "./response-path.ts";
import type { TransactionHost } from "./transaction-host.ts";

/** One non-INVITE request that came in. */
export class NonInviteServerEntry implements ServerTransaction, AlarmOwner {
  readonly id: string;
  readonly source: Endpoint;
  readonly #host: TransactionHost;
  readonly #path: ResponsePath;
  readonly #alarm: Alarm;
  #state: NonInviteServer;

  constructor(host: TransactionHost, id: string, arrival: Arrival) {
    this.id = id;
    this.source = arrival.source;
    this.#host = host;
    this.#path = new ResponsePath(host, arrival, (fault) => this.#onSent(fault));
    this.#alarm = host.alarms.create(this);
    this.#state = startNonInviteServer(host.now(), host.timing(arrival.source.transport)).state;
    host.alarms.set(this.#alarm, nonInviteServerDeadline(this.#state));
  }

  respond(response: SipResponse): void {
    this.#apply({ kind: "response-given", status: response.status }, response);
  }

  ignore(): void {
    if (this.#state.phase !== "trying") return;
    this.#state = { phase: "terminated" };
    this.#host.alarms.set(this.#alarm, null);
    this.#host.forgetServer(this.id);
  }

  /** The same request came again. */
  onRepeat(): void {
    this.#apply({ kind: "request-repeated" }, null);
  }

  onAlarm(): void {
    this.#apply({ kind: "deadline-passed" }, null);
  }

  #onSent(fault: Error | null): void {
    if (fault !== null) this.#apply({ kind: "transport-failed" }, null, fault.message);
  }

  #apply(input: NonInviteServerInput, atHand: SipResponse | null, reason = ""): void {
    const now: Instant = this.#host.now();
    const { state, effects } = stepNonInviteServer(this.#state, now, input);
    const isEnd = state.phase === "terminated" && this.#state.phase !== "terminated";
    this.#state = state;
    this.#host.alarms.set(this.#alarm, nonInviteServerDeadline(state));
    if (isEnd) this.#host.forgetServer(this.id);
    for (const effect of effects) this.#perform(effect, atHand, reason);
  }

  #perform(effect: NonInviteServerEffect, atHand: SipResponse | null, reason: string): void {
    switch (effect.kind) {
      case "send-response":
        if (atHand !== null) this.#path.send(atHand);
        return;
      case "repeat-response":
        return this.#path.repeat();
      case "drop-response":
        return this.#host.counters.dropped("response-after-final");
      case "report-unanswered":
        return this.#host.counters.dropped("unanswered");
      case "report-transport-error":
        return this.#host.listener.onServerTransportError(reason, this);
      default:
        return unreachable(effect);
    }
  }
}
