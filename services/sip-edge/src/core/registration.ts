/**
 * The registrar's decision (RFC 3261 10.3): bindings of one AOR and a REGISTER give new bindings or a
 * refusal. Owns: contact rules, expiry, order of requests. Does not own: who may register, where
 * bindings are kept.
 *
 * G1  All contacts of a REGISTER are taken, or none (10.3 step 7).
 * G2  A refresh that changes nothing is not written before half of the granted time is over
 *     (a KV write costs 55 us); the answer then tells the time that is left. Its CSeq is not remembered either.
 * G3  An AOR has at most CONTACTS_MAX live contacts.
 * G4  A contact is dialled through the endpoint that its REGISTER came from, whatever host its URI
 *     names: that is the way through the telephone's NAT.
 */
import type { NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { isSameContact } from "./contact-uri.ts";
import { callId, contacts, cseq, expires, header, readDeltaSeconds } from "./message/fields.ts";
import type { Endpoint, SipRequest } from "./message/message.ts";
import type { NameAddr } from "./message/name-addr.ts";
import { endOfDigits } from "./message/scan.ts";
import { parseSipUri, type SipUri } from "./message/uri.ts";

/** Shorter would make one telephone cost more than sixty; RFC 3261 10.3 step 6. */
export const EXPIRES_MIN_S = 60;
/** Longer would leave dead contacts ringing for too long; also what is granted when nobody asks. */
export const EXPIRES_MAX_S = 3600;
/** Live contacts of one AOR: each call to it is forked to all of them. */
export const CONTACTS_MAX = 10;
/** Part of the asked time by which a grant may be shorter, so that refreshes spread out. */
const JITTER = 0.1;

/** One contact of an AOR. */
export interface ContactBinding {
  readonly contactUri: string;
  /** As received; null when there was none. */
  readonly q: string | null;
  readonly sipCallId: string;
  readonly cseq: number;
  /** Seconds the telephone asked for (within the limits), before jitter. */
  readonly askedS: number;
  readonly registeredAt: Instant;
  readonly expiresAt: Instant;
  readonly endpoint: Endpoint;
  /** The edge that received the REGISTER and, for TCP, holds the flow. */
  readonly edge: NodeId;
  /** Which life of that edge: a flow ends with it. */
  readonly boot: string;
}

/** Through which edge and endpoint a REGISTER came. */
export interface Origin {
  readonly endpoint: Endpoint;
  readonly edge: NodeId;
  readonly boot: string;
}

/** The REGISTER and the moment it is judged; `draw` in [0,1) decides the jitter. */
export interface Registering {
  readonly request: SipRequest;
  readonly origin: Origin;
  readonly at: Instant;
  readonly draw: number;
}

/** Why a REGISTER changed nothing. */
export type RegisterRefusal =
  /** A Contact that cannot be read or called, or a star with anything beside Expires 0: 400. */
  | "bad-contact"
  /** 423 with Min-Expires. */
  | "interval-too-brief"
  /** Lower CSeq than the last one of this Call-ID: 500, as RFC 3261 12.2.2 does in dialogs. */
  | "out-of-order"
  /** 403. */
  | "too-many-contacts";

/** The decision; bindings are the most recent first. */
export type Registered =
  | {
      readonly kind: "registered";
      readonly bindings: readonly ContactBinding[];
      readonly isWriteNeeded: boolean;
    }
  | { readonly kind: "refused"; readonly refusal: RegisterRefusal };

interface Wish {
  readonly uri: SipUri;
  readonly contactUri: string;
  readonly q: string | null;
  /** 0 removes. */
  readonly askedS: number;
}

/** Decides on a REGISTER; `current` are the live bindings of the AOR. */
export function register(current: readonly ContactBinding[], registering: Registering): Registered {
  const { request } = registering;
  const asked = contacts(request);
  switch (asked.kind) {
    case "malformed":
      return refused("bad-contact");
    case "star":
      return removeAll(current, request);
    case "list": {
      const wishes = readWishes(asked.list, header(request, "expires"));
      return typeof wishes === "string" ? refused(wishes) : grant(current, wishes, registering);
    }
  }
}

/** Milliseconds until the last of the bindings ends; 0 when there are none. */
export function lifetimeMs(bindings: readonly ContactBinding[], at: Instant): number {
  return Math.max(0, ...bindings.map(({ expiresAt }) => expiresAt - at));
}

/** Contact values of a 200, each with the seconds left. RFC 3261 10.3 step 8. */
export function contactValues(bindings: readonly ContactBinding[], at: Instant): readonly string[] {
  return bindings.map(({ contactUri, q, expiresAt }) => {
    const left = Math.max(1, Math.ceil((expiresAt - at) / 1000));
    return `<${contactUri}>${q === null ? "" : `;q=${q}`};expires=${left}`;
  });
}

/** `Contact: *`: everything goes, unless a newer request of the same Call-ID was here before. */
function removeAll(current: readonly ContactBinding[], request: SipRequest): Registered {
  if (expires(request) !== 0) return refused("bad-contact");
  const isOld = current.some(
    (binding) => binding.sipCallId === callId(request) && binding.cseq >= cseq(request).number,
  );
  if (isOld) return refused("out-of-order");
  return { kind: "registered", bindings: [], isWriteNeeded: current.length > 0 };
}

function readWishes(
  list: readonly NameAddr[],
  expiresHeader: string | undefined,
): readonly Wish[] | RegisterRefusal {
  const wishes: Wish[] = [];
  for (const { uri: contactUri, params } of list) {
    const uri = parseSipUri(contactUri);
    if (uri.kind === "uri-fault" || uri.scheme === "tel") return "bad-contact";
    const q = params.get("q") ?? null;
    if (q !== null && !isQValue(q)) return "bad-contact";
    const wanted = readDeltaSeconds(params.get("expires") ?? expiresHeader ?? "") ?? EXPIRES_MAX_S;
    if (wanted > 0 && wanted < EXPIRES_MIN_S) return "interval-too-brief";
    wishes.push({ uri, contactUri, q, askedS: Math.min(wanted, EXPIRES_MAX_S) });
  }
  return wishes;
}

function grant(
  current: readonly ContactBinding[],
  wishes: readonly Wish[],
  registering: Registering,
): Registered {
  let bindings = current;
  let isWriteNeeded = false;
  for (const wish of wishes) {
    const bound = current.find((binding) => isBoundTo(binding, wish.uri));
    const order = bound === undefined ? "later" : orderOf(bound, wish, registering.request);
    if (order === "earlier") return refused("out-of-order");
    if (order === "repeated") continue;
    isWriteNeeded ||= wish.askedS === 0 ? bound !== undefined : !isFresh(bound, wish, registering);
    const others = bindings.filter((binding) => !isBoundTo(binding, wish.uri));
    bindings = wish.askedS === 0 ? others : [bind(wish, registering), ...others];
  }
  if (bindings.length > CONTACTS_MAX) return refused("too-many-contacts");
  return { kind: "registered", bindings: isWriteNeeded ? bindings : current, isWriteNeeded };
}

/**
 * 10.3 step 7. DEVIATION: an equal CSeq that asks for what is bound already is taken for the same
 * request, come again by another way (a balancer may hand its copies to two edges), not refused.
 */
function orderOf(
  bound: ContactBinding,
  wish: Wish,
  request: SipRequest,
): "earlier" | "repeated" | "later" {
  const { number } = cseq(request);
  if (bound.sipCallId !== callId(request) || number > bound.cseq) return "later";
  return number === bound.cseq && wish.askedS === bound.askedS ? "repeated" : "earlier";
}

/** True when the stored binding says the same and more than half of its time is left (G2). */
function isFresh(
  bound: ContactBinding | undefined,
  wish: Wish,
  { request, origin, at }: Registering,
): boolean {
  if (bound === undefined || bound.askedS !== wish.askedS || bound.q !== wish.q) return false;
  if (bound.contactUri !== wish.contactUri || bound.sipCallId !== callId(request)) return false;
  if (bound.edge !== origin.edge || bound.boot !== origin.boot) return false;
  if (!isSameEndpoint(bound.endpoint, origin.endpoint)) return false;
  return (bound.expiresAt - at) * 2 > bound.expiresAt - bound.registeredAt;
}

function bind(wish: Wish, { request, origin, at, draw }: Registering): ContactBinding {
  const grantedS = Math.max(EXPIRES_MIN_S, wish.askedS - Math.floor(wish.askedS * JITTER * draw));
  return {
    contactUri: wish.contactUri,
    q: wish.q,
    sipCallId: callId(request),
    cseq: cseq(request).number,
    askedS: wish.askedS,
    registeredAt: at,
    expiresAt: at + grantedS * 1000,
    ...origin,
  };
}

function isBoundTo(binding: ContactBinding, uri: SipUri): boolean {
  const bound = parseSipUri(binding.contactUri);
  return bound.kind === "sip-uri" && isSameContact(bound, uri);
}

function isSameEndpoint(left: Endpoint, right: Endpoint): boolean {
  if (left.transport !== right.transport || left.flow !== right.flow) return false;
  return left.host === right.host && left.port === right.port;
}

/** `0` or `1` with up to three decimals, at most 1. RFC 3261 25.1. */
function isQValue(text: string): boolean {
  const whole = text.charAt(0);
  if (text.length > 5 || (whole !== "0" && whole !== "1")) return false;
  if (text.length > 1 && text.charAt(1) !== ".") return false;
  return endOfDigits(text, 2) >= text.length && (whole === "0" || Number(text) === 1);
}

function refused(refusal: RegisterRefusal): Registered {
  return { kind: "refused", refusal };
}
