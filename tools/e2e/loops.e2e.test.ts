/**
 * Calls that come back (DOMAIN 4.5), over real SIP: the destination passes its calls on to the number
 * that was called, with a Call-ID of its own. Each loop ends by the rule that its record names, within
 * seconds, and leaves no channel held.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";
import type { ForwardBehaviour } from "../phone/behaviour.ts";
import { headerValues, type LoggedMessage } from "../phone/log.ts";
import { memberOf, type ShownRecord, SIP_PORT, startWorld, type World } from "./world.ts";

const NET = 29;
const MOBILE = "09012345678";
const MOBILE_E164 = "+819012345678";
const BOUND_MS = 10_000;
/** KK_LOOP_CALLS_MAX here. */
const LOOP_CALLS_MAX = 5;
/** Outside legs at the same time under one number of the company `capped`. */
const PER_NUMBER = 3;

/** A company whose numbers all ring the mobile: three directly, one through a terminal's relay. */
const companyYaml = (id: string, numbers: string, contract: string): string => `
trunks:
  - id: carrier
    sources: [127.0.${NET}.101]
    gateways: ["127.0.${NET}.101:${SIP_PORT};transport=udp"]
    channels: 200
    identity: pai
    format: national
    diversion: diversion
company:
  id: ${id}
  name: ${id}
  domain: ${id}.kakehashi.example
  contract: { terminalForwarding: true, representativeForwarding: true, ${contract} }
  numbers:
    - { number: ${numbers}0, kind: representative, trunk: carrier, group: mobile }
    - { number: ${numbers}1, kind: representative, trunk: carrier, group: mobile }
    - { number: ${numbers}2, kind: representative, trunk: carrier, group: mobile }
    - { number: ${numbers}3, kind: standard, trunk: carrier, extension: 3001 }
  terminals:
    - extension: 3001
      name: 転送専用
      password: loops-pass-3001
      number: ${numbers}3
      relay: { ringSelf: false, targets: [{ outside: ${MOBILE} }] }
  users:
    - { id: someone, name: 担当, extensions: [3001] }
  groups:
    - { id: mobile, name: 携帯, mode: ring-all, targets: [{ outside: ${MOBILE} }] }
`;

let world: World;

beforeAll(async () => {
  world = await startWorld({
    net: NET,
    env: { KK_LOOP_CALLS_MAX: String(LOOP_CALLS_MAX) },
  });
  for (const [id, numbers, contract] of [
    ["loops", "050-5555-200", "extraChannels: 20"],
    ["capped", "050-5555-300", `extraChannels: 20, channelsPerNumber: ${PER_NUMBER}`],
  ] as const) {
    const file = join(world.cluster.options.dir, `${id}.yaml`);
    writeFileSync(file, companyYaml(id, numbers, contract));
    const applied = await world.cli("apply", "-f", file);
    if (applied.status !== 0) throw new Error(applied.output);
  }
});

afterAll(() => world?.end());

afterEach(async () => {
  await world.carrier.hangUp(2_000);
  world.carrier.setBehaviour({ kind: "reject", status: 404 });
  expect(world.carrier.log.faults()).toEqual([]);
  await waitFor(async () => (await world.channelsHeld()) === 0, "no channel is held");
  await waitFor(() => world.carrier.callsUp === 0, "nothing is left up at the carrier");
});

/** INVITEs out of a dialog that the mobile got since `from`, first sending only. */
const mobileRang = (from: number): readonly LoggedMessage[] =>
  world.carrier.log
    .requests("INVITE", "in")
    .filter(
      ({ at, retransmission, startLine }) =>
        at >= from && !retransmission && startLine.includes(MOBILE),
    );

/** The mobile passes every call on to `number`, as `how` says. */
function forwardBack(number: string, how: Partial<ForwardBehaviour> = {}): void {
  const via = world.edge;
  world.carrier.setBehaviour({ kind: "forward", to: number, via, ...how });
}

const e164 = (number: string): string => `+81${number.slice(1)}`;

/** The only outside leg of each of the `count` calls to a number: empty, or why it was passed over. */
async function skipsOf(number: string, count: number): Promise<readonly string[]> {
  const records = await world.records(e164(number), count);
  return records.map(skipOf);
}

function skipOf({ legs }: ShownRecord): string {
  const outside = legs.filter(({ member }) => member.kind === "outside");
  expect(outside.map(({ billable }) => billable)).toEqual([false]);
  return outside[0]?.skipped ?? "no outside leg";
}

