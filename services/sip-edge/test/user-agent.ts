/**
 * A telephone or a carrier's gateway for the call tests: it places and takes calls on its own
 * endpoint and records every message. Owns: the dialog of one call. Does not own: assertions.
 */
import { waitFor } from "../../lib/testkit/wait-for.ts";
import type { Dialog } from "../src/core/dialog/dialog.ts";
import {
  ackOf2xx,
  dialogFromReceivedInvite,
  dialogFromSentInvite,
  receiveInDialog,
  requestInDialog,
} from "../src/core/dialog/dialog.ts";
import { header } from "../src/core/message/fields.ts";
import type { Endpoint, SipRequest, SipResponse } from "../src/core/message/message.ts";
import { type HeaderPair, request, respond } from "../src/core/message/serialize.ts";
import type { ClientTransaction, ServerTransaction } from "../src/shell/endpoint.ts";
import { Phone, type SkippingClock, token } from "./phone.ts";

interface Content {
  readonly headers?: readonly HeaderPair[];
  readonly body?: string;
}

const withType = ({ headers = [], body = "" }: Content): readonly HeaderPair[] =>
  body === "" || headers.some(([name]) => name === "Content-Type")
    ? headers
    : [...headers, ["Content-Type", "application/sdp"]];

/** What happened, in order, as short text: `INVITE`, `180`, `ACK` ... */
export class UserAgent {
  readonly phone: Phone;
  readonly log: string[] = [];
  dialog: Dialog | null = null;
  invite: SipRequest | null = null;
  #outgoing: ClientTransaction | null = null;
  #incoming: ServerTransaction | null = null;
  readonly #edge: Endpoint;
  readonly #transport: Endpoint["transport"];

  constructor(
    clock: SkippingClock,
    edge: Endpoint,
    options: { transport?: Endpoint["transport"] } = {},
  ) {
    this.#edge = edge;
    this.#transport = options.transport ?? "udp";
    this.phone = new Phone(clock, (received, transaction) => {
      this.log.push(received.method);
      if (received.method === "INVITE" && this.#incoming === null && this.#outgoing === null) {
        this.invite = received;
        this.#incoming = transaction;
      } else if (this.dialog !== null) {
        const seen = receiveInDialog(this.dialog, received);
        if (seen.kind === "in-order") this.dialog = seen.dialog;
      }
      if (received.method === "BYE") transaction.respond(respond(received, 200));
    });
  }

  async start(): Promise<this> {
    await this.phone.endpoint.start();
    return this;
  }

  get endpoint(): Endpoint {
    return this.phone.address(this.#transport);
  }

  get contact(): string {
    const { host, port } = this.endpoint;
    const transport = this.#transport === "tcp" ? ";transport=tcp" : "";
    return `<sip:ua@${host}:${port}${transport}>`;
  }

  /** Places a call. */
  call(called: string, content: Content = {}): void {
    const { host } = this.endpoint;
    const invite = request({
      method: "INVITE",
      uri: `sip:${called}@127.0.0.1`,
      headers: [
        ...(content.headers?.some(([name]) => name === "Max-Forwards")
          ? []
          : [["Max-Forwards", "70"] as const]),
        ["From", `"Alice" <sip:0312345678@${host}>;tag=${this.phone.tag}`],
        ["To", `<sip:${called}@127.0.0.1>`],
        ["Call-ID", token()],
        ["CSeq", "1 INVITE"],
        ["Contact", this.contact],
        ...withType(content),
      ],
      body: content.body ?? "",
    });
    this.invite = invite;
    this.#outgoing = this.phone.endpoint.sendRequest(invite, this.#edge, {
      onResponse: (response) => {
        this.phone.responses.push(response);
        this.log.push(String(response.status));
      },
      onTimeout: () => this.log.push("timeout"),
      onTransportError: () => this.log.push("transport-error"),
    });
  }

  cancel(): void {
    this.#outgoing?.cancel();
  }

  /** Acknowledges the 200 of the call that was placed. */
  acknowledge(content: Content = {}): void {
    const ok = this.phone.responses.find(({ status }) => status === 200);
    if (ok === undefined || this.invite === null) throw new Error("no 200 to acknowledge");
    this.dialog = dialogFromSentInvite(this.invite, ok);
    if (this.dialog === null) throw new Error("the 200 made no dialog");
    const parts = { headers: withType(content), body: content.body ?? "" };
    this.#outgoing?.acknowledge(ackOf2xx(this.dialog, this.invite, parts), this.#edge);
  }

  /** Answers the call that came in. */
  respond(status: number, content: Content = {}, tag = this.phone.tag): void {
    if (this.invite === null || this.#incoming === null) throw new Error("no call came in");
    const headers: readonly HeaderPair[] = [["Contact", this.contact], ...withType(content)];
    const response = respond(this.invite, status, {
      toTag: tag,
      headers,
      body: content.body ?? "",
    });
    if (status === 200) this.dialog = dialogFromReceivedInvite(this.invite, response);
    this.#incoming.respond(response);
  }

  /** Sends a request in the dialog and hears its final response. */
  inDialog(
    method: string,
    content: Content = {},
  ): { transaction: ClientTransaction; final: () => SipResponse | null } {
    if (this.dialog === null) throw new Error("no dialog");
    const { dialog, request: made } = requestInDialog(this.dialog, {
      method,
      headers: [["Contact", this.contact], ...withType(content)],
      body: content.body ?? "",
    });
    this.dialog = dialog;
    let final: SipResponse | null = null;
    const transaction = this.phone.endpoint.sendRequest(made, this.#edge, {
      onResponse: (response) => {
        this.log.push(`${method} ${response.status}`);
        if (response.status >= 200) final = response;
        if (method === "INVITE" && response.status >= 200 && response.status < 300) {
          transaction.acknowledge(ackOf2xx(dialog, made), this.#edge);
        }
      },
      onTimeout: () => this.log.push(`${method} timeout`),
      onTransportError: () => this.log.push(`${method} transport-error`),
    });
    return { transaction, final: () => final };
  }

  /** Answers the last request that came in. */
  answerLast(status: number, content: Content = {}): void {
    const received = this.phone.requests.at(-1);
    const transaction = this.phone.transactions.at(-1);
    if (received === undefined || transaction === undefined) throw new Error("no request");
    const headers: readonly HeaderPair[] = [["Contact", this.contact], ...withType(content)];
    transaction.respond(respond(received, status, { headers, body: content.body ?? "" }));
  }

  /** Requests of a method that came in. */
  got(method: string): readonly SipRequest[] {
    return this.phone.requests.filter((one) => one.method === method);
  }

  /** Polls until this entry is in the log, and says the whole log when it is not. */
  until(entry: string): Promise<boolean> {
    return waitFor(() => {
      if (!this.log.includes(entry)) throw new Error(JSON.stringify(this.log));
      return true;
    }, `${entry} in the log`);
  }

  /** The Reason of the CANCEL that came. */
  cancelReason(): string | undefined {
    const cancel = this.phone.cancels[0];
    return cancel === undefined ? undefined : header(cancel, "reason");
  }

  stop(): Promise<void> {
    return this.phone.endpoint.stop();
  }
}
