/**
 * The queue in front of one actor. Owns: order and bound. Knows no telephony.
 *
 * B1  First in, first out; never more than its capacity: `offer` says false when full.
 */

/** How many inputs one call may have waiting (ARCHITECTURE, numbers); more means that it cannot keep up. */
export const MAILBOX_MAX = 256;

/** A bounded queue. */
export class Mailbox<I> {
  readonly #capacity: number;
  #items: I[] = [];

  constructor(capacity = MAILBOX_MAX) {
    this.#capacity = capacity;
  }

  /** Adds an item; false when the mailbox is full and the item was not taken. */
  offer(item: I): boolean {
    if (this.#items.length >= this.#capacity) return false;
    this.#items.push(item);
    return true;
  }

  /** Takes all that waits, in order. */
  takeAll(): readonly I[] {
    const taken = this.#items;
    this.#items = [];
    return taken;
  }

  get depth(): number {
    return this.#items.length;
  }
}
