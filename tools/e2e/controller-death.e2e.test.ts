/**
 * S9: the controller that holds a call is killed -9, frozen or drained at every moment of a ringing
 * relay, while they talk and while the call settles. The caller must notice nothing: the same targets
 * in the same order, none invited twice, one answer, one complete record, no channel left.
 *
 * The relay is 1001 (busy), a landline (503), a mobile (answers), 1002 (never its turn).
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";
import type { LoggedMessage } from "../phone/log.ts";
import type { IncomingCall, Phone } from "../phone/phone.ts";
import {
  drained,
  held,
  holder,
  killed,
  killedOwing,
  killedUnheard,
  protocolEvents,
  type Strike,
  single,
  slept,
  sleptUntold,
  spared,
  takenOver,
  waiting,
} from "./strikes.ts";
import { type ShownRecord, startWorld, type World } from "./world.ts";

const RELAY = "05055551001";
const MOBILE = "09012345678";
const LANDLINE = "0312345678";
const BOUND_MS = 10_000;

let world: World;
let desk: Phone;
let last: Phone;
let records = 0;

beforeAll(async () => {
  world = await startWorld({ net: 22 });
  world.carrier.setBehaviour({ kind: "ring" });
  desk = await world.telephone("1001", { kind: "ring" });
  last = await world.telephone("1002", { kind: "ring" });
});

afterAll(() => world?.end());

let startedAt = 0;
beforeEach(() => {
  startedAt = Date.now();
});

/** Every process runs again for the next test. */
afterEach(async () => {
  for (const { child } of world.cluster.services) child.signal("SIGCONT");
  const dead = world.cluster.of("controller").filter(({ child }) => !child.isRunning);
  await Promise.all(dead.map(({ child }) => child.start()));
});

type Moment = "desk" | "landline" | "mobile" | "talk";

/** What the landline does; the relay goes on either way. */
type Landline = "unavailable" | "no-answer";

/** A call over the whole relay; `strike` falls on the end of `moment`. Resolves with its record. */
async function relay(
  moment: Moment,
  strike: Strike,
  landline: Landline = "unavailable",
): Promise<ShownRecord> {
  const at = (now: Moment) => (act: () => Promise<unknown>) =>
    (now === moment ? strike : spared)(world, act);
  const call = world.caller.call(RELAY);
  const atDesk = await desk.nextCall(BOUND_MS);
  await call.provisional(180, BOUND_MS);
  await at("desk")(() => rejected(desk, atDesk, 486));
  const atLandline = await outside(LANDLINE);
  await at("landline")(async () => {
    if (landline === "no-answer") return atLandline.outcome(BOUND_MS);
    return rejected(world.carrier, atLandline, 503);
  });
  const atMobile = await outside(MOBILE);
  expect(atLandline.settled.value?.kind).toBe(landline === "no-answer" ? "cancelled" : "rejected");
  await at("mobile")(() => {
    atMobile.answer();
    return atMobile.answered(BOUND_MS);
  });
  const talk = await call.answered(BOUND_MS);
  const other = await atMobile.answered(BOUND_MS);
  await at("talk")(() => talk.bye());
  await other.ended.wait(BOUND_MS);
  return settled();
}

/** Refuses, and waits for the edge's ACK. */
function rejected(phone: Phone, call: IncomingCall, status: number): Promise<LoggedMessage> {
  call.reject(status);
  return phone.log.waitFor(
    ({ method, direction, callId }) =>
      method === "ACK" && direction === "in" && callId === call.callId,
    BOUND_MS,
    `ACK of ${status}`,
  );
}

async function outside(number: string): Promise<IncomingCall> {
  const call = await world.carrier.nextCall(BOUND_MS);
  expect(call.number).toBe(number);
  return call;
}

/** INVITEs out of a dialog since the test began; a repetition on the wire counts as none. */
const invites = (phone: Phone): readonly LoggedMessage[] =>
  phone.log
    .requests("INVITE", "in")
    .filter(
      ({ at, retransmission, raw }) =>
        at >= startedAt && !retransmission && !/^To:.*;tag=/im.test(raw),
    );

