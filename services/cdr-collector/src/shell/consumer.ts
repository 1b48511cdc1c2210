/**
 * Takes messages from the records stream and sees them stored (store-batch.ts).
 *
 * C1  At most WAITING_MAX messages are here, whatever happens; the others wait in the stream. A message
 *     that the server delivers again while it waits here takes the place of its first delivery.
 * C2  While the database is away the same batch is tried again with growing pauses. Nothing is lost, and
 *     nothing is stored twice (core/deduplicate.ts).
 * C3  A stream or server that goes away is subscribed again until {@link RecordConsumer.stop}.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Consumer,
  type ConsumerMessages,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import type { NatsLink } from "../../../lib/runtime/nats.ts";
import { RECORDS_STREAM } from "../../../lib/wire/subjects.ts";
import { type BatchPorts, storeBatch } from "./store-batch.ts";

const CONSUMER = "cdr-collector";
const WAITING_MAX = 1000;
const BATCH_MAX = 200;
/** Records in the hands of a process that was killed are delivered again after this. */
const ACK_WAIT_MS = 10_000;
const SUBSCRIBE_AGAIN_MS = 500;
const PAUSE_MIN_MS = 100;
const PAUSE_MAX_MS = 5000;

/** What the consumer needs, and whom it tells. */
export interface ConsumerPorts extends Omit<BatchPorts<JsMsg>, "acknowledge"> {
  readonly nats: NatsLink;
  /** One of the two cannot be used and is tried again; null: it can be used again. */
  readonly onTrouble: (where: "stream" | "database", problem: string | null) => void;
}

/** Opens the durable consumer; throws what the server answers. */
async function openConsumer(nats: NatsLink): Promise<Consumer> {
  const manager = await jetstreamManager(nats.connection);
  await manager.consumers.add(RECORDS_STREAM, {
    durable_name: CONSUMER,
    ack_policy: "explicit",
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: WAITING_MAX,
    max_deliver: -1,
  });
  return jetstream(nats.connection).consumers.get(RECORDS_STREAM, CONSUMER);
}

/** A consumer of the records stream, which must exist. Made, started once, stopped once. */
export class RecordConsumer {
  readonly #ports: ConsumerPorts;
  readonly #waiting = new Map<number, JsMsg>();
  readonly #stopping = new AbortController();
  #arrived = Promise.withResolvers<void>();
  #consumer: Consumer | null = null;
  #messages: ConsumerMessages | null = null;
  #running: Promise<unknown> = Promise.resolve();

  constructor(ports: ConsumerPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#running = Promise.all([this.#receive(), this.#work()]);
  }

  /** Messages in the stream that are not stored yet; null when the stream does not answer. */
  async lag(): Promise<number | null> {
    try {
      const info = await this.#consumer?.info();
      return info === undefined ? null : info.num_pending + info.num_ack_pending;
    } catch {
      return null;
    }
  }

  /** Ends after the batch in hand, or at once when the store is away; gives back what waits. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#arrived.resolve();
    await this.#messages?.close();
    await this.#running;
    for (const message of this.#waiting.values()) message.nak();
  }

  async #receive(): Promise<void> {
    const { nats, onTrouble } = this.#ports;
    while (!this.#stopping.signal.aborted) {
      try {
        this.#consumer = await openConsumer(nats);
        this.#messages = await this.#consumer.consume({ max_messages: BATCH_MAX });
        onTrouble("stream", null);
        for await (const message of this.#messages) {
          this.#waiting.set(message.seq, message);
          this.#arrived.resolve();
        }
      } catch (error) {
        onTrouble("stream", error instanceof Error ? error.message : String(error));
      }
      await this.#pause(SUBSCRIBE_AGAIN_MS);
    }
  }

  async #work(): Promise<void> {
    const ports = { ...this.#ports, acknowledge: (message: JsMsg) => this.#acknowledge(message) };
    let pauseMs = PAUSE_MIN_MS;
    while (!this.#stopping.signal.aborted) {
      if (this.#waiting.size === 0) {
        await this.#arrived.promise;
        this.#arrived = Promise.withResolvers<void>();
        continue;
      }
      const fault = await storeBatch(ports, [...this.#waiting.values()].slice(0, BATCH_MAX));
      this.#ports.onTrouble("database", fault?.problem ?? null);
      if (fault !== null) await this.#pause(pauseMs);
      pauseMs = fault === null ? PAUSE_MIN_MS : Math.min(PAUSE_MAX_MS, pauseMs * 2);
    }
  }

  #acknowledge(message: JsMsg): void {
    message.ack();
    this.#waiting.delete(message.seq);
  }

  /** Waits, or less when stopped. */
  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}
