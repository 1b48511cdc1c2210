/**
 * A telephone, or with many numbers a carrier, on the whole stack of the npm package `sip`: an
 * implementation that is not ours for our edge to meet.
 * Owns: one stack with its port, its calls, its timers. Does not own: what a test asserts; that reads
 * the log (log.ts) and the calls.
 * P1. Several phones live in one process; none shares a socket, and no fault of one leaves it (S1).
 * P2. Bounded: at most CALLS_MAX calls known at once; further ones get 503, and it is a fault in the log.
 * P3. close() is abrupt, as a telephone that loses power: no BYE, no unregister. hangUp() is polite.
 */
import { randomBytes } from "node:crypto";
import type { CheckedHeaders, Request } from "sip";
import type { Behaviour } from "./behaviour.ts";
import { contained } from "./containment.ts";
import { type Dialog, dialogId } from "./dialog.ts";
import { createForwarding, type Forward } from "./forwarding.ts";
import { IncomingCall } from "./incoming.ts";
import { type Credentials, findHop, headerText, type Line } from "./line.ts";
import { MessageLog } from "./log.ts";
import { type CallOptions, OutgoingCall } from "./outgoing.ts";
import { type RegisterOptions, type RegisterReply, Registration } from "./registration.ts";
import { createResponse } from "./response.ts";
import { type Hop, openStack, type Stack, type Transport } from "./stack.ts";

export type { CallOptions, IncomingCall, OutgoingCall };

/** What a phone is started with. */
export interface PhoneOptions {
  /** One IPv4 address of this machine; port 0 takes a free one. */
  readonly bind: Hop;
  readonly transport?: Transport;
  readonly user: string;
  readonly domain: string;
  readonly password?: string;
  readonly registrar?: Hop;
  /** Next hop of calls; default: the registrar, else the address in the target URI. */
  readonly outboundProxy?: Hop;
  readonly behaviour?: Behaviour | ChooseBehaviour;
  /** Messages kept (log.ts L2). */
  readonly logCapacity?: number;
}

/** Chooses by the called number and the From URI. */
export type ChooseBehaviour = (call: { number: string; from: string }) => Behaviour;

/** Calls a phone knows at once, those over for less than 32 s included: about 600 calls a second. */
export const CALLS_MAX = 40_000;
const SETTLED_KEEP_MS = 32_000;

/** Starts a phone; rejects with a readable text when its address cannot be bound. */
export async function startPhone(options: PhoneOptions): Promise<Phone> {
  const log = new MessageLog(options.logCapacity);
  let phone: Phone | null = null;
  const stack = await openStack(options.bind, options.transport ?? "udp", {
    onRequest: (request) => phone?.receive(request),
    onWire: (direction, remote, raw) => log.record(direction, remote, raw),
    onFault: (fault) => log.fault(fault),
  });
  phone = new Phone(stack, log, options);
  return phone;
}

/** A running phone. */
export class Phone {
  readonly address: Hop;
  readonly log: MessageLog;
  readonly user: string;
  readonly #options: PhoneOptions;
  readonly #line: Line;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #ringing = new Map<string, IncomingCall>();
  readonly #arrived: IncomingCall[] = [];
  readonly #awaiting: ((call: IncomingCall) => void)[] = [];
  readonly #registration: Registration;
  readonly #forward: Forward;
  #behaviour: Behaviour | ChooseBehaviour;

