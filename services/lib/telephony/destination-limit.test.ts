import { expect, it } from "vitest";
import { type ContractContent, type ContractTerm, contractAt } from "./contract.ts";
import { destinationLimit, type Forwarder, isWithinLimit, limitRule } from "./destination-limit.ts";
import type { E164 } from "./e164.ts";
import type { Extension } from "./ids.ts";
import type { CivilDate } from "./tokyo-time.ts";

const REP = "+815055550100" as E164;
const OTHER = "+815055550200" as E164;
const STANDARD = "+815055550101" as E164;
const [FIRST, SECOND, THIRD] = ["+819011110001", "+819011110002", "+819011110003"] as E164[];

const content = (units: number, number = REP): ContractContent => ({
  terminalForwarding: true,
  representativeForwarding: true,
  extraChannels: 3,
  channelsPerNumber: 3,
  internationalForwarding: false,
  pricePlan: "standard",
  addOns: units === 0 ? [] : [{ number, units }],
});

const shared: Forwarder = {
  owner: { kind: "number", number: REP },
  addOnNumber: REP,
  destinations: [FIRST!, SECOND!, THIRD!],
};
const terminal = (addOnNumber: E164 | null): Forwarder => ({
  owner: { kind: "terminal", extension: "1001" as Extension },
  addOnNumber,
  destinations: [FIRST!, SECOND!],
});

it("R18: a terminal has one destination, R19: a shared number two", () => {
  expect(destinationLimit(terminal(STANDARD), content(0))).toBe(1);
  expect(destinationLimit(shared, content(0))).toBe(2);
  expect([limitRule(terminal(null)), limitRule(shared)]).toEqual(["R18", "R19"]);
});

it("A5: a terminal without own number has one destination, and no add-on can be its", () => {
  expect(destinationLimit(terminal(null), content(5))).toBe(1);
});

it("R20, A7: each unit adds one destination, to the number that it names and to no other", () => {
  expect(destinationLimit(shared, content(1))).toBe(3);
  expect(destinationLimit(shared, content(4, OTHER))).toBe(2);
});

it("A8: within a smaller limit the first destinations of the list stay", () => {
  const within = (units: number): boolean[] =>
    shared.destinations.map((number) => isWithinLimit(shared, content(units), number));
  expect(within(0)).toEqual([true, true, false]);
  expect(within(1)).toEqual([true, true, true]);
  expect(isWithinLimit(shared, content(9), OTHER)).toBe(false);
});

const term = (from: string, until: string | null): ContractTerm => ({
  ...content(0),
  from: from as CivilDate,
  until: until as CivilDate | null,
});

it("R2: before, between and after its terms a contract buys nothing", () => {
  const first = term("2026-10-01", "2026-11-01");
  const second = term("2026-12-01", null);
  const inForce = (tokyo: string): ContractTerm | null =>
    contractAt([first, second], Temporal.Instant.from(`${tokyo}+09:00`).epochMilliseconds);
  expect(inForce("2026-09-30T23:59:59.999")).toBeNull();
  expect(inForce("2026-10-01T00:00")).toBe(first);
  expect(inForce("2026-10-31T23:59:59.999")).toBe(first);
  expect(inForce("2026-11-01T00:00")).toBeNull();
  expect(inForce("2027-01-01T00:00")).toBe(second);
});
