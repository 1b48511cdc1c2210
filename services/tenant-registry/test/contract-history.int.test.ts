import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isStoreFault, type Query } from "../../lib/runtime/database.ts";
import { contractAt } from "../../lib/telephony/contract.ts";
import type { ChangeOutcome } from "../src/ports.ts";
import { createReadings } from "../src/shell/readings.ts";
import { openStage, type Stage } from "./registry-process.ts";
import { type HandStore, openHandStore, openOldTables, tokyo } from "./registry-store.ts";
import { sampleTrunk } from "./sample-company.ts";

let stage: Stage;
let store: HandStore;
let schemas = 0;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  schemas += 1;
  store = await openHandStore(stage.databaseUrl, `history_${schemas}`);
  store.turnTo("2026-04-10T09:00");
  changed(await store.apply(sampleTrunk()));
  return () => store.database.close();
});

/** Lines of a change that was stored. */
function changed(outcome: ChangeOutcome): readonly string[] {
  if (outcome.kind !== "stored") throw new Error(JSON.stringify(outcome));
  return outcome.changes;
}

const faults = (outcome: ChangeOutcome): readonly string[] =>
  outcome.kind === "faulty" ? outcome.faults.map(({ path }) => path.join(".")) : [];

const USERS = ["a", "b", "c"];

/** A company with a contract as written, so many users, and numbers of which all but 0100 are IVR. */
const company = (
  contract: string,
  { users = 1, numbers = ["0100"], name = "見本" } = {},
): string => `
company:
  id: demo
  name: ${name}
  domain: demo.example
  contract: ${contract}
  numbers:
${numbers
  .map((own) => {
    const kind = own === "0100" ? "representative" : "ivr";
    return `    - { number: 050-5555-${own}, kind: ${kind}, trunk: carrier, group: main }`;
  })
  .join("\n")}
  terminals: [{ extension: 1001, name: 佐藤, password: secret-of-1001 }]
  groups: [{ id: main, name: 代表, mode: ring-all, targets: [{ extension: 1001 }] }]
  users:
${USERS.slice(0, users)
  .map((id) => `    - { id: ${id}, name: ${id} }`)
  .join("\n")}
`;

const CHANNELS_2 = "{ representativeForwarding: true, extraChannels: 2 }";
const CHANNELS_5 = "{ representativeForwarding: true, extraChannels: 5 }";

async function history() {
  const read = await store.readings.billingHistory("demo" as never);
  if (isStoreFault(read)) throw new Error(read.problem);
  return read.value;
}

/** A moment as Tokyo's day and hour. */
const told = (at: number | null): string =>
  at === null ? "-" : new Date(at + 9 * 3_600_000).toISOString().slice(0, 16);

/** Versions of terms: for which days, with how many channels, and from when to when that was believed. */
const terms = async (): Promise<readonly string[] | undefined> =>
  (await history())?.terms.map(({ term, recordedAt, supersededAt }) => {
    const days = `${term.from}..${term.until ?? ""}`;
    return `${days} ${term.extraChannels} | ${told(recordedAt)} ${told(supersededAt)}`;
  });

const counts = async (): Promise<readonly string[] | undefined> =>
  (await history())?.counts.map(
    ({ at, users, shared }) =>
      `${told(at)} ${users} users, ${shared.map((number) => number.slice(-4)).join(" ")}`,
  );

it("a company that changed is read once, however many of its routes are asked for at once (R3)", async () => {
  changed(await store.apply(company(CHANNELS_2)));
  let whole = 0;
  const counted = (query: Query): Query => {
    return (sql, values) => {
      if (sql.includes("group_targets")) whole += 1;
      return query(sql, values);
    };
  };
  const { database } = store;
  const readings = createReadings(
    { ...database, run: (work) => database.run((query) => work(counted(query))) },
    () => tokyo("2026-04-10T10:00"),
  );
  const ask = () => readings.route({ kind: "number", number: "+815055550100" as never });
  for (const answer of await Promise.all([ask(), ask(), ask(), ask()])) {
    expect(answer).toMatchObject({ value: { companyId: "demo" } });
  }
  expect(whole).toBe(1);
});

