import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import {
  type ApplyResponse,
  DestinationClass,
  DiversionProfile,
  type TenantServiceClient,
  type WatchResponse,
} from "../../lib/wire/tenant.ts";
import {
  ask,
  good,
  httpStatus,
  openStage,
  type RegistryProcess,
  type Stage,
} from "./registry-process.ts";
import { fullCompany, sampleCompany, sampleTrunk } from "./sample-company.ts";

const DEMO = readFileSync(
  fileURLToPath(new URL("../../../deploy/demo/company.yaml", import.meta.url)),
  "utf8",
);

let stage: Stage;
let first: RegistryProcess;
let second: RegistryProcess;

beforeAll(async () => {
  stage = await openStage();
  // Both at once on an empty database: one makes the tables, the other waits for it.
  [first, second] = await Promise.all([stage.startRegistry(), stage.startRegistry()]);
  await apply(first.client, sampleTrunk());
});
afterAll(() => stage.close());

async function apply(
  client: TenantServiceClient,
  document: string,
  dryRun = false,
): Promise<ApplyResponse> {
  return good(await ask(client.apply.bind(client), { document, dryRun }));
}

/** Faults as `line path: message`. */
const told = ({ faults }: Pick<ApplyResponse, "faults">): readonly string[] =>
  faults.map(({ line, path, message }) => `${line} ${path}: ${message}`);

const resolveNumber = (client: TenantServiceClient, value: string) =>
  ask(client.resolve.bind(client), { kind: { $case: "number", value } });

async function rows(sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: stage.databaseUrl });
  await client.connect();
  try {
    return (
      (await client.query(`set search_path = tenant_registry; ${sql}`)) as never as pg.QueryResult[]
    )[1]!.rows;
  } finally {
    await client.end();
  }
}

/** Everything that a Watch stream has said so far. */
function watch(client: TenantServiceClient, afterRevision: number) {
  const heard: WatchResponse[] = [];
  const stream = client.watch({ afterRevision });
  let error: Error | null = null;
  stream.on("data", (message: WatchResponse) => heard.push(message));
  stream.on("error", (problem) => (error = problem));
  const changes = (): readonly string[] =>
    heard.flatMap(({ revision, changed }) =>
      changed === undefined || changed.$case === "heartbeat"
        ? []
        : [`${revision} ${changed.value}`],
    );
  return { heard, changes, error: () => error, stop: () => stream.cancel() };
}

describe("the demo company", () => {
  it("is accepted, and applying it again changes nothing", async () => {
    const once = await apply(
      first.client,
      DEMO.replaceAll("id: carrier", "id: demo-carrier").replaceAll(
        "trunk: carrier",
        "trunk: demo-carrier",
      ),
    );
    expect(once.faults).toEqual([]);
    expect(once.changes).toContain("group sales added");
    const again = await apply(
      second.client,
      DEMO.replaceAll("id: carrier", "id: demo-carrier").replaceAll(
        "trunk: carrier",
        "trunk: demo-carrier",
      ),
    );
    expect(again).toMatchObject({ revision: once.revision, faults: [], changes: [] });
  });

  it("resolves its numbers and extensions", async () => {
    const sales = good(await resolveNumber(first.client, "+815055550100")).snapshot;
    expect(sales?.groups[0]).toMatchObject({ id: "sales", representative: "+815055550100" });
    expect(sales?.trunks).toMatchObject([{ id: "demo-carrier", channels: 30 }]);
    const value = { companyId: "demo", extension: "1007" };
    const request = { kind: { $case: "extension", value } } as const;
    const d7 = good(await ask(second.client.resolve.bind(second.client), request)).snapshot;
    expect(d7?.terminals).toMatchObject([
      { extension: "1007", number: "", homeRepresentative: "+815055550100" },
    ]);
    expect(good(await resolveNumber(first.client, "+815055559999")).snapshot).toBeUndefined();
  });

  it("goes round: what GetCompany says, PutCompany stores without a change", async () => {
    const { client } = first;
    const get = { id: "demo" };
    const { company } = good(await ask(client.getCompany.bind(client), get));
    if (company === undefined) throw new Error("no company");
    const put = { company, expectedRevision: company.revision };
    const stored = good(await ask(client.putCompany.bind(client), put));
    expect(stored.faults).toEqual([]);
    const after = good(await ask(client.getCompany.bind(client), get)).company;
    expect(after).toEqual(company);
  });
});

