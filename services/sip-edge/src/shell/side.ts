/**
 * A side at work: its state, the transactions that carry it, its places in the dialog table. Owns:
 * one call's one SIP dialog from first request to last response. Does not own: decisions (core/leg).
 *
 * SI1  Inputs run one at a time: what an effect brings about waits until the step is done.
 * SI2  A side is found by its dialog keys and by its INVITE transactions, and by nothing once it is
 *      over; open client transactions may outlive that and still reach it.
 * SI3  A telephone over TCP is reached where it spoke last: it opens a new connection when ours died.
 */
import { type KeptSide, keepDialog } from "../core/answered.ts";
import { destinationOf, type Peer } from "../core/leg/destination.ts";
import type { Session } from "../core/leg/relay.ts";
import type { SideEffect, SideFact, SideInput, SideOrder, SideStep } from "../core/leg/side.ts";
import { INITIAL } from "../core/leg/side.ts";
import type { SipRequest } from "../core/message/message.ts";
import type { DialogTable, LiveSide } from "./dialog-table.ts";
import type { ClientTransaction, ServerTransaction, SipSender } from "./endpoint-ports.ts";

/** The pure machine of a side, the keys of its dialogs, and the confirmed one. */
export interface SideMachine<S> {
  readonly step: (state: S, input: SideInput) => SideStep<S>;
  readonly keys: (state: S) => readonly string[];
  readonly session: (state: S) => Session | null;
}

/** What a side stands on. */
export interface SideSurroundings {
  readonly sender: SipSender;
  readonly dialogs: DialogTable;
}

/** See the file header. */
export class Side<S> implements LiveSide {
  readonly #around: SideSurroundings;
  readonly #machine: SideMachine<S>;
  #peer: Peer;
  readonly #report: (fact: SideFact) => void;
  readonly #waiting: SideInput[] = [];
  readonly #held = new Map<number, ServerTransaction>();
  readonly #sent = new Map<number, ClientTransaction>();
  #keys: readonly string[] = [];
  #present: ServerTransaction | null = null;
  /** The INVITE whose 2xx waits for its ACK; offers come one at a time, so there is only one. */
  #unacknowledged: number | null = null;
  #isRunning = false;
  #state: S;

  constructor(
    around: SideSurroundings,
    machine: SideMachine<S>,
    start: { readonly state: S; readonly peer: Peer },
    report: (fact: SideFact) => void,
  ) {
    this.#around = around;
    this.#machine = machine;
    this.#state = start.state;
    this.#peer = start.peer;
    this.#report = report;
  }

  /** Takes charge of the INVITE that made this side. */
  hold(transaction: ServerTransaction): void {
    this.#hold(INITIAL, transaction);
  }

  /** Takes the place of a dialog that is up already. */
  resume(): void {
    this.#place();
  }

  /** What a later life needs of this side; null unless its dialog is up and quiet. */
  kept(): KeptSide | null {
    const dialog = keepDialog(this.#machine.session(this.#state));
    return dialog === null ? null : { ...dialog, peer: this.#peer };
  }

  order(order: SideOrder): void {
    this.#take({ kind: "ordered", order });
  }

  onRequest(request: SipRequest, transaction: ServerTransaction): void {
    const { source } = transaction;
    if (source.transport === "tcp" && this.#peer.kind === "telephone") {
      this.#peer = { kind: "telephone", endpoint: source };
    }
    this.#present = transaction;
    this.#take({ kind: "request-received", request });
    this.#present = null;
  }

  onAck(request: SipRequest): void {
    this.#take({ kind: "ack-received", request });
    if (this.#unacknowledged !== null) this.#release(this.#unacknowledged);
    this.#unacknowledged = null;
  }

  onCancel(transaction: ServerTransaction): void {
    const relayId = this.#relayOf(transaction);
    if (relayId !== null) this.#take({ kind: "cancel-received", relayId });
  }

  onAckMissing(transaction: ServerTransaction): void {
    const relayId = this.#relayOf(transaction);
    if (relayId !== null) this.#take({ kind: "ack-missing", relayId });
  }

  #relayOf(transaction: ServerTransaction): number | null {
    for (const [relayId, held] of this.#held) if (held.id === transaction.id) return relayId;
    return null;
  }

  /** SI1. */
  #take(input: SideInput): void {
    this.#waiting.push(input);
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        const step = this.#machine.step(this.#state, next);
        this.#state = step.state;
        for (const effect of step.effects) this.#perform(effect);
        this.#place();
      }
    } finally {
      this.#isRunning = false;
    }
  }