/** What S9 promises of every call's wire and channels; resolves with the only record of it. */
async function settled(): Promise<ShownRecord> {
  const order = [desk, last, world.carrier]
    .flatMap((phone) => invites(phone))
    .sort((one, other) => one.at - other.at)
    .map(({ startLine }) => /sip:(\d+)@/.exec(startLine)?.[1]);
  expect(order).toEqual(["1001", LANDLINE, MOBILE]);
  const answers = world.caller.log.responses(200, "in").filter(({ at, method, retransmission }) => {
    return at >= startedAt && method === "INVITE" && !retransmission;
  });
  expect(answers).toHaveLength(1);
  await waitFor(
    () => [desk, last, world.carrier, world.caller].every(({ callsUp }) => callsUp === 0),
    "no telephone is up",
  );
  await waitFor(async () => (await world.channelsHeld()) === 0, "no channel is held", BOUND_MS);
  await waitFor(
    async () => (await held(world, single(world, "edge"))) === 0,
    "the edge forgets it",
    BOUND_MS,
  );
  records += 1;
  const stored = await world.records("+815055551001", records);
  expect(stored).toHaveLength(records);
  const record = stored.at(-1);
  if (record === undefined) throw new Error("no record");
  return record;
}

/** What a record tells of the relay, with the end of the landline's leg. */
const told = (landline: Landline) => ({
  disposition: "answered",
  endedBy: "caller",
  mode: "relay",
  legs: [
    leg("1001", "busy"),
    leg("+81312345678", landline),
    { ...leg("+819012345678", "answered"), billable: true },
    leg("1002", "not-tried"),
  ],
});

const leg = (member: string, endCause: string) => ({
  member: expect.objectContaining(
    member.startsWith("+") ? { number: member } : { extension: member },
  ),
  endCause,
  billable: false,
});

describe("S9: kill -9 of the controller that holds the call", () => {
  it("before it knows the route: the other one looks it up", async () => {
    // Nobody has asked for this number yet, so the answer must come from the registry.
    single(world, "registry").child.signal("SIGSTOP");
    const call = world.caller.call(RELAY);
    const controller = await holder(world);
    expect(invites(desk)).toEqual([]);
    await controller.child.kill();
    single(world, "registry").child.signal("SIGCONT");
    await takenOver(world, controller);
    (await desk.nextCall(BOUND_MS)).reject(486);
    (await outside(LANDLINE)).reject(503);
    (await outside(MOBILE)).answer();
    await (await call.answered(BOUND_MS)).bye();
    expect(await settled()).toMatchObject(told("unavailable"));
  });

  it.each([
    ["while the extension rings", "desk", killed],
    ["before it hears that the extension is busy", "desk", killedUnheard],
    ["while it waits for the landline's channel", "desk", waiting((child) => child.kill())],
    ["while the landline rings", "landline", killed],
    ["before it hears that the landline failed", "landline", killedUnheard],
    ["while the mobile rings", "mobile", killed],
    ["before it hears that the mobile answered", "mobile", killedUnheard],
    ["while they talk", "talk", killed],
    ["before it hears that the caller hung up", "talk", killedUnheard],
    ["while it owes the channels", "talk", killedOwing],
  ] as const)("%s", async (_title, moment, strike) => {
    const before = await protocolEvents(world, "adoption");
    expect(await relay(moment, strike)).toMatchObject(told("unavailable"));
    expect(await protocolEvents(world, "adoption")).toBeGreaterThan(before);
  });

  it("while the landline rings, which nobody answers: it is given up in time", async () => {
    expect(await relay("landline", killed, "no-answer")).toMatchObject(told("no-answer"));
  });
});

describe("a controller that only slept", () => {
  it.each([
    ["wakes to steps that nobody takes, and lets the call go", slept],
    ["takes no channel, even while the edge cannot tell it", sleptUntold],
  ] as const)("%s", async (_title, strike) => {
    expect(await relay("desk", strike)).toMatchObject(told("unavailable"));
  });
});

describe("SIGTERM of the controller that holds the call: the other one goes on", () => {
  it.each([
    ["while the extension rings", "desk", drained],
    ["while it waits for the landline's channel", "desk", waiting((child) => child.stop())],
    ["while the mobile rings", "mobile", drained],
    ["while they talk", "talk", drained],
  ] as const)("%s", async (_title, moment, strike) => {
    expect(await relay(moment, strike)).toMatchObject(told("unavailable"));
  });
});
