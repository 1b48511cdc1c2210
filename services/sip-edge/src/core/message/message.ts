/**
 * The shape of a SIP message inside the edge (RFC 3261 7). Owns: the data types that parser,
 * serializer, transactions and dialogs share. Does not own: reading or writing bytes.
 *
 * M1  Text is latin1: one character is one byte, so offsets are byte counts.
 * M2  Header lines keep their order and their raw text; a header nobody touched is sent as it came.
 * M3  Fields (Via, CSeq, From ...) are read by the functions in fields.ts only. Those that the parser
 *     reads anyway to check the message go along in `checked`; the others are read when asked for.
 */

import type { CSeq } from "./cseq.ts";
import type { NameAddr } from "./name-addr.ts";
import type { SipUri } from "./uri.ts";
import type { Via } from "./via.ts";

/**
 * What the parser read. It holds for `headers` and `uri` of this very identity: a copy of the
 * message with other headers carries it along in vain, and fields.ts does not believe it.
 */
export interface CheckedFields {
  readonly headers: readonly HeaderLine[];
  readonly via: Via;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly cseq: CSeq;
  readonly target: { readonly text: string; readonly uri: SipUri } | undefined;
}

/** One header line: canonical lower-case long name, the name as received, the raw value (unfolded). */
export interface HeaderLine {
  readonly name: string;
  readonly shown: string;
  readonly value: string;
}

/** A request; `body` is latin1 text, empty when there is none. */
export interface SipRequest {
  readonly kind: "request";
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly HeaderLine[];
  readonly body: string;
  readonly checked?: CheckedFields;
}

/** A response; `body` is latin1 text, empty when there is none. */
export interface SipResponse {
  readonly kind: "response";
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly HeaderLine[];
  readonly body: string;
  readonly checked?: CheckedFields;
}

/** Either kind of SIP message. */
export type SipMessage = SipRequest | SipResponse;

/** Where a message came from or goes to. `flow` names one TCP connection of this process. */
export interface Endpoint {
  readonly transport: "udp" | "tcp";
  readonly host: string;
  readonly port: number;
  readonly flow?: string;
}
