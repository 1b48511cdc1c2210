/**
 * A company's contract, hours and callers as a caller meets them, and what its calls cost on the
 * invoice: over real SIP, through the stream, by the command line.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { timeOfWeek } from "../../services/lib/telephony/tokyo-time.ts";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";
import { byNumber, memberOf, type ShownRecord, startWorld, type World } from "./world.ts";

const MOBILE = "09012345678";
const LANDLINE = "0312345678";
const BOUND_MS = 10_000;
const HERE = import.meta.dirname;
const SAMPLES = join(HERE, "../../deploy/demo");
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

let world: World;
let file: string;

beforeAll(async () => {
  world = await startWorld({ net: 30 });
  file = join(world.cluster.options.dir, "shop.yaml");
  // Three days off, so that midnight does not matter.
  const shut = DAYS[(timeOfWeek(Date.now()).weekday + 2) % 7] ?? "mon";
  writeFileSync(file, readFileSync(join(HERE, "shop.yaml"), "utf8").replaceAll("SHUT", shut));
  await done("apply", "-f", file);
});

afterAll(() => world?.end());

/** Runs a command that must succeed; says what it said when it does not. */
async function done(...args: readonly string[]): Promise<void> {
  const { status, output } = await world.cli(...args);
  if (status !== 0) throw new Error(output);
}

afterEach(async () => {
  world.carrier.setBehaviour({ kind: "reject", status: 404 });
  await waitFor(async () => (await world.channelsHeld()) === 0, "no channel is held");
});

const seen = new Map<string, number>();

/** The record of the next call to a number, in the order of this file. */
async function nextRecord(number: string): Promise<ShownRecord & { readonly refusedBy: string }> {
  const before = seen.get(number) ?? 0;
  seen.set(number, before + 1);
  const record = (await world.records(number, before + 1))[before];
  if (record === undefined) throw new Error(`no record of a call to ${number}`);
  return record as ShownRecord & { readonly refusedBy: string };
}

describe("who gets through", () => {
  it("2.3: outside business hours the out-of-hours group rings, under the number that was called", async () => {
    world.carrier.setBehaviour(byNumber({ [LANDLINE]: { kind: "answer", afterMs: 50 } }));
    const talk = await world.caller.call("05055553000").answered(BOUND_MS);
    await talk.bye();
    const record = await nextRecord("+815055553000");
    expect(record.legs.map(memberOf)).toEqual(["+81312345678"]);
    expect(record.legs[0]).toMatchObject({
      member: { source: { number: "+815055553000", rule: "D1" } },
      endCause: "answered",
    });
  });

  it.each([
    ["2.3: closed without a plan", { called: "05055553001", status: 480, by: "hours" }],
    ["2.3: on the deny list", { called: "05055553002", status: 603, by: "deny" }],
    ["2.3: anonymous", { called: "05055553003", status: 433, by: "anonymous" }],
    ["2.3: not on the allow list", { called: "05055553003", status: 603, by: "allow" }],
  ])("%s: the caller is turned away and nobody is called", async (_, row) => {
    const { called, status, by } = row;
    const headers = by === "anonymous" ? { privacy: "id" } : {};
    const calls = world.carrier.log.requests("INVITE", "in").length;
    expect(await world.caller.call(called, { headers }).failed(BOUND_MS)).toBe(status);
    const record = await nextRecord(`+81${called.slice(1)}`);
    expect(record).toMatchObject({ companyId: "shop", refusedBy: by, disposition: "refused" });
    expect(record.legs).toEqual([]);
    expect(world.carrier.log.requests("INVITE", "in")).toHaveLength(calls);
  });
});

/** What no file can say any more: an add-on that was taken away while the list stayed as it was. */
const TAKE_ADD_ON_AWAY = `
  set search_path to tenant_registry;
  begin;
  select * from registry_state for update;
  update contract_terms set add_ons = '[]' where company_id = 'shop' and superseded_at is null;
  update registry_state set revision = revision + 1;
  update companies set revision = state.revision, route_revision = state.revision
    from registry_state state where id = 'shop';
  insert into revisions (revision, company_id, changes)
    select revision, 'shop', array['by hand'] from registry_state;
  select pg_notify('tenant_registry_changed', revision::text) from registry_state;
  commit`;

