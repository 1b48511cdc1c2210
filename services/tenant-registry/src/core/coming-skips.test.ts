import { describe, expect, it } from "vitest";
import { allWarnings, faults, NOTHING_STORED, warnings } from "../../test/checked.ts";
import { BOTH, company, outside } from "../../test/contract-company.ts";

const GROUP = "company.groups[0].targets";
const RELAY = "company.terminals[0].relay.targets";
const ADD_ON = "addOns: [{ number: 050-5555-0101, units: 2 }]";

/** Terms that follow each other: each its first day (the first: none), and what it buys. */
const terms = (...parts: readonly (readonly [string, string])[]): string => {
  const one = parts.map(([from, bought], place) => {
    const until = parts[place + 1]?.[0];
    const begins = place === 0 ? "" : `from: ${from}, `;
    return `{ ${begins}${until === undefined ? "" : `until: ${until}, `}${bought} }`;
  });
  return `[${one.join(", ")}]`;
};

describe("a downgrade at a coming date", () => {
  it("A8: fewer add-ons are stored, and the destinations that calls will skip are told with the day", () => {
    const contract = terms(["", `${BOTH}, ${ADD_ON}`], ["2026-12-01", BOTH]);
    const yaml = company({ relay: outside(3), contract });
    expect(faults(yaml)).toEqual([]);
    expect(warnings(yaml)).toEqual([`${RELAY}[1].outside [R18]`]);
    const [warning] = allWarnings(yaml);
    expect(warning?.message).toBe(
      "from 2026-12-01 on the limit of terminal 1001 is 1: of its 3 outside destinations the last 2 " +
        "will be skipped; to keep them buy 2 more unit(s) for 05055550101 under the addOns of that term",
    );
    expect(warning?.messageJa).toBe(
      "2026-12-01 から、端末 1001 の外線転送先の上限は 1 件になり、3 件のうち後ろの 2 件には転送されません。" +
        "転送を続けるには、その契約期間の addOns で 05055550101 の units を 2 増やしてください。",
    );
  });

  it("A8: of a representative number the first two in list order stay", () => {
    const units = [100, 200].map((own) => `{ number: 050-5555-0${own}, units: 1 }`).join(", ");
    const contract = terms(["", `${BOTH}, addOns: [${units}]`], ["2026-12-01", BOTH]);
    // Two numbers ring the group.
    const place = `${GROUP}[2].outside [R19]`;
    expect(warnings(company({ group: outside(3), contract }))).toEqual([place, place]);
    expect(warnings(company({ group: outside(2), contract }))).toEqual([]);
  });

  it("R23, A10: a part that is no longer bought is told at each target of its lists", () => {
    const parts = { relay: outside(1), group: outside(2) };
    const shared = terms(
      ["", BOTH],
      ["2026-12-01", "representativeForwarding: true, extraChannels: 5"],
    );
    expect(warnings(company({ ...parts, contract: shared }))).toEqual([
      `${RELAY}[0].outside [R23]`,
    ]);
    const own = terms(["", BOTH], ["2026-12-01", "terminalForwarding: true, extraChannels: 5"]);
    expect(warnings(company({ ...parts, contract: own }))).toEqual([
      `${GROUP}[0].outside [A10]`,
      `${GROUP}[1].outside [A10]`,
    ]);
    expect(allWarnings(company({ ...parts, contract: own }))[0]).toMatchObject({
      message: expect.stringMatching(/^from 2026-12-01 on .*skipped.*representativeForwarding/),
      messageJa: expect.stringMatching(
        /^2026-12-01 から、.*representativeForwarding.*転送されません/,
      ),
    });
  });

  it("R23: the relay of a number out of hours is told like the one in hours", () => {
    const contract = terms(
      ["", BOTH],
      ["2026-12-01", "representativeForwarding: true, extraChannels: 5"],
    );
    expect(warnings(company({ night: outside(1), contract }))).toEqual([
      "company.numbers[1].outOfHours.targets[0].outside [R23]",
    ]);
  });

  it("3.1: a number abroad that a later term does not allow is told", () => {
    const open = `${BOTH}, internationalForwarding: true`;
    const group = "{ outside: +1 212 555 0123 }, { outside: 090-1111-0011 }";
    const yaml = company({ group, contract: terms(["", open], ["2027-01-01", BOTH]) });
    expect(warnings(yaml)).toEqual([`${GROUP}[0].outside [3.1]`]);
    expect(allWarnings(yaml)[0]?.message).toMatch(/^from 2027-01-01 on \+12125550123 will be/);
  });

  it("A7: an add-on of a later term is still checked in itself", () => {
    const other = "addOns: [{ number: 050-5555-0999, units: 1 }]";
    const contract = terms(["", BOTH], ["2026-12-01", `${BOTH}, ${other}`]);
    expect(faults(company({ contract }))).toEqual(["company.contract[1].addOns[0].number [A7]"]);
  });
});

