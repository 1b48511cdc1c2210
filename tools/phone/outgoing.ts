/**
 * A call that the phone places (RFC 3261 13.2).
 * Owns: the INVITE, its CANCEL, its outcome. Does not own: the talking call (dialog.ts).
 * O1. CANCEL waits for a provisional response (RFC 3261 9.1); asked for earlier it is sent then.
 * O2. A 200 that crosses our CANCEL is acknowledged and hung up: the outcome is "answered", the end
 *     is ours.
 * O3. A second 2xx from another branch of a forked INVITE is acknowledged and hung up.
 * O4. The package never times an INVITE out in Proceeding; whoever waits gives the bound.
 */
import type { NameAddr, Request } from "sip";
import { type CallEnd, Dialog } from "./dialog.ts";
import { createRequest, type Exchange, exchange, type FinalResponse, type Line } from "./line.ts";
import { createMilestone, type Milestone } from "./milestone.ts";
import { ALLOW, type Reply, readReply, targetOf } from "./response.ts";
import { audioOffer } from "./sdp.ts";
import type { Hop } from "./stack.ts";

/** How the placing of a call ended. */
export type CallOutcome =
  | { readonly kind: "answered"; readonly sdp: string }
  | { readonly kind: "failed"; readonly status: number; readonly reason: string };

/** What `Phone.call` may be told beyond the target. */
export interface CallOptions {
  /** From URI or user; default: the phone's own. */
  readonly from?: string;
  readonly displayName?: string;
  /** Default: the phone's own PCMU offer; "" sends no body. */
  readonly sdp?: string;
  /** Further headers, lower-case name and text; they replace those of the same name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Next hop instead of the outbound proxy. */
  readonly via?: Hop;
}

/** What to dial: the Request-URI, the From address and the next hop. */
export interface Dialled {
  readonly target: string;
  readonly from: string;
  readonly hop: Hop;
}

/** A call that the phone has placed; the constructor sends the INVITE. */
export class OutgoingCall {
  readonly callId: string;
  /** Reached with the outcome; null while it is being placed. */
  readonly settled: Milestone<CallOutcome>;
  /** Reached with the first 18x. */
  readonly ringing: Milestone<Reply>;
  readonly #line: Line;
  readonly #dialled: Dialled;
  readonly #from: NameAddr;
  readonly #provisionals: Reply[] = [];
  /** One per To tag of a 2xx (O3). */
  readonly #dialogs = new Map<string, Dialog>();
  readonly #sent: Exchange;
  #first: Dialog | null = null;
  #cancelling: { readonly reason: string | null; isSent: boolean } | null = null;
  #seq = 1;

