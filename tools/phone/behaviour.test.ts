import { describe, expect, it } from "vitest";
import {
  type Behaviour,
  chooseBehaviour,
  type NumberRule,
  parseBehaviour,
  parseDuration,
  parseRule,
} from "./behaviour.ts";

describe("the short form of a behaviour", () => {
  it.each<[string, Behaviour]>([
    ["answer", { kind: "answer", afterMs: 0 }],
    ["answer:200", { kind: "answer", afterMs: 200 }],
    ["answer:1.5s:3s", { kind: "answer", afterMs: 1500, byeAfterMs: 3000 }],
    ["busy", { kind: "busy" }],
    ["reject:503", { kind: "reject", status: 503 }],
    ["ring", { kind: "ring" }],
    ["ring-then-reject:603:2s", { kind: "ring-then-reject", status: 603, afterMs: 2000 }],
    ["trying", { kind: "trying" }],
    ["silent", { kind: "silent" }],
    ["answer-on-cancel", { kind: "answer-on-cancel" }],
    ["forward:05055551000", { kind: "forward", to: "05055551000" }],
    [
      "forward:+815055551000:from=0311112222:diversion",
      { kind: "forward", to: "+815055551000", from: "0311112222", diversion: "count" },
    ],
    ["forward:1001:diversion=5", { kind: "forward", to: "1001", diversion: 5 }],
  ])("%s is read", (text, behaviour) => {
    expect(parseBehaviour(text)).toEqual(behaviour);
  });

  it.each([
    "",
    "answer:soon",
    "answer:1:2:3",
    "busy:1",
    "reject",
    "reject:200",
    "reject:abc",
    "hum",
    "forward",
    "forward:1001:from",
    "forward:1001:diversion=many",
    "forward:1001:twice",
  ])("%j is refused with the list of what may be written", (text) => {
    expect(parseBehaviour(text)).toContain("reject:STATUS");
  });

  it("a time without unit is milliseconds", () => {
    expect([parseDuration("200"), parseDuration("2s"), parseDuration("-1")]).toEqual([
      200,
      2000,
      null,
    ]);
  });
});

describe("the rules of a carrier", () => {
  const rules = [
    "+81901*=answer:0",
    "+8190*=busy",
    "*0000=silent",
    "+81*9*9=trying",
    "110=reject:403",
  ]
    .map((text) => parseRule(text))
    .filter((rule): rule is NumberRule => typeof rule !== "string");

  it.each([
    ["+819012345678", "answer"],
    ["+819022345678", "busy"],
    ["+81312340000", "silent"],
    ["+813939", "trying"],
    ["+8139", "reject"],
    ["110", "reject"],
    ["1100", "reject"],
  ])("%s meets %s: the first rule that fits decides", (number, kind) => {
    expect(rules).toHaveLength(5);
    expect(chooseBehaviour(rules, number, { kind: "reject", status: 404 }).kind).toBe(kind);
  });

  it("one star never counts the same digits twice", () => {
    const rule = parseRule("12*21=busy");
    const found = typeof rule === "string" ? [] : [rule];
    expect(chooseBehaviour(found, "121", { kind: "ring" })).toEqual({ kind: "ring" });
  });

  it("a rule without pattern or behaviour says how to write one", () => {
    expect(parseRule("answer:200")).toContain("PATTERN=BEHAVIOUR");
    expect(parseRule("+81*=hum")).toContain("not understood");
  });
});