describe("everything that a document can say", () => {
  it("of a company goes round: what GetCompany says, PutCompany stores without a change", async () => {
    const { client } = first;
    expect((await apply(client, fullCompany("full"))).faults).toEqual([]);
    const { company } = good(await ask(client.getCompany.bind(client), { id: "full" }));
    if (company === undefined) throw new Error("no company");
    const put = { company, expectedRevision: company.revision };
    const stored = good(await ask(client.putCompany.bind(client), put));
    expect(stored.faults).toEqual([]);
    const after = good(await ask(client.getCompany.bind(client), { id: "full" })).company;
    expect(after).toEqual(company);
    expect((await apply(client, fullCompany("full"))).changes).toEqual([]);
    expect(company).toMatchObject({
      contracts: [
        {
          untilDate: "2090-04-01",
          channelsPerNumber: 2,
          internationalForwarding: true,
          pricePlan: "special",
          addOns: [{ units: 2 }, { units: 1 }],
        },
        { fromDate: "2090-06-01", untilDate: "2091-01-01", pricePlan: "standard" },
      ],
      schedules: [
        { id: "always", name: "年中", openOnHolidays: true },
        {
          id: "day",
          open: [
            { weekdays: [1, 2, 3, 4, 5], fromMinute: 540, untilMinute: 720 },
            { weekdays: [6], fromMinute: 780, untilMinute: 1440 },
          ],
          closedDates: ["2026-12-29", "2026-12-30"],
        },
      ],
      numbers: [
        {
          scheduleId: "day",
          outOfHours: { $case: "outOfHoursGroupId", value: "night" },
          callers: {
            deny: ["+81311112222"],
            allow: ["+819033334444", "+81355556666"],
            refuseAnonymous: true,
          },
        },
        { scheduleId: "always", outOfHours: undefined },
        {
          outOfHours: {
            $case: "outOfHoursRelay",
            value: { ringSelf: false, followMemberRelay: true, targets: [{ ringS: 30 }, {}] },
          },
        },
      ],
    });
  });

  it("of a route is in the snapshot: hours, holidays, and the class of each destination (R14)", async () => {
    const { snapshot } = good(await resolveNumber(first.client, "+815055550900"));
    expect(snapshot?.schedule?.id).toBe("day");
    expect(snapshot?.holidays).toContain("2027-03-22");
    expect(snapshot?.companyNumbers).toHaveLength(3);
    expect(snapshot?.groups.map(({ id }) => id)).toEqual(["main", "night"]);
    expect(snapshot?.destinations).toEqual([
      { number: "+12125552368", class: DestinationClass.INTERNATIONAL, onNet: false },
      { number: "+81312345678", class: DestinationClass.LANDLINE, onNet: false },
    ]);
    expect(snapshot?.forwarders).toEqual([
      {
        kind: { $case: "number", value: "+815055550900" },
        addOnNumber: "+815055550900",
        destinations: ["+12125552368", "+81312345678"],
      },
    ]);
  });

  it("of a trunk goes round, with its profiles", async () => {
    const { client } = first;
    const profiles = "privacy: absent, diversion: history-info, userPhone: false, identity: ppi";
    const document = sampleTrunk("profiled", "192.0.2.99").replace(/ }$/m, `, ${profiles} }`);
    await apply(client, document);
    const get = async () => good(await ask(client.getTrunk.bind(client), { id: "profiled" })).trunk;
    const trunk = await get();
    if (trunk === undefined) throw new Error("no trunk");
    expect(trunk).toMatchObject({ noUserPhone: true, diversion: DiversionProfile.HISTORY_INFO });
    const put = { trunk, expectedRevision: trunk.revision };
    expect(good(await ask(client.putTrunk.bind(client), put)).faults).toEqual([]);
    expect(await get()).toEqual(trunk);
    const back = document.replace(`, ${profiles}`, "");
    expect((await apply(client, back)).changes).toEqual([
      "trunk profiled: identity ppi -> pai",
      "trunk profiled: privacy absent -> none",
      "trunk profiled: diversion history-info -> off",
      "trunk profiled: user=phone no -> yes",
    ]);
  });
});

