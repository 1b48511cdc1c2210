import { describe, expect, it } from "vitest";
import { allFaults, check, faults, warnings } from "../../test/checked.ts";
import { BOTH, company, outside } from "../../test/contract-company.ts";

const withAddOns = (addOns: string): string => `{ ${BOTH}, addOns: [${addOns}] }`;
const GROUP = "company.groups[0].targets";
const RELAY = "company.terminals[0].relay.targets";
const PLAIN = "company.terminals[1].relay.targets";
const ADD_ONS = "company.contract.addOns";

describe("destination limits", () => {
  it("R18: a second destination of a standard number is refused without an add-on", () => {
    expect(faults(company({ relay: outside(1) }))).toEqual([]);
    expect(faults(company({ relay: outside(2) }))).toEqual([`${RELAY}[1].outside [R18]`]);
    const [fault] = allFaults(company({ relay: outside(3) }));
    expect(fault?.message).toBe(
      "terminal 1001 leads to 3 outside destinations, its limit is 1; " +
        "buy 2 more unit(s) for 05055550101 under contract.addOns, or take 2 out",
    );
    expect(fault?.messageJa).toBe(
      "端末 1001 の外線転送先は 3 件ですが、上限は 1 件です。" +
        "contract の addOns で 05055550101 の units を 2 増やすか、転送先を 2 件削除してください。",
    );
  });

  it("R19: a third destination of a representative number is refused without an add-on", () => {
    expect(faults(company({ group: outside(2) }))).toEqual([]);
    // Two numbers ring the group, so both are over their limit.
    expect(faults(company({ group: outside(3) }))).toEqual([
      `${GROUP}[2].outside [R19]`,
      `${GROUP}[2].outside [R19]`,
    ]);
  });

  it("A4: an IVR number has two destinations like a representative number", () => {
    expect(faults(company({ kind: "ivr", group: outside(2) }))).toEqual([]);
    expect(faults(company({ kind: "ivr", group: outside(3) }))).toContain(
      `${GROUP}[2].outside [R19]`,
    );
  });

  it("R20: a unit of the add-on allows one more destination", () => {
    const both = "{ number: 050-5555-0100, units: 1 }, { number: 050-5555-0200, units: 1 }";
    const contract = withAddOns(both);
    expect(faults(company({ group: outside(3), contract }))).toEqual([]);
    expect(faults(company({ group: outside(4), contract }))).toHaveLength(2);
    const own = withAddOns("{ number: 050-5555-0101, units: 4 }");
    expect(faults(company({ relay: outside(5), contract: own }))).toEqual([]);
    expect(faults(company({ relay: outside(6), contract: own }))).toEqual([
      `${RELAY}[5].outside [R18]`,
    ]);
  });

  it("A5: a terminal without own number has one destination, and no add-on can be bought for it", () => {
    expect(faults(company({ plain: outside(1) }))).toEqual([]);
    const contract = withAddOns("{ number: 050-5555-0200, units: 5 }");
    const yaml = company({ plain: outside(2), contract });
    expect(faults(yaml)).toEqual([`${PLAIN}[1].outside [R18]`]);
    expect(allFaults(yaml)[0]?.message).toContain("no number of its own");
  });

  it("A6: a destination counts once, over all lists, schedules and ways of writing it", () => {
    const twice = "{ outside: 090-1111-0011 }, { outside: +81 90 1111 0011 }";
    expect(faults(company({ relay: twice }))).toEqual([]);
    expect(faults(company({ relay: outside(1), night: outside(1) }))).toEqual([]);
    expect(faults(company({ relay: outside(1), night: outside(1, 2) }))).toEqual([
      "company.numbers[1].outOfHours.targets[0].outside [R18]",
    ]);
  });

  it("A7: units of one number are of no use to another", () => {
    const contract = withAddOns("{ number: 050-5555-0100, units: 1 }");
    const [fault, ...others] = allFaults(company({ group: outside(3), contract }));
    expect(others).toEqual([]);
    expect(fault?.message).toContain("05055550200");
    expect(faults(company({ relay: outside(2), contract }))).toEqual([`${RELAY}[1].outside [R18]`]);
  });

  it("R18: lists are judged by the term of today, which is named; what is over is not judged", () => {
    const terms = (units: number): string =>
      `[{ ${BOTH}, from: 2026-01-01, until: 2026-07-01 },
        { ${BOTH}, until: 2026-10-01, addOns: [{ number: 050-5555-0101, units: ${units} }] },
        { ${BOTH}, from: 2026-10-01, addOns: [{ number: 050-5555-0101, units: 3 }] }]`;
    expect(faults(company({ relay: outside(3), contract: terms(2) }))).toEqual([]);
    const small = allFaults(company({ relay: outside(3), contract: terms(1) }));
    expect(small.map(({ message }) => message)).toEqual([
      expect.stringContaining("in the term from 2026-07-01"),
    ]);
  });

  it("R19: before a contract begins, lists are judged by its first term", () => {
    const units =
      "addOns: [{ number: 050-5555-0100, units: 1 }, { number: 050-5555-0200, units: 1 }]";
    const rising = `[{ ${BOTH}, from: 2026-10-01, ${units} },
      { ${BOTH}, from: 2026-08-01, until: 2026-10-01 }]`;
    const [fault, ...others] = allFaults(company({ group: outside(3), contract: rising }));
    expect(others).toHaveLength(1);
    expect(fault?.message).toContain("in the term from 2026-08-01");
    expect(warnings(company({ group: outside(2), contract: rising }))).toEqual([]);
  });
});

