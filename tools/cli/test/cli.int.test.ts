/**
 * The command line against services with canned answers: what it asks, prints and exits with.
 * What the real services answer is tested end to end.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { answered, refused } from "../../../services/lib/runtime/grpc.ts";
import {
  DEMO_CALLS,
  DEMO_CHARGES,
  DEMO_COMPANY,
  DEMO_LEASES,
  DEMO_PLAN,
  DEMO_QUOTES,
  DEMO_RECORD,
  DEMO_ROUTE,
  DEMO_SPANS,
  DEMO_TRACE_ID,
  DEMO_TRUNK,
  NOW,
} from "./canned.ts";
import { closedAddress, run, serve } from "./served.ts";

describe("reaching the services", () => {
  it("nobody there: exit code 3 and one line with service, address, cause and next step", async () => {
    const address = await closedAddress();
    expect(await run(`get companies --registry ${address}`)).toEqual({
      exitCode: 3,
      out: "",
      err: `kakehashi: cannot reach tenant-registry at ${address} (connection refused): is the cluster up? try make run\n`,
    });
  });

  it("of several controllers the next is asked when one is down", async () => {
    const down = await closedAddress();
    const up = await serve("call", { listCalls: () => answered(DEMO_CALLS) });
    const { exitCode, out, err } = await run("calls", {
      env: { KK_CONTROLLER_ADDRESSES: `${down},${up}` },
    });
    expect({ exitCode, err }).toEqual({
      exitCode: 0,
      err: "calls of controller-3 are missing: no answer within 0.5 s\n",
    });
    expect(out).toContain("01KDEMO1  0312345678 -> 05012345678  ringing for 4.2 s");
  });

  it("a refusal is final: the second controller is not asked", async () => {
    let asked = 0;
    const plan = () => {
      asked += 1;
      return refused("invalid-argument", "called: x is not a number or extension");
    };
    const addresses = [await serve("call", { plan }), await serve("call", { plan })].join(",");
    const result = await run(`plan x --from 0312345678 --controllers ${addresses}`);
    expect(result).toEqual({
      exitCode: 1,
      out: "",
      err: "kakehashi: called: x is not a number or extension\n",
    });
    expect(asked).toBe(1);
  });

  it("the leader that a standby names is asked, also when it is not in the list", async () => {
    const leader = await serve("trunk", { listLeases: () => answered(DEMO_LEASES) });
    const standby = await serve("trunk", {
      listLeases: () => refused("unavailable", `this allocator stands by; the leader is ${leader}`),
    });
    const { exitCode, out } = await run(`channels company:demo --allocators ${standby}`);
    expect(exitCode).toBe(0);
    expect(out).toContain("company:demo        1      4     3");
  });

  it("two standbys that name each other end with exit code 3", async () => {
    const names: string[] = [];
    const standby = (other: number) => () =>
      refused("unavailable", `this allocator stands by; the leader is ${names[other]}`);
    names.push(await serve("trunk", { listLeases: standby(1) }));
    names.push(await serve("trunk", { listLeases: standby(0) }));
    const { exitCode, err } = await run(`channels --allocators ${names.join(",")}`);
    expect(exitCode).toBe(3);
    expect(err).toMatch(/^kakehashi: trunk-allocator cannot answer now at .*: try again/);
  });

  it("a service of another version is told apart from a missing one", async () => {
    const address = await serve("cdr", {});
    const { exitCode, err } = await run(`trace 01KDEMO3 --collector ${address}`);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^kakehashi: cdr-collector refused: .*different versions/);
  });
});

describe("apply", () => {
  const readText = async () => "company: {}";

  it("faults go to standard error, exit code 1", async () => {
    const fault = {
      path: "company.id",
      message: "is missing",
      messageJa: "がありません",
      rule: "",
      line: 1,
    };
    const address = await serve("tenant", {
      apply: () => answered({ revision: 12, faults: [fault], changes: [], warnings: [] }),
    });
    expect(await run(`apply -f demo.yaml --registry ${address}`, { readText })).toEqual({
      exitCode: 1,
      out: "",
      err: "demo.yaml:1: company.id is missing\n    がありません\n\n1 fault in demo.yaml; nothing was stored: correct them and try again\n",
    });
  });

  it("the document arrives as it was read, --dry-run too", async () => {
    const requests: unknown[] = [];
    const address = await serve("tenant", {
      apply: (request) => {
        requests.push(request);
        return answered({
          revision: 12,
          faults: [],
          changes: ["company demo added"],
          warnings: [],
        });
      },
    });
    const { exitCode, out } = await run(`apply -f - --dry-run --registry ${address}`, { readText });
    expect(requests).toEqual([{ document: "company: {}", dryRun: true }]);
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: "standard input: 1 change to make; nothing was stored\n  company demo added\n",
    });
  });

  it("A8: warnings follow on standard error and in --json, and nothing has failed", async () => {
    const warning = {
      path: "company.groups[0].targets[2].outside",
      message: "from 2026-12-01 on the last 1 will be skipped",
      messageJa: "2026-12-01 から、後ろの 1 件には転送されません。",
      rule: "R19",
      line: 30,
    };
    const address = await serve("tenant", {
      apply: () => answered({ revision: 12, faults: [], changes: [], warnings: [warning] }),
    });
    const line = `apply -f demo.yaml --registry ${address}`;
    const { exitCode, out, err } = await run(line, { readText });
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: "demo.yaml: nothing to change, revision is 12\n",
    });
    expect(err.split("\n").slice(0, 4)).toEqual([
      `demo.yaml:30: warning: ${warning.path}: ${warning.message} [R19]`,
      `    注意: ${warning.messageJa}`,
      "",
      "rules",
    ]);
    const json = await run(`${line} --json`, { readText });
    expect({ ...json, out: JSON.parse(json.out) }).toEqual({
      exitCode: 0,
      err: "",
      out: { revision: 12, faults: [], changes: [], warnings: [warning] },
    });
  });

  it("a file that cannot be read is wrong usage", async () => {
    expect(await run("apply -f gone.yaml --registry 127.0.0.1:1")).toEqual({
      exitCode: 2,
      out: "",
      err: "kakehashi: cannot read gone.yaml: no such file\n",
    });
  });
});

describe("get and delete", () => {
  it("companies of all pages are listed", async () => {
    const pages = [["a", "b"], ["c"], []];
    const address = await serve("tenant", {
      listCompanies: () =>
        answered({ companies: (pages.shift() ?? []).map((id) => ({ ...DEMO_COMPANY, id })) }),
    });
    const { out } = await run(`get companies --json --registry ${address}`);
    expect(JSON.parse(out).map(({ id }: { readonly id: string }) => id)).toEqual(["a", "b", "c"]);
  });

  it("a number is understood in any writing", async () => {
    const requests: unknown[] = [];
    const address = await serve("tenant", {
      resolve: (request) => {
        requests.push(request);
        return answered({ revision: 12, snapshot: DEMO_ROUTE });
      },
    });
    const { exitCode, out } = await run(`get number ０５０-1234-5678 --registry ${address}`);
    expect(requests).toEqual([{ kind: { $case: "number", value: "+815012345678" } }]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^rings +group sales$/m);
  });

  it("what is not there has exit code 1 and names what to ask instead", async () => {
    const address = await serve("tenant", {
      resolve: () => answered({ revision: 12, snapshot: undefined }),
      getCompany: () => refused("not-found", 'there is no company "acme"'),
    });
    expect(await run(`get number 05099999999 --registry ${address}`)).toMatchObject({
      exitCode: 1,
      err: "kakehashi: no company has the number +815099999999: kakehashi get companies lists them\n",
    });
    expect(await run(`get company acme --registry ${address}`)).toMatchObject({
      exitCode: 1,
      err: 'kakehashi: there is no company "acme"\n',
    });
  });

  it("the revision alone can be read by a script", async () => {
    const listTrunks = () => answered({ trunks: [DEMO_TRUNK], revision: 12 });
    const address = await serve("tenant", { listTrunks });
    expect(await run(`get revision --registry ${address}`)).toMatchObject({ out: "12\n" });
    expect((await run(`get trunks --registry ${address}`)).out).toContain("carrier-a");
  });

  it("nothing is deleted without --yes", async () => {
    const deleted: unknown[] = [];
    const address = await serve("tenant", {
      deleteCompany: (request) => {
        deleted.push(request);
        return answered({ revision: 13 });
      },
    });
    expect(await run(`delete company demo --registry ${address}`)).toMatchObject({
      exitCode: 2,
      err: "kakehashi: nothing was deleted: add --yes to delete company demo\n",
    });
    expect(deleted).toEqual([]);
    expect(await run(`delete company demo --yes --registry ${address}`)).toMatchObject({
      exitCode: 0,
      out: "company demo deleted, revision is 13\n",
    });
    expect(deleted).toEqual([{ id: "demo" }]);
  });
});

describe("plan", () => {
  it("a refused call is printed as a plan, with exit code 1", async () => {
    const refusal = { ...DEMO_PLAN, targets: [], refusal: "Not Found", refusalStatus: 404 };
    const address = await serve("call", { plan: () => answered(refusal) });
    const result = await run(`plan 05012345678 --from anonymous --controllers ${address}`);
    expect(result).toMatchObject({ exitCode: 1, err: "" });
    expect(result.out).toContain("refused  404 Not Found");
  });

  it("an extension without its company is wrong usage", async () => {
    expect(await run("plan 1002 --from 1001 --controllers 127.0.0.1:1")).toMatchObject({
      exitCode: 2,
      err: "kakehashi: 1002 is an extension: say whose with --company ID\n",
    });
  });

  it("numbers are sent as E.164, extensions as they are", async () => {
    const requests: unknown[] = [];
    const address = await serve("call", {
      plan: (request) => {
        requests.push(request);
        return answered(DEMO_PLAN);
      },
    });
    await run(`plan 050-1234-5678 --from 1001 --company demo --controllers ${address}`);
    expect(requests).toEqual([
      { called: "+815012345678", from: "1001", companyId: "demo", atMs: 0 },
    ]);
  });

  it("prices are asked for what would ring, at the plan's moment and by its price plan", async () => {
    const requests: unknown[] = [];
    const plans: unknown[] = [];
    const controllers = await serve("call", {
      plan: (request) => {
        plans.push(request);
        return answered(DEMO_PLAN);
      },
    });
    const collector = await serve("billing", {
      quoteRates: (request) => {
        requests.push(request);
        return answered(DEMO_QUOTES);
      },
    });
    const addresses = ["--controllers", controllers, "--collector", collector];
    const at = ["--at", "2026-10-31 09:00"];
    const line = ["plan", "05012345678", "--from", "withheld", ...at, ...addresses];
    const { err, exitCode, out } = await run(line);
    expect({ err, exitCode }).toEqual({ err: "", exitCode: 0 });
    expect(plans).toMatchObject([{ from: "", atMs: Date.UTC(2026, 9, 31) }]);
    expect(requests).toEqual([
      {
        plan: "standard",
        atMs: NOW,
        destinations: [
          { number: "+819012345678", class: "mobile", onNet: false },
          { number: "+815055550100", class: "ip-phone", onNet: true },
        ],
      },
    ]);
    expect(out).toMatch(/^2 .* 16 yen \/ 60 s$/m);
    expect(out).toMatch(/^3 .* on-net free$/m);
    const { targets } = JSON.parse((await run([...line, "--json"])).out);
    expect(targets.map(({ costs }: { readonly costs: string }) => costs)).toEqual([
      "free",
      "16 yen / 60 s",
      "on-net free",
      "",
    ]);
  });

  it("the plan is shown without prices when the collector is away or not named", async () => {
    const controllers = await serve("call", { plan: () => answered(DEMO_PLAN) });
    const collector = await closedAddress();
    const line = `plan 05012345678 --from 0312345678 --controllers ${controllers}`;
    const away = await run(`${line} --collector ${collector}`);
    expect(away).toMatchObject({
      exitCode: 0,
      err: `no prices: cannot reach cdr-collector at ${collector} (connection refused): is the cluster up? try make run\n`,
    });
    expect(away.out).toContain("outside 09012345678");
    expect((await run(line)).err).toMatch(/^no prices: no address of the cdr-collector: set /);
  });

  it("a moment that is none is wrong usage", async () => {
    const line = ["plan", "0501", "--from", "withheld", "--at", "noon", "--controllers", "a:1"];
    expect(await run(line)).toMatchObject({ exitCode: 2, out: "" });
  });
});

describe("calls --watch", () => {
  const STOP = new Error("the test has seen enough");
  /** A pause that ends the endless watch after `looks` looks. */
  const stopAfter = (looks: number) => {
    let left = looks;
    return async (): Promise<void> => {
      left -= 1;
      if (left === 0) throw STOP;
    };
  };

  it("goes on when the controllers are away for a while, and prints only changes to a file", async () => {
    const answers = [
      answered({ calls: [], silentControllers: [] }),
      answered({ calls: [], silentControllers: [] }),
      refused("unavailable", "draining"),
      answered(DEMO_CALLS),
    ];
    const listCalls = () => answers.shift() ?? refused("internal", "asked too often");
    const address = await serve("call", { listCalls });
    const out: string[] = [];
    const watching = run(`calls --watch --controllers ${address}`, {
      pause: stopAfter(4),
      write: (output) => void out.push(String(output)),
    });
    await expect(watching).rejects.toBe(STOP);
    expect(out.map((text) => text.split("\n")[0])).toEqual([
      "no calls at 2026-10-31 23:59:50 +09:00",
      `call-controller cannot answer now at ${address} (draining): try again in a few seconds`,
      "2 calls at 2026-10-31 23:59:50 +09:00",
    ]);
  });

  it("ends with exit code 3 when nobody is there from the start", async () => {
    const address = await closedAddress();
    expect(await run(`calls --watch --controllers ${address}`)).toMatchObject({ exitCode: 3 });
  });
});