describe("a number of another company that a company forwards to", () => {
  const target = "050-5555-0950";
  const targeting = sampleCompany("caller", { number: "050-5555-0951", outside: target });
  const onNet = async (): Promise<boolean | undefined> =>
    good(await resolveNumber(second.client, "+815055550951")).snapshot?.destinations[0]?.onNet;

  it("A19: comes and goes with a revision of the company that forwards, which stores nothing new", async () => {
    const { client } = first;
    await apply(client, targeting);
    const before = good(await ask(client.getCompany.bind(client), { id: "caller" })).company;
    expect(await onNet()).toBe(false);
    const { revision } = await apply(client, sampleCompany("called", { number: target }));
    expect(await onNet()).toBe(true);
    good(await ask(client.deleteCompany.bind(client), { id: "called" }));
    expect(await onNet()).toBe(false);
    const log = await rows(
      `select revision, company_id, changes from revisions where revision >= ${revision - 1} order by 1`,
    );
    expect(log).toEqual([
      { revision: String(revision - 1), company_id: "called", changes: expect.anything() },
      {
        revision: String(revision),
        company_id: "caller",
        changes: ["company called added or removed 05055550950"],
      },
      { revision: String(revision + 1), company_id: "called", changes: expect.anything() },
      { revision: String(revision + 2), company_id: "caller", changes: expect.anything() },
    ]);
    expect(good(await ask(client.getCompany.bind(client), { id: "caller" })).company).toEqual(
      before,
    );
    const put = { company: before, expectedRevision: before?.revision ?? -1 };
    expect(good(await ask(client.putCompany.bind(client), put)).faults).toEqual([]);
  });

  it("many numbers at once, forwarded to from many lists, are one revision of each company", async () => {
    const { client } = first;
    for (const id of ["many1", "many2"]) {
      const number = `050-5555-096${id.slice(-1)}`;
      const document = sampleCompany(id, { number, outside: "050-5555-0970" });
      await apply(
        client,
        document.replace(
          "{ outside: 050-5555-0970 }",
          "{ outside: 050-5555-0970 }, { outside: 050-5555-0971 }",
        ),
      );
    }
    const before = Number((await rows("select revision from registry_state"))[0]?.["revision"]);
    const both = sampleCompany("manifold", { number: "050-5555-0970" }).replace(
      "  terminals:",
      "    - { number: 050-5555-0971, kind: ivr, trunk: carrier, group: main }\n  terminals:",
    );
    expect((await apply(client, both)).revision).toBe(before + 3);
    const log = await rows(
      `select company_id from revisions where revision > ${before} order by revision`,
    );
    expect(log.map(({ company_id: id }) => id)).toEqual(["manifold", "many1", "many2"]);
  });
});

describe("GetBillingHistory", () => {
  const ofCompany = (companyId: string) =>
    ask(first.client.getBillingHistory.bind(first.client), { companyId });

  it("tells the whole history, also of a company that is deleted", async () => {
    const { client } = first;
    const from = Date.now();
    await apply(client, sampleCompany("billed", { number: "050-5555-0980" }));
    await apply(client, sampleCompany("billed", { number: "050-5555-0980", channels: 6 }));
    good(await ask(client.deleteCompany.bind(client), { id: "billed" }));
    const told = good(await ofCompany("billed"));
    expect(told).toMatchObject({ companyId: "billed", name: "billed" });
    expect(told.contracts.map(({ term }) => term?.extraChannels)).toEqual([2, 6, 6]);
    expect(told.contracts.map(({ supersededAtMs }) => supersededAtMs > 0)).toEqual([
      true,
      true,
      false,
    ]);
    expect(told.contracts.at(-1)?.term?.untilDate).toMatch(/^20/);
    expect(told.counts).toMatchObject([
      { users: 0, sharedNumbers: 1, shared: ["+815055550980"] },
      { users: 0, sharedNumbers: 0, shared: [] },
    ]);
    for (const { recordedAtMs } of told.contracts) {
      expect(recordedAtMs).toBeGreaterThan(from - 60_000);
      expect(recordedAtMs).toBeLessThan(Date.now() + 60_000);
    }
  });

  it("of a company that never was is not found", async () => {
    expect(await ofCompany("never")).toMatchObject({ ok: false, status: "not-found" });
  });
});

