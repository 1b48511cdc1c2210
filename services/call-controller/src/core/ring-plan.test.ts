import { describe, expect, it } from "vitest";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Offer } from "../../../lib/telephony/leg.ts";
import type { OutOfHours, RouteSnapshot } from "../../../lib/telephony/route-snapshot.ts";
import type { CivilDate } from "../../../lib/telephony/tokyo-time.ts";
import { startOfDate } from "../../../lib/telephony/tokyo-time.ts";
import {
  e164,
  ext,
  group,
  HOME_REP,
  IVR,
  MOBILE,
  NOON,
  number,
  OWN,
  offer,
  REP,
  relay,
  SALES,
  target,
  term,
  terminal,
  toGroup,
  toTerminal,
} from "../../test/sample-company.ts";
import { limitRevision } from "./limit-revision.ts";
import type { RingPlan } from "./ring-plan.ts";
import { planRing, planView, ringsOutMs } from "./ring-plan.ts";

const at = (from: Offer, startedAt: Instant = NOON) => ({ offer: from, startedAt });

function plan(snapshot: RouteSnapshot, from: Offer = offer(REP), when: Instant = NOON): RingPlan {
  const planned = planRing(snapshot, at(from, when));
  if (planned.kind !== "plan") throw new Error(planned.refusal.reason);
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
  contracts: [term({ terminalForwarding, representativeForwarding })],
});

describe("modes", () => {
  it("R1: a representative number rings its group in the order of the list", () => {
    const planned = plan(toGroup(REP, group("relay", ["201", MOBILE, "202"])));
    expect(planned.route.mode).toBe("relay");
    expect(shown(planned)).toEqual(["b1 201", `b2 ${MOBILE} as ${REP}`, "b3 202"]);
  });

  it("R1, R5: ring-all rings extensions and outside numbers together, for the group's total time", () => {
    const list = group("ring-all", ["201/5", MOBILE], { totalRingMs: 45_000 });
    const planned = plan(toGroup(REP, list));
    expect(planned.route.mode).toBe("ring-all");
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
    expect(planned.route.mode).toBe("direct");
    expect(shown(planned)).toEqual(["b1 201"]);
  });

  it("a relay without targets is none", () => {
    const planned = plan(toTerminal(OWN, terminal("201", { relay: relay([]) })));
    expect(planned.route.mode).toBe("direct");
  });

  it("R1: terminal relay: the terminal first when it rings itself, then the targets", () => {
    const own = terminal("201", { number: OWN, relay: relay([MOBILE], { ringSelf: true }) });
    const planned = plan(toTerminal(OWN, own));
    expect(planned.route.mode).toBe("terminal-relay");
    expect(shown(planned)).toEqual(["b1 201", `b2 ${MOBILE} as ${OWN}`]);
  });

  it("R6: a relay without own ringing is plain auto-forwarding", () => {
    const own = terminal("201", { number: OWN, relay: relay([MOBILE]) });
    expect(shown(plan(toTerminal(OWN, own)))).toEqual([`b1 ${MOBILE} as ${OWN}`]);
  });

  it("R15, A15: an outside target claims a channel of the company, of its source's trunk and of its source", () => {
    const bought = term({ extraChannels: 8, channelsPerNumber: 3 });
    const contracts = [bought];
    const revision = limitRevision(7, bought);
    const [only] = plan(toGroup(REP, group("relay", [MOBILE]), { contracts })).targets;
    const onlyWhenFree = false;
    expect(only?.scopes).toEqual([
      { id: "company:demo", limit: 8, revision, onlyWhenFree },
      { id: "trunk:carrier-a", limit: 30, revision: 5, onlyWhenFree },
      { id: `source:${REP}`, limit: 3, revision, onlyWhenFree },
    ]);
  });

  it("A15: an extension claims none", () => {
    expect(plan(toGroup(REP, group("relay", ["201"]))).targets[0]?.scopes).toEqual([]);
  });

  it("R3, R4: extensions, landlines and mobiles are tried in any order that the list has", () => {
    const list = ["201", "+81312345679", MOBILE, "202"];
    expect(
      plan(toGroup(REP, group("relay", list))).targets.map(({ member }) => member),
    ).toMatchObject([
      { kind: "extension", extension: "201" },
      { kind: "outside", number: "+81312345679", class: "landline" },
      { kind: "outside", number: MOBILE, class: "mobile" },
      { kind: "extension", extension: "202" },
    ]);
  });

  it("R7: a colleague's call leaves by the relay of the extension that was dialled", () => {
    const called = terminal("201", { number: OWN, relay: relay([MOBILE]) });
    expect(shown(plan(toTerminal(null, called), offer("201", "101")))).toEqual([
      `b1 ${MOBILE} as ${OWN}`,
    ]);
  });
});

