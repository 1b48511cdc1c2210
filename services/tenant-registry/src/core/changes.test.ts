import { expect, it } from "vitest";
import { companyChanges, trunkChanges } from "./changes.ts";
import type { Company, Trunk } from "./company.ts";

const TRUNK = {
  id: "carrier",
  sources: ["192.0.2.1"],
  gateways: [{ host: "192.0.2.1", port: 5060, transport: "udp" }],
  channels: 10,
  identity: "pai",
  format: "e164",
} as unknown as Trunk;

const target = { kind: "outside", number: "+819012345678", ringMs: 20_000 };
const terminal = {
  extension: "1001",
  name: "佐藤",
  number: null,
  homeRepresentative: null,
  ringMs: 20_000,
  relay: { ringSelf: true, followMemberRelay: false, targets: [target] },
};
const COMPANY = {
  id: "demo",
  name: "見本",
  domain: "demo.example",
  contract: { terminalForwarding: true, representativeForwarding: false, extraChannels: 2 },
  numbers: [],
  terminals: [terminal],
  groups: [],
  users: [],
} as unknown as Company;

it("the same company is no change (C1), whatever order its parts have", () => {
  const second = { ...terminal, extension: "1002" };
  const before = { ...COMPANY, terminals: [terminal, second] } as unknown as Company;
  const after = { ...COMPANY, terminals: [second, terminal] } as unknown as Company;
  expect(companyChanges(before, structuredClone(after), [])).toEqual([]);
  expect(trunkChanges(TRUNK, structuredClone(TRUNK))).toEqual([]);
});

it("each change is one line that says from what to what", () => {
  const after = {
    ...COMPANY,
    contract: { ...COMPANY.contract, extraChannels: 5 },
    terminals: [
      { ...terminal, name: "鈴木", relay: null },
      { ...terminal, extension: "1002" },
    ],
  } as unknown as Company;
  expect(companyChanges(COMPANY, after, [])).toEqual([
    "company demo: extra channels 2 -> 5",
    "terminal 1001: name 佐藤 -> 鈴木",
    "terminal 1001: relay 09012345678 (20 s) -> none",
    "terminal 1001: rings itself first yes -> -",
    "terminal 1001: follows members' relays no -> -",
    "terminal 1002 added",
  ]);
  expect(companyChanges(COMPANY, { ...COMPANY, terminals: [] }, [])).toEqual([
    "terminal 1001 removed",
  ]);
});

it("a new password is told without saying it, and not for a new terminal", () => {
  const after = {
    ...COMPANY,
    terminals: [terminal, { ...terminal, extension: "1002" }],
  } as unknown as Company;
  expect(companyChanges(COMPANY, after, ["1001", "1002"] as never)).toEqual([
    "terminal 1002 added",
    "terminal 1001: password changed",
  ]);
});

it("the order of targets is a change", () => {
  const relay = {
    ...terminal.relay,
    targets: [target, { kind: "extension", extension: "1002", ringMs: 5000 }],
  };
  const turned = { ...relay, targets: relay.targets.toReversed() };
  const of = (value: object): Company =>
    ({ ...COMPANY, terminals: [{ ...terminal, relay: value }] }) as unknown as Company;
  expect(companyChanges(of(relay), of(turned), [])).toEqual([
    "terminal 1001: relay 09012345678 (20 s), 1002 (5 s) -> 1002 (5 s), 09012345678 (20 s)",
  ]);
});

it("a trunk is told field by field", () => {
  expect(
    trunkChanges(TRUNK, { ...TRUNK, channels: 30, sources: ["192.0.2.1", "192.0.2.2"] }),
  ).toEqual([
    "trunk carrier: sources 192.0.2.1 -> 192.0.2.1, 192.0.2.2",
    "trunk carrier: channels 10 -> 30",
  ]);
  expect(trunkChanges(null, TRUNK)).toEqual(["trunk carrier added"]);
});