it("each fault is told in English and in Japanese", async () => {
  const bad = sampleCompany("bilingual", { number: "050-5555-0990" }).replace(
    "090-1234-5678",
    "0120-123-456",
  );
  const { faults } = await apply(first.client, bad);
  expect(faults).toHaveLength(1);
  expect(faults[0]?.message).toContain("toll-free");
  expect(faults[0]?.messageJa).toMatch(/\p{Script=Hiragana}/u);
  const broken = await apply(first.client, "company: [");
  expect(broken.faults[0]?.messageJa).toMatch(/YAML.*\p{Script=Hiragana}/u);
});

describe("a change", () => {
  it("is refused whole, with every fault and its line, and stores nothing", async () => {
    const bad = sampleCompany("faulty", { number: "050-5555-0300" })
      .replace("090-1234-5678", "0120-123-456")
      .replace("trunk: carrier", "trunk: nobody");
    const answer = await apply(first.client, bad);
    expect(told(answer)).toEqual([
      expect.stringMatching(/^8 company\.numbers\[0\]\.trunk: there is no trunk "nobody"/),
      expect.stringMatching(
        /^17 company\.groups\[0\]\.targets\[1\]\.outside: 0120-123-456 is toll/,
      ),
    ]);
    const get = await ask(first.client.getCompany.bind(first.client), { id: "faulty" });
    expect(get).toMatchObject({ ok: false, status: "not-found" });
  });

  it("that is a dry run tells what it would do and stores nothing", async () => {
    const document = sampleCompany("dry", { number: "050-5555-0301" });
    const answer = await apply(first.client, document, true);
    expect(answer.changes).toContain("company dry added");
    const get = await ask(first.client.getCompany.bind(first.client), { id: "dry" });
    expect(get).toMatchObject({ ok: false, status: "not-found" });
  });

  it("A8: that is smaller at a coming date is stored; warnings have their line, in each answer anew", async () => {
    const { client } = first;
    const smaller = sampleCompany("smaller", { number: "050-5555-0177" }).replace(
      /contract: .*/,
      `contract:
    - { until: 2090-04-01, terminalForwarding: true, representativeForwarding: true, extraChannels: 1 }
    - { from: 2090-04-01, until: 2091-01-01, terminalForwarding: true, extraChannels: 1 }`,
    );
    const expected = [
      { path: "company.contract[1].until", rule: "R2", line: 8 },
      { path: "company.groups[0].targets[1].outside", rule: "A10", line: 19 },
    ];
    const dry = await apply(client, smaller, true);
    expect(dry).toMatchObject({ faults: [], warnings: expected });
    expect(dry.warnings[1]).toMatchObject({
      message: expect.stringMatching(/^from 2090-04-01 until 2091-01-01 this outside target/),
      messageJa: expect.stringMatching(/^2090-04-01 から 2091-01-01 の前日まで、契約の /),
    });
    const stored = await apply(client, smaller);
    expect(stored).toMatchObject({ faults: [], warnings: dry.warnings });
    expect(stored.revision).toBeGreaterThan(dry.revision);
    const again = await apply(client, smaller);
    expect(again).toEqual({ ...stored, changes: [] });
    const { company } = good(await ask(client.getCompany.bind(client), { id: "smaller" }));
    const put = good(await ask(client.putCompany.bind(client), { company, expectedRevision: 0 }));
    expect(put.warnings.map(({ path }) => path).sort()).toEqual(expected.map(({ path }) => path));
  });

  it("broken YAML names the line", async () => {
    expect(told(await apply(first.client, "company:\n  id: x\n  id: y\n"))).toEqual([
      expect.stringMatching(/^3 : "id" stands twice in one map/),
    ]);
  });

  it("with an outdated revision is refused", async () => {
    const { client } = first;
    await apply(client, sampleCompany("revised", { number: "050-5555-0302" }));
    const { company } = good(await ask(client.getCompany.bind(client), { id: "revised" }));
    if (company === undefined) throw new Error("no company");
    const renamed = { ...company, name: "new name" };
    const put = { company: renamed, expectedRevision: company.revision };
    expect(good(await ask(client.putCompany.bind(client), put)).revision).toBeGreaterThan(
      company.revision,
    );
    const again = await ask(client.putCompany.bind(client), {
      ...put,
      company: { ...renamed, name: "x" },
    });
    expect(again).toMatchObject({ ok: false, status: "failed-precondition" });
  });

  it("through PutCompany meets the same checks", async () => {
    const { client } = first;
    const { company } = good(await ask(client.getCompany.bind(client), { id: "demo" }));
    if (company === undefined) throw new Error("no company");
    const put = { company: { ...company, contracts: [] }, expectedRevision: 0 };
    const { faults } = good(await ask(client.putCompany.bind(client), put));
    expect(faults.map(({ rule }) => rule).toSorted()).toEqual([
      "R2/A10",
      "R2/A10",
      "R2/A10",
      "R2/R23",
      "R2/R23",
      "R2/R23",
    ]);
  });

  it("may leave out passwords, unless the domain changes", async () => {
    const document = sampleCompany("secrets", { number: "050-5555-0303" });
    const { client } = first;
    await apply(client, document);
    const key = { domain: "secrets.example", extension: "1001" };
    const before = good(await ask(client.getCredential.bind(client), key));
    expect(before.ha1Md5).toMatch(/^[0-9a-f]{32}$/);
    const without = document.replace("password: secret-of-1001, ", "");
    expect((await apply(client, without.replace("佐藤", "鈴木"))).changes).toEqual([
      "terminal 1001: name 佐藤 -> 鈴木",
    ]);
    const after = good(await ask(client.getCredential.bind(client), key));
    expect(after).toMatchObject({ ha1Md5: before.ha1Md5, ha1Sha256: before.ha1Sha256 });
    const moved = await apply(client, without.replace("secrets.example", "moved.example"));
    expect(told(moved)).toEqual([
      expect.stringMatching(/company\.terminals\[0\]\.password: is missing/),
    ]);
  });
});