describe("add-ons", () => {
  it.each([
    ["A7: an add-on belongs to a number of the company", "050-5555-0999", "A7"],
    ["A7: an add-on of a number that stands twice is written once", "050-5555-0101", "A7"],
  ])("%s", (_, number, rule) => {
    const contract = withAddOns(
      `{ number: 050-5555-0101, units: 1 }, { number: ${number}, units: 1 }`,
    );
    expect(faults(company({ contract }))).toEqual([`${ADD_ONS}[1].number [${rule}]`]);
  });

  it("A7: an add-on of a number that no terminal has as its own counts for nothing, and is refused", () => {
    const second =
      "    - { number: 050-5555-0102, kind: standard, trunk: carrier, extension: 1001 }\n  terminals:";
    const contract = withAddOns("{ number: 050-5555-0102, units: 1 }");
    const yaml = company({ contract }).replace("  terminals:", second);
    expect(faults(yaml)).toEqual([`${ADD_ONS}[0].number [A7]`]);
  });

  it("R20: units are a whole number from 1", () => {
    const contract = withAddOns("{ number: 050-5555-0101, units: 0 }, { number: 050-5555-0100 }");
    expect(faults(company({ contract }))).toEqual([
      `${ADD_ONS}[0].units [R20]`,
      `${ADD_ONS}[1].units [R20]`,
    ]);
  });

  it("R23, A10: an add-on without the part of its number is refused", () => {
    const addOns =
      "addOns: [{ number: 050-5555-0100, units: 1 }, { number: 050-5555-0101, units: 1 }]";
    expect(faults(company({ contract: `{ terminalForwarding: true, ${addOns} }` }))).toEqual([
      `${ADD_ONS}[0].number [A10]`,
    ]);
    expect(faults(company({ contract: `{ representativeForwarding: true, ${addOns} }` }))).toEqual([
      `${ADD_ONS}[1].number [R23]`,
    ]);
  });
});

