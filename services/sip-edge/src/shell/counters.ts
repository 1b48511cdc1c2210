/**
 * What the endpoint counts. Owns: the tallies and their bounded label sets. Does not own: how they
 * are exported.
 */

/** Methods counted by name; all others count as `other`, so that a peer cannot mint labels. */
const METHODS: ReadonlySet<string> = new Set([
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "OPTIONS",
  "REGISTER",
  "INFO",
  "UPDATE",
  "PRACK",
  "REFER",
  "NOTIFY",
  "SUBSCRIBE",
  "MESSAGE",
  "PUBLISH",
]);

/** Why something was dropped or answered without a transaction. */
export type DropReason =
  | "table-full"
  | "rate-limited"
  | "response-stray"
  | "response-after-final"
  | "unanswered"
  | "send-failed"
  | "framing"
  | "socket-fault"
  | "listener-fault";

/** Count by method, status or reason. */
export type Tally = Readonly<Record<string, number>>;

/** A snapshot. Counts grow for ever; those at the end but `connectionsRefused` are gauges of the moment. */
export interface EndpointCounters {
  readonly requestsIn: Tally;
  readonly requestsOut: Tally;
  readonly requestsRepeatedIn: Tally;
  readonly requestsRepeatedOut: Tally;
  readonly responsesIn: Tally;
  readonly responsesOut: Tally;
  readonly responsesRepeatedOut: Tally;
  readonly malformed: Tally;
  readonly dropped: Tally;
  readonly serverTransactions: number;
  readonly clientTransactions: number;
  /** INVITEs that were answered with 2xx and not forgotten yet (timer L). */
  readonly acceptedInvites: number;
  readonly connections: number;
  readonly connectionsRefused: number;
}

/** The tally that a count goes to. */
export type TallyName = Exclude<
  keyof EndpointCounters,
  | "serverTransactions"
  | "clientTransactions"
  | "acceptedInvites"
  | "connections"
  | "connectionsRefused"
>;

/** The live tallies. */
export class Counters {
  readonly #tallies: Readonly<Record<TallyName, Map<string, number>>> = {
    requestsIn: new Map(),
    requestsOut: new Map(),
    requestsRepeatedIn: new Map(),
    requestsRepeatedOut: new Map(),
    responsesIn: new Map(),
    responsesOut: new Map(),
    responsesRepeatedOut: new Map(),
    malformed: new Map(),
    dropped: new Map(),
  };

  /** Counts one request by its method. */
  request(tally: TallyName, method: string): void {
    this.#add(tally, METHODS.has(method) ? method : "other");
  }

  /** Counts one response by its status. */
  response(tally: TallyName, status: number): void {
    this.#add(tally, String(status));
  }

  /** Counts one refused message by the parser's reason. */
  malformed(reason: string): void {
    this.#add("malformed", reason);
  }

  /** Counts one dropped message or one fault. */
  dropped(reason: DropReason): void {
    this.#add("dropped", reason);
  }

  /** All tallies as plain records. */
  snapshot(): Pick<EndpointCounters, TallyName> {
    const t = this.#tallies;
    return {
      requestsIn: Object.fromEntries(t.requestsIn),
      requestsOut: Object.fromEntries(t.requestsOut),
      requestsRepeatedIn: Object.fromEntries(t.requestsRepeatedIn),
      requestsRepeatedOut: Object.fromEntries(t.requestsRepeatedOut),
      responsesIn: Object.fromEntries(t.responsesIn),
      responsesOut: Object.fromEntries(t.responsesOut),
      responsesRepeatedOut: Object.fromEntries(t.responsesRepeatedOut),
      malformed: Object.fromEntries(t.malformed),
      dropped: Object.fromEntries(t.dropped),
    };
  }

  #add(tally: TallyName, label: string): void {
    const counts = this.#tallies[tally];
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
}
