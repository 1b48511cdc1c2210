import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unreachable } from "../../lib/telephony/assert.ts";
import { attemptLeg, LEG_A } from "../../lib/telephony/ids.ts";
import type { LegFact, LegOrder } from "../../lib/telephony/leg.ts";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import { header } from "../src/core/message/fields.ts";
import type { Bench } from "./calls-bench.ts";
import {
  dialExtension,
  dialOutside,
  EXTENSION,
  FOREIGN,
  ScriptedController,
  SOURCE,
  sdp,
  startBench,
} from "./calls-bench.ts";
import { UserAgent } from "./user-agent.ts";

const B1 = attemptLeg(1);
const B2 = attemptLeg(2);
const WITHIN = { timeout: 5_000, interval: 10 };

let bench: Bench;
let agents: UserAgent[];
let controllers: ScriptedController[];

beforeEach(async () => {
  bench = await startBench();
  agents = [];
  controllers = [];
});

afterEach(async () => {
  for (const controller of controllers) controller.kill();
  for (const agent of agents) await agent.stop();
  await bench.stop();
});

async function agent(): Promise<UserAgent> {
  const made = await new UserAgent(bench.clock, bench.address).start();
  agents.push(made);
  return made;
}

/** A telephone registered as an extension. */
async function telephone(extension = EXTENSION): Promise<UserAgent> {
  const made = await agent();
  const { endpoint } = made;
  const contactUri = `sip:${extension}@${endpoint.host}:${endpoint.port}`;
  const bindings = bench.bindings.get(extension) ?? [];
  const binding = { contactUri, endpoint, edge: "edge-1" as never };
  bench.bindings.set(extension, [...bindings, binding]);
  return made;
}

async function gateway(): Promise<UserAgent> {
  const made = await agent();
  bench.gateways.push(made.endpoint);
  return made;
}

function controller(
  script: (fact: LegFact) => readonly LegOrder[] | null,
  name = "controller-1",
): ScriptedController {
  const made = new ScriptedController(bench.link, name, script).start();
  controllers.push(made);
  return made;
}

/** What a controller does for a call to one target. */
const oneTarget =
  (dial: LegOrder) =>
  (fact: LegFact): readonly LegOrder[] => {
    switch (fact.kind) {
      case "offered":
        return [dial];
      case "leg-ringing":
        return [{ kind: "ring-caller", status: fact.status }];
      case "leg-answered":
        return [{ kind: "answer-caller", leg: fact.leg }];
      case "leg-failed":
        return [
          { kind: "refuse-caller", status: 480, reason: "", q850: fact.q850, retryAfterS: 0 },
        ];
      case "caller-cancelled":
        return [{ kind: "cancel-leg", leg: B1, cause: "abandoned" }];
      case "leg-ended":
        return [];
      default:
        return unreachable(fact);
    }
  };

/** Caller and callee in an answered call. */
async function talking(dial = dialExtension(1)) {
  const caller = await agent();
  const callee =
    dial.kind === "dial" && dial.destination.kind === "outside"
      ? await gateway()
      : await telephone();
  const actor = controller(oneTarget(dial));
  caller.call("05055550100", { body: sdp(4000) });
  await callee.until("INVITE");
  callee.respond(180);
  await caller.until("180");
  callee.respond(200, { body: sdp(5000) });
  await caller.until("200");
  caller.acknowledge();
  await waitFor(() => callee.phone.acks.length === 1, "the callee's ACK");
  return { caller, callee, actor };
}

const noCallsLeft = () => waitFor(() => bench.edge.calls.size === 0, "no calls left");

