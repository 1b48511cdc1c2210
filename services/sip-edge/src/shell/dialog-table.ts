/**
 * Who gets a request that belongs to something already there. Owns: the tables dialog key -> side and
 * INVITE transaction -> side. Does not own: sides.
 *
 * DT1  Bounded by its sides: each has at most two keys and a handful of transactions, and leaves both.
 */
import type { SideOrder } from "../core/leg/side.ts";
import type { SipRequest } from "../core/message/message.ts";
import type { ServerTransaction } from "./endpoint-ports.ts";

/** What the dialog table and the call may ask of a side, whatever its machine. */
export interface LiveSide {
  readonly order: (order: SideOrder) => void;
  readonly onRequest: (request: SipRequest, transaction: ServerTransaction) => void;
  readonly onAck: (request: SipRequest) => void;
  readonly onCancel: (transaction: ServerTransaction) => void;
  readonly onAckMissing: (transaction: ServerTransaction) => void;
}

/** See the file header. */
export class DialogTable {
  readonly #byKey = new Map<string, LiveSide>();
  readonly #byTransaction = new Map<string, LiveSide>();

  /** Live dialogs. */
  get size(): number {
    return this.#byKey.size;
  }

  enter(key: string, side: LiveSide): void {
    this.#byKey.set(key, side);
  }

  leave(key: string): void {
    this.#byKey.delete(key);
  }

  enterTransaction(id: string, side: LiveSide): void {
    this.#byTransaction.set(id, side);
  }

  leaveTransaction(id: string): void {
    this.#byTransaction.delete(id);
  }

  /** The side of a dialog key; null without key or side. */
  find(key: string | null): LiveSide | null {
    return key === null ? null : (this.#byKey.get(key) ?? null);
  }

  /** The side that holds an INVITE transaction. */
  findByTransaction(id: string): LiveSide | null {
    return this.#byTransaction.get(id) ?? null;
  }
}