describe("destinations", () => {
  it("R19, R20: the third destination of a shared number is refused without an add-on, with its rule", async () => {
    const without = join(world.cluster.options.dir, "without-add-on.yaml");
    const text = readFileSync(file, "utf8").replace(/ {4}addOns:\n.*\n/, "");
    writeFileSync(without, text);
    const { status, output } = await world.cli("apply", "-f", without);
    expect(status).toBe(1);
    expect(output).toMatch(/company\.groups\[2\]\.targets\[2\].*R19/);
  });

  it("A8: after a downgrade the first two of the list are called, the third is skipped with the rule", async () => {
    const database = new pg.Client({ connectionString: world.cluster.postgres().url });
    await database.connect();
    await database.query(TAKE_ADD_ON_AWAY);
    await database.end();
    await waitFor(async () => {
      const plan = await world.cli("plan", "050-5555-3004", "--from", "0399990000");
      return plan.text.includes("R19");
    }, "the plan skips it");
    world.carrier.setBehaviour(byNumber({ "09011110002": { kind: "answer", afterMs: 50 } }));
    const talk = await world.caller.call("05055553004").answered(BOUND_MS);
    await talk.bye();
    const { legs } = await nextRecord("+815055553004");
    expect(legs.map(({ skipped }) => skipped)).toEqual(["", "", "R19"]);
    expect(legs[1]).toMatchObject({ endCause: "answered", billable: true });
  });
});

interface ShownInvoice {
  readonly number: string;
  readonly lines: readonly { readonly section: string; readonly netYen: number }[];
}

describe("money", () => {
  it("5.5: a ring-all of a mobile and a landline: the winner's started minutes are charged, the loser's none", async () => {
    await done("prices", "apply", "-f", join(SAMPLES, "prices.sample.yaml"));
    const deck = join(SAMPLES, "rates.sample.csv");
    await done("rates", "import", deck, "--plan", "standard", "--from", "2026-01-01");
    world.carrier.setBehaviour(
      byNumber({ [MOBILE]: { kind: "answer", afterMs: 50 }, [LANDLINE]: { kind: "ring" } }),
    );
    const talk = await world.caller.call("05055553005").answered(BOUND_MS);
    await talk.bye();
    const { callId, legs } = await nextRecord("+815055553005");
    expect(legs.filter(({ billable }) => billable).map(memberOf)).toEqual(["+819012345678"]);
    const shown = (await world.json("cdr", "show", callId)) as {
      readonly charges: readonly { readonly leg: string; readonly amountYen: number }[];
    };
    expect(shown.charges).toMatchObject([{ leg: "b1", amountYen: 16, reason: "rated" }]);
  });

  it("5.1: calls from before the first deck are unrated, and re-rating shows them before it books them", async () => {
    const unrated = (await world.json("rates", "unrated", "--company", "shop")) as {
      readonly total: number;
    };
    expect(unrated.total).toBe(2);
    const look = (await world.json("rerate", "--company", "shop")) as {
      readonly summary: object;
    };
    expect(look.summary).toMatchObject({ different: 2, chargedYen: 16, reratedYen: 40 });
    await world.json("rerate", "--company", "shop", "--write");
    const again = (await world.json("rerate", "--company", "shop")) as { readonly summary: object };
    expect(again.summary).toMatchObject({ different: 0, chargedYen: 40, reratedYen: 40 });
  });

  it("R16: the next invoice has flat fees and the calls of this month; it is a draft until it may be issued", async () => {
    const [year = 0, month = 0] = new Date(Date.now() + 9 * 3_600_000)
      .toISOString()
      .split("-")
      .map(Number);
    const next = month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, "0")}`;
    const shown = await world.cli("invoice", "shop", next, "--format", "json");
    const invoice: ShownInvoice = JSON.parse(shown.text);
    const netOf = (section: string): number =>
      invoice.lines
        .filter((line) => line.section === section)
        .reduce((sum, { netYen }) => sum + netYen, 0);
    expect(invoice.number).toBe("");
    expect(netOf("calls")).toBe(40);
    expect(netOf("flat")).toBeGreaterThan(0);
    const issued = await world.cli("invoice", "shop", next, "--issue");
    expect(issued.status).toBe(1);
    const pdf = join(world.cluster.options.dir, "invoice.pdf");
    const made = await world.cli("invoice", "shop", next, "--format", "pdf", "-o", pdf);
    expect(made).toMatchObject({ status: 0 });
    expect(readFileSync(pdf).subarray(0, 5).toString("latin1")).toBe("%PDF-");
  });
});
