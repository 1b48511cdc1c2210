/**
 * One confirmed dialog (RFC 3261 12), either side.
 * Owns: CSeq, route set, remote target, our 2xx until its ACK, requests inside the dialog.
 * Does not own: how the call came to be (outgoing.ts, incoming.ts).
 * G1. A 2xx to INVITE is sent again by us (T1 doubling to T2) until its ACK or 64*T1, then the call is
 *     ended with BYE (RFC 3261 13.3.1.4); the package does neither.
 * G2. Every 2xx to our INVITE, also a retransmitted one, is acknowledged with the same ACK.
 * G3. A dialog over stays known for 64*T1, so that late requests get 481, not a new call.
 */
import {
  type CheckedHeaders,
  generateBranch,
  type Headers,
  type NameAddr,
  type Request,
} from "sip";
import { createRequest, exchange, findHop, headerText, type Line } from "./line.ts";
import { createMilestone, type Milestone } from "./milestone.ts";
import { createResponse, type Reply, readReply, targetOf } from "./response.ts";
import { audioAnswer, audioOffer, type MediaDirection } from "./sdp.ts";
import type { Hop } from "./stack.ts";

/** How a talking call ended; `reason` is the text of the BYE's Reason header. */
export type CallEnd =
  | { readonly kind: "hung-up"; readonly by: "us" | "them"; readonly reason: string | null }
  | { readonly kind: "never-acknowledged" };

/** The facts a dialog begins with (RFC 3261 12.1). */
export interface DialogStart {
  readonly callId: string;
  readonly local: NameAddr;
  readonly remote: NameAddr;
  readonly remoteTarget: string;
  readonly routeSet: readonly NameAddr[];
  readonly localSeq: number;
  readonly remoteSeq: number;
  /** Where to send when neither route nor target names an address. */
  readonly fallbackHop: Hop | null;
}

const T1_MS = 500;
const T2_MS = 4_000;
const TIMEOUT_MS = 64 * T1_MS;

/** Key of a dialog in `Line.dialogs`. */
export function dialogId(callId: string, localTag: string): string {
  return `${callId} ${localTag}`;
}

/** A talking call; made known to its phone by the constructor, forgotten after its end (G3). */
export class Dialog {
  readonly callId: string;
  readonly ended: Milestone<CallEnd>;
  /** Reached when our 2xx to the first INVITE was acknowledged. */
  readonly acknowledged: Milestone<true>;
  readonly #line: Line;
  readonly #start: DialogStart;
  /** Our 2xx not yet acknowledged, by CSeq number; calling one stops it. */
  readonly #unacknowledged = new Map<number, () => void>();
  /** The ACK sent for each CSeq number. */
  readonly #acks = new Map<number, Request>();
  #remoteTarget: string;
  #localSeq: number;
  #remoteSeq: number;
  #sdpVersion = 1;
  #isOffering = false;