describe("the contract over time", () => {
  it("every version is kept with the moments between which it was held for true", async () => {
    changed(await store.apply(company(CHANNELS_2)));
    store.turnTo("2026-05-20T10:00");
    changed(await store.apply(company(CHANNELS_5)));
    store.turnTo("2026-05-20T11:00");
    const later = "{ from: 2026-07-01, representativeForwarding: true, extraChannels: 9 }";
    const untilJuly = CHANNELS_5.replace("{", "{ until: 2026-07-01,");
    changed(await store.apply(company(`[${untilJuly}, ${later}]`)));
    expect(await terms()).toEqual([
      "2026-04-10.. 2 | 2026-04-10T09:00 2026-05-20T10:00",
      "2026-04-10..2026-05-20 2 | 2026-05-20T10:00 -",
      "2026-05-20.. 5 | 2026-05-20T10:00 2026-05-20T11:00",
      "2026-05-20..2026-07-01 5 | 2026-05-20T11:00 -",
      "2026-07-01.. 9 | 2026-05-20T11:00 -",
    ]);
  });

  it("a replica whose clock is behind does not reopen a day that has passed for another one", async () => {
    store.turnTo("2026-05-20T00:00");
    changed(await store.apply(company(CHANNELS_2)));
    store.turnTo("2026-05-21T00:01");
    changed(await store.apply(company(CHANNELS_5)));
    store.turnTo("2026-05-20T23:59");
    changed(await store.apply(company(CHANNELS_2, { users: 2 })));
    expect(await terms()).toEqual([
      "2026-05-20.. 2 | 2026-05-20T00:00 2026-05-21T00:01",
      "2026-05-20..2026-05-21 2 | 2026-05-21T00:01 2026-05-21T00:01",
      "2026-05-21.. 5 | 2026-05-21T00:01 2026-05-21T00:01",
      "2026-05-20.. 2 | 2026-05-21T00:01 -",
    ]);
    expect(await counts()).toEqual([
      "2026-05-20T00:00 1 users, 0100",
      "2026-05-21T00:01 2 users, 0100",
    ]);
    await store.changes.removeCompany("demo" as never);
    expect((await terms())?.at(-1)).toBe("2026-05-20..2026-05-22 2 | 2026-05-21T00:01 -");
  });

  it("a change is told in words before it is made, and a dry run keeps nothing of it", async () => {
    changed(await store.apply(company(CHANNELS_2)));
    const before = await history();
    store.turnTo("2026-05-20T10:00");
    expect(changed(await store.apply(company(CHANNELS_5), true))).toEqual([
      "contract from 2026-04-10: until further notice -> 2026-05-20",
      expect.stringMatching(
        /^contract from 2026-05-20 added: until further notice, .*extra channels 5/,
      ),
    ]);
    expect(await history()).toEqual(before);
  });

  it("the same document is no change on a later day, and one day apart is told from the next", async () => {
    changed(await store.apply(company(CHANNELS_2)));
    store.turnTo("2026-08-01T00:00");
    expect(changed(await store.apply(company(CHANNELS_2)))).toEqual([]);
    store.turnTo("2026-08-01T23:59");
    changed(await store.apply(company(CHANNELS_5)));
    store.turnTo("2026-08-02T00:00");
    changed(await store.apply(company(CHANNELS_2)));
    expect(await terms()).toContain("2026-08-01..2026-08-02 5 | 2026-08-02T00:00 -");
  });

  it("what was in force on days gone by cannot be changed, the first contract can begin in the past", async () => {
    changed(await store.apply(company(CHANNELS_2.replace("{", "{ from: 2026-01-01,"))));
    expect(await terms()).toEqual(["2026-01-01.. 2 | 2026-04-10T09:00 -"]);
    store.turnTo("2026-05-20T10:00");
    const backdated = CHANNELS_5.replace("{", "{ from: 2026-05-01,");
    expect(faults(await store.apply(company(backdated)))).toEqual(["company.contract.from"]);
    expect(await terms()).toEqual(["2026-01-01.. 2 | 2026-04-10T09:00 -"]);
  });

  it("R21: the option is the company's: without contract nothing is bought from today on", async () => {
    changed(await store.apply(company(CHANNELS_2)));
    store.turnTo("2026-05-20T10:00");
    changed(await store.apply(company("")));
    const read = await store.readings.company("demo" as never);
    if (isStoreFault(read)) throw new Error(read.problem);
    const { contracts = [] } = read.value?.company ?? {};
    expect(contractAt(contracts, tokyo("2026-05-19T23:59"))?.extraChannels).toBe(2);
    expect(contractAt(contracts, tokyo("2026-05-20T00:00"))).toBeNull();
  });
});

