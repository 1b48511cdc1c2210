import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unreachable } from "../../lib/telephony/assert.ts";
import { attemptLeg } from "../../lib/telephony/ids.ts";
import type { LegFact, LegOrder } from "../../lib/telephony/leg.ts";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import { EPOCH_JUMP, SEQUENCE_JUMP } from "../src/core/answered.ts";
import { cseq } from "../src/core/message/fields.ts";
import type { Bench } from "./calls-bench.ts";
import {
  dialExtension,
  dialOutside,
  EXTENSION,
  ScriptedController,
  sdp,
  startBench,
} from "./calls-bench.ts";
import { UserAgent } from "./user-agent.ts";

const B1 = attemptLeg(1);
const EDGE = "edge-1" as never;
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

async function agent(options: { transport?: "udp" | "tcp"; edge?: Bench["address"] } = {}) {
  const { edge = bench.address, ...rest } = options;
  const made = await new UserAgent(bench.clock, edge, rest).start();
  agents.push(made);
  return made;
}

async function telephone(): Promise<UserAgent> {
  const made = await agent();
  const { host, port } = made.endpoint;
  const contactUri = `sip:${EXTENSION}@${host}:${port}`;
  bench.bindings.set(EXTENSION, [{ contactUri, endpoint: made.endpoint, edge: EDGE }]);
  return made;
}

async function gateway(): Promise<UserAgent> {
  const made = await agent();
  bench.gateways.push(made.endpoint);
  return made;
}

/** Dials, rings and answers; hangs nobody up. */
function controller(dial: LegOrder, name = "controller-1"): ScriptedController {
  const script = (fact: LegFact): readonly LegOrder[] => {
    switch (fact.kind) {
      case "offered":
        return [dial];
      case "leg-ringing":
        return [{ kind: "ring-caller", status: fact.status }];
      case "leg-answered":
        return [{ kind: "answer-caller", leg: fact.leg }];
      case "leg-failed":
      case "leg-ended":
      case "caller-cancelled":
        return [];
      default:
        return unreachable(fact);
    }
  };
  const made = new ScriptedController(bench.link, name, script).start();
  controllers.push(made);
  return made;
}

/** Takes what it is offered, says nothing, hears all. */
function successor(name = "controller-2"): ScriptedController {
  const made = new ScriptedController(bench.link, name, () => []).start();
  controllers.push(made);
  return made;
}

const entries = async () => {
  const found = await bench.bucket.entriesOf(EDGE);
  if (found === "unreachable") throw new Error("no bucket");
  return found;
};

const kept = (count: number) =>
  waitFor(async () => (await entries()).length === count, `${count} entries in the bucket`);

/** Answers the caller through `callee`, until the call is kept. */
async function connect(caller: UserAgent, callee: UserAgent): Promise<void> {
  caller.call("05055550100", { body: sdp(4000) });
  await callee.until("INVITE");
  callee.respond(180);
  callee.respond(200, { body: sdp(5000) });
  await caller.until("200");
  caller.acknowledge();
  await waitFor(() => callee.phone.acks.length === 1, "the callee's ACK");
  await kept(1);
}

async function talking(dial = dialExtension(1)) {
  const caller = await agent();
  const isOutside = dial.kind === "dial" && dial.destination.kind === "outside";
  const callee = isOutside ? await gateway() : await telephone();
  const actor = controller(dial);
  await connect(caller, callee);
  return { caller, callee, actor };
}

/** Answers the question with which a new life asks whether a dialog is still up. */
async function prove(...agents: readonly UserAgent[]): Promise<void> {
  for (const one of agents) {
    await one.until("OPTIONS");
    one.answerLast(200);
  }
}

const ENDED_BY_CALLER = ["leg-ended a far-end answered", "leg-ended b1 us answered"];

