/**
 * The door for INVITEs outside a dialog. Owns: what is refused before any work, authentication and
 * what may happen meanwhile. Does not own: calls, who may call (ports).
 *
 * AD1  While the table is full, the edge drains or is not ready yet: 503 with Retry-After before anything else.
 * AD2  An INVITE that reached us twice on different paths is one call: the second gets 482 (8.2.2.2).
 * AD3  A caller who cancels while being authenticated gets 487, and no call begins.
 */
import type { Origin } from "../../../lib/telephony/leg.ts";
import { RETRY_AFTER_S } from "../core/call.ts";
import type { Reception } from "../core/inbound.ts";
import { receiveInvite } from "../core/inbound.ts";
import type { Peer } from "../core/leg/destination.ts";
import { cseq, from, callId as sipCallId } from "../core/message/fields.ts";
import type { SipRequest } from "../core/message/message.ts";
import { type HeaderPair, respond } from "../core/message/serialize.ts";
import type { Authenticate, Authenticated } from "../ports.ts";
import type { CallInstruments, Refusal } from "./call-metrics.ts";
import type { ServerTransaction } from "./endpoint-ports.ts";

/** An INVITE that may become a call. */
export interface Admitted {
  readonly invite: SipRequest;
  readonly transaction: ServerTransaction;
  readonly origin: Origin;
  readonly peer: Peer;
  /** Frees the place of this INVITE (AD2); to be called when its call is over. */
  readonly leave: () => void;
}

/** What the door needs around it. */
export interface DoorSurroundings {
  readonly authenticate: Authenticate;
  readonly instruments: CallInstruments;
  readonly mintToken: () => string;
  /** Why no call can be taken now; null when one can. */
  readonly closed: (waiting: number) => "full" | "draining" | "unready" | null;
  readonly begin: (admitted: Admitted) => void;
}

/** See the file header. */
export class Door {
  readonly #around: DoorSurroundings;
  /** Call-ID, From tag and CSeq of each INVITE in work (AD2), with its transaction. */
  readonly #merging = new Map<string, string>();
  /** INVITEs that wait for authentication (AD3). */
  readonly #waiting = new Map<string, SipRequest>();

  constructor(around: DoorSurroundings) {
    this.#around = around;
  }

  onInvite(invite: SipRequest, transaction: ServerTransaction): void {
    const closed = this.#around.closed(this.#waiting.size);
    if (closed !== null) return this.refuse(invite, transaction, { status: 503, why: closed });
    const key = `${sipCallId(invite)}\n${from(invite).tag ?? ""}\n${cseq(invite).number}`;
    if (this.#merging.has(key)) {
      return this.refuse(invite, transaction, { status: 482, why: "merged" });
    }
    this.#merging.set(key, transaction.id);
    const leave = (): void => {
      this.#merging.delete(key);
    };
    const result = this.#around.authenticate(invite, transaction.source);
    if (!(result instanceof Promise)) return this.#judge(invite, transaction, result, leave);
    this.#waiting.set(transaction.id, invite);
    const settle = (authenticated: Authenticated): void => {
      if (!this.#waiting.delete(transaction.id)) return leave();
      this.#judge(invite, transaction, authenticated, leave);
    };
    result.then(settle, (error: unknown) => {
      this.#around.instruments.log.error({ err: error }, "authentication failed");
      settle({ kind: "refuse", status: 503 });
    });
  }

  /** A CANCEL for an INVITE that waits here (AD3); false when none of that transaction does. */
  onCancel(transaction: ServerTransaction): boolean {
    const invite = this.#waiting.get(transaction.id);
    if (invite === undefined) return false;
    this.#waiting.delete(transaction.id);
    transaction.respond(respond(invite, 487, { toTag: this.#around.mintToken() }));
    return true;
  }

  /** Reads the INVITE as an offer, or refuses it for what it says. */
  read({ invite, transaction, origin, leave }: Admitted, traceparent: string): Reception {
    const reception = receiveInvite(invite, origin, traceparent);
    if (reception.kind === "refusal") {
      leave();
      const { status, headers } = reception;
      this.refuse(invite, transaction, { status, why: "fault", headers });
    }
    return reception;
  }

  /** A final refusal, counted. */
  refuse(
    invite: SipRequest,
    transaction: ServerTransaction,
    {
      status,
      why,
      headers = [],
    }: { status: number; why: Refusal; headers?: readonly HeaderPair[] },
  ): void {
    this.#around.instruments.refusedInvite(why);
    const pause: readonly HeaderPair[] =
      status === 503 ? [["Retry-After", String(RETRY_AFTER_S)]] : [];
    const parts = { toTag: this.#around.mintToken(), headers: [...headers, ...pause] };
    transaction.respond(respond(invite, status, parts));
  }

  #judge(
    invite: SipRequest,
    transaction: ServerTransaction,
    sender: Authenticated,
    leave: () => void,
  ): void {
    const { instruments, begin } = this.#around;
    const endpoint = transaction.source;
    switch (sender.kind) {
      case "trunk": {
        const { trunkId } = sender;
        const peer: Peer = { endpoint, kind: "carrier" };
        return begin({ invite, transaction, origin: { kind: "trunk", trunkId }, peer, leave });
      }
      case "extension": {
        const { companyId, extension } = sender;
        const origin: Origin = { kind: "extension", companyId, extension };
        return begin({ invite, transaction, origin, peer: { endpoint, kind: "telephone" }, leave });
      }
      case "challenge":
        leave();
        instruments.refusedInvite("challenge");
        return transaction.respond(sender.response);
      case "refuse":
        leave();
        return this.refuse(invite, transaction, { status: sender.status, why: "refused" });
      case "silence":
        leave();
        instruments.refusedInvite("silence");
        return transaction.ignore();
    }
  }
}