  constructor(line: Line, dialled: Dialled, options: CallOptions) {
    const { displayName } = options;
    this.callId = `${line.newTag()}@${line.stack.address.host}`;
    this.#line = line;
    this.#dialled = dialled;
    this.settled = createMilestone(`outcome of ${this.callId}`, () => line.log.describe());
    this.ringing = createMilestone(`ringing of ${this.callId}`, () => line.log.describe());
    this.#from = {
      name: displayName === undefined ? undefined : `"${displayName.replaceAll(/["\\]/g, "")}"`,
      uri: dialled.from,
      params: { tag: line.newTag() },
    };
    this.#sent = exchange(line, this.#createInvite(options), dialled.hop, {
      nextSeq: () => {
        this.#seq += 1;
        return this.#seq;
      },
      onResponse: (response) => this.#receive(response),
    });
  }

  /** Provisional responses so far, in order. */
  get provisionals(): readonly Reply[] {
    return this.#provisionals;
  }

  /** The talking call; null before the first answer. */
  get dialog(): Dialog | null {
    return this.#first;
  }

  /** First provisional response with `status`, past or coming. */
  async provisional(status: number, boundMs: number): Promise<Reply> {
    const entry = await this.#line.log.waitFor(
      (m) => m.direction === "in" && m.callId === this.callId && m.status === status,
      boundMs,
      `${status} to ${this.callId}`,
    );
    return { status, reason: entry.startLine.split(" ").slice(2).join(" "), sdp: entry.body };
  }

  /** How the placing ended; rejects only when `boundMs` passed. */
  outcome(boundMs: number): Promise<CallOutcome> {
    return this.settled.wait(boundMs);
  }

  /** Resolves with the dialog once answered; rejects when the call failed or `boundMs` passed. */
  async answered(boundMs: number): Promise<Dialog> {
    const outcome = await this.settled.wait(boundMs);
    if (this.#first !== null) return this.#first;
    throw new Error(`${this.callId} was not answered: ${JSON.stringify(outcome)}`);
  }

  /** Status of the failure; rejects when the call was answered or `boundMs` passed. */
  async failed(boundMs: number): Promise<number> {
    const outcome = await this.settled.wait(boundMs);
    if (outcome.kind === "failed") return outcome.status;
    throw new Error(`${this.callId} was answered, a failure was expected`);
  }

  /** The end of the answered call. */
  async ended(boundMs: number): Promise<CallEnd> {
    return (await this.answered(boundMs)).ended.wait(boundMs);
  }

  /** Gives up (O1, O2); `reason` becomes the Reason header. Nothing happens once it has an outcome. */
  cancel(reason?: string): void {
    if (this.settled.value !== null || this.#cancelling !== null) return;
    this.#cancelling = { reason: reason ?? null, isSent: false };
    this.#sendCancel();
  }

  #createInvite(options: CallOptions): Request {
    const { target } = this.#dialled;
    const headers = {
      from: this.#from,
      to: { uri: target, params: {} },
      "call-id": this.callId,
      contact: [this.#line.contact],
      allow: ALLOW,
      ...options.headers,
      seq: this.#seq,
    };
    const sdp = options.sdp ?? audioOffer(this.#line.audio);
    return createRequest("INVITE", target, headers, sdp === "" ? undefined : sdp);
  }

  #receive(response: FinalResponse): void {
    const { status, reason } = response;
    if (status < 200) {
      const reply = readReply(response);
      this.#provisionals.push(reply);
      if (status > 100) this.ringing.reach(reply);
      return this.#sendCancel();
    }
    if (status < 300) return this.#receiveAnswer(response);
    this.settled.reach({ kind: "failed", status, reason });
  }

  #receiveAnswer(response: FinalResponse): void {
    const { to, cseq } = response.headers;
    const tag = to.params["tag"] ?? "";
    const known = this.#dialogs.get(tag);
    if (known !== undefined) return known.acknowledge(cseq.seq);
    const dialog = new Dialog(this.#line, {
      callId: this.callId,
      local: this.#from,
      remote: to,
      remoteTarget: targetOf(response) ?? this.#dialled.target,
      routeSet: [...(response.headers["record-route"] ?? [])].reverse(),
      localSeq: cseq.seq,
      remoteSeq: -1,
      fallbackHop: this.#dialled.hop,
    });
    this.#dialogs.set(tag, dialog);
    dialog.acknowledge(cseq.seq);
    const isFirst = this.#first === null;
    this.#first ??= dialog;
    this.settled.reach({ kind: "answered", sdp: response.content ?? "" });
    if (!isFirst || this.#cancelling !== null) void dialog.bye();
  }

  /** RFC 3261 9.1: same URI, Call-ID, From, To, CSeq number, Route and top Via as the INVITE. */
  #sendCancel(): void {
    const cancelling = this.#cancelling;
    if (cancelling === null || cancelling.isSent || this.#provisionals.length === 0) return;
    cancelling.isSent = true;
    const { uri, headers } = this.#sent.latest;
    const top = headers.via?.[0];
    const cancel: Request = {
      method: "CANCEL",
      uri,
      headers: {
        via: top === undefined ? [] : [{ ...top, params: { ...top.params } }],
        from: this.#from,
        to: { uri: this.#dialled.target, params: {} },
        "call-id": this.callId,
        cseq: { seq: headers.cseq?.seq ?? this.#seq, method: "CANCEL" },
        "max-forwards": 70,
        ...(cancelling.reason === null ? {} : { reason: cancelling.reason }),
      },
    };
    this.#line.stack.request(cancel, this.#dialled.hop, () => {});
  }
}