describe("an answered call whose edge dies without a word", () => {
  it("is offered for adoption with its last committed state, above every epoch it had", async () => {
    const { actor } = await talking();
    const last = actor.next([]);
    actor.send(last);
    await waitFor(async () => (await bench.metric("answered_calls")) === 1, "answered");
    const revive = await bench.killEdge();
    actor.kill();
    const next = successor();
    await revive();
    const assignment = await waitFor(() => next.assignments[0], "the assignment");
    expect(assignment.callId).toBe(last.callId);
    expect(assignment.epoch).toBe(1 + EPOCH_JUMP + 1);
    expect(assignment.step).toBeGreaterThanOrEqual(3);
    expect(new TextDecoder().decode(assignment.state)).toBe('{"acked":3}');
    expect(assignment.pending).toEqual([]);
    expect(await bench.metric("live_dialogs")).toBe(2);
    expect(await bench.metric('call_protocol_events_total{event="revived"')).toBe(1);
  });

  it.each([
    ["an extension", dialExtension(1)],
    ["an outside number", dialOutside(1)],
  ])(
    "to %s: the caller's BYE reaches the other side, the actor hears both ends",
    async (_to, dial) => {
      const { caller, callee, actor } = await talking(dial);
      const revive = await bench.killEdge();
      actor.kill();
      const next = successor();
      await revive();
      await prove(caller, callee);
      caller.inDialog("BYE");
      await caller.until("BYE 200");
      await callee.until("BYE");
      const [bye] = callee.got("BYE");
      expect(bye === undefined ? 0 : cseq(bye).number).toBeGreaterThan(SEQUENCE_JUMP);
      await expect.poll(next.told, WITHIN).toEqual(ENDED_BY_CALLER);
      next.settle();
      await waitFor(() => bench.edge.calls.size === 0, "the call is forgotten");
      await kept(0);
    },
  );

  it("a BYE that was sent while the edge was down is answered by the next life", async () => {
    const { caller, callee, actor } = await talking();
    const revive = await bench.killEdge();
    callee.inDialog("BYE");
    await revive();
    await callee.until("BYE 200");
    await caller.until("BYE");
    await expect
      .poll(() => actor.told().slice(-2), WITHIN)
      .toEqual(["leg-ended b1 far-end answered", "leg-ended a us answered"]);
  });

  it("a side that hung up in vain while the edge was down is missed: the other one is let go", async () => {
    const { caller, callee, actor } = await talking();
    const revive = await bench.killEdge();
    await revive();
    await caller.until("OPTIONS");
    caller.answerLast(481);
    await callee.until("BYE");
    await expect
      .poll(() => actor.told().slice(-2), WITHIN)
      .toEqual(["leg-ended a edge unavailable", "leg-ended b1 us answered"]);
  });

  it("a re-INVITE passes, its new target is what the life after that knows", async () => {
    const { caller, callee } = await talking();
    await (await bench.killEdge())();
    await prove(caller, callee);
    const hold = callee.inDialog("INVITE", { body: sdp(5002) });
    await waitFor(() => caller.got("INVITE").length === 1, "the re-INVITE");
    caller.answerLast(200, { body: sdp(4002) });
    await waitFor(() => hold.final()?.body.includes("m=audio 4002"), "its answer");
    const before = (await entries())[0]?.revision ?? 0;
    await waitFor(async () => ((await entries())[0]?.revision ?? 0) > before, "written again");
    await (await bench.killEdge())();
    await waitFor(() => caller.got("OPTIONS").length === 2, "the third life's question");
    const numbers = caller.phone.requests.map((one) => cseq(one).number);
    expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
    expect(numbers.at(-1)).toBeGreaterThan(2 * SEQUENCE_JUMP);
    callee.inDialog("BYE");
    await caller.until("BYE");
  });

  it("a controller that holds it under the old epoch is told to let it go", async () => {
    const { actor } = await talking();
    const revive = await bench.killEdge();
    const [orphan] = actor.assignments;
    // Only the other one takes calls, but the first is alive and hears what it is told.
    actor.refuse();
    successor();
    await revive();
    await waitFor(() => actor.dismissals.length === 1, "the dismissal");
    expect(actor.dismissals[0]?.callId).toBe(orphan?.callId);
    expect(actor.dismissals[0]?.epoch).toBeGreaterThan(EPOCH_JUMP);
  });

  it("over TCP: the telephone is reached where it connects anew", async () => {
    const [tcp] = bench.edge.endpoint.bound().tcp;
    if (tcp === undefined) throw new Error("no TCP socket");
    const caller = await agent({ transport: "tcp", edge: { transport: "tcp", ...tcp } });
    const callee = await telephone();
    controller(dialExtension(1));
    await connect(caller, callee);
    await (await bench.killEdge())();
    // The question goes to its Contact, over a new connection.
    await prove(caller, callee);
    const info = caller.inDialog("INFO");
    await callee.until("INFO");
    callee.answerLast(200);
    await waitFor(() => info.final()?.status === 200, "the answer to INFO");
    callee.inDialog("BYE");
    await caller.until("BYE");
    expect(caller.got("BYE")).toHaveLength(1);
  });
});

