/** Commands about money against a collector with canned answers: what they ask, print and save. */
import { type ServerWritableStream, status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { answered, refused } from "../../../services/lib/runtime/grpc.ts";
import type { RerateRequest, RerateResponse } from "../../../services/lib/wire/billing.ts";
import { NOW } from "./canned.ts";
import { DEMO_INVOICE, DRAFT_INVOICE } from "./canned-invoice.ts";
import { closedAddress, run, runSaving, serve, serveImplementation } from "./served.ts";

/** Serves one method, and keeps the requests that came. */
async function serveOne(method: string, response: unknown) {
  const requests: unknown[] = [];
  const collector = await serve("billing", {
    [method]: (request) => {
      requests.push(request);
      return answered(response);
    },
  });
  return { collector, requests };
}

const IMPORTED = { version: 0, faults: [], rates: [], unchanged: false };
const FAULT = { line: 3, place: "unit_yen", message: "is missing", messageJa: "がありません" };

describe("prices", () => {
  const readText = async () => "plans: []\n";

  it("a price file is sent as it was read; what became of it is told", async () => {
    const stored = { version: 4, faults: [], unchanged: false };
    const { collector, requests } = await serveOne("applyPrices", stored);
    const line = `prices apply -f p.yaml --collector ${collector}`;
    expect((await run(line, { readText })).out).toBe("p.yaml: stored as version 4\n");
    expect((await run(`${line} --dry-run`, { readText })).out).toBe(
      "p.yaml: without faults; nothing was stored\n",
    );
    expect(requests).toEqual([
      { document: "plans: []\n", dryRun: false },
      { document: "plans: []\n", dryRun: true },
    ]);
  });

  it("faults are told in both languages, exit code 1", async () => {
    const { collector } = await serveOne("applyPrices", { version: 0, faults: [FAULT] });
    const line = `prices apply -f p.yaml --collector ${collector}`;
    expect(await run(line, { readText })).toMatchObject({
      exitCode: 1,
      out: "",
      err: "p.yaml:3: unit_yen is missing\n    がありません\n\n1 fault in p.yaml; nothing was stored: correct them and try again\n",
    });
  });

  it("show prints the document alone, so that it can be applied again", async () => {
    const given = { version: 4, document: "plans: []\n", appliedAtMs: NOW };
    const { collector } = await serveOne("getPrices", given);
    expect(await run(`prices show --collector ${collector}`)).toEqual({
      exitCode: 0,
      out: "plans: []\n",
      err: "version 4, applied 2026-10-31 23:59:50 +09:00\n",
    });
  });
});

describe("rates", () => {
  const readText = async () => "class,prefix,unit_seconds,unit_yen\nmobile,,60,16\n";
  const rates = [{ class: "mobile", prefix: "", unitS: 60, unitYen: 16 }];

  it("a deck is imported for a plan and a day", async () => {
    const { collector, requests } = await serveOne("importRates", {
      ...IMPORTED,
      version: 7,
      rates,
    });
    const line = `rates import r.csv --plan standard --from 2026-11-01 --collector ${collector}`;
    const { exitCode, out } = await run(line, { readText });
    expect(exitCode).toBe(0);
    expect(out).toBe(
      "r.csv: 1 rate of standard from 2026-11-01 stored as version 7\n  CLASS   YEN   PER\n  mobile   16  60 s\n",
    );
    expect(requests).toEqual([
      { plan: "standard", validFrom: "2026-11-01", csv: await readText(), dryRun: false },
    ]);
  });

  it("faults of the file name line and column", async () => {
    const { collector } = await serveOne("importRates", { ...IMPORTED, faults: [FAULT] });
    const line = `rates import r.csv --plan standard --from 2026-11-01 --lang ja --collector ${collector}`;
    const { err, exitCode } = await run(line, { readText });
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^r\.csv:3: unit_yen がありません\n/);
  });

  it("legs without a rate of one company", async () => {
    const leg = { callId: "01K", leg: "b1", companyId: "demo", answeredAtMs: NOW };
    const legs = [{ ...leg, destination: "+819012345678", reason: "no deck" }];
    const { collector, requests } = await serveOne("listUnrated", { legs, total: 3 });
    const { out } = await run(`rates unrated --company demo --collector ${collector}`);
    expect(requests).toEqual([{ companyId: "demo", limit: 100 }]);
    expect(out).toContain("01K   b1   demo     2026-10-31 23:59:50 +09:00  09012345678  no deck");
    expect(out).toContain("1 of 3; import rates for them, then: kakehashi rerate --write");
  });
});