describe("the days of a warning", () => {
  const opening = (...days: readonly (readonly [string, string])[]): readonly string[] => {
    const contract = terms(["", `${BOTH}, ${ADD_ON}`], ...days);
    const told = allWarnings(company({ relay: outside(3), contract }));
    return told.map(({ message }) => message.split(" the limit")[0] ?? "");
  };

  it("later terms that lack the same are one warning; one that lacks more is another", () => {
    const plan = `${BOTH}, pricePlan: other`;
    expect(opening(["2026-09-01", BOTH], ["2026-12-01", plan])).toEqual(["from 2026-09-01 on"]);
    const one = `${BOTH}, addOns: [{ number: 050-5555-0101, units: 1 }]`;
    expect(opening(["2026-09-01", one], ["2026-12-01", BOTH])).toEqual([
      "from 2026-09-01 until 2026-12-01",
      "from 2026-12-01 on",
    ]);
  });

  it("end when a later term allows the lists again, and begin anew when the next does not", () => {
    const enough = `${BOTH}, ${ADD_ON}`;
    expect(opening(["2026-09-01", BOTH], ["2026-10-01", enough], ["2026-12-01", BOTH])).toEqual([
      "from 2026-09-01 until 2026-10-01",
      "from 2026-12-01 on",
    ]);
  });

  it("a later term is told until it is today's: then the lists must fit", () => {
    const contract = terms(["", `${BOTH}, ${ADD_ON}`], ["2026-12-01", BOTH]);
    const yaml = company({ relay: outside(3), contract });
    const on = (today: string) => ({ ...NOTHING_STORED, today: today as never });
    expect(warnings(yaml, on("2026-11-30"))).toEqual([`${RELAY}[1].outside [R18]`]);
    expect(
      faults(
        yaml.replace("{ until: 2026-12-01,", "{ from: 2026-07-01, until: 2026-12-01,"),
        on("2026-12-01"),
      ),
    ).toEqual([`${RELAY}[1].outside [R18]`]);
  });
});

describe("days without a contract", () => {
  it("R2: the end of the contract is told once, with its day, when outside targets are left", () => {
    const contract = `{ ${BOTH}, until: 2027-01-01 }`;
    const yaml = company({ relay: outside(1), group: outside(2), contract });
    expect(warnings(yaml)).toEqual(["company.contract.until [R2]"]);
    const [warning] = allWarnings(yaml);
    expect(warning?.message).toMatch(
      /^from 2027-01-01 on nothing is bought: all outside targets of the company \(3\) will be skipped/,
    );
    expect(warning?.messageJa).toMatch(
      /^2027-01-01 から、契約がないため.*（3 件）に転送されません/,
    );
    expect(warnings(company({ contract }))).toEqual([]);
  });

  it("R2: days between two terms are told, those before the first one are not", () => {
    const contract = `[{ ${BOTH}, from: 2026-12-01 }, { ${BOTH}, from: 2026-08-01, until: 2026-10-01 }]`;
    const yaml = company({ relay: outside(1), contract });
    expect(warnings(yaml)).toEqual(["company.contract[1].until [R2]"]);
    expect(allWarnings(yaml)[0]?.message).toMatch(/^from 2026-10-01 until 2026-12-01 nothing/);
  });
});

it("warnings are bounded, and the last one says that there are more", () => {
  const many = Array.from(
    { length: 60 },
    (_, n) => `    - { id: g${n}, name: g, mode: relay, targets: [${outside(20)}] }`,
  );
  const contract = terms(["", BOTH], ["2026-12-01", "terminalForwarding: true, extraChannels: 5"]);
  const yaml = company({ contract }).replace("  users:", `${many.join("\n")}\n  users:`);
  const told = allWarnings(yaml);
  expect(told).toHaveLength(1001);
  expect(told.at(-1)?.message).toBe("there are more than 1000 warnings; these are the first");
});

describe("an option without channels", () => {
  it("A15: is stored, and the term in which nobody outside can be called is told", () => {
    const none = BOTH.replace("extraChannels: 5", "extraChannels: 0");
    const later = terms(["", BOTH], ["2026-12-01", none]);
    const yaml = company({ relay: outside(1), contract: later });
    expect(faults(yaml)).toEqual([]);
    expect(warnings(yaml)).toEqual(["company.contract[1].extraChannels [A15]"]);
    const [warning] = allWarnings(yaml);
    expect(warning?.message).toMatch(/^from 2026-12-01 on no outside target .*extraChannels is 0/);
    expect(warning?.messageJa).toMatch(/^2026-12-01 から、extraChannels が 0 のため/);
  });

  it("A15: nothing is told when nobody outside stands on a list", () => {
    const none = BOTH.replace("extraChannels: 5", "extraChannels: 0");
    expect(warnings(company({ contract: `{ ${none} }` }))).toEqual([]);
    expect(warnings(company({ relay: outside(1), contract: `{ ${none} }` }))).toEqual([
      "company.contract.extraChannels [A15]",
    ]);
  });
});
