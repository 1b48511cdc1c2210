import { describe, expect, it } from "vitest";
import type { ContractTerm } from "../../../lib/telephony/contract.ts";
import { endedAfter, termVersions } from "./term-versions.ts";

const term = (from: string, until: string | null, extraChannels = 2): ContractTerm =>
  ({
    from,
    until,
    terminalForwarding: true,
    representativeForwarding: true,
    extraChannels,
    channelsPerNumber: 2,
    internationalForwarding: false,
    pricePlan: "standard",
    addOns: [{ number: "+815055550100", units: 1 }],
  }) as unknown as ContractTerm;

describe("versions", () => {
  it("the same terms leave nothing behind, whatever order their keys have", () => {
    const terms = [term("2026-04-01", "2026-10-01"), term("2026-10-01", null)];
    const turned = terms.map(
      (value) => Object.fromEntries(Object.entries(value).toReversed()) as unknown as ContractTerm,
    );
    expect(termVersions(terms, turned)).toEqual({ superseded: [], recorded: [] });
  });

  it("a term that gets an end is superseded by itself with the end", () => {
    const [open, cut, next] = [
      term("2026-04-01", null),
      term("2026-04-01", "2026-10-01"),
      term("2026-10-01", null, 5),
    ];
    expect(termVersions([open], [cut, next])).toEqual({
      superseded: [open],
      recorded: [cut, next],
    });
  });

  it("every field makes another version", () => {
    const before = term("2026-04-01", "2026-10-01");
    const others: readonly Partial<Record<keyof ContractTerm, unknown>>[] = [
      { from: "2026-04-02" },
      { until: null },
      { terminalForwarding: false },
      { representativeForwarding: false },
      { extraChannels: 3 },
      { channelsPerNumber: 3 },
      { internationalForwarding: true },
      { pricePlan: "other" },
      { addOns: [] },
      { addOns: [{ number: "+815055550100", units: 2 }] },
    ];
    expect(new Set(others.flatMap((other) => Object.keys(other)))).toEqual(
      new Set(Object.keys(before)),
    );
    for (const other of others) {
      const after = { ...before, ...other } as ContractTerm;
      expect(termVersions([before], [after])).toEqual({ superseded: [before], recorded: [after] });
    }
  });
});

it("a contract that ends today is good for the whole day, and later terms never begin", () => {
  const terms = [
    term("2026-01-01", "2026-04-01"),
    term("2026-04-01", null),
    term("2026-12-01", null),
  ];
  expect(endedAfter(terms, "2026-09-15" as never)).toEqual([
    term("2026-01-01", "2026-04-01"),
    term("2026-04-01", "2026-09-16"),
  ]);
  expect(endedAfter([term("2026-09-15", null)], "2026-09-15" as never)).toEqual([
    term("2026-09-15", "2026-09-16"),
  ]);
});
