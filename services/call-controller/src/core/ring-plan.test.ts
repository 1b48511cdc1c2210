import { describe, expect, it } from "vitest";
import type { Offer } from "../../../lib/telephony/leg.ts";
import type { RouteSnapshot } from "../../../lib/telephony/route-snapshot.ts";
import {
  group,
  HOME_REP,
  MOBILE,
  OWN,
  offer,
  REP,
  relay,
  target,
  terminal,
  toGroup,
  toTerminal,
} from "../../test/sample-company.ts";
import type { RingPlan } from "./ring-plan.ts";
import { planRing, planView, ringsOutMs } from "./ring-plan.ts";

function plan(snapshot: RouteSnapshot, from: Offer = offer(REP)): RingPlan {
  const planned = planRing(snapshot, from);
  if (planned.kind !== "plan") throw new Error(planned.reason);
  return planned;
}

/** `b1 201`, `b2 +8190... as +8150...`, `b3<b2 202 -R23`. */
const shown = (planned: RingPlan): readonly string[] =>
  planned.targets.map(({ leg, parentLeg, member, skip }) =>
    [
      parentLeg === null ? leg : `${leg}<${parentLeg}`,
      member.kind === "extension" ? member.extension : member.number,
      member.kind === "outside" && member.source !== null ? `as ${member.source.number}` : "",
      skip === null ? "" : `-${skip}`,
    ]
      .filter((part) => part !== "")
      .join(" "),
  );

const contract = (terminalForwarding: boolean, representativeForwarding: boolean) => ({
  contract: { terminalForwarding, representativeForwarding, extraChannels: 10 },
});

describe("modes", () => {
  it("a representative number rings its group in the order of the list", () => {
    const planned = plan(toGroup(REP, group("relay", ["201", MOBILE, "202"])));
    expect(planned.mode).toBe("relay");
    expect(shown(planned)).toEqual(["b1 201", `b2 ${MOBILE} as ${REP}`, "b3 202"]);
  });

  it("ring-all: every target rings for the group's total time", () => {
    const list = group("ring-all", ["201/5", MOBILE], { totalRingMs: 45_000 });
    const planned = plan(toGroup(REP, list));
    expect(planned.mode).toBe("ring-all");
    expect(planned.targets.map((one) => one.ringMs)).toEqual([45_000, 45_000]);
    expect(planned.totalRingMs).toBe(45_000);
  });

  it.each([
    [170, 40, 170],
    [30, 30, 30],
  ])("relay: within %i s, its two targets ring out after %i s", (withinS, outS, totalS) => {
    const list = group("relay", ["201", "202"], { totalRingMs: withinS * 1_000 });
    const planned = plan(toGroup(REP, list));
    expect([ringsOutMs(planned), planned.totalRingMs]).toEqual([outS * 1_000, totalS * 1_000]);
  });

  it("a terminal without relay is one direct target", () => {
    const planned = plan(toTerminal(OWN, terminal("201", { number: OWN })));
    expect(planned.mode).toBe("direct");
    expect(shown(planned)).toEqual(["b1 201"]);
  });

  it("a relay without targets is none", () => {
    const planned = plan(toTerminal(OWN, terminal("201", { relay: relay([]) })));
    expect(planned.mode).toBe("direct");
  });

  it("terminal relay: the terminal first when it rings itself, then the targets", () => {
    const own = terminal("201", { number: OWN, relay: relay([MOBILE], { ringSelf: true }) });
    const planned = plan(toTerminal(OWN, own));
    expect(planned.mode).toBe("terminal-relay");
    expect(shown(planned)).toEqual(["b1 201", `b2 ${MOBILE} as ${OWN}`]);
  });

  it("R6: a relay without own ringing is plain auto-forwarding", () => {
    const own = terminal("201", { number: OWN, relay: relay([MOBILE]) });
    expect(shown(plan(toTerminal(OWN, own)))).toEqual([`b1 ${MOBILE} as ${OWN}`]);
  });

  it("an outside target claims the company's extra channels and the trunk of its source number", () => {
    const [only] = plan(toGroup(REP, group("relay", [MOBILE]))).targets;
    expect(only?.scopes).toEqual([
      { id: "company:demo", limit: 10, revision: 7 },
      { id: "trunk:carrier-a", limit: 30, revision: 5 },
    ]);
  });
});

describe("a member's own relay (A2)", () => {
  const member = terminal("201", { number: OWN, relay: relay([MOBILE, "202"]) });
  const nested = terminal("202", { relay: relay(["+819033334444"]) });
  const terminals = [member, nested];

  it("is not followed by default: its telephone rings", () => {
    const planned = plan(toGroup(REP, group("relay", ["201", "203"]), { terminals }));
    expect(shown(planned)).toEqual(["b1 201", "b2 203"]);
  });

  it("D4: is followed right behind the member, one level deep, when the list says so", () => {
    const list = group("relay", ["201", "203"], { followMemberRelay: true });
    expect(shown(plan(toGroup(REP, list, { terminals })))).toEqual([
      "b1 201 -relay-only",
      `b2<b1 ${MOBILE} as ${OWN}`,
      "b3<b1 202",
      "b4 203",
    ]);
  });

  it("ring-all: a telephone reached twice rings once", () => {
    const list = group("ring-all", ["201", "202", MOBILE], { followMemberRelay: true });
    const terminal201 = terminal("201", { number: OWN, relay: relay([MOBILE, "202"]) });
    expect(shown(plan(toGroup(REP, list, { terminals: [terminal201] })))).toEqual([
      "b1 201 -relay-only",
      `b2<b1 ${MOBILE} as ${OWN}`,
      "b3<b1 202",
      "b4 202 -duplicate",
      `b5 ${MOBILE} as ${REP} -duplicate`,
    ]);
  });
});

