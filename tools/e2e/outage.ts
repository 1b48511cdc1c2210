/**
 * An outage under load: SIPp calls 20 times a second, one part of the cluster is killed with kill -9
 * and started again, and both sides of every call are read from SIPp's message logs. Owns: the load
 * and its timing. Does not own: what must hold.
 *
 * Half of the calls go straight to an outside number, half ring a group with that number in it; it
 * answers after 200 ms. Calls from before the kill talk until after the restart, the others 3 s. Each
 * call has a caller's number and an audio port of its own: its record and its two sides are found by
 * them.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Sipp, startSipp } from "../../loadtest/sipp.ts";
import { callsIn, type LoggedCall } from "./sipp-log.ts";
import { SIP_PORT, type World } from "./world.ts";

const PER_SECOND = 20;
const LOAD_MS = 12_000;
/** Calls of one outage. */
export const CALLS = (PER_SECOND * LOAD_MS) / 1_000;
const KILL_AFTER_MS = 2_000;
const OUTAGE_MS = 5_000;
const TALK_MS = 3_000;
/** Until 2 s after the restart, also for the very first call. */
const LONG_TALK_MS = 9_000;
const MOBILE_RINGS_MS = 200;
const CALLER_PORT = 5070;
/** From the last call's start: a setup that waits for the restart, and its talk. */
const ENDS_WITHIN_MS = 40_000;
const BYE_ARRIVES_WITHIN_MS = 5_000;
const LOOK_AGAIN_MS = 100;
/** Above all calls of all outages. */
const MOBILE_CALLS_MAX = 1_000_000;
const DIRECT = "05055551010";
const GROUP = "05055551000";

/** How a part dies and how it comes back; `during` runs in between. */
export interface Outage {
  readonly name: string;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly during?: () => Promise<void>;
}

/** What both sides saw. Moments are ms. */
export interface Seen {
  readonly startedAt: number;
  readonly killedAt: number;
  readonly restartedAt: number;
  /** False when SIPp had to be stopped. */
  readonly hasEnded: boolean;
  readonly calls: readonly LoggedCall[];
  /** Legs that the mobile got for a call, by its audio port. */
  readonly legsOf: (call: LoggedCall) => readonly LoggedCall[];
}

/** Caller and mobile of one network. */
export interface Load {
  readonly run: (outage: Outage) => Promise<Seen>;
  readonly end: () => Promise<void>;
}

/** Starts the mobile; `dir` takes SIPp's files. */
export function startLoad({ edge }: World, carrier: string, dir: string): Load {
  const folder = (name: string): string => {
    const path = join(dir, `sipp-${name}`);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const common = { host: carrier, traced: true } as const;
  const mobile: Sipp = startSipp({
    ...common,
    scenario: "answers",
    dir: folder("mobile"),
    port: SIP_PORT,
    calls: MOBILE_CALLS_MAX,
    pauseMs: MOBILE_RINGS_MS,
  });
  let lastCall = 0;
  const run = async (outage: Outage): Promise<Seen> => {
    const own = folder(outage.name);
    const numbers = writeNumbers(own, lastCall);
    lastCall += CALLS;
    const startedAt = Date.now();
    const caller = startSipp({
      ...common,
      scenario: "caller-in-an-outage",
      dir: own,
      port: CALLER_PORT,
      calls: CALLS,
      pauseMs: 0,
      calling: { target: `${edge.host}:${edge.port}`, perSecond: PER_SECOND, numbers },
    });
    const moments = await killAndStart(outage);
    const hasEnded = await caller.ended(ENDS_WITHIN_MS);
    const legs = await legsSince(startedAt, folder("mobile"));
    const legsOf = ({ audioPort }: LoggedCall) => legs.get(audioPort) ?? [];
    return { startedAt, ...moments, hasEnded, calls: logged(own), legsOf };
  };
  return { run, end: mobile.kill };
}

const logged = (dir: string): readonly LoggedCall[] =>
  callsIn(readFileSync(join(dir, "messages.log"), "utf8"));

/** The mobile's legs by audio port; waits for the last BYE on its way, but does not insist on it. */
async function legsSince(
  startedAt: number,
  dir: string,
): Promise<ReadonlyMap<number, readonly LoggedCall[]>> {
  const giveUpAt = Date.now() + BYE_ARRIVES_WITHIN_MS;
  for (;;) {
    const legs = logged(dir).filter(({ offeredAt }) => offeredAt >= startedAt);
    const isUp = legs.some(({ final, byeGotAt }) => final?.status === 200 && byeGotAt === null);
    if (!isUp || Date.now() > giveUpAt) return Map.groupBy(legs, ({ audioPort }) => audioPort);
    await delay(LOOK_AGAIN_MS);
  }
}

async function killAndStart({ kill, start, during }: Outage) {
  await delay(KILL_AFTER_MS);
  const killedAt = Date.now();
  await kill();
  await Promise.all([delay(OUTAGE_MS), during?.()]);
  const restartedAt = Date.now();
  await start();
  return { killedAt, restartedAt };
}

/** One line a call, as the scenario reads it. */
function writeNumbers(dir: string, before: number): string {
  const longTalks = (PER_SECOND * KILL_AFTER_MS) / 1_000;
  const lines = Array.from({ length: CALLS }, (_, index) => {
    const call = before + index + 1;
    const number = index % 2 === 0 ? DIRECT : GROUP;
    const talkMs = index < longTalks ? LONG_TALK_MS : TALK_MS;
    return `${number};${`03${99_000_000 + call}`};${talkMs};${20_000 + 2 * call};`;
  });
  const file = join(dir, "numbers.csv");
  writeFileSync(file, ["SEQUENTIAL", ...lines, ""].join("\n"));
  return file;
}
