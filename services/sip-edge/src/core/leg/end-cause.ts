/**
 * Between SIP and the trade's end causes. Owns: what a final status means for a leg (DOMAIN 2.3), the
 * Q.850 cause in a Reason header, and the Reason that a telephone reads when we let it go (RFC 3326).
 */

import { unreachable } from "../../../../lib/telephony/assert.ts";
import type { EndCause } from "../../../../lib/telephony/leg.ts";
import { headerValues } from "../message/fields.ts";
import type { SipMessage } from "../message/message.ts";
import type { HeaderPair } from "../message/serialize.ts";

/** What a final failure means. A redirection is not followed (DOMAIN 4.4): the leg is unavailable. */
export function failureCause(status: number): EndCause {
  switch (status) {
    case 486:
    case 600:
      return "busy";
    case 403:
    case 603:
    case 607:
    case 608:
      return "rejected";
    case 404:
    case 410:
    case 484:
    case 604:
      return "not-found";
    case 487:
      return "no-answer";
    default:
      return "unavailable";
  }
}

/** Of several branches the leg reports the failure that says most about the person called. */
const TELLING: readonly EndCause[] = ["busy", "rejected", "not-found", "no-answer", "unavailable"];

/** Rank of a cause among branch failures; the lowest is reported. */
export const failureRank = (cause: EndCause): number =>
  TELLING.includes(cause) ? TELLING.indexOf(cause) : TELLING.length;

/** The Q.850 cause of a message's Reason headers; 0 when there is none. RFC 3326 2. */
export const q850Cause = (message: SipMessage): number =>
  q850Of(headerValues(message, "reason").map((value) => ["Reason", value]));

/** The same for header pairs. */
export function q850Of(headers: readonly HeaderPair[]): number {
  for (const [name, value] of headers) {
    if (name.toLowerCase() !== "reason") continue;
    const [protocol = "", ...params] = value.split(";").map((part) => part.trim().toLowerCase());
    const cause = params.find((param) => param.startsWith("cause="))?.slice("cause=".length);
    const number = Number(cause);
    if (protocol === "q.850" && number >= 1 && number <= 127) return number;
  }
  return 0;
}

const ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere", Q.850;cause=26';

/** The Reason value of a CANCEL or BYE, so that a telephone logs a missed call only if it is one. */
export function reasonFor(cause: EndCause): string {
  switch (cause) {
    case "cancelled-elsewhere":
    case "lost-race":
      return ELSEWHERE;
    case "answered":
      return 'Q.850;cause=16;text="Normal call clearing"';
    case "no-answer":
      return 'SIP;cause=487;text="No answer", Q.850;cause=19';
    case "abandoned":
      return 'SIP;cause=487;text="Originator cancelled", Q.850;cause=16';
    case "session-timeout":
      return 'SIP;cause=408;text="Session timed out", Q.850;cause=102';
    case "crashed":
      return 'SIP;cause=500;text="Server failure", Q.850;cause=41';
    case "busy":
    case "rejected":
    case "not-found":
    case "unavailable":
    case "unregistered":
    case "no-channel":
    case "refused":
    case "not-tried":
      return "Q.850;cause=31";
    default:
      return unreachable(cause);
  }
}