describe("rerate", () => {
  const difference = {
    callId: "01K",
    leg: "b1",
    companyId: "demo",
    answeredAtMs: NOW,
    chargedYen: 32,
    reratedYen: 28,
    unrated: "",
  };
  const sums = { legs: 10, different: 1, chargedYen: 320, reratedYen: 316, unrated: 0 };

  /** A collector that sends the difference, then the sums; `ending` is what follows. */
  async function serveRerate(ending: "sums" | "fault" | "nothing") {
    const requests: RerateRequest[] = [];
    const rerate = (call: ServerWritableStream<RerateRequest, RerateResponse>): void => {
      requests.push(call.request);
      call.write({ differences: [difference], summary: undefined });
      if (ending === "fault") {
        call.emit("error", { code: status.FAILED_PRECONDITION, details: "the store is away" });
        return;
      }
      const summary = { ...sums, written: call.request.write };
      if (ending === "sums") call.write({ differences: [], summary });
      call.end();
    };
    return { collector: await serveImplementation("billing", { rerate }), requests };
  }

  it("differences first, then sums; without --write nothing is written, and it says so", async () => {
    const { collector, requests } = await serveRerate("sums");
    const line = `rerate --company demo --from 2026-10-01 --until 2026-11-01 --collector ${collector}`;
    const dry = await run(line);
    expect(dry.exitCode).toBe(0);
    expect(dry.out.split("\n").slice(1)).toEqual([
      "01K   b1   demo     2026-10-31 23:59:50 +09:00       32                28          -4",
      "",
      "1 of 10 legs differ; 320 yen charged, 316 yen by today's rates: -4",
      "nothing was written: add --write to book the differences",
      "",
    ]);
    const { out } = await run(`${line} --write`);
    expect(out).toMatch(/the differences were booked\n$/);
    const span = { fromMs: Date.UTC(2026, 8, 30, 15), untilMs: Date.UTC(2026, 9, 31, 15) };
    expect(requests).toEqual([
      { companyId: "demo", ...span, write: false },
      { companyId: "demo", ...span, write: true },
    ]);
  });

  it("a stream that breaks, or ends without sums, is a failure", async () => {
    const broken = await serveRerate("fault");
    expect(await run(`rerate --collector ${broken.collector}`)).toMatchObject({
      exitCode: 1,
      out: "",
      err: "kakehashi: the store is away\n",
    });
    const short = await serveRerate("nothing");
    expect(await run(`rerate --collector ${short.collector}`)).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("sent no sums: repeat the command"),
    });
    expect(await run(`rerate --collector ${await closedAddress()}`)).toMatchObject({ exitCode: 3 });
  });
});

describe("invoice", () => {
  it("a draft names what stands in the way of issuing it; beside a file on standard error", async () => {
    const { collector, requests } = await serveOne("getInvoice", { invoice: DRAFT_INVOICE });
    const { err, exitCode, out } = await run(`invoice demo 2026-11 --collector ${collector}`);
    expect(requests).toEqual([{ companyId: "demo", month: "2026-11" }]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^請求書 Invoice \(下書き draft\)\n/);
    expect(out).toContain("\n  3 billable legs have no rate\n");
    expect(err).toBe("");
    const csv = await run(`invoice demo 2026-11 --format csv --collector ${collector}`);
    expect(csv.err).toBe("cannot be issued yet: 3 billable legs have no rate\n");
  });

  it("--issue issues it; a refusal is told as the collector said it", async () => {
    const { collector, requests } = await serveOne("issueInvoice", { invoice: DEMO_INVOICE });
    const { out } = await run(`invoice demo 2026-11 --issue --lang en --collector ${collector}`);
    expect(requests).toEqual([{ companyId: "demo", month: "2026-11" }]);
    expect(out).toMatch(/^Invoice\n\nNumber +KK-2026-11-0001\n/);
    const refusing = await serve("billing", {
      issueInvoice: () => refused("failed-precondition", "3 legs have no rate"),
    });
    expect(await run(`invoice demo 2026-11 --issue --collector ${refusing}`)).toMatchObject({
      exitCode: 1,
      err: "kakehashi: 3 legs have no rate\n",
    });
  });

  it("JSON: sections in words, amounts as numbers", async () => {
    const { collector } = await serveOne("getInvoice", { invoice: DEMO_INVOICE });
    const { out } = await run(`invoice demo 2026-11 --format json --collector ${collector}`);
    expect(JSON.parse(out)).toMatchObject({
      isDraft: false,
      grossYen: 46_248,
      lines: [{ section: "initial" }, { section: "flat" }, {}, { section: "calls" }, {}, {}],
    });
  });

  it("a PDF goes to a file or a pipe, never to a terminal", async () => {
    const { collector, requests } = await serveOne("getInvoice", { invoice: DEMO_INVOICE });
    const line = `invoice demo 2026-11 --format pdf --collector ${collector}`;
    expect(await run(line, { columns: () => 80 })).toMatchObject({
      exitCode: 2,
      err: "kakehashi: a PDF is nothing for a terminal: add -o FILE\n",
    });
    expect(requests).toEqual([]);
    const written = await runSaving(`${line} -o demo.pdf`, { columns: () => 80 });
    expect(written).toMatchObject({ exitCode: 0, out: "demo.pdf written\n", err: "" });
    const file = written.saved.get("demo.pdf");
    expect(Buffer.from(file ?? "").toString("latin1")).toMatch(/^%PDF-1\.7[^]*%%EOF\n?$/);
    let piped: string | Uint8Array = "";
    const write = (output: string | Uint8Array): void => {
      piped = output;
    };
    expect(await run(line, { write })).toMatchObject({ exitCode: 0, err: "" });
    expect(piped).toEqual(file);
  });

  it("a file that cannot be written is named", async () => {
    const { collector } = await serveOne("getInvoice", { invoice: DEMO_INVOICE });
    const save = async () => new Error("no space left");
    expect(
      await run(`invoice demo 2026-11 -o full.txt --collector ${collector}`, { save }),
    ).toMatchObject({
      exitCode: 1,
      out: "",
      err: "kakehashi: cannot write full.txt: no space left\n",
    });
  });
});
