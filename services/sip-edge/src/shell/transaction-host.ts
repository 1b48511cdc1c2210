/**
 * What a live transaction needs from the endpoint around it. Owns: the interface. Does not own:
 * behaviour (endpoint.ts).
 */

import type { Alarms } from "../../../lib/actor/alarms.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Endpoint } from "../core/message/message.ts";
import type { Timing } from "../core/transaction/timers.ts";
import type { Counters } from "./counters.ts";
import type { EndpointListener } from "./endpoint-ports.ts";
import type { Sent, UdpSocket } from "./udp.ts";

/** A 2xx to INVITE that waits for its ACK. */
export interface AckAwaiter {
  /** The ACK of the 2xx came. */
  onAckOf2xx(): void;
}

/** The endpoint as its transactions see it. */
export interface TransactionHost {
  readonly alarms: Alarms;
  readonly counters: Counters;
  readonly listener: EndpointListener;
  readonly trying: "at-once" | "after-200-ms";
  now(): Instant;
  mintToken(): string;
  timing(transport: Endpoint["transport"]): Timing;
  /**
   * Sends a message; never throws. `socket` is the UDP socket to use, null for any that reaches.
   * A fault comes to `sent` later, never within the call.
   */
  transmit(text: string, to: Endpoint, socket: UdpSocket | null, sent: Sent): void;
  /** Registers who waits for the ACK with that key ({@link ackKey}); one waiter per key. */
  awaitAck(key: string, waiter: AckAwaiter): void;
  forgetAck(key: string): void;
  forgetServer(id: string): void;
  forgetClient(id: string): void;
}