  constructor(stack: Stack, log: MessageLog, options: PhoneOptions) {
    const { user, domain, password } = options;
    const { host, port } = stack.address;
    this.address = stack.address;
    this.log = log;
    this.user = user;
    this.#options = options;
    this.#behaviour = options.behaviour ?? { kind: "answer", afterMs: 0 };
    const credentials: Credentials | null = password === undefined ? null : { user, password };
    const transport = stack.transport === "udp" ? "" : `;transport=${stack.transport}`;
    this.#line = {
      stack,
      log,
      credentials,
      contact: { uri: `sip:${user}@${host}:${port}${transport}`, params: {} },
      // Even (RTP), and different for each phone of one machine.
      audio: { address: host, port: 20_000 + 2 * (port % 20_000) },
      dialogs: new Map<string, Dialog>(),
      after: (ms, run) => this.#after(ms, run),
      newTag: () => randomBytes(8).toString("hex"),
    };
    this.#forward = createForwarding(
      (target, call) => this.call(target, call),
      (fault) => log.fault(fault),
    );
    const registrar = options.registrar ?? null;
    this.#registration = new Registration(this.#line, { user, domain, registrar });
  }

  /** Sends REGISTER, answers its challenge; rejects only when no final answer comes in time. */
  register(options?: RegisterOptions): Promise<RegisterReply> {
    return this.#registration.register(options);
  }

  /** Removes this phone's binding. */
  unregister(options?: RegisterOptions): Promise<RegisterReply> {
    return this.#registration.unregister(options);
  }

  /** What happens to calls from now on. */
  setBehaviour(behaviour: Behaviour | ChooseBehaviour): void {
    this.#behaviour = behaviour;
  }

  /** Calls a SIP URI, or a number or user of the phone's domain. */
  call(target: string, options: CallOptions = {}): OutgoingCall {
    const { domain, registrar, outboundProxy, user } = this.#options;
    const uri = asUri(target, domain);
    const hop = options.via ?? outboundProxy ?? registrar ?? findHop(uri);
    const dialled = {
      target: uri,
      from: asUri(options.from ?? user, domain),
      // A hop that is none is refused, with its text, where it would be used (stack.ts S2).
      hop: hop ?? { host: uri, port: 0 },
    };
    return new OutgoingCall(this.#line, dialled, options);
  }

  /** The next call that arrives, or the oldest one not yet taken; rejects after `boundMs`. */
  nextCall(boundMs: number): Promise<IncomingCall> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    return new Promise((resolve, reject) => {
      const waiter = (call: IncomingCall): void => {
        clearTimeout(timer);
        resolve(call);
      };
      const timer = setTimeout(() => {
        this.#awaiting.splice(this.#awaiting.indexOf(waiter), 1);
        reject(new Error(`call to ${this.user}: not within ${boundMs} ms\n${this.log.describe()}`));
      }, boundMs);
      this.#awaiting.push(waiter);
    });
  }

  /** Calls that ring or talk now. */
  get callsUp(): number {
    const talking = [...this.#line.dialogs.values()].filter((d) => d.ended.value === null).length;
    return (
      talking + [...this.#ringing.values()].filter((call) => call.settled.value === null).length
    );
  }

  /** Refuses what rings and sends BYE for what talks; resolves when the peers have answered. */
  async hangUp(boundMs: number): Promise<void> {
    for (const call of this.#ringing.values()) call.reject(480);
    const talking = [...this.#line.dialogs.values()].filter((d) => d.ended.value === null);
    const byes = talking.map((dialog) => dialog.bye());
    await Promise.race([
      Promise.all(byes),
      new Promise((resolve) => {
        this.#after(boundMs, () => resolve(null));
      }),
    ]);
  }

  /** Ends abruptly (P3) and frees the port. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await this.#line.stack.close();
  }

  /** Takes a request that belongs to no transaction (called by the stack). */
  receive(request: Request<CheckedHeaders>): void {
    const { method } = request;
    const toTag = request.headers.to.params["tag"] ?? null;
    if (method === "CANCEL") return this.#cancel(request);
    if (toTag !== null) {
      const dialog = this.#line.dialogs.get(dialogId(request.headers["call-id"], toTag));
      if (dialog !== undefined) return dialog.receive(request);
      return method === "ACK" ? undefined : this.#refuse(request, 481);
    }
    switch (method) {
      case "INVITE":
        return this.#invite(request);
      case "OPTIONS":
        return this.#refuse(request, 200);
      case "ACK":
        return;
      case "BYE":
      case "INFO":
      case "UPDATE":
        return this.#refuse(request, 481);
      default:
        return this.#refuse(request, 405);
    }
  }

  #invite(invite: Request<CheckedHeaders>): void {
    const line = this.#line;
    const required = headerText(invite, "require");
    if (required !== null) {
      const headers = { unsupported: required };
      return line.stack.respond(createResponse(line, invite, 420, { headers }));
    }
    if (this.#ringing.size + line.dialogs.size >= CALLS_MAX) {
      line.log.fault(`more than ${CALLS_MAX} calls: ${invite.headers["call-id"]} got 503`);
      return this.#refuse(invite, 503);
    }
    const call = new IncomingCall(line, invite);
    const key = cancelKey(invite);
    this.#ringing.set(key, call);
    call.settled.onReached(() => {
      this.#after(SETTLED_KEEP_MS, () => this.#ringing.delete(key));
    });
    const choice = this.#behaviour;
    const behaviour = typeof choice === "function" ? choice(call) : choice;
    call.start(behaviour);
    if (behaviour.kind === "forward") this.#forward(call, behaviour);
    const waiter = this.#awaiting.shift();
    if (waiter !== undefined) return waiter(call);
    this.#arrived.push(call);
    if (this.#arrived.length > CALLS_MAX) this.#arrived.shift();
  }

  #cancel(cancel: Request<CheckedHeaders>): void {
    const call = this.#ringing.get(cancelKey(cancel));
    if (call === undefined) return this.#refuse(cancel, 481);
    call.cancel(cancel);
  }

  #refuse(request: Request<CheckedHeaders>, status: number): void {
    const response = createResponse(this.#line, request, status);
    const { to } = request.headers;
    response.headers.to = { ...to, params: { tag: this.#line.newTag(), ...to.params } };
    this.#line.stack.respond(response);
  }

  #after(ms: number, run: () => void): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      contained((fault) => this.log.fault(fault), run);
    }, ms);
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }
}

/** What a CANCEL has in common with its INVITE (RFC 3261 9.2). */
function cancelKey({ headers }: Request<CheckedHeaders>): string {
  return `${headers["call-id"]} ${headers.via[0]?.params["branch"] ?? ""}`;
}

function asUri(target: string, domain: string): string {
  return /^sips?:/i.test(target) ? target : `sip:${target}@${domain}`;
}