describe("cdr and trace", () => {
  it("the selection, the page and moments in Tokyo time reach the collector", async () => {
    const requests: unknown[] = [];
    const address = await serve("cdr", {
      listRecords: (request) => {
        requests.push(request);
        return answered({ records: [DEMO_RECORD], nextPageToken: "1.x", total: 7 });
      },
    });
    const selection = "--company demo --from 2026-10-01 --until 1h --limit 1 --page 2.y";
    const { out } = await run(`cdr list ${selection} --collector ${address}`);
    expect(requests).toEqual([
      {
        companyId: "demo",
        fromMs: Date.UTC(2026, 8, 30, 15),
        untilMs: NOW - 3_600_000,
        limit: 1,
        pageToken: "2.y",
      },
    ]);
    expect(out).toContain("01KDEMO3  2026-10-31 23:59:50.000 +09:00");
    expect(out).toMatch(/\n1 of 7; next page: --page 1\.x\n$/);
  });

  it("an unreadable record is named and does not hide the others", async () => {
    const broken = { ...DEMO_RECORD, callId: "01KBROKEN", disposition: -1 };
    const address = await serve("cdr", {
      listRecords: () => answered({ records: [broken, DEMO_RECORD], nextPageToken: "", total: 2 }),
    });
    const { exitCode, out, err } = await run(`cdr list --csv --collector ${address}`);
    expect(exitCode).toBe(0);
    expect(out.split("\r\n")).toHaveLength(3);
    expect(err).toBe("record of call 01KBROKEN left out: disposition: unknown value -1\n");
  });

  it("one call as JSON: words for enums, moments in UTC", async () => {
    const address = await serve("cdr", {
      getRecord: () => answered({ record: DEMO_RECORD, charges: DEMO_CHARGES }),
    });
    const { out } = await run(`cdr show 01KDEMO3 --json --collector ${address}`);
    expect(JSON.parse(out)).toMatchObject({
      disposition: "answered",
      startedAt: "2026-10-31T14:59:50.000Z",
      legs: [{ endCause: "busy", answeredAt: null }, {}, { billable: true }, {}, {}],
      charges: [{ amountYen: 32, bookedAt: "2026-10-31T15:01:00.000Z" }, { amountYen: -4 }],
    });
  });

  it("a trace as wide as the terminal; a call without one has exit code 1", async () => {
    const address = await serve("cdr", {
      getTrace: ({ id }: { readonly id: string }) =>
        answered({ traceId: DEMO_TRACE_ID, spans: id === "gone" ? [] : DEMO_SPANS }),
    });
    const { out } = await run(`trace 01KDEMO3 --collector ${address}`, { columns: () => 130 });
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBe(130);
    expect(await run(`trace gone --collector ${address}`)).toMatchObject({ exitCode: 1, out: "" });
  });
});

