/**
 * The language between a call and one of its SIP dialogs, a side: the caller's, or one branch of a
 * B-leg. Owns: orders to a side, facts from it, and what the shell must do for it. The branch part
 * crosses NATS when another edge holds the target's connection (proto call/v1/branch.proto).
 *
 * SD1  A request that passes between two legs is a relay; its number is unique per side and direction
 *      of travel. Number 1 is the INVITE that made the side, number 0 is our BYE.
 * SD2  Bodies are latin1 text, as in SipMessage.
 */
import type { LegId } from "../../../../lib/telephony/ids.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { HeaderPair } from "../message/serialize.ts";

/** Relay number of the INVITE that made the side. */
export const INITIAL = 1;
/** Relay number of our own BYE. */
export const BYE = 0;

/** An in-dialog request on its way to the other leg; method ACK settles an INVITE without offer. */
export interface RelayRequest {
  readonly relayId: number;
  readonly method: string;
  readonly headers: readonly HeaderPair[];
  readonly body: string;
}

/** Its answer on the way back; `relayId` 0 in `progressed`, which answers the INVITE of a branch. */
export interface RelayResponse {
  readonly relayId: number;
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly HeaderPair[];
  readonly body: string;
}

/** What the call wants of a side. */
export type SideOrder =
  /** Branch: send the INVITE. From has no tag; Via, Call-ID, CSeq, Contact are the side's. */
  | {
      readonly kind: "dial";
      readonly requestUri: string;
      readonly headers: readonly HeaderPair[];
      readonly body: string;
    }
  /** Branch: end an unanswered INVITE. `reason` is a Reason header value (RFC 3326). */
  | { readonly kind: "cancel"; readonly reason: string }
  /** Caller: a provisional response; `leg` is whose session description it carries, if any. */
  | {
      readonly kind: "ring";
      readonly status: number;
      readonly sdp: string;
      readonly leg: LegId | null;
    }
  /** Caller: 200 with the session description of that leg. */
  | { readonly kind: "answer"; readonly sdp: string; readonly leg: LegId }
  /** Caller: a final refusal. */
  | {
      readonly kind: "refuse";
      readonly status: number;
      readonly reason: string;
      readonly headers: readonly HeaderPair[];
    }
  | { readonly kind: "hang-up"; readonly reason: string }
  | { readonly kind: "request"; readonly request: RelayRequest }
  | { readonly kind: "response"; readonly response: RelayResponse };

/** What a side saw. */
export type SideFact =
  /** Branch: a provisional or final response to its INVITE, also 408 and 503 of our own making. */
  | { readonly kind: "progressed"; readonly response: RelayResponse }
  /** Caller: CANCEL before our final response; 487 is sent. */
  | { readonly kind: "cancelled" }
  /** Our final refusal is sent, or the answered dialog is over on both ends. */
  | { readonly kind: "ended"; readonly byFarEnd: boolean; readonly reason: string }
  | { readonly kind: "request"; readonly request: RelayRequest }
  | { readonly kind: "response"; readonly response: RelayResponse };

/** What a side is stepped with. */
export type SideInput =
  | { readonly kind: "ordered"; readonly order: SideOrder }
  /** In the dialog; not ACK, not CANCEL. */
  | { readonly kind: "request-received"; readonly request: SipRequest }
  | { readonly kind: "ack-received"; readonly request: SipRequest }
  /** CANCEL of the INVITE with that relay number; its 200 is sent. */
  | { readonly kind: "cancel-received"; readonly relayId: number }
  | { readonly kind: "ack-missing"; readonly relayId: number }
  | {
      readonly kind: "response-received";
      readonly relayId: number;
      readonly response: SipResponse;
    }
  /** No final response came (408) or the request could not be sent (503), RFC 3261 8.1.3.1. */
  | { readonly kind: "response-missing"; readonly relayId: number; readonly status: 408 | 503 };

/** A request and the URI that leads to its next hop; null: where the side was dialled to. */
export interface Outgoing {
  readonly request: SipRequest;
  readonly nextHop: string | null;
}

/** What the shell must do for a side. */
export type SideEffect =
  /** Answer the request that is being stepped. */
  | { readonly kind: "respond"; readonly response: SipResponse }
  /** Keep its transaction: the answer follows under this number. */
  | { readonly kind: "hold"; readonly relayId: number }
  /** Answer a kept one; only a final response lets it go. */
  | { readonly kind: "respond-held"; readonly relayId: number; readonly response: SipResponse }
  | ({ readonly kind: "send"; readonly relayId: number } & Outgoing)
  | { readonly kind: "cancel"; readonly relayId: number; readonly reason: string }
  /** ACK of a 2xx to the INVITE with that number. */
  | ({ readonly kind: "acknowledge"; readonly relayId: number } & Outgoing)
  /** A request of a dialog that nobody keeps (a further answer of a forked INVITE). */
  | ({ readonly kind: "send-and-forget" } & Outgoing)
  | { readonly kind: "report"; readonly fact: SideFact };

/** State and effects after one input. */
export interface SideStep<S> {
  readonly state: S;
  readonly effects: readonly SideEffect[];
}
