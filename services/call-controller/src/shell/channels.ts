/**
 * The stream to the leading allocator. Owns: finding the leader, asking it again after a break, and
 * the bound on every question. Does not own: which channels a call wants, or what a refusal means.
 *
 * H1  Questions live until they are answered or too old; a new stream is asked all of them again
 *     (they are idempotent by call and leg).
 * H2  A take without answer within TAKE_WITHIN_MS counts as unreachable (ARCHITECTURE, when something dies: a takeover of the
 *     allocator is shorter). A release is given up after RELEASE_WITHIN_MS: the call asks again.
 * H3  A stream on which nothing is heard for SILENT_MS although a question waits is left for the next
 *     allocator: a frozen or vanished leader breaks no connection.
 * H4  A new stream begins with an empty renewal: a standby sends us on, and the leader shows that it is
 *     there, before a call asks anything.
 * H5  At most QUESTIONS_MAX wait; then a take is unreachable at once and a release is dropped.
 */
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { isIdFault, type LegId, parseCallId, parseLegId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import {
  type AllocatorServiceClient,
  type HeldLegs,
  type HoldRequest,
  type HoldResponse,
  PartialPolicy,
} from "../../../lib/wire/trunk.ts";
import type { ChannelTake } from "../core/call/effect.ts";
import type { Channels, HeldByCall, LeaseHolder, TakeAnswer } from "../ports.ts";

const TAKE_WITHIN_MS = 1_900;
const RELEASE_WITHIN_MS = 5_000;
const QUESTIONS_MAX = 20_000;
const RETRY_AFTER_MS = 100;
const SWEEP_EVERY_MS = 100;
/** Under half of TAKE_WITHIN_MS: a take still reaches the new leader in time. */
const SILENT_MS = 800;
/** Legs named in one renewal; the allocator takes four times as many. */
const RENEW_LEGS_MAX = 1_000;

type HoldStream = ClientDuplexStream<HoldRequest, HoldResponse>;

interface Waiting {
  readonly request: HoldRequest;
  readonly askedAt: Instant;
  readonly until: Instant;
}

type Question =
  | (Waiting & { readonly kind: "take"; readonly onAnswer: (answer: TakeAnswer) => void })
  | (Waiting & { readonly kind: "release"; readonly onReleased: () => void })
  | (Waiting & { readonly kind: "renew" });

/** What the stream needs around it. */
export interface ChannelsSurroundings {
  /** host:port of every allocator. */
  readonly addresses: readonly string[];
  readonly now: () => Instant;
  readonly connect: (address: string) => AllocatorServiceClient;
  /** Leases that a renewal did not find any more. */
  readonly onLost: (lost: readonly HeldByCall[]) => void;
  readonly log: (message: string, details: Record<string, unknown>) => void;
}

/** See the file header. */
export class AllocatorStream implements Channels {
  readonly #around: ChannelsSurroundings;
  readonly #questions = new Map<number, Question>();
  readonly #clients = new Map<string, AllocatorServiceClient>();
  readonly #sweeper: NodeJS.Timeout;
  #stream: HoldStream | null = null;
  #address = "";
  #heardAt: Instant = 0;
  #isUp = false;
  #turn = 0;
  #lastId = 0;
  #hasStopped = false;
  /** Between the loss of a leader and the first answer of one: told once each. */
  #isInTrouble = false;

  constructor(around: ChannelsSurroundings) {
    this.#around = around;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_EVERY_MS);
    this.#open(this.#nextAddress());
  }

  /** True from an answer of the leading allocator until its stream is lost. */
  get isUp(): boolean {
    return this.#isUp;
  }

  take(holder: LeaseHolder, wanted: ChannelTake, onAnswer: (answer: TakeAnswer) => void): void {
    if (this.#questions.size >= QUESTIONS_MAX) return onAnswer({ kind: "unreachable" });
    const { callId, epoch, traceparent } = holder;
    const legs = wanted.claims.map(({ leg, scopes }) => ({ leg, scopes: [...scopes] }));
    const rates = [...wanted.rates];
    const policy = PartialPolicy.FIRST_IN_ORDER;
    const request = this.#request({
      $case: "take",
      value: { callId, epoch, traceparent, policy, legs, rates },
    });
    this.#ask({ kind: "take", ...this.#waiting(request, TAKE_WITHIN_MS), onAnswer });
  }

  release({ callId, epoch }: LeaseHolder, legs: readonly LegId[], onReleased: () => void): void {
    if (this.#questions.size >= QUESTIONS_MAX) return;
    const request = this.#request({ $case: "release", value: { callId, epoch, legs: [...legs] } });
    this.#ask({ kind: "release", ...this.#waiting(request, RELEASE_WITHIN_MS), onReleased });
  }

  renew(held: readonly HeldByCall[]): void {
    for (const part of inParts(held)) {
      const value = { held: part.map((one) => ({ ...one, legs: [...one.legs] })) };
      const request = this.#request({ $case: "renew", value });
      this.#ask({ kind: "renew", ...this.#waiting(request, RELEASE_WITHIN_MS) });
    }
  }

  /** Ends the stream; questions that wait are answered as unreachable. */
  stop(): void {
    this.#hasStopped = true;
    clearInterval(this.#sweeper);
    for (const [id, question] of this.#questions) this.#giveUp(id, question);
    this.#stream?.cancel();
    for (const client of this.#clients.values()) client.close();
  }

  #request(kind: NonNullable<HoldRequest["kind"]>): HoldRequest {
    this.#lastId += 1;
    return { requestId: this.#lastId, kind };
  }

  #waiting(request: HoldRequest, withinMs: number): Waiting {
    const askedAt = this.#around.now();
    return { request, askedAt, until: askedAt + withinMs };
  }

  #ask(question: Question): void {
    this.#questions.set(question.request.requestId, question);
    this.#stream?.write(question.request);
  }

  #nextAddress(): string {
    const { addresses } = this.#around;
    this.#turn += 1;
    return addresses[this.#turn % addresses.length] ?? "";
  }

  #client(address: string): AllocatorServiceClient {
    const known = this.#clients.get(address);
    if (known !== undefined) return known;
    const client = this.#around.connect(address);
    this.#clients.set(address, client);
    return client;
  }

  #open(address: string): void {
    if (this.#hasStopped) return;
    const stream = this.#client(address).hold();
    this.#stream = stream;
    this.#address = address;
    this.#heardAt = this.#around.now();
    stream.on("data", (response: HoldResponse) => this.#hear(stream, response));
    stream.on("error", (error) => this.#lose(stream, error.message));
    stream.on("end", () => this.#lose(stream, "ended by the allocator"));
    stream.write(this.#request({ $case: "renew", value: { held: [] } }));
    for (const { request } of this.#questions.values()) stream.write(request);
  }

  #lose(stream: HoldStream, why: string, leader = ""): void {
    if (this.#stream !== stream) return;
    this.#stream = null;
    this.#isUp = false;
    stream.cancel();
    if (!this.#isInTrouble) this.#tell("allocator stream lost", { why, leader });
    this.#isInTrouble = true;
    const isKnown = this.#around.addresses.includes(leader) && leader !== this.#address;
    const next = isKnown ? leader : this.#nextAddress();
    setTimeout(() => this.#open(next), isKnown ? 0 : RETRY_AFTER_MS);
  }

  #hear(stream: HoldStream, { requestId, kind }: HoldResponse): void {
    if (this.#stream !== stream) return;
    this.#heardAt = this.#around.now();
    if (kind?.$case === "notLeader") {
      return this.#lose(stream, "not the leader", kind.value.leaderAddress);
    }
    if (this.#isInTrouble) this.#tell("allocator stream is back", {});
    this.#isInTrouble = false;
    this.#isUp = true;
    const question = this.#questions.get(requestId);
    if (question === undefined || kind === undefined) return;
    this.#questions.delete(requestId);
    if (kind.$case === "overloaded") return this.#giveUp(requestId, question);
    if (question.kind === "take" && kind.$case === "taken") {
      question.onAnswer(takeAnswer(kind.value));
    } else if (question.kind === "release" && kind.$case === "released") {
      question.onReleased();
    } else if (kind.$case === "renewed" && kind.value.lost.length > 0) {
      this.#around.onLost(kind.value.lost.flatMap(heldByCall));
    }
  }

  #sweep(): void {
    const at = this.#around.now();
    for (const [id, question] of this.#questions) {
      if (question.until <= at) this.#giveUp(id, question);
    }
    const [oldest] = this.#questions.values();
    if (oldest === undefined || this.#stream === null) return;
    const silentMs = at - Math.max(oldest.askedAt, this.#heardAt);
    if (silentMs >= SILENT_MS) this.#lose(this.#stream, "silent");
  }

  #tell(message: string, details: Record<string, unknown>): void {
    this.#around.log(message, { allocator: this.#address, ...details });
  }

  #giveUp(id: number, question: Question): void {
    this.#questions.delete(id);
    if (question.kind === "take") question.onAnswer({ kind: "unreachable" });
  }
}

/** Calls by the legs that one renewal may name. */
function inParts(held: readonly HeldByCall[]): readonly (readonly HeldByCall[])[] {
  const parts: HeldByCall[][] = [];
  let legs = RENEW_LEGS_MAX;
  for (const one of held) {
    legs += one.legs.length;
    if (legs > RENEW_LEGS_MAX) {
      parts.push([]);
      legs = one.legs.length;
    }
    parts.at(-1)?.push(one);
  }
  return parts;
}

/** What the allocator names instead of a scope when a higher epoch holds the lease. */
const STALE_EPOCH = "stale-epoch";

/** A leg of an answer; the allocator only repeats those of our request, anything else is left out. */
const asLeg = (text: string): readonly LegId[] => {
  const leg = parseLegId(text);
  return isIdFault(leg) ? [] : [leg];
};

function heldByCall({ callId: text, epoch, legs }: HeldLegs): readonly HeldByCall[] {
  const callId = parseCallId(text);
  return isIdFault(callId) ? [] : [{ callId, epoch, legs: legs.flatMap(asLeg) }];
}

function takeAnswer(taken: {
  readonly granted: readonly string[];
  readonly refused: readonly { readonly leg: string; readonly scopeId: string }[];
}): TakeAnswer {
  if (taken.refused.some(({ scopeId }) => scopeId === STALE_EPOCH)) return { kind: "superseded" };
  return {
    kind: "taken",
    granted: taken.granted.flatMap(asLeg),
    refused: taken.refused.flatMap(({ leg, scopeId }) =>
      asLeg(leg).map((one) => ({ leg: one, scope: scopeId })),
    ),
  };
}
