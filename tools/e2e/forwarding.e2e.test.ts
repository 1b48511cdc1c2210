/** S1 to S4, S6 and S7: what a caller, the called and the administrator see, over real SIP. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";
import { headerValues, type LoggedMessage } from "../phone/log.ts";
import type { Phone } from "../phone/phone.ts";
import { byNumber, memberOf, type ShownRecord, startWorld, type World } from "./world.ts";

const CALLER = "0399990000";
const MOBILE = "09012345678";
const LANDLINE = "0312345678";
const BOUND_MS = 10_000;

let world: World;

beforeAll(async () => {
  world = await startWorld({ net: 20 });
});

afterAll(() => world?.end());

afterEach(async () => {
  await world.hangUpAll();
  world.carrier.setBehaviour({ kind: "reject", status: 404 });
  await waitFor(async () => (await world.channelsHeld()) === 0, "no channel is held");
});

const seen = new Map<string, number>();

/** The record of the next call to a number, in the order of this file. */
async function nextRecord(number: string): Promise<ShownRecord> {
  const before = seen.get(number) ?? 0;
  seen.set(number, before + 1);
  const record = (await world.records(number, before + 1))[before];
  if (record === undefined) throw new Error(`no record of a call to ${number}`);
  return record;
}

/** INVITEs out of a dialog that a phone got, first sending only, since `from`. */
const invites = (phone: Phone, from: number): readonly LoggedMessage[] =>
  phone.log
    .requests("INVITE", "in")
    .filter(
      ({ at, retransmission, raw }) => at >= from && !retransmission && !/^To:.*;tag=/im.test(raw),
    );

const cancels = (phone: Phone, from: number): readonly LoggedMessage[] =>
  phone.log
    .requests("CANCEL", "in")
    .filter(({ at, retransmission }) => at >= from && !retransmission);

/** Every outside leg: our number in From and PAI, no digit of the caller anywhere. */
function expectOwnIdentity(invite: LoggedMessage, source: string): void {
  expect(headerValues(invite.raw, "from")[0]).toContain(source);
  expect(headerValues(invite.raw, "p-asserted-identity")[0]).toContain(source);
  expect(invite.raw).not.toContain(CALLER.slice(1));
}

/** One trace from the INVITE at the edge over the lease to the record, every span under the first. */
async function expectOneTrace(record: ShownRecord): Promise<void> {
  const { services, roots } = await waitFor(async () => {
    const trace = (await world.json("trace", record.callId)) as {
      traceId: string;
      spans: readonly { spanId: string; parentSpanId: string; name: string; service: string }[];
    };
    expect(trace.traceId).toBe(record.traceId);
    const ids = new Set(trace.spans.map(({ spanId }) => spanId));
    const orphans = trace.spans.filter(({ parentSpanId }) => !ids.has(parentSpanId));
    const found = new Set(trace.spans.map(({ service }) => service));
    return found.size < 4 ? null : { services: [...found].sort(), roots: orphans };
  }, "the trace has spans of all four services");
  expect(services).toEqual(["call-controller", "cdr-collector", "sip-edge", "trunk-allocator"]);
  expect(roots.map(({ name }) => name)).toEqual(["call setup"]);
}