describe("a member's own relay (A2)", () => {
  const member = terminal("201", { number: OWN, relay: relay([MOBILE, "202"]) });
  const nested = terminal("202", { relay: relay(["+819033334444"]) });
  const terminals = [member, nested];

  it("A2: is not followed by default: its telephone rings", () => {
    const planned = plan(toGroup(REP, group("relay", ["201", "203"]), { terminals }));
    expect(shown(planned)).toEqual(["b1 201", "b2 203"]);
  });

  it("A2, D4: is followed right behind the member, one level deep, when the list says so", () => {
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

  it("A19: a number of the own company, whether the route leads by it or not", () => {
    const far = e164("+815020000999");
    const companyNumbers = new Set([far]);
    const planned = plan(toGroup(REP, group("relay", [OWN, far, MOBILE]), { companyNumbers }));
    expect(shown(planned).slice(0, 2)).toEqual([
      `b1 ${OWN} as ${REP} -A19`,
      `b2 ${far} as ${REP} -A19`,
    ]);
  });

  it("A19, A22: a number of another company of the service is outside, and on-net on the record", () => {
    const neighbour = e164("+815030000001");
    const destinations = [{ number: neighbour, class: "ip-phone", onNet: true } as const];
    const [only] = plan(toGroup(REP, group("relay", [neighbour]), { destinations })).targets;
    expect(only).toMatchObject({ skip: null, member: { class: "ip-phone", onNet: true } });
  });

  it("the caller's own extension", () => {
    const planned = plan(toGroup(null, group("ring-all", ["101", "201"])), offer("600", "101"));
    expect(shown(planned)).toEqual(["b1 101 -own-extension", "b2 201"]);
  });

  it.each([
    [4, `b2 ${MOBILE} as ${REP}`],
    [5, `b2 ${MOBILE} as ${REP} -diversion-limit`],
  ])("A21: after %i diversions", (diversions, text) => {
    const from = offer(REP, "+81312345678", { diversions });
    const planned = plan(toGroup(REP, group("relay", ["201", MOBILE])), from);
    expect(shown(planned)).toEqual(["b1 201", text]);
  });

  it.each(["+81110000", "+81118", "+8111900", "+810077123456", "+81120123456", "+81990123456"])(
    "3.1: %s, no subscriber's number",
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

describe("emergency services that call back (RFC 7090)", () => {
  const callback = (called: string) =>
    offer(called, "+81312345678", { priority: "psap-callback", diversions: 5 });
  const own = terminal("201", { number: OWN, relay: relay([MOBILE, "202"]) });

  it("4.5: ring the terminal itself, also one that only forwards: its relay is not followed", () => {
    const planned = plan(toTerminal(OWN, own), callback(OWN));
    expect(planned.route.mode).toBe("direct");
    expect(shown(planned)).toEqual(["b1 201"]);
  });

  it("4.5: ring the extensions of a group, never its outside numbers nor its members' relays", () => {
    const list = group("ring-all", ["201", MOBILE, "202"], { followMemberRelay: true });
    expect(shown(plan(toGroup(REP, list, { terminals: [own] }), callback(REP)))).toEqual([
      "b1 201",
      `b2 ${MOBILE} as ${REP} -psap-callback`,
      "b3 202",
    ]);
  });

  it("4.5: skip outside numbers for this reason before any other", () => {
    const list = group("relay", [OWN, MOBILE, "+81110000"]);
    const { targets } = plan(toGroup(REP, list, { contracts: [] }), callback(REP));
    expect(targets.map(({ skip }) => skip)).toEqual([
      "psap-callback",
      "psap-callback",
      "psap-callback",
    ]);
  });

  it("4.5: ring the day's group while it is closed, and the terminal in place of its night relay", () => {
    const shut = { id: "s", open: [], openOnHolidays: true, closedDates: [] };
    const rings = { kind: "terminal", extension: ext("201") } as const;
    const outOfHours = { kind: "relay", relay: relay([MOBILE]) } as const;
    const standard = { ...number(OWN, "standard", rings), outOfHours };
    const toOwn = toTerminal(OWN, own, { entry: standard, schedule: shut });
    expect(shown(plan(toOwn, callback(OWN)))).toEqual(["b1 201"]);
    const toRep = toGroup(REP, group("relay", ["203"]), { schedule: shut });
    const planned = plan(toRep, callback(REP));
    expect([planned.hours, ...shown(planned)]).toEqual(["closed", "b1 203"]);
  });
});

describe("refusals", () => {
  const list = toGroup(REP, group("relay", ["201"]));
  it("an extension dials another company's number: 403, and the call is not that company's", () => {
    const stranger = offer(REP, "101");
    const from = {
      ...stranger,
      origin: { ...stranger.origin, companyId: "other" } as Offer["origin"],
    };
    const refused = planRing(list, at(from));
    expect(refused).toMatchObject({ kind: "turned-away", refusal: { status: 403 }, route: null });
  });
  it("no hop left: 483", () => {
    const refused = planRing(list, at(offer(REP, "+8131", { maxForwards: 0 })));
    expect(refused).toMatchObject({ refusal: { status: 483 }, route: { companyId: "demo" } });
  });
  it("a snapshot without its group or terminal: 500", () => {
    const broken = { refusal: { status: 500 } };
    expect(planRing({ ...list, groups: [] }, at(offer(REP)))).toMatchObject(broken);
    const bare = { ...toTerminal(OWN, terminal("201")), terminals: [] };
    expect(planRing(bare, at(offer(OWN)))).toMatchObject(broken);
  });
});

describe("the contract at the moment of the call", () => {
  const october = "2026-10-01" as CivilDate;
  const midnight = startOfDate(october);
  const list = group("relay", [MOBILE]);
  const when = (contracts: RouteSnapshot["contracts"], moment: Instant) => {
    const { targets, route } = plan(toGroup(REP, list, { contracts }), offer(REP), moment);
    return [targets[0]?.skip, route.pricePlan];
  };

  it("R2: without a contract outside numbers are passed over", () => {
    expect(when([], NOON)).toEqual(["R2", ""]);
  });

  it("R2: a term begins and ends at midnight in Tokyo", () => {
    const ending = [term({ until: october, pricePlan: "old" })];
    expect(when(ending, midnight - 1)).toEqual([null, "old"]);
    expect(when(ending, midnight)).toEqual(["R2", ""]);
    const next = [...ending, term({ from: october, pricePlan: "new" })];
    expect(when(next, midnight)).toEqual([null, "new"]);
  });

  it("3.1: international numbers only when the contract allows them", () => {
    const abroad = toGroup(REP, group("relay", ["+14155550100"]));
    const japanOnly = { ...abroad, contracts: [term({ internationalForwarding: false })] };
    expect([plan(abroad), plan(japanOnly)].map(({ targets }) => targets[0]?.skip)).toEqual([
      null,
      "3.1",
    ]);
  });

  it("a number whose class the snapshot does not tell is passed over", () => {
    const planned = plan(toGroup(REP, list, { destinations: [] })).targets[0];
    expect(planned).toMatchObject({ skip: "unknown-destination", member: { class: null } });
  });
});

describe("the destination limit at the moment of the call (A8)", () => {
  const MANY = ["+81311110001", "+81311110002", "+81311110003", "+81311110004"];
  const skipsOf = (snapshot: RouteSnapshot, from?: Offer) =>
    plan(snapshot, from).targets.map(({ skip }) => skip);
  const sold = (units: number, of = REP) => ({
    contracts: [term({ addOns: units === 0 ? [] : [{ number: of, units }] })],
  });

  it("R19, A8: after a downgrade a representative number reaches the first two of its list", () => {
    expect(skipsOf(toGroup(REP, group("ring-all", MANY), sold(0)))).toEqual([
      null,
      null,
      "R19",
      "R19",
    ]);
  });

  it("R20: an add-on unit of its number lets one more through, of another number none", () => {
    const list = group("ring-all", MANY);
    expect(skipsOf(toGroup(REP, list, sold(1)))).toEqual([null, null, null, "R19"]);
    expect(skipsOf(toGroup(REP, list, sold(1, HOME_REP)))[2]).toBe("R19");
  });

  it("A4: an IVR number has two as well", () => {
    expect(skipsOf(toGroup(IVR, group("relay", MANY), sold(0)), offer(IVR))).toEqual([
      null,
      null,
      "R19",
      "R19",
    ]);
  });

  it("R19: a group that is dialled by extension counts on its representative number", () => {
    const list = toGroup(null, group("relay", MANY), sold(1));
    expect(skipsOf(list, offer("600", "101"))).toEqual([null, null, null, "R19"]);
  });

  it("R18: a terminal's relay reaches one, and one more by an add-on of its number", () => {
    const own = terminal("201", { number: OWN, relay: relay(MANY) });
    expect(skipsOf(toTerminal(OWN, own, sold(0)), offer(OWN)).slice(0, 2)).toEqual([null, "R18"]);
    const more = sold(1, OWN);
    expect(skipsOf(toTerminal(OWN, own, more), offer(OWN))).toEqual([null, null, "R18", "R18"]);
  });

  it("A5: a terminal without a number of its own reaches one", () => {
    const homely = terminal("202", { homeRepresentative: HOME_REP, relay: relay(MANY) });
    const planned = toTerminal(null, homely, sold(3, HOME_REP));
    expect(skipsOf(planned, offer("202", "101")).slice(0, 2)).toEqual([null, "R18"]);
  });

  it("A8: the relay of a group's member counts on the member, not on the group", () => {
    const member = terminal("201", { number: OWN, relay: relay(MANY.slice(0, 2)) });
    const list = group("relay", ["201", ...MANY.slice(2)], { followMemberRelay: true });
    const snapshot = toGroup(REP, list, { terminals: [member], ...sold(0) });
    expect(skipsOf(snapshot)).toEqual(["relay-only", null, "R18", null, null]);
  });

  it("A6: a number that stands in the relay twice counts once", () => {
    const [first = "", second = "", third = ""] = MANY;
    const list = group("relay", [first, second, first, third]);
    expect(skipsOf(toGroup(REP, list, sold(0)))).toEqual([null, null, null, "R19"]);
  });

  it("R19: a list whose account is not in the snapshot reaches nobody outside", () => {
    const list = toGroup(REP, group("relay", ["201", ...MANY]), { forwarders: [] });
    expect(new Set(skipsOf(list))).toEqual(new Set([null, "R19"]));
  });
});

describe("out of hours", () => {
  const shut = { id: "s", open: [], openOnHolidays: true, closedDates: [] };
  const night = { ...group("relay", [MOBILE, "209"]), id: "night" as typeof SALES };
  const day = group("ring-all", ["201", "202"]);
  const entryOf = (of: typeof REP, kind: "ivr" | "representative", outOfHours: OutOfHours) => ({
    entry: { ...number(of, kind), scheduleId: "s", outOfHours },
    schedule: shut,
    groups: [day, night],
  });
  const toNight: OutOfHours = { kind: "group", groupId: night.id };

  it.each([
    ["D1", REP, "representative"],
    ["D2", IVR, "ivr"],
  ] as const)(
    "%s: the other group rings, its outside legs under the number called",
    (rule, of, kind) => {
      const planned = plan(toGroup(of, day, entryOf(of, kind, toNight)), offer(of));
      expect([planned.route.mode, planned.hours]).toEqual(["relay", "closed"]);
      expect(shown(planned)).toEqual([`b1 ${MOBILE} as ${of}`, "b2 209"]);
      expect(planned.targets[0]?.member).toMatchObject({ source: { rule } });
    },
  );

  it("D3: another relay of a standard number's terminal rings, its outside legs under that number", () => {
    const own = terminal("201", { number: OWN, relay: relay(["202"], { ringSelf: true }) });
    const rings = { kind: "terminal", extension: ext("201") } as const;
    const entry = {
      ...number(OWN, "standard", rings),
      outOfHours: { kind: "relay", relay: relay([MOBILE]) } as const,
    };
    const planned = plan(toTerminal(OWN, own, { entry, schedule: shut }), offer(OWN));
    expect(shown(planned)).toEqual([`b1 ${MOBILE} as ${OWN}`]);
    expect(planned.targets[0]?.member).toMatchObject({ source: { rule: "D3" } });
  });

  it("A6: its destinations count together with those of the day", () => {
    const busy = { ...day, targets: ["+81311110001", "+81311110002"].map(target) };
    const more = { ...entryOf(REP, "representative", toNight), groups: [busy, night] };
    const contracts = [term({ addOns: [] })];
    const planned = plan(toGroup(REP, busy, { ...more, contracts }));
    expect(planned.targets[0]?.skip).toBe("R19");
  });

  it("while it is open the usual group rings", () => {
    const always = { ...shut, open: [{ weekdays: [4], fromMinute: 0, untilMinute: 1440 }] };
    const more = { ...entryOf(REP, "representative", toNight), schedule: always };
    const planned = plan(toGroup(REP, day, more));
    expect([planned.route.mode, planned.hours]).toEqual(["ring-all", "open"]);
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
