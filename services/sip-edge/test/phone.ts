/**
 * A minimal user agent on a SipEndpoint for the socket tests: it records what the endpoint reports
 * and answers as told. Owns: the record. Does not own: assertions.
 */
import { randomBytes } from "node:crypto";
import { expect, vi } from "vitest";
import { to } from "../src/core/message/fields.ts";
import type { Endpoint, SipRequest, SipResponse } from "../src/core/message/message.ts";
import { request, respond } from "../src/core/message/serialize.ts";
import type {
  ClientListener,
  ClientTransaction,
  EndpointListener,
  EndpointOptions,
  ServerTransaction,
  TimeoutCause,
} from "../src/shell/endpoint.ts";
import { SipEndpoint } from "../src/shell/endpoint.ts";

/** A clock that runs with the real one and can be put forward: no test waits for a timer. */
export class SkippingClock {
  #skippedMs = 0;
  readonly now = (): number => Date.now() + this.#skippedMs;

  skip(ms: number): void {
    this.#skippedMs += ms;
  }
}

/** A fresh token for branches, tags and Call-IDs. */
export const token = (): string => randomBytes(10).toString("hex");

type Answer = (received: SipRequest, transaction: ServerTransaction, phone: Phone) => void;

/** One endpoint and the record of all it reported. */
export class Phone implements EndpointListener, ClientListener {
  readonly endpoint: SipEndpoint;
  readonly tag = token();
  readonly requests: SipRequest[] = [];
  readonly transactions: ServerTransaction[] = [];
  readonly acks: SipRequest[] = [];
  readonly cancels: SipRequest[] = [];
  readonly ackMissing: number[] = [];
  readonly serverErrors: string[] = [];
  readonly strays: SipResponse[] = [];
  readonly closedFlows: string[] = [];
  readonly responses: SipResponse[] = [];
  readonly timeouts: TimeoutCause[] = [];
  readonly errors: string[] = [];
  readonly #answer: Answer;

  constructor(clock: SkippingClock, answer: Answer, options: Partial<EndpointOptions> = {}) {
    this.#answer = answer;
    const listen = [{ host: "127.0.0.1", port: 0 }];
    this.endpoint = new SipEndpoint(
      { udp: listen, tcp: listen, now: clock.now, mintToken: token, ...options },
      this,
    );
  }

  /** Where this phone is reached. */
  address(transport: Endpoint["transport"]): Endpoint {
    const { udp, tcp } = this.endpoint.bound();
    const bound = transport === "udp" ? udp[0] : tcp[0];
    if (bound === undefined) throw new Error("phone is not started");
    return { transport, ...bound };
  }

  /** Builds a request to another phone, without Via. */
  outgoing(method: string, transport: Endpoint["transport"]): SipRequest {
    const { host, port } = this.endpoint.sentBy(transport);
    return request({
      method,
      uri: `sip:callee@${host}`,
      headers: [
        ["Max-Forwards", "70"],
        ["From", `<sip:caller@${host}>;tag=${this.tag}`],
        ["To", `<sip:callee@${host}>`],
        ["Call-ID", token()],
        ["CSeq", `1 ${method}`],
        ["Contact", `<sip:caller@${host}:${port};transport=${transport}>`],
      ],
    });
  }

  /** A response of this phone, with its tag and a Contact. */
  response(received: SipRequest, status: number): SipResponse {
    const { host, port } = this.endpoint.sentBy("udp");
    return respond(received, status, {
      toTag: this.tag,
      headers: [["Contact", `<sip:callee@${host}:${port}>`]],
    });
  }

  /** Statuses of the responses so far. */
  statuses(): readonly number[] {
    return this.responses.map((response) => response.status);
  }

  onRequest(received: SipRequest, transaction: ServerTransaction): void {
    this.requests.push(received);
    this.transactions.push(transaction);
    this.#answer(received, transaction, this);
  }

  onAck(received: SipRequest): void {
    this.acks.push(received);
  }

  onCancel(invite: ServerTransaction, cancel: SipRequest): void {
    this.cancels.push(cancel);
    const cancelled = this.requests[this.transactions.indexOf(invite)];
    if (cancelled !== undefined) invite.respond(this.response(cancelled, 487));
  }

  onAckMissing(_invite: ServerTransaction, status: number): void {
    this.ackMissing.push(status);
  }

  onServerTransportError(reason: string): void {
    this.serverErrors.push(reason);
  }

  onStrayResponse(response: SipResponse): void {
    this.strays.push(response);
  }

  onFlowClosed(flow: string): void {
    this.closedFlows.push(flow);
  }

  onResponse(response: SipResponse, _transaction: ClientTransaction): void {
    this.responses.push(response);
  }

  onTimeout(cause: TimeoutCause): void {
    this.timeouts.push(cause);
  }

  onTransportError(reason: string): void {
    this.errors.push(reason);
  }
}

/** Answers an INVITE with 180 and 200, everything else with 200. */
export const answerAll: Answer = (received, transaction, phone) => {
  if (received.method === "INVITE") transaction.respond(phone.response(received, 180));
  transaction.respond(phone.response(received, 200));
};

/** Rings for ever; answers everything else with 200. */
export const ringOnly: Answer = (received, transaction, phone) => {
  transaction.respond(phone.response(received, received.method === "INVITE" ? 180 : 200));
};

/** Says nothing. */
export const silent: Answer = () => {};

/** Polls until the claim holds, at most 5 s. */
export async function eventually(claim: () => void): Promise<void> {
  await vi.waitFor(claim, { timeout: 5000, interval: 5 });
}

/** Polls until the list has that many entries; more is a failure too. */
export async function eventuallyHas(list: readonly unknown[], count: number): Promise<void> {
  await eventually(() => expect(list).toHaveLength(count));
}

/** Tag of the To of a message. */
export const toTag = (message: SipRequest | SipResponse): string | undefined => to(message).tag;
