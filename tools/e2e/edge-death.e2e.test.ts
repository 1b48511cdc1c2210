/**
 * The edge is killed -9 and started again under its name while two calls talk and one rings. Those who
 * talk must notice nothing, whoever hangs up; the telephones of the call that rang stop by themselves
 * when the Expires of their INVITE is over. Registrations are known to the next life.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";
import type { Dialog } from "../phone/dialog.ts";
import type { Phone } from "../phone/phone.ts";
import { byNumber, memberOf, startWorld, type World } from "./world.ts";

const BOUND_MS = 10_000;
/** Extension 1001 is the first target of the relay and rings for 10 s (company.yaml). */
const RELAY = "05055551001";
/** Straight to the mobile, over the trunk. */
const TO_MOBILE = "05055551010";
const MOBILE = "09012345678";
/** Expires of its INVITE is 25 s: ring time, time to begin ringing, the margin of our own timers. */
const EXPIRES_MS = 26_000;
const EDGE = "edge-1";

interface Talk {
  readonly caller: Dialog;
  readonly callee: Dialog;
}

let world: World;
let ringing: Phone;
let from: Phone;
let to: Phone;

beforeAll(async () => {
  world = await startWorld({ net: 28 });
  world.carrier.setBehaviour(byNumber({ [MOBILE]: { kind: "ring" } }));
  ringing = await world.telephone("1001", { kind: "ring" });
  from = await world.telephone("1005", { kind: "ring" });
  to = await world.telephone("1006", { kind: "ring" }, { transport: "tcp" });
});

afterAll(() => world?.end());

async function talk(caller: Phone, number: string, callee: Phone): Promise<Talk> {
  const call = caller.call(number);
  const incoming = await callee.nextCall(BOUND_MS);
  incoming.answer();
  return { caller: await call.answered(BOUND_MS), callee: await incoming.answered(BOUND_MS) };
}

const ofEdge = (name: string, label?: string): Promise<number> =>
  world.metric(EDGE, `kakehashi_${name}`, label);

const written = (count: number): Promise<boolean> =>
  waitFor(
    async () => (await ofEdge("answered_call_writes_total", 'outcome="written"')) >= count,
    `${count} answered calls are kept`,
    BOUND_MS,
  );

describe("kill -9 of the edge", () => {
  it("two talk on and hang up from either side, the one that rang stops by itself", async () => {
    const edge = world.cluster.of("edge")[0]?.child;
    if (edge === undefined) throw new Error("no edge");
    const inside = await talk(from, "1006", to);
    const outside = await talk(world.caller, TO_MOBILE, world.carrier);
    await written(2);
    const abandoned = world.caller.call(RELAY);
    const rung = await ringing.nextCall(BOUND_MS);
    // From now on the caller's INVITE is not repeated.
    await abandoned.provisional(180, BOUND_MS);

    await edge.kill();
    await edge.start();

    await waitFor(async () => (await ofEdge("active_calls")) === 2, "both talks are there");
    expect(await ofEdge("inherited_calls_total", 'outcome="claimed"')).toBe(2);
    // Both dialogs of both calls are asked, by a life that numbers on from above the last one.
    for (const phone of [from, to, world.carrier, world.caller]) {
      await phone.log.waitFor(
        ({ method, direction }) => method === "OPTIONS" && direction === "in",
        BOUND_MS,
        "OPTIONS of the next life",
      );
    }
    expect(await world.channelsHeld()).toBeGreaterThan(0);
    await inside.callee.bye();
    await inside.caller.ended.wait(BOUND_MS);
    await outside.caller.bye();
    await outside.callee.ended.wait(BOUND_MS);
    await waitFor(async () => (await world.channelsHeld()) === 0, "no channel is held", BOUND_MS);
    await waitFor(async () => (await ofEdge("active_calls")) === 0, "both are forgotten", BOUND_MS);

    const [mobile, ...more] = await world.records("+815055551010", 1);
    expect(more).toEqual([]);
    expect(mobile).toMatchObject({ disposition: "answered", endedBy: "caller" });
    expect(mobile?.legs.map((leg) => [memberOf(leg), leg.endCause, leg.billable])).toEqual([
      ["+819012345678", "answered", true],
    ]);
    const [extension, ...others] = await world.records("1006", 1);
    expect(others).toEqual([]);
    expect(extension).toMatchObject({ disposition: "answered", endedBy: "callee" });

    const outcome = await rung.outcome(EXPIRES_MS);
    expect(outcome.kind).toBe("expired");
    const [lost, ...no] = await world.records("+815055551001", 1);
    expect(no).toEqual([]);
    expect(lost).toMatchObject({ billableMs: 0 });
    expect(lost?.legs.every(({ billable }) => !billable)).toBe(true);
    await waitFor(async () => (await world.channelsHeld()) === 0, "no channel is held", BOUND_MS);
  });

  it("registrations are still known: the telephone that rang is called again", async () => {
    const { caller, callee } = await talk(from, "1001", ringing);
    await caller.bye();
    await callee.ended.wait(BOUND_MS);
  });
});