it("no password is in the database", async () => {
  const text = JSON.stringify(await rows("select t::text, r::text from terminals t, revisions r"));
  expect(text).toContain("1001");
  expect(text).not.toMatch(/secret-of-1001|demo-pass/);
});

describe("what belongs to another company", () => {
  it("a number that many claim at once goes to one, the others are told whose it is", async () => {
    const claims = Array.from({ length: 8 }, (_, n) => {
      const { client } = n % 2 === 0 ? first : second;
      return apply(client, sampleCompany(`claim${n}`, { number: "050-5555-0400" }));
    });
    const answers = await Promise.all(claims);
    const winners = answers.filter(({ faults }) => faults.length === 0);
    expect(winners).toHaveLength(1);
    const winner = winners[0]?.changes[0]?.split(" ")[1] ?? "";
    for (const loser of answers.filter(({ faults }) => faults.length > 0)) {
      expect(told(loser)).toEqual([
        `8 company.numbers[0].number: 05055550400 belongs to company "${winner}"; take it out there first`,
      ]);
    }
    const owner = await ask(first.client.getNumberOwner.bind(first.client), {
      number: "+815055550400",
    });
    expect(good(owner)).toMatchObject({ companyId: winner, trunkId: "carrier" });
  });

  it("a domain and a source address are refused too", async () => {
    const document =
      sampleCompany("thief", { number: "050-5555-0401" }).replace(
        "thief.example",
        "demo.kakehashi.example",
      ) + sampleTrunk("other", "192.0.2.1");
    expect(told(await apply(first.client, document))).toEqual([
      expect.stringMatching(/company\.domain: .* is the domain of company "demo"/),
      expect.stringMatching(/trunks\[0\]\.sources\[0\]: .* is a source of trunk "carrier"/),
    ]);
  });
});

it("two trunks exchange their source addresses in one document", async () => {
  const { client } = first;
  const pair = (one: string, other: string): string =>
    [sampleTrunk("swap-1", one), sampleTrunk("swap-2", other).replace("\ntrunks:", "")].join("");
  expect(told(await apply(client, pair("192.0.2.81", "192.0.2.82")))).toEqual([]);
  expect(told(await apply(client, pair("192.0.2.82", "192.0.2.81")))).toEqual([]);
  const get = async (id: string) =>
    good(await ask(client.getTrunk.bind(client), { id })).trunk?.sources;
  expect([await get("swap-1"), await get("swap-2")]).toEqual([["192.0.2.82"], ["192.0.2.81"]]);
});