  constructor(line: Line, start: DialogStart) {
    const describe = (): string => line.log.describe();
    this.callId = start.callId;
    this.ended = createMilestone(`end of ${start.callId}`, describe);
    this.acknowledged = createMilestone(`ACK of ${start.callId}`, describe);
    this.#line = line;
    this.#start = start;
    this.#remoteTarget = start.remoteTarget;
    this.#localSeq = start.localSeq;
    this.#remoteSeq = start.remoteSeq;
    line.dialogs.set(this.#id, this);
  }

  get #id(): string {
    return dialogId(this.callId, this.#start.local.params["tag"] ?? "");
  }

  /** Ends the call; resolves with the answer to BYE. */
  bye(reason?: string): Promise<Reply> {
    const reply = this.send("BYE", reason === undefined ? {} : { reason });
    this.#end({ kind: "hung-up", by: "us", reason: reason ?? null });
    return reply;
  }

  /** Sends a re-INVITE; without `sdp`, a new offer with `direction`. */
  async reinvite(change: { sdp?: string; direction?: MediaDirection } = {}): Promise<Reply> {
    this.#isOffering = true;
    const reply = await this.send("INVITE", {}, change.sdp ?? this.#offer(change.direction));
    this.#isOffering = false;
    return reply;
  }

  /** Sends UPDATE (RFC 3311), without `sdp` as a session refresh. */
  update(sdp?: string): Promise<Reply> {
    return this.send("UPDATE", {}, sdp);
  }

  /** Sends INFO (RFC 6086) with a body. */
  info(body: string, contentType = "application/dtmf-relay"): Promise<Reply> {
    return this.send("INFO", { "content-type": contentType }, body);
  }

  /** Sends any request inside the dialog; resolves with its final response. */
  send(method: string, headers: Headers = {}, body?: string): Promise<Reply> {
    const merged = { ...this.#headers(this.#nextSeq()), ...headers };
    const request = createRequest(method, this.#remoteTarget, merged, body);
    return new Promise((resolve) => {
      exchange(this.#line, request, this.#hop(), {
        nextSeq: () => this.#nextSeq(),
        onResponse: (response) => {
          if (response.status < 200) return;
          if (method === "INVITE" && response.status < 300) {
            this.#remoteTarget = targetOf(response) ?? this.#remoteTarget;
            this.acknowledge(response.headers.cseq.seq);
          }
          resolve(readReply(response));
        },
      });
    });
  }

  /** Sends a 2xx to an INVITE until it is acknowledged (G1). */
  answerInvite(request: Request<CheckedHeaders>, sdp: string): void {
    const { seq } = request.headers.cseq;
    const line = this.#line;
    const response = createResponse(line, request, 200, { sdp, local: this.#start.local });
    let stopResending = (): void => {};
    const sendAgain = (waitMs: number): void => {
      line.stack.respond(response);
      stopResending = line.after(waitMs, () => sendAgain(Math.min(waitMs * 2, T2_MS)));
    };
    const stopWaiting = line.after(TIMEOUT_MS, () => {
      void this.send("BYE");
      this.#end({ kind: "never-acknowledged" });
    });
    this.#unacknowledged.set(seq, () => {
      stopWaiting();
      stopResending();
      this.#unacknowledged.delete(seq);
    });
    sendAgain(T1_MS);
  }

  /** Acknowledges a 2xx to our INVITE with CSeq number `seq` (G2). */
  acknowledge(seq: number): void {
    const via = [{ params: { branch: `${generateBranch()}${this.#line.newTag()}` } }];
    const headers = { ...this.#headers(seq), via };
    const ack = this.#acks.get(seq) ?? createRequest("ACK", this.#remoteTarget, headers);
    this.#acks.set(seq, ack);
    // The stack changes Route and Via of what it sends; the kept one must stay as it is.
    this.#line.stack.acknowledge({ ...ack, headers: { ...ack.headers } }, this.#hop());
  }

  /** Takes a request that names this dialog. */
  receive(request: Request<CheckedHeaders>): void {
    const { seq } = request.headers.cseq;
    if (request.method === "ACK") {
      this.#unacknowledged.get(seq)?.();
      return this.acknowledged.reach(true);
    }
    if (this.ended.value !== null) return this.#respond(request, 481);
    if (seq <= this.#remoteSeq) return this.#respond(request, 500);
    this.#remoteSeq = seq;
    const offer = request.content ?? "";
    switch (request.method) {
      case "BYE":
        this.#respond(request, 200);
        return this.#end({ kind: "hung-up", by: "them", reason: headerText(request, "reason") });
      case "INVITE":
        if (this.#isOffering) return this.#respond(request, 491);
        this.#remoteTarget = targetOf(request) ?? this.#remoteTarget;
        return this.answerInvite(request, offer === "" ? this.#offer() : this.#answer(offer));
      case "UPDATE":
        this.#remoteTarget = targetOf(request) ?? this.#remoteTarget;
        return this.#respond(request, 200, offer === "" ? undefined : this.#answer(offer));
      case "INFO":
      case "OPTIONS":
        return this.#respond(request, 200);
      default:
        return this.#respond(request, 405);
    }
  }

  #respond(request: Request<CheckedHeaders>, status: number, sdp?: string): void {
    this.#line.stack.respond(createResponse(this.#line, request, status, { sdp }));
  }

  #end(fact: CallEnd): void {
    this.ended.reach(fact);
    for (const stop of this.#unacknowledged.values()) stop();
    this.#line.after(TIMEOUT_MS, () => this.#line.dialogs.delete(this.#id));
  }

  #hop(): Hop {
    // DEVIATION: strict routing (RFC 3261 16.12.1.2) is not done; the top route counts as a loose one.
    const next = findHop(this.#start.routeSet[0]?.uri ?? this.#remoteTarget);
    return next ?? this.#start.fallbackHop ?? { host: this.#remoteTarget, port: 0 };
  }

  #headers(seq: number): Headers & { seq: number } {
    return {
      from: this.#start.local,
      to: this.#start.remote,
      "call-id": this.callId,
      contact: [this.#line.contact],
      route: [...this.#start.routeSet],
      seq,
    };
  }

  #nextSeq(): number {
    this.#localSeq += 1;
    return this.#localSeq;
  }

  #offer(direction: MediaDirection = "sendrecv"): string {
    this.#sdpVersion += 1;
    return audioOffer({ ...this.#line.audio, direction, version: this.#sdpVersion });
  }

  #answer(offer: string): string {
    this.#sdpVersion += 1;
    return audioAnswer(offer, { ...this.#line.audio, version: this.#sdpVersion });
  }
}