describe("S1: ring-all of two extensions and a mobile", () => {
  it.each(["caller", "callee"] as const)(
    "the mobile answers, the others hear that the call was completed elsewhere; BYE by the %s",
    async (hangsUp) => {
      const from = Date.now();
      const desk = await world.telephone("1001", { kind: "ring" });
      const soft = await world.telephone("1002", { kind: "ring" }, { transport: "tcp" });
      world.carrier.setBehaviour(byNumber({ [MOBILE]: { kind: "ring" } }));
      const call = world.caller.call("05055551000");
      await call.provisional(180, BOUND_MS);
      const mobile = await world.carrier.nextCall(BOUND_MS);
      await waitFor(
        () => invites(desk, from).length === 1 && invites(soft, from).length === 1,
        "both extensions ring",
      );
      await waitFor(async () => (await world.channelsHeld()) === 2, "one channel in two scopes");
      mobile.answer();
      const talk = await call.answered(BOUND_MS);
      const outcome = await call.outcome(BOUND_MS);
      expect(outcome).toMatchObject({ kind: "answered" });
      const answer = world.carrier.log
        .responses(200, "out")
        .findLast(({ method }) => method === "INVITE");
      const audio = (sdp: string | undefined) => sdp?.match(/^m=audio .*/m)?.[0];
      expect(outcome.kind === "answered" && audio(outcome.sdp)).toBe(audio(answer?.body));
      for (const phone of [desk, soft]) {
        await waitFor(() => cancels(phone, from).length === 1, "the loser is cancelled");
        expect(cancels(phone, from)[0]?.reason).toContain('text="Call completed elsewhere"');
      }
      const live = (await world.json("calls")) as { calls: readonly { phase: string }[] };
      expect(live.calls).toMatchObject([{ phase: "talking" }]);
      expect(await world.channelsHeld()).toBe(2);
      const other = await mobile.answered(BOUND_MS);
      if (hangsUp === "caller") await talk.bye();
      else await other.bye();
      await talk.ended.wait(BOUND_MS);
      await other.ended.wait(BOUND_MS);
      const record = await nextRecord("+815055551000");
      expect(record).toMatchObject({ mode: "ring-all", disposition: "answered", endedBy: hangsUp });
      expect(record.legs.map(({ endCause, billable }) => [endCause, billable])).toEqual([
        ["cancelled-elsewhere", false],
        ["cancelled-elsewhere", false],
        ["answered", true],
      ]);
      const [invite] = invites(world.carrier, from);
      if (invite === undefined) throw new Error("the mobile was not called");
      expectOwnIdentity(invite, "05055551000");
      await expectOneTrace(record);
    },
  );
});

describe("S2: relay over a busy extension, a silent landline, a failing mobile and an extension", () => {
  it("tries them in that order, cancels before it goes on, and goes on at once after a busy", async () => {
    const from = Date.now();
    const busy = await world.telephone("1001", { kind: "busy" });
    const last = await world.telephone("1002", { kind: "answer", afterMs: 100 });
    world.carrier.setBehaviour(
      byNumber({ [LANDLINE]: { kind: "ring" }, [MOBILE]: { kind: "reject", status: 503 } }),
    );
    const call = world.caller.call("05055551001");
    const talk = await call.answered(30_000);
    const order = [
      ...invites(busy, from).map(({ at }) => ["1001", at] as const),
      ...invites(last, from).map(({ at }) => ["1002", at] as const),
      ...invites(world.carrier, from).map(
        ({ at, startLine }) => [startLine.includes(LANDLINE) ? LANDLINE : MOBILE, at] as const,
      ),
    ].sort(([, one], [, other]) => one - other);
    expect(order.map(([who]) => who)).toEqual(["1001", LANDLINE, MOBILE, "1002"]);
    const cancelled = cancels(world.carrier, from)[0]?.at ?? Number.NaN;
    const next = order[2]?.[1] ?? Number.NaN;
    expect(cancelled).toBeLessThanOrEqual(next);
    await talk.bye();
    const record = await nextRecord("+815055551001");
    expect(record.legs.map((leg) => [memberOf(leg), leg.endCause])).toEqual([
      ["1001", "busy"],
      ["+81312345678", "no-answer"],
      ["+819012345678", "unavailable"],
      ["1002", "answered"],
    ]);
    const { spans } = (await world.json("trace", record.callId)) as {
      spans: readonly { name: string; startedAt: string; endedAt: string }[];
    };
    const span = (name: string) => spans.find((one) => one.name === name);
    const busyEnd = Date.parse(span("leg b1")?.endedAt ?? "");
    const nextStart = Date.parse(span("leg b2")?.startedAt ?? "");
    expect(nextStart - busyEnd).toBeLessThan(50);
  });
});

