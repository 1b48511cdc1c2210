/**
 * Why a message was refused at the door, and how to answer it. Does not own: sending the answer.
 */

import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { SipRequest } from "./message.ts";

/** The ways in which a message can be bad. */
export type ParseReason =
  | "empty"
  | "message-too-large"
  | "bad-start-line"
  | "unsupported-version"
  | "bad-request-uri"
  | "unsupported-uri-scheme"
  | "head-not-terminated"
  | "line-too-long"
  | "too-many-headers"
  | "control-character"
  | "bad-header-line"
  | "duplicate-header"
  | "missing-header"
  | "bad-via"
  | "bad-address"
  | "bad-call-id"
  | "bad-cseq"
  | "method-mismatch"
  | "bad-max-forwards"
  | "bad-content-length"
  | "body-too-short";

/** The status that a bad request gets. RFC 3261 21.4.1, 21.4.14, 21.5.6, 21.5.7. */
export type FaultStatus = 400 | 416 | 505 | 513;

/**
 * A message that was refused. `where` names the header or line. `status` and `partial` are there
 * together, when it is a request (not ACK) with Via, From, To, Call-ID and CSeq good enough to
 * answer: `respond(partial, status)`. Otherwise it is to be dropped.
 */
export interface ParseFault {
  readonly kind: "parse-fault";
  readonly reason: ParseReason;
  readonly where: string;
  readonly status?: FaultStatus;
  readonly partial?: SipRequest;
}

/** The status for a reason. */
export function faultStatus(reason: ParseReason): FaultStatus {
  switch (reason) {
    case "unsupported-version":
      return 505;
    case "unsupported-uri-scheme":
      return 416;
    case "message-too-large":
    case "line-too-long":
    case "too-many-headers":
      return 513;
    case "empty":
    case "bad-start-line":
    case "bad-request-uri":
    case "head-not-terminated":
    case "control-character":
    case "bad-header-line":
    case "duplicate-header":
    case "missing-header":
    case "bad-via":
    case "bad-address":
    case "bad-call-id":
    case "bad-cseq":
    case "method-mismatch":
    case "bad-max-forwards":
    case "bad-content-length":
    case "body-too-short":
      return 400;
    default:
      return unreachable(reason);
  }
}
