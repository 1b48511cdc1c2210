/**
 * What an INVITE from outside a dialog says (RFC 3261 8.2, DOMAIN 4.2, 4.3, 4.5). Owns: called number,
 * caller, privacy, diversions, priority, the refusals that need no look-up. Does not own: who may call
 * (authentication), what a number means (controller).
 *
 * IN1  The called number comes from P-Called-Party-ID or the Request-URI, never from To.
 * IN2  A withheld number is still read, for lawful records; `withheld` says that nobody is shown it.
 */
import { e164FromTrunk, isE164Fault } from "../../../lib/telephony/e164.ts";
import type { Caller, CallPriority, Offer, Origin } from "../../../lib/telephony/leg.ts";
import { contacts, from, header, headerValues, maxForwards, requestUri } from "./message/fields.ts";
import type { SipRequest } from "./message/message.ts";
import { readNameAddr } from "./message/name-addr.ts";
import type { HeaderPair } from "./message/serialize.ts";
import { parseSipUri } from "./message/uri.ts";

/** Most hops a call may yet take (RFC 3261 8.1.1.6). */
const MAX_FORWARDS_MAX = 70;
/** Diversions are compared with a limit of 5; counters beyond this are nonsense. */
const DIVERSIONS_MAX = 99;

const IDENTITY_HEADERS = [
  "p-asserted-identity",
  "p-preferred-identity",
  "remote-party-id",
] as const;

/** A call to offer, or the answer that the caller gets at once. */
export type Reception =
  | {
      readonly kind: "offer";
      readonly offer: Offer;
      /** Every number that the INVITE gives for its caller: none may leave on an outside leg (R8). */
      readonly callerNumbers: readonly string[];
    }
  | {
      readonly kind: "refusal";
      readonly status: number;
      readonly headers: readonly HeaderPair[];
    };

/** The refusal for what the INVITE itself says; null when there is none (8.2.2, 16.3). */
function faultOf(invite: SipRequest): Extract<Reception, { kind: "refusal" }> | null {
  const required = headerValues(invite, "require");
  if (required.length > 0) return refusal(420, [["Unsupported", required.join(", ")]]);
  if (maxForwards(invite) === 0) return refusal(483);
  const contact = contacts(invite);
  const hasContact = contact.kind === "list" && contact.list.length === 1;
  return hasContact ? null : refusal(400);
}

/** Reads the INVITE of an authenticated caller. */
export function receiveInvite(invite: SipRequest, origin: Origin, traceparent: string): Reception {
  const fault = faultOf(invite);
  if (fault !== null) return fault;
  const called = calledUser(invite, origin);
  if (called === "") return refusal(404);
  const offer: Offer = {
    origin,
    called,
    caller: callerOf(invite, origin),
    diversions: diversions(invite),
    priority: priorityOf(invite, origin),
    maxForwards: Math.min(maxForwards(invite) ?? MAX_FORWARDS_MAX, MAX_FORWARDS_MAX),
    traceparent,
  };
  return { kind: "offer", offer, callerNumbers: callerNumbers(invite) };
}

function callerNumbers(invite: SipRequest): readonly string[] {
  const uris = IDENTITY_HEADERS.flatMap((name) => headerValues(invite, name))
    .map((value) => readNameAddr(value)?.uri ?? "")
    .concat(from(invite).uri);
  return [...new Set(uris.map(userOf))].filter((user) => isDigits(user.replace("+", "")));
}

const refusal = (
  status: number,
  headers: readonly HeaderPair[] = [],
): Extract<Reception, { kind: "refusal" }> => ({ kind: "refusal", status, headers });

/** IN1. A telephone does not get to send the carriers' header. */
function calledUser(invite: SipRequest, origin: Origin): string {
  const party = origin.kind === "trunk" ? header(invite, "p-called-party-id") : undefined;
  const fromParty = party === undefined ? "" : userOf(readNameAddr(party)?.uri ?? "");
  if (fromParty !== "") return fromParty;
  const uri = requestUri(invite);
  return uri.kind === "uri-fault" ? "" : bareUser(uri.user);
}

function callerOf(invite: SipRequest, origin: Origin): Caller {
  const sender = from(invite);
  const user = userOf(sender.uri);
  const withheld = isWithheld(invite, sender.uri);
  if (origin.kind === "extension") {
    return { number: origin.extension, display: sender.display, withheld };
  }
  const asserted = headerValues(invite, "p-asserted-identity").map(readNameAddr);
  const identity = asserted.find((addr) => addr !== undefined && userOf(addr.uri) !== "");
  const number = numberOf(identity === undefined ? user : userOf(identity.uri));
  return { number, display: identity?.display ?? sender.display, withheld };
}

/** RFC 3323 4.2, RFC 3325 9.3; or the anonymous From alone (RFC 3323 4.1.1.3). */
function isWithheld(invite: SipRequest, uri: string): boolean {
  const wishes = headerValues(invite, "privacy")
    .flatMap((value) => value.split(";"))
    .map((wish) => wish.trim().toLowerCase());
  if (wishes.some((wish) => wish === "id" || wish === "user" || wish === "header")) return true;
  const parsed = parseSipUri(uri);
  if (parsed.kind === "uri-fault") return false;
  const user = parsed.user.toLowerCase();
  return user === "anonymous" || user === "restricted" || parsed.host === "anonymous.invalid";
}

/** E.164, or short digits as they came, or nothing. */
function numberOf(user: string): string {
  const number = e164FromTrunk(user);
  if (!isE164Fault(number)) return number;
  return isDigits(user) && user.length <= 8 ? user : "";
}

const isDigits = (text: string): boolean => /^[0-9]+$/.test(text);

function userOf(uri: string): string {
  const parsed = parseSipUri(uri);
  return parsed.kind === "uri-fault" ? "" : bareUser(parsed.user);
}

/** Without the parameters of a telephone-subscriber and its visual separators (RFC 3966 5.1.1). */
const bareUser = (user: string): string =>
  (user.split(";")[0] ?? "")
    .split("")
    .filter((char) => !"-.()".includes(char))
    .join("");

/** DOMAIN 4.5: max(sum of Diversion counters, History-Info entries that are diversions). */
function diversions(invite: SipRequest): number {
  const counted = headerValues(invite, "diversion")
    .map((value) => Number(readNameAddr(value)?.params.get("counter") ?? "1"))
    .map((count) => (Number.isInteger(count) && count > 0 ? count : 1))
    .reduce((sum, count) => sum + count, 0);
  const history = headerValues(invite, "history-info").filter((value) =>
    // RFC 4458: the retargeted URI says why, `;cause=302`.
    value.toLowerCase().includes(";cause="),
  );
  return Math.min(Math.max(counted, history.length), DIVERSIONS_MAX);
}

/** RFC 7090 3, 5: the mark lifts what the called company set up, so it is the carrier's to give. */
function priorityOf(invite: SipRequest, origin: Origin): CallPriority | null {
  const mark = origin.kind === "trunk" ? header(invite, "priority") : undefined;
  return mark?.trim().toLowerCase() === "psap-callback" ? "psap-callback" : null;
}