describe("what is not dialled, by which rule", () => {
  const onGroup = (more: Partial<RouteSnapshot>) =>
    shown(plan(toGroup(REP, group("relay", ["201", MOBILE]), more)))[1];
  const onTerminal = (more: Partial<RouteSnapshot>) =>
    shown(plan(toTerminal(OWN, terminal("201", { number: OWN, relay: relay([MOBILE]) }), more)))[0];

  it.each([
    ["R2", "without the option, on a group's list", onGroup(contract(false, false))],
    ["R2", "without the option, on a terminal's relay", onTerminal(contract(false, false))],
    ["A10", "on a group's list with the terminal part alone", onGroup(contract(true, false))],
    ["R23", "on a terminal's relay with the REP part alone", onTerminal(contract(false, true))],
    ["unknown-trunk", "when the trunk's capacity is not known", onGroup({ trunks: [] })],
  ])("%s: %s", (rule, _claim, text) => {
    expect(text).toMatch(new RegExp(` -${rule}$`));
  });

  it("A10: each part allows what is configured in it", () => {
    expect(onGroup(contract(false, true))).toBe(`b2 ${MOBILE} as ${REP}`);
    expect(onTerminal(contract(true, false))).toBe(`b1 ${MOBILE} as ${OWN}`);
  });

  it("A10: a member's relay needs the terminal part though its source is the REP (D5)", () => {
    const member = terminal("202", { homeRepresentative: HOME_REP, relay: relay([MOBILE]) });
    const list = group("relay", ["202"], { followMemberRelay: true });
    const more = { terminals: [member], ...contract(false, true) };
    expect(shown(plan(toGroup(REP, list, more)))[1]).toBe(`b2<b1 ${MOBILE} as ${REP} -R23`);
  });

  it("D8: no source number", () => {
    const loner = terminal("203", { relay: relay([MOBILE, "202"]) });
    const planned = plan(toTerminal(null, loner), offer("203", "101"));
    expect(shown(planned)).toEqual([`b1 ${MOBILE} -D8`, "b2 202"]);
  });

  it("A19: a number of the own company", () => {
    const planned = plan(toGroup(REP, group("relay", [OWN, MOBILE])));
    expect(shown(planned)[0]).toBe(`b1 ${OWN} as ${REP} -A19`);
  });

  it("the caller's own extension", () => {
    const planned = plan(toGroup(null, group("ring-all", ["101", "201"])), offer("600", "101"));
    expect(shown(planned)).toEqual(["b1 101 -own-extension", "b2 201"]);
  });

  it.each([
    [4, `b2 ${MOBILE} as ${REP}`],
    [5, `b2 ${MOBILE} as ${REP} -diversion-limit`],
  ])("after %i diversions", (diversions, text) => {
    const from = offer(REP, "+81312345678", { diversions });
    const planned = plan(toGroup(REP, group("relay", ["201", MOBILE])), from);
    expect(shown(planned)).toEqual(["b1 201", text]);
  });

  it.each(["+81110000", "+81118", "+8111900", "+810077123456"])(
    "%s, no subscriber's number",
    (n) => {
      const planned = plan(toGroup(REP, group("relay", [n])));
      expect(planned.targets[0]?.skip).toBe("prohibited-number");
    },
  );

  it.each(["+81312345678", "+81112223333", "+819011112222", "+815012345678", "+14155550100"])(
    "%s may be one",
    (n) => {
      expect(plan(toGroup(REP, group("relay", [n]))).targets[0]?.skip).toBeNull();
    },
  );

  it("a plan ends after 20 targets", () => {
    const many = Array.from({ length: 25 }, (_, i) => `${300 + i}`);
    expect(plan(toGroup(REP, group("relay", many))).targets).toHaveLength(20);
  });
});

describe("refusals", () => {
  const list = toGroup(REP, group("relay", ["201"]));
  it("an extension dials another company's number: 403", () => {
    const stranger = offer(REP, "101");
    const from = {
      ...stranger,
      origin: { ...stranger.origin, companyId: "other" } as Offer["origin"],
    };
    expect(planRing(list, from)).toMatchObject({ kind: "refusal", status: 403 });
  });
  it("no hop left: 483", () => {
    expect(planRing(list, offer(REP, "+8131", { maxForwards: 0 }))).toMatchObject({ status: 483 });
  });
  it("a snapshot without its group or terminal: 500", () => {
    expect(planRing({ ...list, groups: [] }, offer(REP))).toMatchObject({ status: 500 });
    const bare = { ...toTerminal(OWN, terminal("201")), terminals: [] };
    expect(planRing(bare, offer(OWN))).toMatchObject({ status: 500 });
  });
});

describe("plan view", () => {
  const rows = (snapshot: RouteSnapshot) =>
    planView(plan(snapshot)).map(({ startsAtMs, channels }) => [startsAtMs / 1000, channels]);

  it("relay: a target starts when those before it have rung out; skipped ones take no time", () => {
    const list = group("relay", ["201/30", OWN, MOBILE, "202"]);
    expect(rows(toGroup(REP, list))).toEqual([
      [0, 0],
      [30, 0],
      [30, 1],
      [50, 0],
    ]);
  });

  it("ring-all: all start at once", () => {
    expect(rows(toGroup(REP, group("ring-all", ["201", MOBILE])))).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });
});

it("parses the targets of this test's lists", () => {
  expect(target("201/30")).toEqual({ kind: "extension", extension: "201", ringMs: 30_000 });
});