describe("a destination that forwards back", () => {
  it("A21, 4.5b: showing our own number, rings no outside leg while that number holds one", async () => {
    const from = Date.now();
    const number = "05055552000";
    forwardBack(number);
    const call = world.caller.call(number);
    expect([480, 486]).toContain(await call.failed(BOUND_MS));
    expect(mobileRang(from)).toHaveLength(1);
    expect(await skipsOf(number, 2)).toEqual(["", "4.5b"]);
  });

  it("4.5b: a caller with our own number reaches the mobile when the number holds nothing", async () => {
    const from = Date.now();
    const number = "05055552002";
    world.carrier.setBehaviour({ kind: "busy" });
    const call = world.caller.call(number, { from: "05055552001" });
    expect(await call.failed(BOUND_MS)).toBe(486);
    expect(mobileRang(from)).toHaveLength(1);
    expect(await skipsOf(number, 1)).toEqual([""]);
  });

  it("A21, 4.5c: as somebody else, rings as many outside legs as the source number may hold", async () => {
    const from = Date.now();
    const number = "05055553000";
    forwardBack(number, { from: "0311112222" });
    const call = world.caller.call(number);
    expect([480, 486]).toContain(await call.failed(BOUND_MS));
    expect(mobileRang(from)).toHaveLength(PER_NUMBER);
    const rung = Array.from({ length: PER_NUMBER }, () => "");
    expect(await skipsOf(number, PER_NUMBER + 1)).toEqual([...rung, "4.5c"]);
  });

  it("A21, 4.5d: as somebody else, again and again, is stopped when it was too often", async () => {
    const from = Date.now();
    const number = "05055552001";
    forwardBack(number, { from: "0311113333" });
    const call = world.caller.call(number);
    expect([480, 486]).toContain(await call.failed(BOUND_MS));
    // The first call has another caller: it does not count.
    const rung = 1 + LOOP_CALLS_MAX;
    expect(mobileRang(from)).toHaveLength(rung);
    const skips = Array.from({ length: rung }, () => "");
    expect(await skipsOf(number, rung + 1)).toEqual([...skips, "4.5d"]);
  });

  it("A21, 4.5: counting its diversions, rings no outside leg after five", async () => {
    const from = Date.now();
    const number = "05055553001";
    forwardBack(number, { from: "0311114444", diversion: "count" });
    const call = world.caller.call(number);
    expect([480, 486]).toContain(await call.failed(BOUND_MS));
    const diversions = mobileRang(from).flatMap(({ raw }) => headerValues(raw, "diversion"));
    expect(
      diversions.map((diversion) => diversion.match(/sip:(\d+)@.*counter=(\d)/)?.slice(1)),
    ).toEqual([
      [number, "1"],
      [number, "3"],
      [number, "5"],
    ]);
    expect(await skipsOf(number, 4)).toEqual(["", "", "", "diversion-limit"]);
  });

  it("4.5: a call that arrives diverted five times rings no outside leg", async () => {
    const from = Date.now();
    const number = "05055553002";
    world.carrier.setBehaviour({ kind: "ring" });
    const diversion = "<sip:0355556666@carrier.invalid>;reason=unconditional;counter=5";
    const call = world.caller.call(number, { headers: { diversion } });
    expect([480, 486]).toContain(await call.failed(BOUND_MS));
    expect(mobileRang(from)).toEqual([]);
    expect(await skipsOf(number, 1)).toEqual(["diversion-limit"]);
  });
});

describe("a terminal whose relay leads back to the company", () => {
  /** No file can say this (the registry refuses it): a configuration from before the rule. */
  const FORWARD_TO_OWN_NUMBER = `
    set search_path to tenant_registry;
    begin;
    select * from registry_state for update;
    update relay_targets set outside = '+815055552000', class = 'ip-phone'
      where company_id = 'loops' and owner = '3001';
    update registry_state set revision = revision + 1;
    update companies set revision = state.revision, route_revision = state.revision
      from registry_state state where id = 'loops';
    insert into revisions (revision, company_id, changes)
      select revision, 'loops', array['by hand'] from registry_state;
    select pg_notify('tenant_registry_changed', revision::text) from registry_state;
    commit`;

  it("A19, 4.5a: is refused when saved, and passed over when an old configuration has it", async () => {
    const from = Date.now();
    const number = "05055552003";
    const file = join(world.cluster.options.dir, "own-number.yaml");
    const own = companyYaml("loops", "050-5555-200", "extraChannels: 20").replace(
      `ringSelf: false, targets: [{ outside: ${MOBILE} }]`,
      "ringSelf: false, targets: [{ outside: 050-5555-2000 }]",
    );
    writeFileSync(file, own);
    const applied = await world.cli("apply", "-f", file);
    expect(applied).toMatchObject({ status: 1, output: expect.stringContaining("A19") });
    const database = new pg.Client({ connectionString: world.cluster.postgres().url });
    await database.connect();
    await database.query(FORWARD_TO_OWN_NUMBER);
    await database.end();
    await waitFor(async () => {
      const plan = await world.cli("plan", number, "--from", "0399990000");
      return plan.text.includes("A19");
    }, "the plan passes it over");
    forwardBack(number);
    const call = world.caller.call(number);
    expect([480, 486]).toContain(await call.failed(BOUND_MS));
    expect(mobileRang(from)).toEqual([]);
    const [record] = await world.records(e164(number), 1);
    expect(record?.legs.map((leg) => [memberOf(leg), leg.skipped])).toContainEqual([
      "+815055552000",
      "A19",
    ]);
    expect(record?.legs.map(memberOf)).not.toContain(MOBILE_E164);
  });
});
