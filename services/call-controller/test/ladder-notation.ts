/**
 * Calls in words: one line an input, one line its effects. What a ladder may say:
 *
 *   offered TO by FROM             FROM is +E.164 (trunk) or an extension
 *   route-found MODE TARGETS       ring-all | relay | terminal EXT; see `route`
 *   leg-ringing b1 | leg-answered b1 | leg-failed b1 486 busy | leg-ended a far-end | caller-cancelled
 *   channels-taken b1 b2 no b3 company:demo | allocator-unreachable b1 | channels-released b1
 *   channels-lost b1
 *   route-unknown | registry-unreachable | record-written | adopted c2
 *   deadline                       time passes until the call's own deadline; the effects begin with it
 *   wait 5s                        time passes
 */
import type { CallRecord, LegRecord } from "../../lib/telephony/call-detail-record.ts";
import type { CallId, LegId, NodeId } from "../../lib/telephony/ids.ts";
import type { Instant } from "../../lib/telephony/instant.ts";
import type { EndCause, LegEndedBy, LegFact } from "../../lib/telephony/leg.ts";
import type { RouteGroup, RouteSnapshot } from "../../lib/telephony/route-snapshot.ts";
import type { CallEffect } from "../src/core/call/effect.ts";
import type { CallInput } from "../src/core/call/input.ts";
import type { CallState } from "../src/core/call/state.ts";
import { deadline, start, step } from "../src/core/call.ts";
import {
  EDGE,
  e164,
  group,
  HOME_REP,
  OWN,
  offer,
  REP,
  relay,
  terminal,
  toGroup,
  toTerminal,
} from "./sample-company.ts";

const START: Instant = 1_700_000_000_000;
const NETWORK_MS = 5;

/** A call that understands ladder lines. */
export interface LadderCall {
  /** Puts one line in; the effects as text. */
  readonly say: (line: string) => string;
  readonly state: () => CallState;
}

/** A new call, assigned and without input. */
export function ladderCall(): LadderCall {
  let now = START;
  let state: CallState = start({
    callId: "c1" as CallId,
    anchor: EDGE,
    controller: "ctl-1" as NodeId,
    epoch: 1,
    at: now,
  });
  let called = "";
  const put = (input: CallInput): string => {
    const next = step(state, now, input);
    const isOver = next.state.phase === "over" && state.phase !== "over";
    state = next.state;
    return [...next.effects.map(effectText), ...(isOver ? ["over"] : [])].join("; ");
  };
  const pass = (): string => {
    const due = deadline(state);
    if (due === null) return "no deadline";
    const waited = `(+${seconds(due - now)})`;
    now = Math.max(now, due);
    return `${waited} ${put({ kind: "deadline" })}`.trimEnd();
  };
  const say = (line: string): string => {
    const [verb = "", ...words] = line.split(/\s+/);
    if (verb === "deadline") return pass();
    if (verb === "wait") {
      now += Number((words[0] ?? "").replace("s", "")) * 1000;
      return "";
    }
    now += NETWORK_MS;
    if (verb === "offered") called = words[0] ?? "";
    const other = controllerInput(verb, words, called, state.head.epoch);
    if (other !== null) return put(other);
    const input = { seq: state.head.lastSeq + 1, at: now, fact: fact(verb, words) };
    return put({ kind: "edge-reported", input });
  };
  return { say, state: () => state };
}

function fact(verb: string, words: readonly string[]): LegFact {
  const leg = words[0] as LegId;
  switch (verb) {
    case "offered":
      return { kind: "offered", offer: offer(words[0] ?? "", words[2]) };
    case "leg-ringing":
      return { kind: "leg-ringing", leg, status: 180 };
    case "leg-answered":
      return { kind: "leg-answered", leg };
    case "leg-failed":
      return {
        kind: "leg-failed",
        leg,
        status: Number(words[1]),
        q850: 0,
        cause: words[2] as EndCause,
      };
    case "leg-ended":
      return {
        kind: "leg-ended",
        leg,
        by: words[1] as LegEndedBy,
        cause: (words[2] ?? "answered") as EndCause,
      };
    case "caller-cancelled":
      return { kind: "caller-cancelled" };
    default:
      throw new Error(`no such input: ${verb}`);
  }
}

