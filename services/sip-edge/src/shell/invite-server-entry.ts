/**
 * A live INVITE server transaction: the pure machine, the machine that repeats its 2xx, its response
 * path, one alarm for both. Owns: carrying out their effects. Does not own: when (core), matching.
 *
 * SE1  The request is kept until the final response only: 100 and 500 are made from it.
 * SE2  State is stored and the alarm set before any effect, as a listener may call back into here.
 */

import type { Alarm, AlarmOwner } from "../../../lib/actor/alarms.ts";
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import {
  type Accepted,
  type AcceptedEffect,
  acceptedDeadline,
  startAccepted,
  stepAccepted,
} from "../core/dialog/accepted.ts";
import { to } from "../core/message/fields.ts";
import type { Endpoint, SipRequest, SipResponse } from "../core/message/message.ts";
import { respond } from "../core/message/serialize.ts";
import {
  type InviteServer,
  type InviteServerEffect,
  type InviteServerInput,
  inviteServerDeadline,
  startInviteServer,
  stepInviteServer,
} from "../core/transaction/invite-server.ts";
import { ackKey } from "../core/transaction/match.ts";
import type { Timing } from "../core/transaction/timers.ts";
import type { ServerTransaction } from "./endpoint-ports.ts";
import { type Arrival, ResponsePath } from "./response-path.ts";
import type { AckAwaiter, TransactionHost } from "./transaction-host.ts";

/** One INVITE that came in. */
export class InviteServerEntry implements ServerTransaction, AlarmOwner, AckAwaiter {
  readonly id: string;
  readonly source: Endpoint;
  readonly #host: TransactionHost;
  readonly #path: ResponsePath;
  readonly #alarm: Alarm;
  readonly #timing: Timing;
  #request: SipRequest | null;
  #state: InviteServer;
  #accepted: Accepted | null = null;
  #ackKey: string | null = null;
  #finalStatus = 0;
  #toTag: string | null = null;

  constructor(host: TransactionHost, id: string, arrival: Arrival) {
    this.id = id;
    this.source = arrival.source;
    this.#host = host;
    this.#path = new ResponsePath(host, arrival, (fault) => this.#onSent(fault));
    this.#alarm = host.alarms.create(this);
    this.#timing = host.timing(arrival.source.transport);
    this.#request = arrival.request;
    const started = startInviteServer(host.now(), this.#timing, host.trying);
    this.#state = started.state;
    this.#setAlarm();
    for (const effect of started.effects) this.#perform(effect, null, "");
  }

  /** Whether no final response was given yet, so that a CANCEL still has an effect (9.2). */
  get isCancellable(): boolean {
    return this.#state.phase === "proceeding";
  }

  /** To tag of the responses so far; null when none had one. The 200 of a CANCEL shows it (9.2). */
  get toTag(): string | null {
    return this.#toTag;
  }

  respond(response: SipResponse): void {
    this.#apply({ kind: "response-given", status: response.status }, response);
  }

  ignore(): void {
    if (this.#state.phase !== "proceeding") return;
    this.#state = { phase: "terminated" };
    this.#request = null;
    this.#setAlarm();
    this.#end();
  }

  /** The same INVITE came again. */
  onRepeat(): void {
    this.#apply({ kind: "request-repeated" }, null);
  }

  /** The ACK of a refusal came. */
  onAckOfRefusal(): void {
    this.#apply({ kind: "ack-received" }, null);
    if (this.#state.phase === "confirmed") this.#path.forget();
  }

  onAckOf2xx(): void {
    if (this.#accepted === null) return;
    this.#accepted = stepAccepted(this.#accepted, this.#host.now(), { kind: "ack-received" }).state;
    this.#path.forget();
    this.#setAlarm();
  }

  onAlarm(): void {
    this.#repeat2xx();
    this.#apply({ kind: "deadline-passed" }, null);
  }

  #onSent(fault: Error | null): void {
    if (fault !== null) this.#apply({ kind: "transport-failed" }, null, fault.message);
  }

  #repeat2xx(): void {
    if (this.#accepted === null) return;
    const now: Instant = this.#host.now();
    const { state, effects } = stepAccepted(this.#accepted, now, { kind: "deadline-passed" });
    this.#accepted = state;
    for (const effect of effects) this.#performAccepted(effect);
  }

  #apply(input: InviteServerInput, atHand: SipResponse | null, reason = ""): void {
    const before = this.#state.phase;
    const { state, effects } = stepInviteServer(this.#state, this.#host.now(), input);
    this.#state = state;
    if (state.phase !== "proceeding" && before === "proceeding") this.#enterFinal(atHand);
    this.#setAlarm();
    if (state.phase === "terminated" && before !== "terminated") this.#end();
    for (const effect of effects) this.#perform(effect, atHand, reason);
    // Only now: `send-refusal` above is made from the request (SE1).
    if (state.phase !== "proceeding") this.#request = null;
  }

  #enterFinal(response: SipResponse | null): void {
    this.#finalStatus = response?.status ?? 500;
    if (response === null || this.#state.phase !== "accepted") return;
    this.#accepted = startAccepted(this.#host.now(), this.#timing);
    this.#ackKey = ackKey(response);
    this.#host.awaitAck(this.#ackKey, this);
  }

  #end(): void {
    if (this.#ackKey !== null) this.#host.forgetAck(this.#ackKey);
    this.#host.forgetServer(this.id);
  }

  #setAlarm(): void {
    const machine = inviteServerDeadline(this.#state);
    const repeat = this.#accepted === null ? null : acceptedDeadline(this.#accepted);
    const next = machine !== null && repeat !== null ? Math.min(machine, repeat) : machine;
    this.#host.alarms.set(this.#alarm, next);
  }

  #perform(effect: InviteServerEffect, atHand: SipResponse | null, reason: string): void {
    switch (effect.kind) {
      case "send-trying":
        if (this.#request !== null) this.#path.send(respond(this.#request, 100));
        return;
      case "send-response":
        if (atHand !== null) this.#send(atHand);
        return;
      case "repeat-response":
        return this.#path.repeat();
      case "drop-response":
        return this.#host.counters.dropped("response-after-final");
      case "send-refusal": {
        const toTag = this.#toTag ?? this.#host.mintToken();
        if (this.#request !== null) this.#send(respond(this.#request, effect.status, { toTag }));
        return;
      }
      case "report-ack-missing":
        return this.#host.listener.onAckMissing(this, this.#finalStatus);
      case "report-unanswered":
        return this.#host.counters.dropped("unanswered");
      case "report-transport-error":
        return this.#host.listener.onServerTransportError(reason, this);
      default:
        return unreachable(effect);
    }
  }

  #performAccepted(effect: AcceptedEffect): void {
    switch (effect.kind) {
      case "repeat-response":
        return this.#path.repeat();
      case "report-ack-missing":
        return this.#host.listener.onAckMissing(this, this.#finalStatus);
      default:
        return unreachable(effect);
    }
  }

  #send(response: SipResponse): void {
    this.#toTag = to(response).tag ?? this.#toTag;
    this.#path.send(response);
  }
}