describe("what is not taken over", () => {
  it("a call that rings: its actor hears of its end when it orders anything more", async () => {
    const caller = await agent();
    const callee = await telephone();
    const actor = controller(dialExtension(1));
    caller.call("05055550100", { body: sdp(4000) });
    await callee.until("INVITE");
    callee.respond(180);
    await caller.until("180");
    await (await bench.killEdge())();
    expect(bench.edge.calls.size).toBe(0);
    expect(await entries()).toEqual([]);
    actor.order({ kind: "cancel-leg", leg: B1, cause: "no-answer" });
    await expect
      .poll(actor.told, WITHIN)
      .toEqual(["leg-ringing b1 180", "leg-ended a edge crashed", "leg-failed b1 487 no-answer"]);
    actor.settle();
    await expect
      .poll(() => bench.metric('call_protocol_events_total{event="unknown-call-step"'), WITHIN)
      .toBeGreaterThanOrEqual(2);
  });

  it("a call that is over, though its removal failed at first", async () => {
    const { caller, callee, actor } = await talking();
    await bench.nats.kill();
    caller.inDialog("BYE");
    await callee.until("BYE");
    await bench.nats.restart();
    await waitFor(() => actor.told().includes("leg-ended b1 us answered"), "the facts", 10_000);
    await waitFor(async () => (await entries()).length === 0, "the removal", 15_000);
    expect(await bench.metric('answered_call_writes_total{outcome="removed"')).toBe(1);
  });

  it("an entry of an unknown version: it is counted and left where it is", async () => {
    const { caller, callee } = await talking();
    await bench.bucket.put("edge-1.later", '{"version":2,"kind":"call"}', null);
    await bench.bucket.put("edge-2.other", "not ours", null);
    await (await bench.killEdge())();
    expect(bench.edge.calls.size).toBe(1);
    expect(await bench.metric('inherited_calls_total{outcome="unreadable"')).toBe(1);
    expect((await entries()).map(({ key }) => key)).toContain("edge-1.later");
    await prove(caller, callee);
  });
});

describe("an answered branch on another edge", () => {
  async function connected() {
    const second = await bench.anotherEdge("edge-2");
    const callee = await agent({ transport: "tcp", edge: second.address });
    const { phone } = callee;
    phone.endpoint.sendRequest(phone.outgoing("REGISTER", "tcp"), second.address, phone);
    const endpoint = await waitFor(() => second.registered[0], "the connection");
    const contactUri = `sip:1001@${endpoint.host}:${endpoint.port};transport=tcp`;
    bench.bindings.set(EXTENSION, [{ contactUri, endpoint, edge: "edge-2" as never }]);
    const caller = await agent();
    const actor = controller(dialExtension(1));
    await connect(caller, callee);
    await waitFor(async () => {
      const held = await bench.bucket.entriesOf("edge-2" as never);
      return held !== "unreachable" && held.length === 1;
    }, "the holder's entry");
    return { caller, callee, actor, second };
  }

  it("goes on after the restart of its anchor", async () => {
    const { caller, callee, actor } = await connected();
    await (await bench.killEdge())();
    await prove(caller, callee);
    caller.inDialog("BYE");
    await callee.until("BYE");
    await expect.poll(() => actor.told().slice(-2), WITHIN).toEqual(ENDED_BY_CALLER);
  });

  it("goes on after the restart of its holder", async () => {
    const { caller, callee, actor, second } = await connected();
    await second.restart();
    await prove(callee);
    const info = caller.inDialog("INFO");
    await callee.until("INFO");
    callee.answerLast(200);
    await waitFor(() => info.final()?.status === 200, "the answer to INFO");
    caller.inDialog("BYE");
    await callee.until("BYE");
    await expect.poll(() => actor.told().slice(-2), WITHIN).toEqual(ENDED_BY_CALLER);
    expect(await second.metric("hosted_legs")).toBe(0);
  });

  it("is hung up by its holder's next life when its anchor has given it up meanwhile", async () => {
    const { caller, callee, second } = await connected();
    await second.stop();
    caller.inDialog("BYE");
    await caller.until("BYE 200");
    expect(callee.log).not.toContain("BYE");
    await second.restart();
    await callee.until("OPTIONS");
    callee.answerLast(200);
    await callee.until("BYE");
  });
});

describe("leaving", () => {
  it("an edge that is drained leaves its answered calls to its next life", async () => {
    const caller = await agent();
    const callee = await telephone();
    controller(dialExtension(1));
    caller.call("05055550100", { body: sdp(4000) });
    await callee.until("INVITE");
    callee.respond(200, { body: sdp(5000) });
    await caller.until("200");
    caller.acknowledge();
    await waitFor(() => callee.phone.acks.length === 1, "the callee's ACK");
    await bench.edge.drain(0);
    expect(await entries()).toHaveLength(1);
    expect(callee.log).not.toContain("BYE");
  });
});
