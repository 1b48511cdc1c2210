import { describe, expect, it } from "vitest";
import type { LegId } from "../../../lib/telephony/ids.ts";
import type { Diverting } from "../../../lib/telephony/leg.ts";
import { ladderCall } from "../../test/ladder-notation.ts";
import { OWN, offer, REP } from "../../test/sample-company.ts";
import type { RingingCall } from "./call/state.ts";
import { divertingOf } from "./diverting.ts";

/** What is told when `leg` is dialled after these lines. */
function told(leg: string, lines: readonly string[], diversions = 0): Diverting {
  const call = ladderCall();
  for (const line of lines) call.say(line);
  const ringing = call.state() as RingingCall;
  const found = ringing.legs.find(({ target }) => target.leg === (leg as LegId));
  if (found?.target.member.kind !== "outside") throw new Error(`${leg} is not outside`);
  const source = found.target.member.source?.number;
  if (source === undefined) throw new Error(`${leg} has no source`);
  const from = { ...ringing.offered, offer: offer(REP, "+81312345678", { diversions }) };
  return divertingOf({ ...ringing, offered: from }, found, source);
}

const TO_REP = "offered +815010000001 by +81312345678";
const RELAY = [TO_REP, "route-found relay 201 +819011112222"];

describe("what a trunk may be told of the forwarding (4.2)", () => {
  it.each([
    ["busy", "leg-failed b1 486 busy", "user-busy"],
    ["rejected", "leg-failed b1 603 rejected", "deflection"],
    ["unavailable", "leg-failed b1 503 unavailable", "unavailable"],
    ["unregistered", "leg-failed b1 480 unregistered", "unavailable"],
    ["not-found", "leg-failed b1 404 not-found", "not-found"],
    ["no-answer", "leg-failed b1 408 no-answer", "no-answer"],
  ])("a relay's reason is what the target before did: %s", (_cause, end, reason) => {
    expect(told("b2", [...RELAY, end])).toEqual({ number: REP, reason, counter: 1 });
  });

  it("a target that rang out, by its CANCEL or by a 200 that crossed it, did not answer", () => {
    const rung = [...RELAY, "leg-ringing b1", "deadline"];
    expect(told("b2", rung).reason).toBe("no-answer");
    expect(told("b2", [...rung, "leg-answered b1"]).reason).toBe("no-answer");
  });

  it("the first target of a list is dialled unconditionally; those passed over do not count", () => {
    const skipped = [TO_REP, "route-found relay +815020000201 +819011112222 +819011113333"];
    expect(told("b2", skipped).reason).toBe("unconditional");
    const full = [...skipped, "channels-taken no b2 company:demo"];
    expect(told("b3", full).reason).toBe("unconditional");
  });

  it("all targets of a ring-all are", () => {
    const lines = [TO_REP, "route-found ring-all 201 +819011112222", "leg-failed b1 486 busy"];
    expect(told("b2", lines).reason).toBe("unconditional");
  });

  it("A21: it counts on from the diversions that the call already had, to two digits", () => {
    expect([0, 3, 98, 99].map((before) => told("b2", RELAY, before).counter)).toEqual([
      1, 4, 99, 99,
    ]);
  });

  it("who dialled an extension called no number: the source stands in its place", () => {
    const internal = ["offered 201 by 101", "route-found terminal 201 own +819011112222"];
    expect(told("b1", internal).number).toBe(OWN);
  });
});
