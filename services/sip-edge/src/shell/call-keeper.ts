/**
 * What keeps one call for the next life of its edge (ADR 8). Owns: from when to when it is kept, which
 * changes are worth another write. Does not own: writing (answered-calls.ts), what is kept
 * (core/answered.ts).
 *
 * CK1  While the two talk, the bucket has what the next life needs; it has it no longer once the fact
 *      that ends the talk is on its way to the actor.
 * CK2  Written anew: a new holder, a leg that ended late, an offer that passed (it moves CSeq and
 *      targets), many other requests (they move the CSeq).
 */
import type { CallId, NodeId } from "../../../lib/telephony/ids.ts";
import { SEQUENCE_JUMP, talkingTo } from "../core/answered.ts";
import type { EdgeCall, EdgeCallInput } from "../core/call.ts";
import type { AnsweredCalls, Keeping } from "./answered-calls.ts";

/** What is kept of whom. */
export interface CallKeeperStart {
  readonly answered: AnsweredCalls;
  readonly node: NodeId;
  readonly callId: CallId;
  /** The text now; null while it cannot be kept. */
  readonly read: () => string | null;
}

/** What was kept last: the holder, how many legs were over. */
export interface KeptMark {
  readonly holder: NodeId | null;
  readonly over: number;
}

/** See the file header. */
export class CallKeeper {
  readonly #start: CallKeeperStart;
  #keeping: Keeping | null = null;
  #mark: KeptMark | null = null;
  #relays = 0;

  constructor(start: CallKeeperStart) {
    this.#start = start;
  }

  /** The caller is being answered; for a revived call `mark` says what the bucket has already. */
  begin(mark: KeptMark | null): void {
    const { answered, node, callId, read } = this.#start;
    this.#mark = mark;
    this.#keeping = answered.keep({ key: `${node}.${callId}`, read, isThere: mark !== null });
  }

  /** After each run of the machine. */
  follow({ anchor, bridge }: EdgeCall): void {
    if (this.#keeping === null) return;
    if (talkingTo(bridge) === null) return this.end();
    const holder = anchor.phase === "held" ? anchor.controller : (this.#mark?.holder ?? null);
    const over = [...bridge.legs.values()].filter(({ phase }) => phase === "over").length;
    if (this.#mark?.holder === holder && this.#mark.over === over) return;
    this.#mark = { holder, over };
    this.#keeping.changed();
  }

  /** CK2. Before each input. */
  onInput(input: EdgeCallInput): void {
    const isReport = input.kind === "caller-reported" || input.kind === "branch-reported";
    if (!isReport || input.fact.kind !== "request") return;
    const { method } = input.fact.request;
    this.#relays += 1;
    const isOffer = method === "INVITE" || method === "UPDATE";
    if (isOffer || this.#relays % (SEQUENCE_JUMP / 2) === 0) this.#keeping?.changed();
  }

  /** The talk is over, or the call is. */
  end(): void {
    this.#keeping?.ended();
    this.#keeping = null;
  }
}