  #perform(effect: SideEffect): void {
    switch (effect.kind) {
      case "respond":
        return this.#present?.respond(effect.response);
      case "hold":
        if (this.#present !== null) this.#hold(effect.relayId, this.#present);
        return;
      case "respond-held":
        return this.#respondHeld(effect);
      case "send":
        return this.#send(effect);
      case "cancel": {
        const headers = effect.reason === "" ? [] : [["Reason", effect.reason] as const];
        return this.#sent.get(effect.relayId)?.cancel(headers);
      }
      case "acknowledge": {
        const { relayId, request, nextHop } = effect;
        this.#sent.get(relayId)?.acknowledge(request, destinationOf(this.#peer, nextHop));
        if (relayId !== INITIAL) this.#sent.delete(relayId);
        return;
      }
      case "send-and-forget":
        this.#around.sender.sendRequest(
          effect.request,
          destinationOf(this.#peer, effect.nextHop),
          UNHEARD,
        );
        return;
      case "report":
        return this.#report(effect.fact);
    }
  }

  #hold(relayId: number, transaction: ServerTransaction): void {
    this.#held.set(relayId, transaction);
    this.#around.dialogs.enterTransaction(transaction.id, this);
  }

  /** An INVITE stays found after its 2xx: a missing ACK is reported under it. */
  #respondHeld({ relayId, response }: Extract<SideEffect, { kind: "respond-held" }>): void {
    const transaction = this.#held.get(relayId);
    if (transaction === undefined) return;
    const isInvite = response.headers.some(
      (line) => line.name === "cseq" && line.value.endsWith("INVITE"),
    );
    if (response.status >= 300 || (response.status >= 200 && !isInvite)) this.#release(relayId);
    else if (response.status >= 200) this.#unacknowledged = relayId;
    transaction.respond(response);
  }

  #release(relayId: number): void {
    const transaction = this.#held.get(relayId);
    if (transaction !== undefined) this.#around.dialogs.leaveTransaction(transaction.id);
    this.#held.delete(relayId);
  }

  #send(effect: Extract<SideEffect, { kind: "send" }>): void {
    const { relayId, request, nextHop } = effect;
    const isInvite = request.method === "INVITE";
    const settle = (isDone: boolean): void => {
      if (isDone && relayId !== INITIAL) this.#sent.delete(relayId);
    };
    const transaction = this.#around.sender.sendRequest(
      request,
      destinationOf(this.#peer, nextHop),
      {
        onResponse: (response) => {
          settle(response.status >= 300 || (response.status >= 200 && !isInvite));
          this.#take({ kind: "response-received", relayId, response });
        },
        onTimeout: () => {
          settle(true);
          this.#take({ kind: "response-missing", relayId, status: 408 });
        },
        onTransportError: () => {
          settle(true);
          this.#take({ kind: "response-missing", relayId, status: 503 });
        },
      },
    );
    this.#sent.set(relayId, transaction);
  }

  /** SI2. A side without keys whose held transactions are done is found by nobody. */
  #place(): void {
    const keys = this.#machine.keys(this.#state);
    if (keys.length === this.#keys.length && keys.every((key) => this.#keys.includes(key))) return;
    for (const key of this.#keys) if (!keys.includes(key)) this.#around.dialogs.leave(key);
    for (const key of keys) if (!this.#keys.includes(key)) this.#around.dialogs.enter(key, this);
    this.#keys = keys;
    if (keys.length === 0) for (const relayId of this.#held.keys()) this.#release(relayId);
  }
}

const UNHEARD = {
  onResponse: (): void => undefined,
  onTimeout: (): void => undefined,
  onTransportError: (): void => undefined,
};