describe("S3: a standard number straight to an outside number", () => {
  it("connects without any registered terminal, and shows that number", async () => {
    const from = Date.now();
    world.carrier.setBehaviour(byNumber({ [MOBILE]: { kind: "answer", afterMs: 50 } }));
    const call = world.caller.call("05055551010");
    const talk = await call.answered(BOUND_MS);
    await talk.bye();
    const [invite] = invites(world.carrier, from);
    if (invite === undefined) throw new Error("the mobile was not called");
    expectOwnIdentity(invite, "05055551010");
    const record = await nextRecord("+815055551010");
    expect(record.legs.findLast(({ member }) => member.kind === "outside")).toMatchObject({
      member: { source: { number: "+815055551010", rule: "D3" } },
      endCause: "answered",
      billable: true,
    });
  });
});

describe("S4: extension to extension to outside by terminal relay", () => {
  it.each([
    ["D6: the forwarder's own number", "1011", "05055551011", "D6"],
    ["D7: its home representative number", "1012", "05055551001", "D7"],
  ])("%s is the source", async (_title, forwarder, source, rule) => {
    const from = Date.now();
    const desk = await world.telephone("1001", { kind: "ring" });
    await world.telephone(forwarder, { kind: "busy" });
    world.carrier.setBehaviour(byNumber({ [MOBILE]: { kind: "answer", afterMs: 50 } }));
    const call = desk.call(forwarder);
    const talk = await call.answered(BOUND_MS);
    await talk.bye();
    const [invite] = invites(world.carrier, from);
    if (invite === undefined) throw new Error("the mobile was not called");
    expect(headerValues(invite.raw, "from")[0]).toContain(source);
    expect(invite.raw).not.toMatch(/\b1001\b/);
    const record = await nextRecord(forwarder);
    expect(record.legs.at(-1)).toMatchObject({
      member: { source: { rule } },
      endCause: "answered",
    });
  });
});

describe("S4: a forwarder without any number (D8)", () => {
  /** No file can say this (the registry refuses it): a configuration from before the rule. */
  const FORGET_HOME_REPRESENTATIVE = `
    set search_path to tenant_registry;
    begin;
    select * from registry_state for update;
    update terminals set home_representative = null where extension = '1012';
    update registry_state set revision = revision + 1;
    update companies set revision = state.revision, route_revision = state.revision
      from registry_state state where id = 'e2e';
    insert into revisions (revision, company_id, changes)
      select revision, 'e2e', array['by hand'] from registry_state;
    select pg_notify('tenant_registry_changed', revision::text) from registry_state;
    commit`;

  it("is refused when saved, and skipped with its rule when an old configuration has it", async () => {
    const from = Date.now();
    const file = join(world.cluster.options.dir, "company.yaml");
    const homeless = join(world.cluster.options.dir, "without-home.yaml");
    const text = readFileSync(file, "utf8").replace(/^ *homeRepresentative: .*\n/m, "");
    writeFileSync(homeless, text);
    const applied = await world.cli("apply", "-f", homeless);
    expect(applied).toMatchObject({ status: 1, output: expect.stringContaining("D8") });
    const database = new pg.Client({ connectionString: world.cluster.postgres().url });
    await database.connect();
    await database.query(FORGET_HOME_REPRESENTATIVE);
    await database.end();
    await waitFor(async () => {
      const plan = await world.cli("plan", "1012", "--from", "1001", "--company", "e2e");
      return plan.text.includes("D8");
    }, "the plan skips it");
    const desk = await world.telephone("1001", { kind: "ring" });
    await world.telephone("1012", { kind: "busy" });
    expect(await desk.call("1012").failed(BOUND_MS)).toBe(486);
    expect(invites(world.carrier, from)).toEqual([]);
    const record = await nextRecord("1012");
    expect(record.legs.at(-1)).toMatchObject({ skipped: "D8", billable: false });
    const restored = await world.withChannels(100);
    await restored.restore();
  });
});

