/**
 * How a phone treats the calls it gets, as data and as text.
 * Owns: the kinds, their short text form for the command line, the rules of a carrier's numbers.
 * Does not own: the SIP that follows from them (incoming.ts).
 * B1. Times are milliseconds from the arrival of the INVITE unless said otherwise.
 * B2. In a list of rules the first whose pattern fits the called number decides.
 */
import type { Hop } from "./stack.ts";

/** 181, then a new call to `to`, joined to the one that came (forwarding.ts). */
export interface ForwardBehaviour {
  readonly kind: "forward";
  /** Number or URI. */
  readonly to: string;
  /** Who calls; absent: the number that the call showed. */
  readonly from?: string;
  /** Counter of a Diversion header: this one, or those that came and one more; absent: no header. */
  readonly diversion?: number | "count";
  /** Next hop instead of the phone's outbound proxy. */
  readonly via?: Hop;
}

/** What happens to a call. */
export type Behaviour =
  /** Rings (ringStatus null: not at all), answers after `afterMs`, hangs up `byeAfterMs` after ACK. */
  | {
      readonly kind: "answer";
      readonly afterMs: number;
      readonly ringStatus?: 180 | 183 | null;
      readonly sdp?: string;
      readonly byeAfterMs?: number;
    }
  /** 486 at once. */
  | { readonly kind: "busy" }
  /** Any final status, at once. */
  | { readonly kind: "reject"; readonly status: number }
  /** Rings until CANCEL, or until the test calls answer() or reject(). */
  | { readonly kind: "ring"; readonly ringStatus?: 180 | 183 }
  | { readonly kind: "ring-then-reject"; readonly status: number; readonly afterMs: number }
  /** 100 and nothing more. */
  | { readonly kind: "trying" }
  /** No response at all, not even 100, also none to CANCEL. */
  | { readonly kind: "silent" }
  /** Rings; when the CANCEL comes it answers 200, as if both had crossed on the wire. */
  | { readonly kind: "answer-on-cancel" }
  | ForwardBehaviour;

/** The short forms, for --help. */
export const BEHAVIOUR_HELP = [
  "answer:AFTER[:HANGUP_AFTER]  ring, answer after AFTER, hang up HANGUP_AFTER later",
  "busy                         486 at once",
  "reject:STATUS                any status 300-699 at once, e.g. reject:503",
  "ring                         ring until the caller gives up",
  "ring-then-reject:STATUS:AFTER",
  "trying                       100, then nothing",
  "silent                       no response at all",
  "answer-on-cancel             ring; answer 200 when the CANCEL comes (crossing)",
  "forward:TO[:from=USER][:diversion[=COUNT]]",
  "                             181, then a new call to TO from USER, else from the number shown,",
  "                             joined to this one; diversion: it says how often it was diverted",
  "Times: 200, 200ms or 2s.",
].join("\n");

/** Reads a time such as 200, 200ms or 2s; null when it is none. */
export function parseDuration(text: string): number | null {
  const found = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s)?$/.exec(text);
  if (found === null) return null;
  return Math.round(Number(found[1]) * (found[2] === "s" ? 1000 : 1));
}

/** Reads the short form of a behaviour; a string result is the fault, fit to be shown. */
export function parseBehaviour(text: string): Behaviour | string {
  const [kind = "", ...words] = text.split(":");
  const [first = "", second] = words;
  const fault = `behaviour "${text}" is not understood; write one of\n${BEHAVIOUR_HELP}`;
  switch (kind) {
    case "answer": {
      const afterMs = parseDuration(first || "0");
      const byeAfterMs = second === undefined ? undefined : parseDuration(second);
      if (afterMs === null || byeAfterMs === null || words.length > 2) return fault;
      return { kind, afterMs, ...(byeAfterMs === undefined ? {} : { byeAfterMs }) };
    }
    case "reject": {
      const status = parseStatus(first);
      return status === null || words.length > 1 ? fault : { kind, status };
    }
    case "ring-then-reject": {
      const status = parseStatus(first);
      const afterMs = parseDuration(second ?? "");
      return status === null || afterMs === null ? fault : { kind, status, afterMs };
    }
    case "forward":
      return parseForward(words) ?? fault;
    case "busy":
    case "ring":
    case "trying":
    case "silent":
    case "answer-on-cancel":
      return words.length > 0 ? fault : { kind };
    default:
      return fault;
  }
}

function parseForward([to = "", ...words]: readonly string[]): ForwardBehaviour | null {
  let behaviour: ForwardBehaviour = { kind: "forward", to };
  for (const word of words) {
    const [name, value] = word.split("=", 2);
    if (name === "from" && isUser(value ?? "")) behaviour = { ...behaviour, from: value ?? "" };
    else if (name === "diversion" && /^\d{0,2}$/.test(value ?? "")) {
      behaviour = { ...behaviour, diversion: value === undefined ? "count" : Number(value) };
    } else return null;
  }
  return isUser(to) ? behaviour : null;
}

const isUser = (text: string): boolean => /^[+\w.-]+$/.test(text);

function parseStatus(text: string): number | null {
  return /^[3-6]\d\d$/.test(text) ? Number(text) : null;
}

/** A called-number pattern ("*" stands for any digits) and what happens to its calls. */
export interface NumberRule {
  readonly pattern: string;
  readonly behaviour: Behaviour;
}

/** Reads "PATTERN=BEHAVIOUR", e.g. "+81901*=answer:200"; a string result is the fault. */
export function parseRule(text: string): NumberRule | string {
  const equals = text.indexOf("=");
  const pattern = text.slice(0, Math.max(0, equals));
  if (!/^[+\w*.-]+$/.test(pattern)) {
    return `rule "${text}" is not understood; write PATTERN=BEHAVIOUR, such as +81901*=answer:200`;
  }
  const behaviour = parseBehaviour(text.slice(equals + 1));
  return typeof behaviour === "string" ? behaviour : { pattern, behaviour };
}

/** The behaviour for a called number (B2), or `otherwise`. */
export function chooseBehaviour(
  rules: readonly NumberRule[],
  number: string,
  otherwise: Behaviour,
): Behaviour {
  const rule = rules.find(({ pattern }) => isMatch(pattern.split("*"), number));
  return rule?.behaviour ?? otherwise;
}

/** `parts` are the fixed pieces around each "*", to be found in order, first and last at the ends. */
function isMatch(parts: readonly string[], number: string): boolean {
  const [head = "", ...rest] = parts;
  if (!number.startsWith(head)) return false;
  if (rest.length === 0) return number === head;
  let from = head.length;
  for (const part of rest.slice(0, -1)) {
    const found = number.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  const last = rest.at(-1) ?? "";
  return number.length - last.length >= from && number.endsWith(last);
}