function controllerInput(
  verb: string,
  words: readonly string[],
  called: string,
  epoch: number,
): CallInput | null {
  const legs = words as readonly LegId[];
  switch (verb) {
    case "route-found":
      return { kind: "route-found", snapshot: route(words, called) };
    case "route-unknown":
    case "registry-unreachable":
      return { kind: verb };
    case "channels-taken": {
      const no = words.indexOf("no");
      const granted = no === -1 ? legs : legs.slice(0, no);
      const scope = words.at(-1) ?? "";
      const refused = no === -1 ? [] : legs.slice(no + 1, -1).map((leg) => ({ leg, scope }));
      return { kind: "channels-taken", granted, refused };
    }
    case "allocator-unreachable":
    case "channels-lost":
    case "channels-released":
      return { kind: verb, legs };
    case "record-written":
      return { kind: "record-written", epoch };
    case "adopted":
      return { kind: "adopted", controller: words[0] as NodeId, epoch: epoch + 1 };
    default:
      return null;
  }
}

/**
 * `ring-all T...`, `relay T...`: the group of the called number or extension; `within 45s`: its time.
 * `terminal EXT [own] [home] [self] T...`: a terminal with its own number OWN, home number HOME_REP,
 * that rings first itself; its relay's targets follow.
 */
function route([mode = "", ...words]: readonly string[], called: string): RouteSnapshot {
  const entry = called.startsWith("+") ? e164(called) : null;
  switch (mode) {
    case "ring-all":
    case "relay":
      return toGroup(entry, groupOf(mode, words));
    case "terminal": {
      const [extension = "", ...rest] = words;
      const flags = ["own", "home", "self"];
      const targets = rest.filter((word) => !flags.includes(word));
      const own = terminal(extension, {
        number: rest.includes("own") ? OWN : null,
        homeRepresentative: rest.includes("home") ? HOME_REP : null,
        relay: relay(targets, { ringSelf: rest.includes("self") }),
      });
      return toTerminal(entry, own);
    }
    default:
      throw new Error(`no such route: ${mode}`);
  }
}

function groupOf(mode: RouteGroup["mode"], words: readonly string[]): RouteGroup {
  const limit = words.indexOf("within");
  if (limit === -1) return group(mode, words, { representative: REP });
  const totalRingMs = Number.parseInt(words[limit + 1] ?? "", 10) * 1000;
  return group(mode, words.slice(0, limit), { representative: REP, totalRingMs });
}

const seconds = (ms: number): string => `${Math.round(ms / 10) / 100}s`;

function effectText(effect: CallEffect): string {
  switch (effect.kind) {
    case "look-up-route":
      return `look-up-route ${effect.query.kind === "number" ? effect.query.number : effect.query.extension}`;
    case "dial": {
      const { leg, destination: to } = effect;
      return to.kind === "extension"
        ? `dial ${leg} ${to.extension}`
        : `dial ${leg} ${to.number} as ${to.source}`;
    }
    case "ring-caller":
      return `ring-caller ${effect.status}`;
    case "answer-caller":
      return `answer-caller ${effect.leg}`;
    case "cancel-leg":
    case "hang-up":
      return `${effect.kind} ${effect.leg} ${effect.cause}`;
    case "refuse-caller":
      return `refuse-caller ${effect.status}${effect.retryAfterS > 0 ? ` retry-after ${effect.retryAfterS}s` : ""}`;
    case "take-channels":
      return `take-channels ${effect.claims.map((claim) => claim.leg).join(" ")}`;
    case "renew-channels":
    case "release-channels":
      return `${effect.kind} ${effect.legs.join(" ")}`;
    case "write-record":
      return recordText(effect.record);
    default:
      return effect satisfies never;
  }
}

const recordText = (record: CallRecord): string =>
  `write-record ${record.disposition} by ${record.endedBy}, billable ${seconds(record.billableMs)} [${record.legs.map(legText).join(", ")}]`;

function legText({ leg, endCause, skipped, talkMs, billable }: LegRecord): string {
  const talk = talkMs > 0 ? ` ${seconds(talkMs)}` : "";
  const why = skipped === "" ? "" : ` (${skipped})`;
  return `${leg} ${endCause}${talk}${billable ? " billable" : ""}${why}`;
}
