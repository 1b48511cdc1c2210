/**
 * Answers without a transaction: to malformed requests and when the table is full (RFC 3261 8.2.7).
 * Owns: their rate limit, so that garbage cannot make us a source of traffic. Does not own: which.
 */
import type { Instant } from "../../../lib/telephony/instant.ts";
import { topVia } from "../core/message/fields.ts";
import type { SipRequest } from "../core/message/message.ts";
import { type HeaderPair, respond, serialize } from "../core/message/serialize.ts";
import { responseTarget } from "../core/transaction/hop.ts";
import type { Arrival } from "./response-path.ts";
import type { TransactionHost } from "./transaction-host.ts";

/** Stateless answers per second, and how many may come at once. */
const REPLIES_PER_SECOND = 200;

/** Sends stateless answers within the limit. */
export class StatelessReplies {
  readonly #host: TransactionHost;
  #left = REPLIES_PER_SECOND;
  #filledAt: Instant;

  constructor(host: TransactionHost) {
    this.#host = host;
    this.#filledAt = host.now();
  }

  /** Answers a request, or drops it when the limit is reached. */
  send(arrival: Arrival, status: number, headers: readonly HeaderPair[] = []): void {
    if (!this.#take()) return this.#host.counters.dropped("rate-limited");
    const { request, source, socket } = arrival;
    const response = respond(request, status, { toTag: statelessTag(request), headers });
    this.#host.counters.response("responsesOut", status);
    this.#host.transmit(
      serialize(response),
      responseTarget(topVia(request), source),
      socket,
      () => {
        this.#host.counters.dropped("send-failed");
      },
    );
  }

  #take(): boolean {
    const now = this.#host.now();
    const gained = ((now - this.#filledAt) * REPLIES_PER_SECOND) / 1000;
    this.#left = Math.min(REPLIES_PER_SECOND, this.#left + Math.max(0, gained));
    this.#filledAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

/** The same tag for each repetition of the request (8.2.7): made of its branch, a token. */
function statelessTag(request: SipRequest): string {
  return topVia(request)?.branch ?? "stateless";
}
