import { describe, expect, it } from "vitest";
import type { RouteSnapshot } from "../../../lib/telephony/route-snapshot.ts";
import {
  group,
  HOME_REP,
  IVR,
  number,
  OWN,
  REP,
  relay,
  terminal,
  toGroup,
  toTerminal,
} from "../../test/sample-company.ts";
import type { ListOwner, SourceChoice, Trigger } from "./source-number.ts";
import { sourceNumber } from "./source-number.ts";

const LIST = group("relay", ["+819011112222"]);
const onGroup: ListOwner = { kind: "group", group: LIST };
const FORWARD = relay(["+819011112222"]);
const X = terminal("201", { number: OWN, relay: FORWARD });
const Y = terminal("202", { homeRepresentative: HOME_REP, relay: FORWARD });
const LONER = terminal("203", { relay: FORWARD });
const of = (owner: typeof X): ListOwner => ({ kind: "terminal", terminal: owner });

interface Row {
  readonly rule: string;
  readonly claim: string;
  readonly snapshot: RouteSnapshot;
  readonly trigger: Trigger;
  readonly owner: ListOwner;
  readonly want: { readonly number: string; readonly class: string } | "none";
}

const rep = (of: string) => ({ number: of, class: "representative" });
const own = { number: OWN, class: "standard" };

const ROWS: readonly Row[] = [
  {
    rule: "D1",
    claim: "external to REP, REP's list",
    snapshot: toGroup(REP, LIST),
    trigger: "external",
    owner: onGroup,
    want: rep(REP),
  },
  {
    rule: "D2",
    claim: "external to an IVR number, its list",
    snapshot: toGroup(IVR, LIST),
    trigger: "external",
    owner: onGroup,
    want: rep(IVR),
  },
  {
    rule: "D3",
    claim: "external to a standard number, its terminal's relay",
    snapshot: toTerminal(OWN, X),
    trigger: "external",
    owner: of(X),
    want: own,
  },
  {
    rule: "D4",
    claim: "external to REP, member X's own relay: X's number, not REP",
    snapshot: toGroup(REP, LIST),
    trigger: "external",
    owner: of(X),
    want: own,
  },
  {
    rule: "D5",
    claim: "external to REP, member Y without number: the REP that was called, not Y's home",
    snapshot: toGroup(REP, LIST),
    trigger: "external",
    owner: of(Y),
    want: rep(REP),
  },
  {
    rule: "D6",
    claim: "extension to X's relay: X's number",
    snapshot: toTerminal(null, X),
    trigger: "internal",
    owner: of(X),
    want: own,
  },
  {
    rule: "D7",
    claim: "extension to Y's relay: Y's home REP",
    snapshot: toTerminal(null, Y),
    trigger: "internal",
    owner: of(Y),
    want: rep(HOME_REP),
  },
  {
    rule: "D8",
    claim: "extension to a terminal without number and REP: none",
    snapshot: toTerminal(null, LONER),
    trigger: "internal",
    owner: of(LONER),
    want: "none",
  },
  {
    rule: "D9",
    claim: "extension dials the group, REP's list",
    snapshot: toGroup(null, LIST),
    trigger: "internal",
    owner: onGroup,
    want: rep(REP),
  },
];

const seen = (choice: SourceChoice) =>
  choice.kind === "none"
    ? { rule: choice.rule, want: "none" }
    : {
        rule: choice.source.rule,
        want: { number: choice.source.number, class: choice.source.class },
      };

describe("source number table", () => {
  it.each(ROWS.map((row) => [row.rule, row.claim, row] as const))("%s: %s", (rule, _claim, row) => {
    const { snapshot, trigger, owner, want } = row;
    expect(seen(sourceNumber(snapshot, trigger, owner))).toEqual({ rule, want });
  });

  it("has each row of DOMAIN 1.2 once", () => {
    expect(ROWS.map((row) => row.rule)).toEqual(Array.from({ length: 9 }, (_, i) => `D${i + 1}`));
  });

  it("D9: an extension that dials REP's number gets the same source as by the group's extension", () => {
    expect(seen(sourceNumber(toGroup(REP, LIST), "internal", onGroup))).toEqual({
      rule: "D9",
      want: rep(REP),
    });
  });

  it("D8: a group that is under no representative number has none", () => {
    const lonely = group("relay", [], { representative: null });
    const choice = sourceNumber(toGroup(null, lonely), "internal", {
      kind: "group",
      group: lonely,
    });
    expect(choice).toEqual({ kind: "none", rule: "D8" });
  });

  it("D8: a number that the snapshot does not know as the company's is never a source", () => {
    const foreign = terminal("201", { number: OWN, relay: FORWARD });
    const choice = sourceNumber(
      toTerminal(null, foreign, { numbers: [] }),
      "internal",
      of(foreign),
    );
    expect(choice).toEqual({ kind: "none", rule: "D8" });
  });

  it("D3: a standard number rings its terminal, also when the terminal does not list it", () => {
    const unlisted = terminal("201", { relay: FORWARD });
    const entry = number(OWN, "standard", { kind: "terminal", extension: unlisted.extension });
    const choice = sourceNumber(toTerminal(OWN, unlisted, { entry }), "external", of(unlisted));
    expect(seen(choice)).toEqual({ rule: "D3", want: own });
  });

  it("R9, D3: of a terminal's two standard numbers the called one is shown and charged", () => {
    const second = "+815055550299" as typeof OWN;
    const entry = number(second, "standard", { kind: "terminal", extension: X.extension });
    const choice = sourceNumber(
      toTerminal(second, X, { entry, numbers: [number(OWN, "standard"), entry] }),
      "external",
      of(X),
    );
    expect(choice).toMatchObject({ source: { number: second, class: "standard", rule: "D3" } });
  });

  it("R11, R12: a terminal under REP is shown by REP, unless it has a number of its own", () => {
    const snapshot = toGroup(REP, LIST);
    expect([of(Y), of(X)].map((owner) => seen(sourceNumber(snapshot, "external", owner)))).toEqual([
      { rule: "D5", want: rep(REP) },
      { rule: "D4", want: own },
    ]);
  });

  it("A1: presented is what is charged: one number, the terminal's own before the one called", () => {
    const choice = sourceNumber(toGroup(REP, LIST), "external", of(X));
    expect(choice).toMatchObject({ source: { number: OWN, class: "standard" } });
  });

  it("A3: of several representatives a terminal's home one is taken", () => {
    const internal = toTerminal(null, Y, {
      numbers: [number(REP, "representative"), number(HOME_REP, "representative")],
    });
    expect(seen(sourceNumber(internal, "internal", of(Y)))).toEqual({
      rule: "D7",
      want: rep(HOME_REP),
    });
  });

  it("takes the trunk of the source number, not of the call", () => {
    const choice = sourceNumber(toGroup(REP, LIST), "external", onGroup);
    expect(choice.kind === "source" && choice.source.trunkId).toBe("carrier-a");
  });
});