describe("parts of the option", () => {
  it("A9: a term that buys neither part is refused; either one alone is a contract", () => {
    expect(faults(company({ contract: "{ extraChannels: 3 }" }))).toEqual([
      "company.contract [A9]",
    ]);
    expect(faults(company({ contract: "{ terminalForwarding: true }" }))).toEqual([]);
    expect(faults(company({ contract: "{ representativeForwarding: true }" }))).toEqual([]);
  });

  it("R23: with the representative part only, a terminal forwards nothing", () => {
    const contract = "{ representativeForwarding: true }";
    expect(faults(company({ contract, group: outside(2) }))).toEqual([]);
    expect(faults(company({ contract, relay: outside(1) }))).toEqual([
      `${RELAY}[0].outside [R2/R23]`,
    ]);
    expect(faults(company({ contract, night: outside(1) }))).toEqual([
      "company.numbers[1].outOfHours.targets[0].outside [R2/R23]",
    ]);
  });

  it("A10: with the terminal part only, a list of a representative number forwards nothing", () => {
    const contract = "{ terminalForwarding: true }";
    expect(faults(company({ contract, plain: outside(1) }))).toEqual([]);
    expect(faults(company({ contract, group: outside(1) }))).toEqual([
      `${GROUP}[0].outside [R2/A10]`,
    ]);
  });

  it("R2: the term of today that leaves a part out is named, when there are others", () => {
    const contract = `[{ from: 2026-12-01, ${BOTH} }, { until: 2026-12-01, terminalForwarding: true }]`;
    const [fault, ...others] = allFaults(company({ contract, group: outside(1) }));
    expect(others).toEqual([]);
    expect(fault?.message).toContain("representativeForwarding: true in the term from 2026-07-01");
    expect(fault?.messageJa).toContain("2026-07-01 からの契約期間");
  });

  it("R21: the option is a company's; no field of a user, number or terminal buys it", () => {
    const bought = company({}).replace(
      "{ id: all, name: 全員,",
      "{ id: all, terminalForwarding: true, name: 全員,",
    );
    expect(faults(bought)).toEqual(["company.users[0].terminalForwarding"]);
    const ofNumber = company({}).replace("kind: standard", "kind: standard\n      units: 1");
    expect(faults(ofNumber)).toEqual(["company.numbers[1].units"]);
  });

  it("A11: a terminal that forwards outside belongs to a user, also when it does so at night", () => {
    const place = "company.terminals[0].extension [A11]";
    expect(faults(company({ users: "1002" }))).toEqual([]);
    expect(faults(company({ users: "1002", relay: outside(1) }))).toEqual([place]);
    expect(faults(company({ users: "1002", night: outside(1) }))).toEqual([place]);
    expect(faults(company({ users: "1002", relay: "{ extension: 1002 }" }))).toEqual([]);
  });

  it("3.1: a number abroad needs the switch of today's term", () => {
    const abroad = "{ outside: +1 212 555 0123 }";
    expect(faults(company({ group: abroad }))).toEqual([`${GROUP}[0].outside [3.1]`]);
    const open = `${BOTH}, internationalForwarding: true`;
    expect(faults(company({ group: abroad, contract: `{ ${open} }` }))).toEqual([]);
    const opening = `[{ ${BOTH}, until: 2027-01-01 }, { ${open}, from: 2027-01-01 }]`;
    expect(faults(company({ group: abroad, contract: opening }))).toEqual([
      `${GROUP}[0].outside [3.1]`,
    ]);
  });
});

describe("a contract as written", () => {
  it("has defaults: own channels per number as many as extra channels, plan standard, no abroad", () => {
    const result = check(company({}));
    expect(result).toMatchObject({
      document: {
        company: {
          contracts: [
            {
              from: "2026-07-01",
              until: null,
              extraChannels: 5,
              channelsPerNumber: 5,
              internationalForwarding: false,
              pricePlan: "standard",
              addOns: [],
            },
          ],
        },
      },
    });
  });

  it.each([
    ["a date that is none", "from: 2026-02-30", "company.contract.from"],
    ["a date without day", "until: 2026-12", "company.contract.until"],
    [
      "an end before its beginning",
      "from: 2026-08-01, until: 2026-08-01",
      "company.contract.until",
    ],
    ["an end that has passed", "until: 2026-07-01", "company.contract.until"],
    ["no channel per number", "channelsPerNumber: 0", "company.contract.channelsPerNumber [4.5]"],
    ["a plan with a space", "pricePlan: a b", "company.contract.pricePlan"],
  ])("%s is refused", (_, field, expected) => {
    expect(faults(company({ contract: `{ ${BOTH}, ${field} }` }))).toEqual([expected]);
  });

  it("terms that overlap are refused, naming the second", () => {
    const contract = `[{ ${BOTH}, until: 2026-09-01 }, { terminalForwarding: true, from: 2026-08-31 }]`;
    expect(faults(company({ contract }))).toEqual(["company.contract[1].from"]);
    expect(faults(company({ contract: contract.replace("08-31", "09-01") }))).toEqual([]);
  });
});