describe("what there is to count", () => {
  it("R22: users and shared numbers get a version when they change, and none when they do not", async () => {
    changed(await store.apply(company(CHANNELS_2)));
    store.turnTo("2026-05-01T10:00");
    const grown = { users: 3, numbers: ["0100", "0101"] };
    changed(await store.apply(company(CHANNELS_2, grown)));
    store.turnTo("2026-05-02T10:00");
    changed(await store.apply(company(CHANNELS_5, { ...grown, name: "新社名" })));
    store.turnTo("2026-05-03T10:00");
    changed(await store.apply(company(CHANNELS_5, { users: 3, numbers: ["0100", "0102"] })));
    expect(await counts()).toEqual([
      "2026-04-10T09:00 1 users, 0100",
      "2026-05-01T10:00 3 users, 0100 0101",
      "2026-05-03T10:00 3 users, 0100 0102",
    ]);
  });

  it("A13: what was there and went within a month is still known, so that its peak can be billed", async () => {
    changed(await store.apply(company(CHANNELS_2, { users: 3 })));
    store.turnTo("2026-04-30T23:59");
    changed(await store.apply(company(CHANNELS_2, { users: 1 })));
    const inApril = (await history())?.counts.filter(({ at }) => at < tokyo("2026-05-01T00:00"));
    expect(Math.max(...(inApril ?? []).map(({ users }) => users))).toBe(3);
    expect(inApril?.at(-1)?.users).toBe(1);
  });
});

describe("a company that is deleted", () => {
  it("keeps its history: the contract ends with the day, later terms never begin, nothing is left to count", async () => {
    const later = CHANNELS_5.replace("{", "{ from: 2027-01-01,");
    const first = CHANNELS_2.replace("{", "{ until: 2027-01-01,");
    changed(await store.apply(company(`[${first}, ${later}]`)));
    store.turnTo("2026-06-15T12:00");
    expect((await store.changes.removeCompany("demo" as never)).kind).toBe("removed");
    expect(await store.readings.company("demo" as never)).toMatchObject({ value: null });
    expect((await history())?.name).toBe("見本");
    expect(await terms()).toEqual([
      "2026-04-10..2027-01-01 2 | 2026-04-10T09:00 2026-06-15T12:00",
      "2027-01-01.. 5 | 2026-04-10T09:00 2026-06-15T12:00",
      "2026-04-10..2026-06-16 2 | 2026-06-15T12:00 -",
    ]);
    expect(await counts()).toEqual([
      "2026-04-10T09:00 1 users, 0100",
      "2026-06-15T12:00 0 users, ",
    ]);
  });

  it("and comes again goes on with the same history, whose past cannot be changed", async () => {
    changed(await store.apply(company(CHANNELS_2)));
    store.turnTo("2026-06-15T12:00");
    await store.changes.removeCompany("demo" as never);
    store.turnTo("2026-09-01T12:00");
    const backdated = CHANNELS_5.replace("{", "{ from: 2026-05-01,");
    expect(faults(await store.apply(company(backdated)))).toEqual(["company.contract.from"]);
    changed(await store.apply(company(CHANNELS_5)));
    expect((await terms())?.filter((version) => version.endsWith(" -"))).toEqual([
      "2026-04-10..2026-06-16 2 | 2026-06-15T12:00 -",
      "2026-09-01.. 5 | 2026-09-01T12:00 -",
    ]);
    expect((await counts())?.at(-1)).toBe("2026-09-01T12:00 1 users, 0100");
  });

  it("one that never was has no history", async () => {
    expect(await history()).toBeNull();
  });
});

