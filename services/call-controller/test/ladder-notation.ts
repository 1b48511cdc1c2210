/**
 * Calls in words: one line an input, one line its effects. What a ladder may say:
 *
 *   offered TO by FROM [psap-callback]   FROM is +E.164 (trunk) or an extension
 *   route-found MODE TARGETS       ring-all | relay | terminal EXT; see `route`
 *   leg-ringing b1 | leg-answered b1 | leg-failed b1 486 busy | leg-ended a far-end | caller-cancelled
 *   channels-taken b1 b2 no b3 company:demo | allocator-unreachable b1 | channels-released b1
 *   channels-lost b1
 *   route-unknown | registry-unreachable | record-written | adopted c2
 *   deadline                       time passes until the call's own deadline; the effects begin with it
 *   wait 5s                        time passes
 *
 * Before the call, or between two:
 *   company WISH...                what the company's snapshot has from now on; see `wishes`
 *   controller loop-calls-max 5    guard (d) is off without it
 *   clock 2026-09-30T23:59:50      Tokyo time
 *   next-call                      the next lines are another call, of the same company
 */
import type { Schedule } from "../../lib/telephony/business-hours.ts";
import type { CallRecord, LegRecord } from "../../lib/telephony/call-detail-record.ts";
import type { CallId, GroupId, LegId, NodeId } from "../../lib/telephony/ids.ts";
import type { Instant } from "../../lib/telephony/instant.ts";
import type { EndCause, LegEndedBy, LegFact, Offer } from "../../lib/telephony/leg.ts";
import type { OwnNumber, RouteGroup, RouteSnapshot } from "../../lib/telephony/route-snapshot.ts";
import { type CivilDate, TOKYO } from "../../lib/telephony/tokyo-time.ts";
import type { CallEffect } from "../src/core/call/effect.ts";
import type { CallInput } from "../src/core/call/input.ts";
import type { CallState } from "../src/core/call/state.ts";
import { deadline, start, step } from "../src/core/call.ts";
import {
  counted,
  EDGE,
  e164,
  group,
  HOME_REP,
  OWN,
  offer,
  REP,
  relay,
  term,
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
  let loopCallsMax = 0;
  const newCall = (): CallState =>
    start({
      callId: "c1" as CallId,
      anchor: EDGE,
      controller: "ctl-1" as NodeId,
      epoch: 1,
      at: now,
      loopCallsMax,
    });
  let state = newCall();
  let called = "";
  let company: Wish = (snapshot) => snapshot;
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
    if (verb === "clock") now = instantOf(words[0] ?? "");
    if (verb === "controller") loopCallsMax = Number(words[1]);
    if (verb === "company") company = wishes(words);
    if (["clock", "controller", "next-call"].includes(verb)) state = newCall();
    if (["clock", "controller", "company", "next-call"].includes(verb)) return "";
    now += NETWORK_MS;
    if (verb === "offered") called = words[0] ?? "";
    const other = controllerInput(verb, words, called, state.head.epoch);
    if (other?.kind === "route-found") return put({ ...other, snapshot: company(other.snapshot) });
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
      return { kind: "offered", offer: offered(words) };
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

const offered = ([called = "", , caller, mark]: readonly string[]): Offer =>
  offer(called, caller, { priority: mark === "psap-callback" ? mark : null });

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

const instantOf = (civil: string): Instant =>
  Temporal.PlainDateTime.from(civil).toZonedDateTime(TOKYO).epochMilliseconds;

type Wish = (snapshot: RouteSnapshot) => RouteSnapshot;

const NEVER_OPEN: Schedule = { id: "never", open: [], openOnHolidays: true, closedDates: [] };

/**
 * `units 1`: that many add-on units of each number; `until 2026-10-01`: the contract ends; `channels 2`
 * of each number; `deny N`, `allow N`, `no-anonymous`: callers of the number; `closed`, `closed relay
 * T...`: out of hours, and the other group that rings then.
 */
function wishes([wish = "", ...words]: readonly string[]): Wish {
  const [word = ""] = words;
  const contract = (more: Parameters<typeof term>[0]): Wish => {
    return (snapshot) => ({ ...snapshot, contracts: [term(more)] });
  };
  switch (wish) {
    case "units":
      return contract({ addOns: [{ number: REP, units: Number(word) }] });
    case "until":
      return contract({ until: word as CivilDate });
    case "channels":
      return contract({ channelsPerNumber: Number(word) });
    case "deny":
    case "allow":
      return withEntry((entry) => ({ callers: { ...entry.callers, [wish]: [e164(word)] } }));
    case "no-anonymous":
      return withEntry((entry) => ({ callers: { ...entry.callers, refuseAnonymous: true } }));
    case "closed":
      return words.length === 0 ? closed : closedWith(group("relay", words.slice(1)));
    default:
      throw new Error(`no such wish: ${wish}`);
  }
}

const withEntry =
  (change: (entry: OwnNumber) => Partial<OwnNumber>): Wish =>
  (snapshot) => {
    const { entry } = snapshot;
    return entry === null ? snapshot : { ...snapshot, entry: { ...entry, ...change(entry) } };
  };

const closed: Wish = (snapshot) => ({ ...snapshot, schedule: NEVER_OPEN });

const closedWith = (night: RouteGroup): Wish => {
  const other = { ...night, id: "night" as GroupId };
  const plan = withEntry(() => ({ outOfHours: { kind: "group", groupId: other.id } }));
  return (snapshot) => {
    const shut = plan({ ...closed(snapshot), groups: [...snapshot.groups, other] });
    return { ...shut, ...counted(shut) };
  };
};

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
      return takeText(effect);
    case "renew-channels":
    case "release-channels":
      return `${effect.kind} ${effect.legs.join(" ")}`;
    case "write-record":
      return recordText(effect.record);
    default:
      return effect satisfies never;
  }
}

/** The legs; then the scopes that must be free (4.5 b) and the rates (4.5 d), when there are any. */
function takeText({ claims, rates }: CallEffect & { kind: "take-channels" }): string {
  const free = claims.flatMap(({ scopes }) => scopes.filter((scope) => scope.onlyWhenFree));
  return [
    `take-channels ${claims.map((claim) => claim.leg).join(" ")}`,
    ...[...new Set(free.map(({ id }) => id))].map((id) => `, only when ${id} is free`),
    ...rates.map(({ id, limit, windowMs }) => `, at most ${limit} ${id} in ${seconds(windowMs)}`),
  ].join("");
}

const recordText = (record: CallRecord): string =>
  `write-record ${record.disposition} by ${record.endedBy}${record.refusedBy === "" ? "" : ` (${record.refusedBy})`}, billable ${seconds(record.billableMs)} [${record.legs.map(legText).join(", ")}]`;

function legText({ leg, endCause, skipped, talkMs, billable }: LegRecord): string {
  const talk = talkMs > 0 ? ` ${seconds(talkMs)}` : "";
  const why = skipped === "" ? "" : ` (${skipped})`;
  return `${leg} ${endCause}${talk}${billable ? " billable" : ""}${why}`;
}