describe("usage", () => {
  it.each([
    "",
    "frobnicate",
    "get",
    "get company",
    "apply",
    "calls --wtach",
    "cdr list --limit 1001 --collector 127.0.0.1:1",
    "cdr list --from yesterday --collector 127.0.0.1:1",
    "cdr list --legs --collector 127.0.0.1:1",
    "cdr list --json --csv --collector 127.0.0.1:1",
    "get companies",
    "get companies --registry localhost",
    "rates import rates.csv --plan standard --from tomorrow --collector 127.0.0.1:1",
    "rates import rates.csv --plan standard --from 2026-10-01 --collector 127.0.0.1:1",
    "rates unrated --limit 0 --collector 127.0.0.1:1",
    "prices apply --collector 127.0.0.1:1",
    "rerate --from noon --collector 127.0.0.1:1",
    "invoice demo 2026-13 --collector 127.0.0.1:1",
    "invoice demo 2026-11 --format xml --collector 127.0.0.1:1",
    "invoice demo 2026-11 --lang fr --collector 127.0.0.1:1",
  ])("kakehashi %s: exit code 2, nothing on standard output", async (line) => {
    const result = await run(line === "" ? [] : line);
    expect(result).toMatchObject({ exitCode: 2, out: "" });
    expect(result.err).not.toBe("");
  });

  it.each([
    "apply",
    "get company",
    "delete trunk",
    "plan",
    "calls",
    "channels",
    "cdr list",
    "trace",
    "prices apply",
    "rates import",
    "rates list",
    "rates unrated",
    "rerate",
    "invoice",
  ])("%s --help shows how, with an example", async (command) => {
    const { exitCode, out } = await run(`${command} --help`);
    expect(exitCode).toBe(0);
    expect(out).toContain("Examples:\n  kakehashi ");
  });
});

describe("the process", () => {
  it("a reader that goes away ends it quietly, also while watching", async () => {
    const address = await serve("call", { listCalls: () => answered(DEMO_CALLS) });
    const root = join(import.meta.dirname, "../../..");
    const child = spawn(join(root, "bin/kakehashi"), ["calls", "--watch", "--json"], {
      env: { ...process.env, KK_CONTROLLER_ADDRESSES: address },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    await once(child.stdout, "data");
    child.stdout.destroy();
    const [exitCode] = await once(child, "exit");
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  });
});