describe("a call to one target", () => {
  it("rings, is answered with the callee's session description, ends by the caller's BYE", async () => {
    const { caller, callee, actor } = await talking();
    expect(caller.phone.responses.find(({ status }) => status === 200)?.body).toContain(
      "m=audio 5000",
    );
    expect(callee.invite?.body).toContain("m=audio 4000");
    expect(callee.invite?.body).not.toContain("alice");
    caller.inDialog("BYE");
    await caller.until("BYE 200");
    await callee.until("BYE");
    await expect
      .poll(actor.told, WITHIN)
      .toEqual([
        "leg-ringing b1 180",
        "leg-answered b1",
        "leg-ended a far-end answered",
        "leg-ended b1 us answered",
      ]);
    expect(header(callee.got("BYE")[0] ?? callee.invite!, "reason")).toContain("cause=16");
    actor.settle();
    await noCallsLeft();
    bench.clock.skip(40_000);
    await expect.poll(() => bench.metric("live_dialogs"), WITHIN).toBe(0);
    await expect
      .poll(() => {
        const { serverTransactions, clientTransactions } = bench.edge.endpoint.counters();
        return serverTransactions + clientTransactions;
      }, WITHIN)
      .toBe(0);
  });

  it("ends by the callee's BYE", async () => {
    const { caller, callee, actor } = await talking();
    callee.inDialog("BYE");
    await callee.until("BYE 200");
    await caller.until("BYE");
    await expect
      .poll(actor.told, WITHIN)
      .toEqual([
        "leg-ringing b1 180",
        "leg-answered b1",
        "leg-ended b1 far-end answered",
        "leg-ended a us answered",
      ]);
  });

  it("without offer: the callee's offer goes to the caller, the caller's answer comes in the ACK", async () => {
    const caller = await agent();
    const callee = await telephone();
    controller(oneTarget(dialExtension(1)));
    caller.call("05055550100");
    await callee.until("INVITE");
    expect(callee.invite?.body).toBe("");
    callee.respond(200, { body: sdp(5000) });
    await caller.until("200");
    expect(callee.phone.acks).toHaveLength(0);
    caller.acknowledge({ body: sdp(4000) });
    await waitFor(() => callee.phone.acks.length === 1, "the callee's ACK");
    expect(callee.phone.acks[0]?.body).toContain("m=audio 4000");
  });

  it("passes 183 with early media while one leg is all that rings", async () => {
    const caller = await agent();
    const callee = await telephone();
    controller(oneTarget(dialExtension(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await callee.until("INVITE");
    callee.respond(183, { body: sdp(5000) });
    await caller.until("183");
    expect(caller.phone.responses[0]?.body).toContain("m=audio 5000");
    callee.respond(200, { body: sdp(5000) });
    await caller.until("200");
    const [early, ok] = caller.phone.responses;
    expect(header(early!, "to")).toBe(header(ok!, "to"));
  });

  it("busy: the caller gets what the actor decides, the Q.850 cause goes along", async () => {
    const caller = await agent();
    const callee = await telephone();
    const actor = controller(oneTarget(dialExtension(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await callee.until("INVITE");
    callee.respond(486, { headers: [["Reason", "Q.850;cause=17"]] });
    await caller.until("480");
    expect(header(caller.phone.responses.at(-1)!, "reason")).toBe("Q.850;cause=17");
    await expect
      .poll(actor.told, WITHIN)
      .toEqual(["leg-failed b1 486 busy", "leg-ended a us refused"]);
    actor.settle();
    await noCallsLeft();
  });

  it("unregistered: fails with 480 at once", async () => {
    const caller = await agent();
    const actor = controller(oneTarget(dialExtension(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await caller.until("480");
    await expect
      .poll(actor.told, WITHIN)
      .toEqual(["leg-failed b1 480 unregistered", "leg-ended a us refused"]);
  });
});

describe("CANCEL", () => {
  it("before the callee rings: 487 to the caller at once, CANCEL after the first provisional (9.1)", async () => {
    const caller = await agent();
    const callee = await telephone();
    const actor = controller(oneTarget(dialExtension(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await callee.until("INVITE");
    await waitFor(() => bench.edge.calls.size === 1, "the call");
    await waitFor(() => caller.phone.endpoint.counters().responsesIn["100"] === 1, "100");
    caller.cancel();
    await caller.until("487");
    callee.respond(180);
    await waitFor(() => callee.phone.cancels.length === 1, "CANCEL");
    await expect
      .poll(actor.told, WITHIN)
      .toEqual(["caller-cancelled", "leg-failed b1 487 abandoned"]);
    expect(callee.cancelReason()).toContain("SIP;cause=487");
    actor.settle();
    await noCallsLeft();
  });

  it("before the first leg: nobody is dialled any more", async () => {
    const caller = await agent();
    const callee = await telephone();
    const actor = controller((fact) => (fact.kind === "offered" ? [] : []));
    caller.call("05055550100", { body: sdp(4000) });
    await waitFor(() => actor.facts().length === 1, "offered");
    await waitFor(() => caller.phone.endpoint.counters().responsesIn["100"] === 1, "100");
    caller.cancel();
    await caller.until("487");
    await expect.poll(actor.told, WITHIN).toEqual(["caller-cancelled"]);
    actor.order(dialExtension(1));
    await expect
      .poll(actor.told, WITHIN)
      .toEqual(["caller-cancelled", "leg-failed b1 487 abandoned"]);
    expect(callee.invite).toBeNull();
  });

  it("while it rings: CANCEL reaches the callee with its reason, 487 and ACK everywhere", async () => {
    const caller = await agent();
    const callee = await telephone();
    const actor = controller(oneTarget(dialExtension(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await callee.until("INVITE");
    callee.respond(180);
    await caller.until("180");
    caller.cancel();
    await caller.until("487");
    await expect
      .poll(actor.told, WITHIN)
      .toEqual(["leg-ringing b1 180", "caller-cancelled", "leg-failed b1 487 abandoned"]);
  });

  it("that crosses our 200 changes nothing: the caller hangs up with BYE (9.1)", async () => {
    const { caller, callee, actor } = await talking();
    // The CANCEL was sent before the 200 came in, so it arrives after it: same branch, same INVITE.
    caller.cancel();
    expect(bench.edge.calls.size).toBe(1);
    caller.inDialog("BYE");
    await caller.until("BYE 200");
    await callee.until("BYE");
    await expect
      .poll(actor.told, WITHIN)
      .toEqual([
        "leg-ringing b1 180",
        "leg-answered b1",
        "leg-ended a far-end answered",
        "leg-ended b1 us answered",
      ]);
  });

  it("of ours that crosses the callee's 200: ACK, leg-answered, then BYE on the actor's word", async () => {
    const caller = await agent();
    const callee = await telephone();
    const actor = controller((fact) => {
      if (fact.kind === "offered") return [dialExtension(1)];
      if (fact.kind === "leg-ringing") {
        return [{ kind: "cancel-leg", leg: B1, cause: "no-answer" }];
      }
      if (fact.kind === "leg-answered") return [{ kind: "hang-up", leg: B1, cause: "lost-race" }];
      return [];
    });
    caller.call("05055550100", { body: sdp(4000) });
    await callee.until("INVITE");
    // The 200 leaves right behind the 180, before the CANCEL can come.
    callee.respond(180);
    callee.respond(200, { body: sdp(5000) });
    await callee.until("BYE");
    expect(callee.phone.acks).toHaveLength(1);
    expect(header(callee.got("BYE")[0]!, "reason")).toContain("Call completed elsewhere");
    await waitFor(() => actor.facts().includes("leg-ended b1 us lost-race"), "the end of b1");
    expect(actor.facts()).toContain("leg-answered b1");
    expect(caller.log).not.toContain("200");
  });
});

describe("several branches and legs", () => {
  it("an extension with two contacts is one leg: the first 200 wins, the other is cancelled", async () => {
    const caller = await agent();
    const desk = await telephone();
    const mobile = await telephone();
    const actor = controller(oneTarget(dialExtension(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await desk.until("INVITE");
    await mobile.until("INVITE");
    expect(header(desk.invite!, "call-id")).not.toBe(header(mobile.invite!, "call-id"));
    desk.respond(180);
    mobile.respond(180);
    mobile.respond(200, { body: sdp(5000) });
    await caller.until("200");
    await waitFor(() => desk.phone.cancels.length === 1, "CANCEL at the desk");
    expect(desk.cancelReason()).toBe(
      'SIP;cause=200;text="Call completed elsewhere", Q.850;cause=26',
    );
    await expect.poll(actor.told, WITHIN).toEqual(["leg-ringing b1 180", "leg-answered b1"]);
  });

  it("two legs answer at once: one 200 for the caller, ACK and BYE for the loser", async () => {
    const caller = await agent();
    const first = await telephone("1001" as never);
    const second = await telephone("1002" as never);
    let winner: string | null = null;
    const actor = controller((fact) => {
      if (fact.kind === "offered") {
        return [dialExtension(1), dialExtension(2, "1002" as never)];
      }
      if (fact.kind !== "leg-answered") return [];
      if (winner !== null) return [{ kind: "hang-up", leg: fact.leg, cause: "lost-race" }];
      winner = fact.leg;
      const other = fact.leg === B1 ? B2 : B1;
      return [
        { kind: "answer-caller", leg: fact.leg },
        { kind: "cancel-leg", leg: other, cause: "cancelled-elsewhere" },
      ];
    });
    caller.call("05055550100", { body: sdp(4000) });
    await first.until("INVITE");
    await second.until("INVITE");
    first.respond(200, { body: sdp(5001) });
    second.respond(200, { body: sdp(5002) });
    await caller.until("200");
    caller.acknowledge();
    const loser = await waitFor(
      () => [first, second].find((one) => one.got("BYE").length === 1),
      "BYE for the loser",
    );
    expect(loser.phone.acks).toHaveLength(1);
    expect(caller.log.filter((entry) => entry === "200")).toHaveLength(1);
    await waitFor(
      () => actor.facts().some((fact) => fact.endsWith("us lost-race")),
      "the loser's end",
    );
  });

  it("two answers of one forked INVITE: the second is acknowledged and released (13.2.2.4)", async () => {
    const caller = await agent();
    const carrier = await gateway();
    controller(oneTarget(dialOutside(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await carrier.until("INVITE");
    carrier.respond(200, { body: sdp(5000) });
    carrier.respond(200, { body: sdp(5002) }, "another-tag");
    await waitFor(() => carrier.phone.acks.length === 2, "both ACKs");
    await carrier.until("BYE");
    expect(header(carrier.got("BYE")[0]!, "to")).toContain("another-tag");
  });

  it("a gateway that answers 503 is followed by the next one", async () => {
    const caller = await agent();
    const broken = await gateway();
    const sound = await gateway();
    const actor = controller(oneTarget(dialOutside(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await broken.until("INVITE");
    broken.respond(503);
    await sound.until("INVITE");
    sound.respond(200, { body: sdp(5000) });
    await caller.until("200");
    await expect.poll(actor.told, WITHIN).toEqual(["leg-answered b1"]);
  });
});

describe("identity of outside legs", () => {
  it("R8: shows the source number and nothing of the caller", async () => {
    const { callee } = await talking(dialOutside(1));
    const invite = callee.invite!;
    expect(invite.uri).toBe("sip:+819012345678@carrier.example;user=phone");
    expect(header(invite, "from")).toContain("<sip:+815055550100@carrier.example;user=phone>");
    expect(header(invite, "p-asserted-identity")).toBe(
      "<sip:+815055550100@carrier.example;user=phone>",
    );
    expect(JSON.stringify(invite)).not.toContain("312345678");
    expect(JSON.stringify(invite)).not.toContain("lice");
  });

  it.each([
    ["a number of another company", { owner: "other", status: 403, cause: "refused" }],
    ["a number of nobody", { owner: null, status: 403, cause: "refused" }],
    ["a number nobody can tell about", { owner: "unreachable", status: 503, cause: "unavailable" }],
  ] as const)("never presents %s", async (_case, { owner, status, cause }) => {
    bench.owner = owner as never;
    const caller = await agent();
    const carrier = await gateway();
    const actor = controller(oneTarget(dialOutside(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await caller.until("480");
    await expect
      .poll(actor.told, WITHIN)
      .toEqual([`leg-failed b1 ${status} ${cause}`, "leg-ended a us refused"]);
    expect(carrier.invite).toBeNull();
    expect(await bench.metric("identity_refused_total")).toBe(status === 403 ? 1 : 0);
  });

  it("tells the trunk of the forwarding, by a number of the company", async () => {
    const diverting = { number: SOURCE, reason: "user-busy", counter: 2 } as const;
    const { callee } = await talking(dialOutside(1, { diverting }));
    expect(header(callee.invite!, "diversion")).toBe(
      "<sip:+815055550100@carrier.example;user=phone>;reason=user-busy;counter=2;privacy=off",
    );
  });

  it.each([
    ["R8: names a diverting number of another company", { number: FOREIGN, counter: 1 }],
    ["4.5: forwards a call that was diverted five times before", { number: SOURCE, counter: 6 }],
  ] as const)("never %s", async (_case, { number, counter }) => {
    const caller = await agent();
    const carrier = await gateway();
    const diverting = { number, reason: "unconditional", counter } as const;
    const actor = controller(oneTarget(dialOutside(1, { diverting })));
    caller.call("05055550100", { body: sdp(4000) });
    await caller.until("480");
    await expect
      .poll(actor.told, WITHIN)
      .toEqual(["leg-failed b1 403 refused", "leg-ended a us refused"]);
    expect(carrier.invite).toBeNull();
    expect(await bench.metric("identity_refused_total")).toBe(1);
  });

  it("hears the status of the caller's answer, and no words of the caller", async () => {
    const { caller, callee } = await talking(dialOutside(1));
    const headers = [["Content-Type", "text/plain"]] as const;
    const info = callee.inDialog("INFO");
    await caller.until("INFO");
    caller.answerLast(200, { headers, body: "I am 0312345678" });
    await waitFor(() => info.final()?.status === 200, "the answer");
    expect(JSON.stringify(info.final())).not.toContain("312345678");
    const note = caller.inDialog("MESSAGE", { headers, body: "I am 0312345678" });
    await waitFor(() => note.final()?.status === 415, "the refusal of the message");
    expect(callee.got("MESSAGE")).toEqual([]);
  });

  it.each([
    ["3.1: dials 0120", { number: "+81120123456" }],
    ["3.1: dials 118 with digits behind it", { number: "+811180000" }],
    ["A18: shows 0120 as source", { source: "+81120123456" }],
    ["A18: shows 0800 as source", { source: "+818001234567" }],
  ])("never %s", async (_case, over) => {
    const caller = await agent();
    const carrier = await gateway();
    controller(oneTarget(dialOutside(1, over as never)));
    caller.call("05055550100", { body: sdp(4000) });
    await caller.until("480");
    expect(carrier.invite).toBeNull();
    expect(await bench.metric("identity_refused_total")).toBe(1);
  });
});

describe("bridged legs", () => {
  it("pass a re-INVITE with its answer, in both directions", async () => {
    const { caller, callee } = await talking();
    const hold = caller.inDialog("INVITE", { body: sdp(4002) });
    await waitFor(() => callee.got("INVITE").length === 2, "the re-INVITE");
    expect(callee.got("INVITE")[1]?.body).toContain("m=audio 4002");
    callee.answerLast(200, { body: sdp(5002) });
    await waitFor(() => hold.final()?.status === 200, "200 to the re-INVITE");
    expect(hold.final()?.body).toContain("m=audio 5002");
    await waitFor(() => callee.phone.acks.length === 2, "its ACK");
    const back = callee.inDialog("INVITE", { body: sdp(5004) });
    await waitFor(() => caller.got("INVITE").length === 1, "the re-INVITE back");
    caller.answerLast(200, { body: sdp(4004) });
    await waitFor(() => back.final()?.body.includes("m=audio 4004"), "its answer");
  });

  it("pass INFO, and the refusal of it", async () => {
    const { caller, callee } = await talking();
    const content = {
      headers: [["Content-Type", "application/dtmf-relay"]] as const,
      body: "Signal=5\r\nDuration=160\r\n",
    };
    const info = caller.inDialog("INFO", content);
    await callee.until("INFO");
    expect(callee.got("INFO")[0]?.body).toBe(content.body);
    expect(header(callee.got("INFO")[0]!, "content-type")).toBe("application/dtmf-relay");
    callee.answerLast(415);
    await waitFor(() => info.final()?.status === 415, "the refusal");
  });

  it("glare: while one re-INVITE is under way the other side's gets 491", async () => {
    const { caller, callee } = await talking();
    caller.inDialog("INVITE", { body: sdp(4002) });
    await waitFor(() => callee.got("INVITE").length === 2, "the re-INVITE");
    const glare = callee.inDialog("INVITE", { body: sdp(5002) });
    await waitFor(() => glare.final()?.status === 491, "491");
    const second = caller.inDialog("INVITE", { body: sdp(4004) });
    await waitFor(() => second.final()?.status === 500, "500 with a pause (14.2)");
    expect(header(second.final()!, "retry-after")).toBeDefined();
  });

  it("a re-INVITE that meets 481 ends both legs (12.2.1.2)", async () => {
    const { caller, callee, actor } = await talking();
    const refresh = caller.inDialog("INVITE", { body: sdp(4002) });
    await waitFor(() => callee.got("INVITE").length === 2, "the re-INVITE");
    callee.answerLast(481);
    await waitFor(() => refresh.final()?.status === 481, "481");
    await caller.until("BYE");
    await expect.poll(actor.told, WITHIN).toContain("leg-ended b1 edge unavailable");
  });

  it("OPTIONS is answered, an unknown dialog gets 481, an old CSeq 500", async () => {
    const { caller } = await talking();
    const options = caller.inDialog("OPTIONS");
    await waitFor(() => options.final()?.status === 200, "200 to OPTIONS");
    const dialog = caller.dialog!;
    caller.dialog = { ...dialog, remoteParty: "<sip:x@127.0.0.1>;tag=nobody", remoteTag: "nobody" };
    const stray = caller.inDialog("INFO");
    await waitFor(() => stray.final()?.status === 481, "481");
    caller.dialog = { ...dialog, localSeq: 0 };
    const old = caller.inDialog("INFO");
    await expect.poll(() => old.final()?.status, WITHIN).toBe(500);
  });

  it("13.3.1.4: a caller who never acknowledges is let go, and so is the callee", async () => {
    const caller = await agent();
    const callee = await telephone();
    const actor = controller(oneTarget(dialExtension(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await callee.until("INVITE");
    callee.respond(200, { body: sdp(5000) });
    await caller.until("200");
    bench.clock.skip(33_000);
    await caller.until("BYE");
    await callee.until("BYE");
    await expect.poll(actor.told, WITHIN).toContain("leg-ended a edge unavailable");
  });
});

describe("the commit protocol", () => {
  it("without any controller: 503 with Retry-After within about two seconds", async () => {
    const caller = await agent();
    caller.call("05055550100", { body: sdp(4000) });
    await caller.until("503");
    expect(header(caller.phone.responses.at(-1)!, "retry-after")).toBe("5");
    expect(bench.edge.calls.size).toBe(0);
    expect(await bench.metric('call_protocol_events_total{event="no-taker"')).toBe(1);
  });

  it("a silent controller is passed over: the next one gets the call under a new epoch", async () => {
    const silent = controller(() => null, "silent");
    const caller = await agent();
    await telephone();
    caller.call("05055550100", { body: sdp(4000) });
    await waitFor(() => silent.assignments.length === 1, "the first offer");
    silent.kill();
    const actor = controller(oneTarget(dialExtension(1)), "awake");
    await waitFor(() => actor.assignments.length === 1, "the second offer");
    expect(actor.assignments[0]).toMatchObject({ epoch: 2, step: 0 });
    expect(actor.assignments[0]?.pending.map(({ seq }) => seq)).toEqual([1]);
  });

  it("a controller killed while it rings: another one goes on from the last committed state", async () => {
    const caller = await agent();
    const callee = await telephone();
    const first = controller(oneTarget(dialExtension(1)), "first");
    caller.call("05055550100", { body: sdp(4000) });
    await callee.until("INVITE");
    callee.respond(180);
    await caller.until("180");
    const committed = first.next([]).step - 1;
    first.kill();
    const second = controller(oneTarget(dialExtension(1)), "second");
    callee.respond(200, { body: sdp(5000) });
    await caller.until("200");
    expect(second.assignments[0]).toMatchObject({ epoch: 2, step: committed });
    expect(new TextDecoder().decode(second.assignments[0]?.state)).toBe('{"acked":2}');
    expect(second.assignments[0]?.pending.map(({ fact }) => fact.kind)).toEqual(["leg-answered"]);
    expect(callee.got("INVITE")).toHaveLength(1);
    // The dead one wakes up and speaks under its old epoch.
    first.order({ kind: "hang-up", leg: B1, cause: "session-timeout" });
    first.order({ kind: "hang-up", leg: LEG_A, cause: "session-timeout" });
    await waitFor(
      async () => (await bench.metric('call_protocol_events_total{event="stale-step"')) === 2,
      "both stale steps counted",
    );
    expect(callee.log).not.toContain("BYE");
    caller.acknowledge();
    caller.inDialog("BYE");
    await caller.until("BYE 200");
    await expect
      .poll(second.told, WITHIN)
      .toEqual(["leg-answered b1", "leg-ended a far-end answered", "leg-ended b1 us answered"]);
  });

  it("a controller that falls silent without a word is missed by its heartbeat", async () => {
    const { caller, actor } = await talking();
    actor.kill();
    const second = controller(() => [], "second");
    await waitFor(() => second.assignments.length === 1, "adoption");
    expect(second.assignments[0]?.pending).toEqual([]);
    expect(caller.log).not.toContain("BYE");
  });

  it("a gap in the steps: offered anew, the step after the gap is not carried out", async () => {
    const { caller, actor } = await talking();
    actor.next([]);
    actor.order({ kind: "hang-up", leg: LEG_A, cause: "session-timeout" });
    await waitFor(() => actor.epochs.length === 2, "the second assignment");
    expect(actor.epochs).toEqual([1, 2]);
    expect(caller.log).not.toContain("BYE");
  });

  it("NATS away: established calls stay up, a BYE passes, its facts arrive afterwards", async () => {
    const { caller, callee, actor } = await talking();
    await bench.nats.kill();
    caller.inDialog("BYE");
    await caller.until("BYE 200");
    await callee.until("BYE");
    const late = await agent();
    late.call("05055550100", { body: sdp(4000) });
    await late.until("503");
    await bench.nats.restart();
    await waitFor(() => actor.facts().includes("leg-ended b1 us answered"), "the facts", 10_000);
    expect(actor.facts()).toContain("leg-ended a far-end answered");
  });

  it("a call that talks and was not kept: its actor hears of its end when it says anything", async () => {
    await bench.stop();
    bench = await startBench({ keepsAnswered: false });
    const { actor } = await talking();
    const before = actor.told().length;
    await (await bench.killEdge())();
    actor.order();
    const heard = () => actor.told().slice(before);
    await expect.poll(heard, WITHIN).toEqual(["leg-ended a edge crashed"]);
    actor.order({ kind: "hang-up", leg: B1, cause: "crashed" });
    await expect
      .poll(heard, WITHIN)
      .toEqual(["leg-ended a edge crashed", "leg-ended a edge crashed", "leg-ended b1 us crashed"]);
  });
});

describe("a telephone whose TCP connection another edge holds", () => {
  /** The telephone, connected to the second edge; its binding as the first edge knows it. */
  async function connected() {
    const second = await bench.anotherEdge("edge-2");
    const made = await new UserAgent(bench.clock, second.address, { transport: "tcp" }).start();
    agents.push(made);
    made.phone.endpoint.sendRequest(
      made.phone.outgoing("REGISTER", "tcp"),
      second.address,
      made.phone,
    );
    const endpoint = await waitFor(() => second.registered[0], "the connection");
    const contactUri = `sip:1001@${endpoint.host}:${endpoint.port};transport=tcp`;
    bench.bindings.set(EXTENSION, [{ contactUri, endpoint, edge: "edge-2" as never }]);
    return { callee: made, second };
  }

  it("rings, talks, holds and is hung up through that edge", async () => {
    const { callee, second } = await connected();
    const caller = await agent();
    const actor = controller(oneTarget(dialExtension(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await callee.until("INVITE");
    expect(callee.invite?.body).toContain("m=audio 4000");
    callee.respond(180);
    await caller.until("180");
    callee.respond(200, { body: sdp(5000) });
    await caller.until("200");
    caller.acknowledge();
    await waitFor(() => callee.phone.acks.length === 1, "the ACK");
    const hold = caller.inDialog("INVITE", { body: sdp(4002) });
    await waitFor(() => callee.got("INVITE").length === 2, "the re-INVITE");
    callee.answerLast(200, { body: sdp(5002) });
    await waitFor(() => hold.final()?.body.includes("m=audio 5002"), "its answer");
    const info = callee.inDialog("INFO");
    await caller.until("INFO");
    caller.answerLast(200);
    await waitFor(() => info.final()?.status === 200, "the answer to INFO");
    caller.inDialog("BYE");
    await callee.until("BYE");
    await expect
      .poll(actor.told, WITHIN)
      .toEqual([
        "leg-ringing b1 180",
        "leg-answered b1",
        "leg-ended a far-end answered",
        "leg-ended b1 us answered",
      ]);
    expect(await second.metric("hosted_legs")).toBe(0);
  });

  it("is cancelled there with its reason", async () => {
    const { callee } = await connected();
    const caller = await agent();
    const actor = controller(oneTarget(dialExtension(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await callee.until("INVITE");
    callee.respond(180);
    await caller.until("180");
    caller.cancel();
    await waitFor(() => callee.phone.cancels.length === 1, "CANCEL");
    expect(callee.cancelReason()).toContain("SIP;cause=487");
    await expect.poll(actor.told, WITHIN).toContain("leg-failed b1 487 abandoned");
  });

  it("an edge that is gone fails the leg at once", async () => {
    const { second } = await connected();
    await second.stop();
    const caller = await agent();
    const actor = controller(oneTarget(dialExtension(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await expect.poll(actor.told, WITHIN).toContain("leg-failed b1 503 unavailable");
    await caller.until("480");
  });
});

describe("admission", () => {
  it("beyond the limit an INVITE gets 503 with Retry-After, and a place again afterwards", async () => {
    await bench.stop();
    bench = await startBench({ callsMax: 1 });
    const { caller, actor } = await talking();
    const late = await agent();
    late.call("05055550100", { body: sdp(4000) });
    await late.until("503");
    expect(header(late.phone.responses.at(-1)!, "retry-after")).toBe("5");
    expect(await bench.metric('invites_refused_total{reason="full"')).toBe(1);
    caller.inDialog("BYE");
    await expect.poll(actor.told, WITHIN).toContain("leg-ended b1 us answered");
    actor.settle();
    await noCallsLeft();
    const next = await agent();
    next.call("05055550100", { body: sdp(4000) });
    await expect.poll(() => bench.edge.calls.size, WITHIN).toBe(1);
  });

  it("until registrations and trunks are known INVITE and REGISTER get 503 with Retry-After", async () => {
    bench.missing = "registrations";
    const caller = await agent();
    controller(oneTarget(dialExtension(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await caller.until("503");
    expect(header(caller.phone.responses.at(-1)!, "retry-after")).toBe("5");
    expect(await bench.metric('invites_refused_total{reason="unready"')).toBe(1);
    const { phone } = await agent();
    const register = () =>
      phone.endpoint.sendRequest(phone.outgoing("REGISTER", "udp"), bench.address, phone);
    register();
    await waitFor(() => phone.responses[0]?.status === 503, "the refusal of REGISTER");
    expect(header(phone.responses[0]!, "retry-after")).toBe("5");
    bench.missing = null;
    register();
    await waitFor(() => phone.responses[1]?.status === 200, "the 200 to REGISTER");
    const next = await agent();
    next.call("05055550100", { body: sdp(4000) });
    await expect.poll(() => bench.edge.calls.size, WITHIN).toBe(1);
  });

  it("while draining an INVITE gets 503 with Retry-After, and the calls go on", async () => {
    const { caller } = await talking();
    bench.edge.calls.refuseNew();
    const late = await agent();
    late.call("05055550100", { body: sdp(4000) });
    await late.until("503");
    expect(header(late.phone.responses.at(-1)!, "retry-after")).toBe("5");
    caller.inDialog("BYE");
    await caller.until("BYE 200");
  });

  it("when draining has no patience left a caller who waits gets 503, and the leg CANCEL", async () => {
    const talkers = await talking();
    controllers.pop()?.kill();
    bench.bindings.clear();
    const caller = await agent();
    const callee = await telephone();
    const actor = controller(oneTarget(dialExtension(1)), "controller-2");
    caller.call("05055550100", { body: sdp(4000) });
    await callee.until("INVITE");
    callee.respond(180);
    await caller.until("180");
    const drained = bench.edge.drain(0);
    await caller.until("503");
    expect(header(caller.phone.responses.at(-1)!, "retry-after")).toBe("5");
    await waitFor(() => callee.cancelReason() !== undefined, "CANCEL to the callee");
    await expect.poll(actor.told, WITHIN).toContain("leg-ended a us refused");
    await drained;
    expect(talkers.callee.got("BYE")).toEqual([]);
    expect(bench.edge.calls.answered).toBe(1);
  });

  it("draining hangs answered calls up when they are not kept for a next life", async () => {
    await bench.stop();
    bench = await startBench({ keepsAnswered: false });
    const { caller, callee } = await talking();
    const drained = bench.edge.drain(0);
    await caller.until("BYE");
    await callee.until("BYE");
    await drained;
    expect(bench.edge.calls.answered).toBe(0);
  });

  it("8.2.2.2: the same INVITE on another path gets 482", async () => {
    const caller = await agent();
    const callee = await telephone();
    controller(oneTarget(dialExtension(1)));
    caller.call("05055550100", { body: sdp(4000) });
    await callee.until("INVITE");
    const merged: number[] = [];
    caller.phone.endpoint.sendRequest(caller.invite!, bench.address, {
      onResponse: ({ status }) => merged.push(status),
      onTimeout: () => undefined,
      onTransportError: () => undefined,
    });
    await waitFor(() => merged.includes(482), "482");
    expect(callee.got("INVITE")).toHaveLength(1);
  });

  it.each([
    ["an unknown option in Require", 420, [["Require", "100rel, x-unknown"]]],
    ["no hop left", 483, [["Max-Forwards", "0"]]],
  ] as const)("%s is refused with %i", async (_case, status, headers) => {
    const caller = await agent();
    controller(oneTarget(dialExtension(1)));
    caller.call("05055550100", { headers, body: sdp(4000) });
    await caller.until(String(status));
    expect(bench.edge.calls.size).toBe(0);
  });

  it("a challenge, a refusal and silence are passed on as the authenticator says", async () => {
    const caller = await agent();
    bench.authenticated = { kind: "refuse", status: 403 };
    caller.call("05055550100", { body: sdp(4000) });
    await caller.until("403");
    bench.authenticated = Promise.resolve({ kind: "refuse", status: 404 });
    const other = await agent();
    other.call("05055550100", { body: sdp(4000) });
    await other.until("404");
    bench.authenticated = { kind: "silence" };
    const stranger = await agent();
    stranger.call("05055550100", { body: sdp(4000) });
    await expect.poll(() => bench.metric('invites_refused_total{reason="silence"'), WITHIN).toBe(1);
    expect(stranger.phone.endpoint.counters().responsesIn).toEqual({});
    expect(bench.edge.endpoint.counters().serverTransactions).toBe(2);
  });

  it("a CANCEL while the caller is being authenticated: 487, and no call begins", async () => {
    const decided = Promise.withResolvers<Bench["authenticated"]>();
    bench.authenticated = decided.promise as never;
    const actor = controller(oneTarget(dialExtension(1)));
    const caller = await agent();
    caller.call("05055550100", { body: sdp(4000) });
    await waitFor(() => caller.phone.endpoint.counters().responsesIn["100"] === 1, "100");
    caller.cancel();
    await caller.until("487");
    decided.resolve({ kind: "trunk", trunkId: "carrier" as never });
    await decided.promise;
    expect(bench.edge.calls.size).toBe(0);
    expect(actor.assignments).toHaveLength(0);
  });
});

describe("observation", () => {
  it("one setup span with a child per attempt, ended by the answer; a teardown span linked to it", async () => {
    const { caller, actor } = await talking();
    caller.inDialog("BYE");
    await waitFor(() => actor.facts().includes("leg-ended b1 us answered"), "the end");
    actor.settle();
    const spans = await waitFor(
      () => (bench.spans.length >= 3 ? bench.spans : null),
      "three spans",
    );
    const named = (name: string) => spans.find((span) => span.name === name);
    const setup = named("call setup");
    expect(setup?.attributes["sip.status"]).toBe("200");
    expect(named("leg b1")).toMatchObject({ traceId: setup?.traceId, parentSpanId: setup?.spanId });
    expect(named("call teardown")?.linkedSpanIds).toEqual([setup?.spanId]);
    const offered = actor.inputs[0]?.fact;
    const traceparent = offered?.kind === "offered" ? offered.offer.traceparent : "";
    expect(traceparent).toContain(setup?.spanId);
    expect(await bench.metric("calls_offered_total")).toBe(1);
    expect(await bench.metric("calls_answered_total")).toBe(1);
    await noCallsLeft();
  });
});
