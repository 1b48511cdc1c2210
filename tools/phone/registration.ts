/**
 * The phone's binding at a registrar (RFC 3261 10.2).
 * Owns: Call-ID and CSeq of its REGISTERs, the refresh. Does not own: the digest answer (line.ts).
 * R1. All REGISTERs of one phone share one Call-ID and a rising CSeq (RFC 3261 10.2).
 * R2. With `refresh`, the binding is renewed at half of the time that the registrar granted, until
 *     unregister() or the phone's end; a failed renewal is a fault in the log and tried again.
 */
import type { NameAddr } from "sip";
import { errorText } from "./containment.ts";
import { createRequest, exchange, type FinalResponse, findHop, type Line } from "./line.ts";
import { headerValues } from "./log.ts";
import { createMilestone } from "./milestone.ts";
import type { Hop } from "./stack.ts";

/** What a REGISTER asks for; `expires` in seconds. */
export interface RegisterOptions {
  readonly expires?: number;
  /** Contact URIs instead of the phone's own; "*" removes all bindings (with expires 0). */
  readonly contacts?: readonly string[];
  readonly refresh?: boolean;
  /** Milliseconds to wait for the answer; default 5000. */
  readonly boundMs?: number;
}

/** The registrar's answer. */
export interface RegisterReply {
  readonly status: number;
  readonly reason: string;
  /** Contact header values of the answer: the bindings now there. */
  readonly contacts: readonly string[];
  /** Seconds granted to this phone's own address and port; 0 when it is not bound. */
  readonly expires: number;
}

const EXPIRES_S = 300;
const BOUND_MS = 5_000;

/** Who registers where; without a registrar, register() rejects. */
export interface AddressOfRecord {
  readonly user: string;
  readonly domain: string;
  readonly registrar: Hop | null;
}

/** Registers and unregisters one address of record. */
export class Registration {
  readonly #line: Line;
  readonly #aor: AddressOfRecord;
  readonly #callId: string;
  #seq = 0;
  /** Counts register() and unregister(): a renewal under way in an older one plans no further. */
  #round = 0;
  #stopTimer = (): void => {};

  constructor(line: Line, aor: AddressOfRecord) {
    this.#line = line;
    this.#aor = aor;
    this.#callId = `${line.newTag()}@${line.stack.address.host}`;
  }

  /** Sends REGISTER, answers its challenge; rejects only when no final answer comes in time. */
  async register(options: RegisterOptions = {}): Promise<RegisterReply> {
    this.#stopRefresh();
    const round = this.#round;
    const reply = await this.#send(options);
    if (options.refresh === true && reply.status < 300 && round === this.#round) {
      this.#refresh(options, reply.expires);
    }
    return reply;
  }

  /** Removes the binding (expires 0) and ends the refresh. */
  unregister(options: RegisterOptions = {}): Promise<RegisterReply> {
    this.#stopRefresh();
    return this.#send({ ...options, expires: 0 });
  }

  async #send(options: RegisterOptions): Promise<RegisterReply> {
    const { user, domain, registrar } = this.#aor;
    const line = this.#line;
    if (registrar === null) throw new Error("register: the phone was given no registrar");
    const answer = createMilestone<FinalResponse>("answer to REGISTER", () => line.log.describe());
    const self = { uri: `sip:${user}@${domain}`, params: {} };
    const request = createRequest("REGISTER", `sip:${domain}`, {
      from: { ...self, params: { tag: line.newTag() } },
      to: self,
      "call-id": this.#callId,
      contact: contactsOf(line, options.contacts),
      expires: String(options.expires ?? EXPIRES_S),
      seq: this.#nextSeq(),
    });
    exchange(line, request, registrar, {
      nextSeq: () => this.#nextSeq(),
      onResponse: (response) => {
        if (response.status >= 200) answer.reach(response);
      },
    });
    return readAnswer(line, await answer.wait(options.boundMs ?? BOUND_MS));
  }

  /** R2: plans the next renewal; `expiresS` is the time granted, at least a second is taken. */
  #refresh(options: RegisterOptions, expiresS: number): void {
    const waitMs = Math.max(1, expiresS) * 500;
    const round = this.#round;
    this.#stopTimer = this.#line.after(waitMs, () => {
      this.#send(options).then(
        (reply) => {
          if (round !== this.#round) return;
          if (reply.status < 300) return this.#refresh(options, reply.expires);
          this.#line.log.fault(`registration not renewed: ${reply.status} ${reply.reason}`);
          this.#refresh(options, expiresS);
        },
        (error: unknown) => {
          if (round !== this.#round) return;
          this.#line.log.fault(`registration not renewed: ${errorText(error)}`);
          this.#refresh(options, expiresS);
        },
      );
    });
  }

  #stopRefresh(): void {
    this.#round += 1;
    this.#stopTimer();
  }

  #nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }
}

function contactsOf(line: Line, contacts: readonly string[] | undefined): NameAddr[] | string {
  if (contacts === undefined) return [line.contact];
  return contacts[0] === "*" ? "*" : contacts.map((uri) => ({ uri, params: {} }));
}

function readAnswer(line: Line, response: FinalResponse): RegisterReply {
  const { status, reason, headers } = response;
  const raw = line.log.responses(status, "in").findLast((e) => e.method === "REGISTER")?.raw ?? "";
  const contacts = Array.isArray(headers.contact) ? headers.contact : [];
  const own = findHop(line.contact.uri);
  const bound = contacts.find(({ uri }) => {
    const there = findHop(uri);
    return there !== null && there.host === own?.host && there.port === own.port;
  });
  const granted = bound?.params["expires"] ?? headerValues(raw, "expires")[0] ?? "0";
  const expires = bound === undefined ? 0 : Number(granted);
  return { status, reason, contacts: headerValues(raw, "contact"), expires };
}
