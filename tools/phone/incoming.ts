/**
 * A call that the phone gets (RFC 3261 13.3).
 * Owns: its responses before and with the answer, what CANCEL does to it, its outcome.
 * Does not own: which behaviour applies (phone.ts), the talking call (dialog.ts).
 * I1. Exactly one final response: the first of answer, reject and CANCEL decides, later ones do nothing.
 * I2. CANCEL is answered 200, the INVITE 487 (RFC 3261 9.2), except where the behaviour says otherwise.
 * I3. When the time in the INVITE's Expires is over, a ringing call ends with 487 (13.3.1); a silent
 *     phone stays silent.
 */
import { type CheckedHeaders, makeResponse, type NameAddr, parseUri, type Request } from "sip";
import type { Behaviour } from "./behaviour.ts";
import { type CallEnd, Dialog } from "./dialog.ts";
import { headerText, type Line } from "./line.ts";
import { addressText } from "./log.ts";
import { createMilestone, type Milestone } from "./milestone.ts";
import { createResponse, targetOf } from "./response.ts";
import { audioAnswer, audioOffer } from "./sdp.ts";

/** How the ringing ended; `reason` is the text of the CANCEL's Reason header (RFC 3326). */
export type IncomingOutcome =
  | { readonly kind: "answered" }
  | { readonly kind: "cancelled"; readonly reason: string | null }
  | { readonly kind: "expired" }
  | { readonly kind: "rejected"; readonly status: number };

/** A call that the phone got. */
export class IncomingCall {
  readonly callId: string;
  /** User part of the Request-URI: the number that was called. */
  readonly number: string;
  /** URI of From. */
  readonly from: string;
  /** Body of the INVITE, "" without one. */
  readonly offer: string;
  /** Reached with the outcome; null while ringing. */
  readonly settled: Milestone<IncomingOutcome>;
  readonly #line: Line;
  readonly #invite: Request<CheckedHeaders>;
  readonly #local: NameAddr;
  #behaviour: Behaviour = { kind: "ring" };
  #dialog: Dialog | null = null;

  constructor(line: Line, invite: Request<CheckedHeaders>) {
    const { to } = invite.headers;
    this.callId = invite.headers["call-id"];
    this.number = parseUri(invite.uri)?.user ?? "";
    this.from = addressText(invite.headers.from);
    this.offer = invite.content ?? "";
    this.settled = createMilestone(`outcome of ${this.callId}`, () => line.log.describe());
    this.#line = line;
    this.#invite = invite;
    this.#local = { ...to, params: { ...to.params, tag: line.newTag() } };
  }

  /** The talking call; null before we answered. */
  get dialog(): Dialog | null {
    return this.#dialog;
  }

  /** Sum of the counters in its Diversion headers (RFC 5806); 0 without one. */
  get diversions(): number {
    const text = headerText(this.#invite, "diversion") ?? "";
    const counters = [...text.matchAll(/;counter=(\d{1,3})/g)];
    return counters.reduce((sum, [, counter]) => sum + Number(counter), 0);
  }

  /** Begins with the behaviour's first responses. */
  start(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
    if (behaviour.kind !== "silent") {
      this.#respond(100);
      this.#endInTime();
    }
    switch (behaviour.kind) {
      case "answer":
        if (behaviour.ringStatus !== null) this.ring(behaviour.ringStatus);
        this.#line.after(behaviour.afterMs, () => this.answer(behaviour.sdp));
        return;
      case "busy":
        return this.reject(486);
      case "reject":
        return this.reject(behaviour.status);
      case "ring":
        return this.ring(behaviour.ringStatus);
      case "ring-then-reject":
        this.ring();
        this.#line.after(behaviour.afterMs, () => this.reject(behaviour.status));
        return;
      case "answer-on-cancel":
        return this.ring();
      case "forward":
        return this.ring(181);
      case "trying":
      case "silent":
        return;
    }
  }

  /** Sends 180, 181, or 183 with our audio as early media; nothing once settled. */
  ring(status: 180 | 181 | 183 = 180): void {
    if (this.settled.value !== null) return;
    this.#respond(status, status === 183 ? this.#answerSdp() : undefined);
  }

  /** Answers now, with `sdp` or our own answer (I1). */
  answer(sdp?: string): void {
    if (this.settled.value !== null) return;
    const { headers } = this.#invite;
    const dialog = new Dialog(this.#line, {
      callId: this.callId,
      local: this.#local,
      remote: headers.from,
      remoteTarget: targetOf(this.#invite) ?? this.from,
      routeSet: headers["record-route"] ?? [],
      localSeq: 0,
      remoteSeq: headers.cseq.seq,
      fallbackHop: null,
    });
    this.#dialog = dialog;
    this.#hangUpLater(dialog);
    dialog.answerInvite(this.#invite, sdp ?? this.#answerSdp());
    this.settled.reach({ kind: "answered" });
  }

  /** Refuses now (I1). */
  reject(status: number): void {
    this.#refuse(status, { kind: "rejected", status });
  }

  /** How the ringing ended; rejects only when `boundMs` passed. */
  outcome(boundMs: number): Promise<IncomingOutcome> {
    return this.settled.wait(boundMs);
  }

  /** Resolves with the dialog once we have answered and the ACK is here. */
  async answered(boundMs: number): Promise<Dialog> {
    const outcome = await this.settled.wait(boundMs);
    if (this.#dialog === null) {
      throw new Error(`${this.callId} was not answered: ${JSON.stringify(outcome)}`);
    }
    await this.#dialog.acknowledged.wait(boundMs);
    return this.#dialog;
  }

  /** The end of the answered call. */
  async ended(boundMs: number): Promise<CallEnd> {
    return (await this.answered(boundMs)).ended.wait(boundMs);
  }

  /** Takes the caller's CANCEL (I2). */
  cancel(cancel: Request<CheckedHeaders>): void {
    if (this.#behaviour.kind === "silent") return;
    const response = makeResponse(cancel, 200, "OK");
    response.headers.to = this.#local;
    this.#line.stack.respond(response);
    if (this.#behaviour.kind === "answer-on-cancel") return this.answer();
    this.#refuse(487, { kind: "cancelled", reason: headerText(cancel, "reason") });
  }

  /** I3. */
  #endInTime(): void {
    const expiresS = Number(headerText(this.#invite, "expires") ?? 0);
    if (expiresS > 0) {
      this.#line.after(expiresS * 1_000, () => this.#refuse(487, { kind: "expired" }));
    }
  }

  #refuse(status: number, fact: IncomingOutcome): void {
    if (this.settled.value !== null) return;
    this.settled.reach(fact);
    this.#respond(status);
  }

  #respond(status: number, sdp?: string): void {
    const extra = status === 100 ? {} : { local: this.#local, sdp };
    this.#line.stack.respond(createResponse(this.#line, this.#invite, status, extra));
  }

  #answerSdp(): string {
    const { audio } = this.#line;
    return this.offer === "" ? audioOffer(audio) : audioAnswer(this.offer, audio);
  }

  #hangUpLater(dialog: Dialog): void {
    const waitMs = this.#behaviour.kind === "answer" ? this.#behaviour.byeAfterMs : undefined;
    if (waitMs === undefined) return;
    dialog.acknowledged.onReached(() => {
      this.#line.after(waitMs, () => {
        if (dialog.ended.value === null) void dialog.bye();
      });
    });
  }
}
