/**
 * What the wire carried: every message that one phone sent or received, in order.
 * Owns: the entries, their raw text, waiting for one. Does not own: what they mean for a call.
 * L1. `raw` of a received message is what the socket delivered, before the stack touched it; of a
 *     sent one it is what the stack handed to the socket. One latin1 character is one byte.
 * L2. Bounded: past `capacity` the oldest entry is dropped and counted in `dropped`.
 * L3. Faults (socket errors, exceptions contained in stack.ts) are kept beside the messages: a phone
 *     in trouble tells it in every wait that runs out.
 */
import { type NameAddr, parse, stringifyUri } from "sip";
import { createMilestone } from "./milestone.ts";

/** One message as it went over the wire; `status` is null for a request. */
export interface LoggedMessage {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly direction: "in" | "out";
  /** Method of a request, CSeq method of a response; "" when the text does not parse. */
  readonly method: string;
  readonly status: number | null;
  /** Request line or status line. */
  readonly startLine: string;
  readonly callId: string;
  readonly cseq: number;
  readonly from: string;
  readonly to: string;
  /** Text of the Reason header (RFC 3326), null when absent. */
  readonly reason: string | null;
  readonly body: string;
  /** The same message went the same way before (same branch, CSeq, status and tags). */
  readonly retransmission: boolean;
  /** The other end, "address:port". */
  readonly remote: string;
  readonly raw: string;
}

/** Entries kept unless told otherwise; about 2 kB each. */
export const LOG_CAPACITY = 10_000;
const FAULTS_MAX = 100;
const DESCRIBED_MAX = 60;

/** Values of a header in a raw message, one per header line, the name in any case or short form. */
export function headerValues(raw: string, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  const head = raw.split("\r\n\r\n", 1)[0] ?? "";
  return head
    .replaceAll(/\r\n[ \t]+/g, " ")
    .split("\r\n")
    .slice(1)
    .flatMap((line) => {
      const colon = line.indexOf(":");
      const written = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
      return (SHORT_FORMS[written] ?? written) === wanted ? [line.slice(colon + 1).trim()] : [];
    });
}

/** RFC 3261 20: compact header names. */
const SHORT_FORMS: Readonly<Record<string, string>> = {
  c: "content-type",
  e: "content-encoding",
  f: "from",
  i: "call-id",
  k: "supported",
  l: "content-length",
  m: "contact",
  s: "subject",
  t: "to",
  v: "via",
};

/** The log of one phone. */
export class MessageLog {
  readonly #capacity: number;
  readonly #seen = new Set<string>();
  readonly #listeners = new Set<(entry: LoggedMessage) => void>();
  readonly #faults: string[] = [];
  #kept: LoggedMessage[] = [];
  #dropped = 0;

  constructor(capacity = LOG_CAPACITY) {
    this.#capacity = capacity;
  }

  /** All messages kept, oldest first. */
  entries(): readonly LoggedMessage[] {
    return this.#kept;
  }

  /** Requests of `method`, both ways unless a direction is given. */
  requests(method: string, direction?: "in" | "out"): readonly LoggedMessage[] {
    return this.#kept.filter(
      (entry) => entry.status === null && entry.method === method && isGoing(entry, direction),
    );
  }

  /** Responses with `status`, both ways unless a direction is given. */
  responses(status: number, direction?: "in" | "out"): readonly LoggedMessage[] {
    return this.#kept.filter((entry) => entry.status === status && isGoing(entry, direction));
  }

  /** What was contained so far (L3), at most 100 texts. */
  faults(): readonly string[] {
    return this.#faults;
  }

  /** Messages no longer kept (L2). */
  get dropped(): number {
    return this.#dropped;
  }

  /** First entry, past or coming, for which `predicate` holds; rejects with the log after `boundMs`. */
  waitFor(
    predicate: (entry: LoggedMessage) => boolean,
    boundMs: number,
    what = "message",
  ): Promise<LoggedMessage> {
    const found = this.#kept.find(predicate);
    if (found !== undefined) return Promise.resolve(found);
    const coming = createMilestone<LoggedMessage>(what, () => this.describe());
    const stop = this.onEntry((entry) => {
      if (predicate(entry)) coming.reach(entry);
    });
    return coming.wait(boundMs).finally(stop);
  }

  /** Calls `listener` with each new entry; the result ends that. */
  onEntry(listener: (entry: LoggedMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Adds what the wire carried; a full log drops its oldest quarter (L2). */
  record(direction: "in" | "out", remote: string, raw: string): void {
    if (this.#kept.length >= this.#capacity) {
      const rest = this.#kept.slice(Math.ceil(this.#capacity / 4));
      this.#dropped += this.#kept.length - rest.length;
      this.#kept = rest;
      this.#seen.clear();
    }
    const entry = readEntry(direction, remote, raw, this.#seen);
    this.#kept.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }

  /** Adds a fault (L3). */
  fault(text: string): void {
    if (this.#faults.length < FAULTS_MAX) this.#faults.push(text);
  }

  /** One line per message, newest last: for error texts. */
  describe(): string {
    const messages = this.#kept.slice(-DESCRIBED_MAX).map((entry) => {
      const arrow = entry.direction === "in" ? "<--" : "-->";
      const { remote, startLine, cseq, method, callId } = entry;
      return `  ${arrow} ${remote} ${startLine} (CSeq ${cseq} ${method}, ${callId})`;
    });
    return [...messages, ...this.#faults.map((text) => `  fault: ${text}`)].join("\n");
  }
}

function isGoing(entry: LoggedMessage, direction: "in" | "out" | undefined): boolean {
  return direction === undefined || entry.direction === direction;
}

function readEntry(
  direction: "in" | "out",
  remote: string,
  raw: string,
  seen: Set<string>,
): LoggedMessage {
  const message = parse(raw);
  const headers = message?.headers ?? {};
  const status = message !== undefined && "status" in message ? message.status : null;
  const cseq = headers.cseq?.seq ?? 0;
  const method = headers.cseq?.method ?? "";
  const callId = headers["call-id"] ?? "";
  const branch = headers.via?.[0]?.params["branch"] ?? "";
  const tag = headers.to?.params["tag"] ?? "";
  const key = [direction, status, method, cseq, callId, branch, tag].join(" ");
  const retransmission = message !== undefined && seen.has(key);
  seen.add(key);
  return {
    at: Date.now(),
    direction,
    method: message !== undefined && "method" in message ? message.method : method,
    status,
    startLine: raw.slice(0, Math.max(0, raw.indexOf("\r\n"))),
    callId,
    cseq,
    from: addressText(headers.from),
    to: addressText(headers.to),
    reason: headerValues(raw, "reason")[0] ?? null,
    body: message?.content ?? "",
    retransmission,
    remote,
    raw,
  };
}

/** URI of a From, To or Contact as text, "" when it has none. */
export function addressText(address: NameAddr | undefined): string {
  return address?.uri === undefined ? "" : stringifyUri(address.uri);
}
