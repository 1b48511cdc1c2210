/** A phone that passes its calls on, between a caller and a last phone, over real sockets. */
import { afterEach, describe, expect, it } from "vitest";
import { waitFor } from "../../../services/lib/testkit/wait-for.ts";
import type { ForwardBehaviour } from "../behaviour.ts";
import { FORWARDED_MAX } from "../forwarding.ts";
import { headerValues } from "../log.ts";
import { type Phone, type PhoneOptions, startPhone } from "../phone.ts";

const BOUND_MS = 5_000;
const bind = { host: "127.0.0.1", port: 0 };

const running: Phone[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((phone) => phone.close()));
});

async function start(user: string, extra: Partial<PhoneOptions> = {}): Promise<Phone> {
  const phone = await startPhone({ bind, user, domain: "demo", ...extra });
  running.push(phone);
  return phone;
}

/** Caller, forwarder and the phone that the forwarder passes its calls on to. */
async function startChain(how: Partial<ForwardBehaviour> = {}) {
  const last = await start("3000", { behaviour: { kind: "ring" } });
  const behaviour: ForwardBehaviour = { kind: "forward", to: "3000", ...how };
  const forwarder = await start("2000", { outboundProxy: last.address, behaviour });
  const caller = await start("1000", { outboundProxy: forwarder.address });
  return { caller, forwarder, last };
}

describe("a phone that forwards", () => {
  it("says 181, then 180; the caller talks to the last phone, and the BYE of one ends both", async () => {
    const { caller, forwarder, last } = await startChain();
    const call = caller.call("2000");
    const arrived = await last.nextCall(BOUND_MS);
    await call.provisional(180, BOUND_MS);
    expect(call.provisionals.map(({ status }) => status)).toEqual([100, 181, 180]);
    expect(arrived.callId).not.toBe(call.callId);
    expect(arrived.from).toBe("sip:1000@demo");
    arrived.answer();
    const talk = await call.answered(BOUND_MS);
    const [offer] = caller.log.requests("INVITE", "out");
    expect(arrived.offer).toBe(offer?.body);
    await talk.bye();
    expect(await arrived.ended(BOUND_MS)).toMatchObject({ kind: "hung-up", by: "them" });
    expect(forwarder.callsUp).toBe(0);
  });

  it("lets the caller go when the last phone hangs up", async () => {
    const { caller, last } = await startChain();
    const call = caller.call("2000");
    const arrived = await last.nextCall(BOUND_MS);
    arrived.answer();
    const talk = await call.answered(BOUND_MS);
    await (await arrived.answered(BOUND_MS)).bye();
    expect(await talk.ended.wait(BOUND_MS)).toMatchObject({ kind: "hung-up", by: "them" });
  });

  it("passes a CANCEL on", async () => {
    const { caller, last } = await startChain();
    const call = caller.call("2000");
    const arrived = await last.nextCall(BOUND_MS);
    await call.provisional(180, BOUND_MS);
    call.cancel();
    expect(await call.failed(BOUND_MS)).toBe(487);
    expect(await arrived.outcome(BOUND_MS)).toMatchObject({ kind: "cancelled" });
  });

  it("passes a refusal back", async () => {
    const { caller, last } = await startChain();
    last.setBehaviour({ kind: "reject", status: 603 });
    expect(await caller.call("2000").failed(BOUND_MS)).toBe(603);
  });

  it.each([
    ["another caller and no Diversion", { from: "0311112222" }, undefined],
    ["a Diversion of its own counter", { diversion: 4 }, "counter=4"],
    ["the Diversion that came, counted on", { diversion: "count" }, "counter=6"],
  ] as const)("shows %s", async (_what, how, counter) => {
    const { caller, last } = await startChain(how);
    caller.call("2000", {
      headers: { diversion: "<sip:1@a>;counter=2, <sip:2@b>;reason=unknown;counter=3" },
    });
    const { from } = await last.nextCall(BOUND_MS);
    expect(from).toBe("from" in how ? "sip:0311112222@demo" : "sip:1000@demo");
    const [invite] = last.log.requests("INVITE", "in");
    const [diversion] = headerValues(invite?.raw ?? "", "diversion");
    expect(diversion?.split(";").at(-1)).toBe(counter);
  });

  it(`in a loop stops after ${FORWARDED_MAX} calls at once`, async () => {
    const { caller, forwarder } = await startChain();
    forwarder.setBehaviour({ kind: "forward", to: "2000", via: forwarder.address });
    expect(await caller.call("2000").failed(BOUND_MS)).toBe(503);
    expect(forwarder.log.faults().join("")).toContain("forwarded calls");
    await waitFor(() => forwarder.callsUp === 0, "nothing is left up");
  });
});
