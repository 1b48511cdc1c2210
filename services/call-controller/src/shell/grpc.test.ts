/** The dry run of a call: what the plan says, in the words of the wire. */
import { Metadata } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import type { RegistryClient } from "../../../lib/registry-client/index.ts";
import type { RouteSnapshot } from "../../../lib/telephony/route-snapshot.ts";
import type { CivilDate } from "../../../lib/telephony/tokyo-time.ts";
import type { PlanRequest, PlanResponse } from "../../../lib/wire/call.ts";
import { group, MOBILE, NOON, number, REP, term, toGroup } from "../../test/sample-company.ts";
import { callService } from "./grpc.ts";

type Reply = (fault: { readonly details: string } | null, value?: PlanResponse) => void;
type Unary = (call: { request: PlanRequest; metadata: Metadata }, reply: Reply) => void;

const REQUEST: PlanRequest = { called: REP, companyId: "", from: "0312345678", atMs: 0 };

/** The answer, or what is wrong with the request. */
function plan(
  snapshot: RouteSnapshot,
  more: Partial<PlanRequest> = {},
): Promise<PlanResponse | string> {
  const registry = { resolve: () => Promise.resolve({ kind: "found", snapshot }) };
  const { implementation } = callService({
    registry: registry as unknown as RegistryClient,
    live: { gather: () => Promise.reject(new Error("not asked for")) } as never,
    now: () => NOON,
    onFault: (error) => {
      throw error;
    },
  });
  return new Promise((resolve) => {
    const call = { request: { ...REQUEST, ...more }, metadata: new Metadata() };
    (implementation["plan"] as Unary)(call, (fault, value) =>
      resolve(value ?? fault?.details ?? ""),
    );
  });
}

const list = group("relay", ["201", MOBILE]);

describe("plan", () => {
  it("says class, plan and moment of a call that can be placed", async () => {
    expect(await plan(toGroup(REP, list))).toMatchObject({
      companyId: "demo",
      mode: "relay",
      atMs: NOON,
      pricePlan: "standard",
      hours: "",
      refusal: "",
      refusalRule: "",
      targets: [
        { kind: "extension", destinationClass: "", onNet: false },
        { kind: "outside", destinationClass: "mobile", onNet: false, sourceRule: "D1" },
      ],
    });
  });

  it("R2: is for the moment that is asked for", async () => {
    const contracts = [term({ until: "2026-10-02" as CivilDate })];
    const later = await plan(toGroup(REP, list, { contracts }), { atMs: NOON + 86_400_000 });
    expect(later).toMatchObject({ pricePlan: "", targets: [{ skipped: "" }, { skipped: "R2" }] });
  });

  it("a caller who is turned away hears the rule; from nobody is from one who withholds", async () => {
    const callers = { deny: [], allow: [], refuseAnonymous: true };
    const entry = { ...number(REP, "representative"), callers };
    expect(await plan(toGroup(REP, list, { entry }), { from: "" })).toMatchObject({
      companyId: "demo",
      revision: 7,
      refusalStatus: 433,
      refusalRule: "anonymous",
      targets: [],
    });
  });

  it("a caller is compared in its one form, however it is written", async () => {
    const callers = { deny: ["+81312345678" as typeof REP], allow: [], refuseAnonymous: false };
    const entry = { ...number(REP, "representative"), callers };
    const denied = await plan(toGroup(REP, list, { entry }), { from: "0312345678" });
    expect(denied).toMatchObject({ refusalRule: "deny" });
  });

  it("says whether the number is closed", async () => {
    const schedule = { id: "s", open: [], openOnHolidays: true, closedDates: [] };
    expect(await plan(toGroup(REP, list, { schedule }))).toMatchObject({
      hours: "closed",
      refusalStatus: 480,
      refusalRule: "hours",
    });
  });

  it.each([
    ["a moment that no calendar here knows", { atMs: 7_258_086_000_000 }, /at_ms/],
    ["a caller that is no number", { from: "alice" }, /from/],
    ["a called text that is no number", { called: "*21" }, /called/],
  ])("refuses %s", async (_what, more, problem) => {
    expect(await plan(toGroup(REP, list), more)).toMatch(problem);
  });
});