describe("a route at a moment", () => {
  it("holds the terms in force and to come, not those that are over", async () => {
    const later = CHANNELS_5.replace("{", "{ from: 2026-10-01,");
    const first = CHANNELS_2.replace("{", "{ until: 2026-10-01,");
    changed(await store.apply(company(`[${first}, ${later}]`)));
    const froms = async (): Promise<readonly string[]> => {
      const read = await store.readings.route({ kind: "number", number: "+815055550100" as never });
      if (isStoreFault(read)) throw new Error(read.problem);
      return read.value?.contracts.map(({ from }) => from) ?? [];
    };
    store.turnTo("2026-09-30T23:59");
    expect(await froms()).toEqual(["2026-04-10", "2026-10-01"]);
    store.turnTo("2026-10-01T00:00");
    expect(await froms()).toEqual(["2026-10-01"]);
  });
});

/** What was stored before contracts had terms: a company with the whole option and one without it. */
const OLD_ROWS = `
insert into trunks values ('carrier', 10, 'pai', 'e164', 1);
insert into companies values
  ('demo', '見本', 'demo.example', true, true, 4, 3), ('plain', '無し', 'plain.example', false, false, 0, 2);
insert into revisions values (1, null, 'carrier', '{}', '2026-02-01T00:00:00Z'),
  (2, 'plain', null, '{}', '2026-02-02T00:00:00Z'), (3, 'demo', null, '{}', '2026-02-28T15:00:00Z'),
  (4, 'demo', null, '{}', '2026-03-05T00:00:00Z');
update registry_state set revision = 4, trunk_revision = 1;
insert into terminals values ('demo', '1001', '佐藤', null, '+815055550100', 20000,
  repeat('0', 32), repeat('0', 64));
insert into relays values ('demo', '1001', true, false);
insert into relay_targets values ('demo', '1001', 0, null, '+819012345678', 20000);
insert into groups values ('demo', 'main', '代表', '2000', '+815055550100', 'relay', false, 60000);
insert into group_targets values ('demo', 'main', 0, '1001', null, 20000),
  ('demo', 'main', 1, null, '+815066660000', 20000), ('demo', 'main', 2, null, '+81312345678', 20000);
insert into numbers values ('+815055550100', 'demo', 'representative', 'carrier', 'main', null);
insert into users values ('demo', 'sato', '佐藤');
`;

it("rows from before contracts had terms: in force since the company's first revision, classes by prefix", async () => {
  const schema = "old_rows";
  const old = await openOldTables(stage.databaseUrl, schema, ["0001_registry.sql"]);
  for (const sql of OLD_ROWS.split(";").slice(0, -1)) {
    expect(await old.run((query) => query(sql))).not.toMatchObject({ kind: "store-fault" });
  }
  await old.close();
  await store.database.close();
  store = await openHandStore(stage.databaseUrl, schema);
  store.turnTo("2026-04-10T09:00");
  expect(await terms()).toEqual(["2026-03-01.. 4 | 2026-03-01T00:00 -"]);
  expect(await counts()).toEqual(["2026-03-01T00:00 1 users, 0100"]);
  const plain = await store.readings.billingHistory("plain" as never);
  expect(plain).toMatchObject({ value: { name: "無し", terms: [], counts: [{ users: 0 }] } });
  const route = await store.readings.route({ kind: "number", number: "+815055550100" as never });
  expect(route).toMatchObject({
    value: {
      revision: 3,
      contracts: [{ extraChannels: 4, channelsPerNumber: 4, pricePlan: "standard" }],
      entry: { scheduleId: null, outOfHours: null, callers: { deny: [], allow: [] } },
      destinations: [
        { number: "+81312345678", class: "landline" },
        { number: "+815066660000", class: "ip-phone" },
      ],
    },
  });
  expect(await store.readings.trunks(null)).toMatchObject({
    value: [{ privacy: "none", diversion: "off", userPhone: true }],
  });
});