describe("S6: the caller gives up", () => {
  it("before any telephone rings: 487, nothing left up, the record says abandoned", async () => {
    world.carrier.setBehaviour(byNumber({ [MOBILE]: { kind: "trying" } }));
    const call = world.caller.call("05055551010");
    call.cancel();
    expect(await call.failed(BOUND_MS)).toBe(487);
    const record = await nextRecord("+815055551010");
    expect(record).toMatchObject({ disposition: "abandoned", billableMs: 0 });
    expect(world.carrier.callsUp).toBe(0);
  });

  it("while they ring: every telephone is cancelled, 487 for the caller", async () => {
    const from = Date.now();
    const desk = await world.telephone("1001", { kind: "ring" });
    world.carrier.setBehaviour(byNumber({ [MOBILE]: { kind: "ring" } }));
    const call = world.caller.call("05055551000");
    await call.provisional(180, BOUND_MS);
    await waitFor(() => invites(world.carrier, from).length === 1, "the mobile rings");
    call.cancel();
    expect(await call.failed(BOUND_MS)).toBe(487);
    await waitFor(() => cancels(desk, from).length === 1, "the extension is cancelled");
    await waitFor(() => cancels(world.carrier, from).length === 1, "the mobile is cancelled");
    expect(cancels(desk, from)[0]?.reason ?? "").not.toContain("completed elsewhere");
    const record = await nextRecord("+815055551000");
    expect(record).toMatchObject({ disposition: "abandoned", billableMs: 0 });
    expect(record.legs.filter(({ endCause }) => endCause === "abandoned").length).toBeGreaterThan(
      0,
    );
  });

  it("while a 200 crosses the CANCEL: the telephone is acknowledged and hung up", async () => {
    const from = Date.now();
    world.carrier.setBehaviour(byNumber({ [MOBILE]: { kind: "answer-on-cancel" } }));
    const call = world.caller.call("05055551010");
    await call.provisional(180, BOUND_MS);
    call.cancel();
    expect(await call.failed(BOUND_MS)).toBe(487);
    const [invite] = invites(world.carrier, from);
    const ofThisCall = (method: string) =>
      world.carrier.log.requests(method, "in").filter(({ callId }) => callId === invite?.callId);
    await waitFor(() => ofThisCall("BYE").length === 1, "the mobile is hung up");
    expect(ofThisCall("ACK")).toHaveLength(1);
    await waitFor(() => world.carrier.callsUp === 0, "nothing is left up");
    const record = await nextRecord("+815055551010");
    expect(record).toMatchObject({ disposition: "abandoned", billableMs: 0 });
    expect(record.legs.some(({ billable }) => billable)).toBe(false);
  });
});

describe("S7: three outside targets, one free channel", () => {
  it("one rings, two are skipped as no-channel, the extensions ring", async () => {
    const from = Date.now();
    const file = await world.withChannels(1);
    try {
      const desk = await world.telephone("1001", { kind: "ring" });
      world.carrier.setBehaviour({ kind: "ring" });
      const call = world.caller.call("05055551003");
      await call.provisional(180, BOUND_MS);
      await waitFor(() => invites(desk, from).length === 1, "the extension rings");
      await waitFor(() => invites(world.carrier, from).length === 1, "one outside number rings");
      expect(await world.channelsHeld()).toBe(2);
      call.cancel();
      await call.failed(BOUND_MS);
      const record = await nextRecord("+815055551003");
      const causes = record.legs.map((leg) => [memberOf(leg), leg.endCause]);
      expect(causes).toEqual([
        ["1001", "abandoned"],
        ["+819011110001", "abandoned"],
        ["+819011110002", "no-channel"],
        ["+819011110003", "no-channel"],
      ]);
      expect(invites(world.carrier, from)).toHaveLength(1);
    } finally {
      await file.restore();
    }
  });
});