describe("removing", () => {
  it("a trunk is refused while numbers use it, and says whose", async () => {
    const { client } = first;
    await apply(client, sampleTrunk("leaving", "192.0.2.7"));
    await apply(client, sampleCompany("user", { number: "050-5555-0500", trunk: "leaving" }));
    const blocked = await ask(client.deleteTrunk.bind(client), { id: "leaving" });
    expect(blocked).toMatchObject({ ok: false, status: "failed-precondition" });
    expect(JSON.stringify(blocked)).toContain("user (1)");
    good(await ask(client.deleteCompany.bind(client), { id: "user" }));
    good(await ask(client.deleteTrunk.bind(client), { id: "leaving" }));
    const gone = await ask(client.deleteTrunk.bind(client), { id: "leaving" });
    expect(gone).toMatchObject({ ok: false, status: "not-found" });
    expect(good(await resolveNumber(client, "+815055550500")).snapshot).toBeUndefined();
  });
});

describe("Watch", () => {
  it("says the current revision, then each change, also those made at another replica", async () => {
    const { heard, changes, stop } = watch(first.client, 0);
    await waitFor(() => heard.length > 0, "first message");
    const { revision } = await apply(
      second.client,
      sampleCompany("seen", { number: "050-5555-0600" }),
    );
    const seen = () => changes().filter((text) => text.endsWith(" seen"));
    await waitFor(() => seen().length > 0, "the change");
    expect(heard[0]?.changed).toEqual({ $case: "heartbeat", value: true });
    expect(heard[0]?.revision).toBeLessThan(revision);
    expect(seen()).toEqual([`${revision} seen`]);
    stop();
  });

  it("tells what was missed, in order, each revision once", async () => {
    const before = (await rows("select revision from registry_state"))[0]?.["revision"];
    const wanted = Array.from({ length: 20 }, (_, n) =>
      apply(
        n % 2 === 0 ? first.client : second.client,
        sampleCompany("busy", { number: "050-5555-0601", channels: n + 1 }),
      ),
    );
    await Promise.all(wanted);
    const { changes, stop } = watch(first.client, Number(before));
    await waitFor(() => changes().length >= 20, "20 changes");
    expect(changes()).toEqual(
      Array.from({ length: 20 }, (_, n) => `${Number(before) + n + 1} busy`),
    );
    stop();
  });
});

it("without its database: unavailable, alive, not ready; and back by itself", async () => {
  const { client, httpPort } = first;
  const { heard, error, changes, stop } = watch(client, 0);
  await waitFor(() => heard.length > 0, "first message");
  await stage.stopPostgres();
  const refused = await resolveNumber(client, "+815055550100");
  expect(refused).toMatchObject({ ok: false, status: "unavailable" });
  const put = await ask(client.apply.bind(client), { document: sampleTrunk(), dryRun: false });
  expect(put).toMatchObject({ ok: false, status: "unavailable" });
  await waitFor(async () => (await httpStatus(httpPort, "/readyz")) === 503, "not ready");
  expect(await httpStatus(httpPort, "/healthz")).toBe(200);
  await stage.startPostgres();
  await waitFor(async () => (await httpStatus(httpPort, "/readyz")) === 200, "ready again");
  expect(good(await resolveNumber(client, "+815055550100")).snapshot?.companyId).toBe("demo");
  await apply(second.client, sampleTrunk("carrier", "192.0.2.1", 31));
  await waitFor(() => changes().some((change) => change.endsWith(" carrier")), "a change after it");
  expect(error()).toBeNull();
  stop();
});

it("started before its database, it waits for it; stopped, it ends though somebody watches", async () => {
  await stage.stopPostgres();
  const early = await stage.launchRegistry();
  await waitFor(async () => (await httpStatus(early.httpPort, "/readyz")) === 503, "not ready");
  expect(await httpStatus(early.httpPort, "/healthz")).toBe(200);
  await stage.startPostgres();
  await early.child.untilReady();
  const { heard, error } = watch(early.client, 0);
  await waitFor(() => heard.length > 0, "first message");
  early.child.signal("SIGTERM");
  await waitFor(() => !early.child.isRunning, "the process has ended");
  await waitFor(() => error() !== null, "the watcher knows");
});
